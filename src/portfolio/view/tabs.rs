//! The ways around one portfolio's pages.

use leptos::prelude::*;

/// A page of a portfolio.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Tab {
    /// Positions, gains and returns.
    Overview,
    /// What became of it over time.
    Performance,
    /// Where its value lies.
    Allocation,
    /// The ledger.
    Activities,
    /// What was bought and sold, piece by piece.
    Lots,
    /// Bringing files in, taking them out.
    Files,
    /// What would be.
    WhatIf,
    /// Name and terms.
    Settings,
}

/// The id of all portfolios as one: nothing of theirs can be changed together.
pub const ALL: &str = "all";

impl Tab {
    const ALL: [(Self, &'static str, &'static str); 8] = [
        (Self::Overview, "", "Overview"),
        (Self::Performance, "performance/", "Performance"),
        (Self::Allocation, "allocation/", "Allocation"),
        (Self::Activities, "activities/", "Activities"),
        (Self::Lots, "lots/", "Lots"),
        (Self::WhatIf, "what-if/", "What if"),
        (Self::Files, "import/", "Import and export"),
        (Self::Settings, "settings/", "Settings"),
    ];
}

/// Links to a portfolio's pages; the live page comes first.
#[component]
pub fn PortfolioTabs(
    /// Identity of the portfolio.
    #[prop(into)]
    portfolio: String,
    /// The page that they stand on.
    here: Tab,
) -> impl IntoView {
    let live = String::from("/live-portfolio/?portfolio=") + &portfolio;
    let again = String::from("/again/?portfolio=") + &portfolio;
    let together = portfolio == ALL;
    let there =
        move |(tab, ..): &(Tab, &str, &str)| !together || matches!(tab, Tab::Overview | Tab::Performance | Tab::Allocation | Tab::Lots);
    let tabs = Tab::ALL.into_iter().filter(there).map(|(tab, path, title)| {
        let address = String::from("/portfolios/") + &portfolio + "/" + path;
        view! {
            <a href=address aria-current=(tab == here).then_some("page")>
                {title}
            </a>
        }
    });
    view! {
        <nav class="tabs" aria-label="This portfolio">
            <a href=live>"Live"</a>
            {tabs.collect_view()}
            <a href=again>"A day again"</a>
        </nav>
    }
}
