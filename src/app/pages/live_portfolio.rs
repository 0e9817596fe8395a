//! `/live-portfolio/`: the product. What is it worth, what moved, is it live.

use crate::app::Figures;
use crate::app::pages::watched::watched;
use crate::live::protocol;
use crate::live::store::LiveStore;
use crate::live::view::controls::Controls;
use crate::live::view::debug::DebugPanel;
use crate::live::view::keys::live_keys;
use crate::live::view::notice::NoticeLine;
use crate::live::view::status::{ConnectionChip, MarketLabel, is_dim, market_origin};
use crate::live::view::summary::SpokenSummary;
use crate::portfolio::store::PortfolioStore;
use crate::portfolio::view::allocation::Allocation;
use crate::portfolio::view::table::HoldingsTable;
use crate::portfolio::view::totals::{NewestPrice, Totals};
use crate::portfolio::view::value_chart::ValueChart;
use crate::ui::erase::Erase as _;
use leptos::prelude::*;

/// The page.
pub fn live_portfolio(figures: Figures) -> AnyView {
    watched(figures, 5_000, skeleton, page)
}

fn page(live: LiveStore, store: PortfolioStore) -> AnyView {
    let debug_open = RwSignal::new(false);
    live_keys(live, debug_open);
    let dim = move || is_dim(&live.connection.read());
    view! {
        <div class="page live-page" class:is-dim=dim>
            {summary(live, store)}
            {panel("value", "Value", view! { <ValueChart store=store /> }.erased())}
            {panel("allocation", "Allocation", view! { <Allocation store=store /> }.erased())}
            {panel("holdings", "Holdings", view! { <HoldingsTable store=store /> }.erased())}
            {view! { <DebugPanel live=live open=debug_open /> }.erased()}
            {view! { <SpokenSummary live=live store=store /> }.erased()}
        </div>
    }
    .erased()
}

/// What is seen first: the figures, whether they are live, and what can be done about it.
fn summary(live: LiveStore, store: PortfolioStore) -> AnyView {
    let origin = Signal::derive(move || market_origin(store));
    view! {
        <section class="summary" aria-labelledby="portfolio-name">
            <div class="summary-figures">
                <h1 id="portfolio-name">{move || store.name.get()}</h1>
                {view! { <Totals store=store /> }.erased()}
                <div class="status-line">
                    <ConnectionChip live=live />
                    <MarketLabel live=live store=store />
                    <NewestPrice store=store now_ms=live.now_ms />
                </div>
            </div>
            {view! { <Controls live=live /> }.erased()}
            {view! { <NoticeLine live=live otherwise=origin /> }.erased()}
            <WithoutScript />
        </section>
    }
    .erased()
}

/// A titled part of the page. What is inside has its type erased: the page's whole type would be too deep to compile.
fn panel(name: &'static str, title: &'static str, inside: AnyView) -> AnyView {
    let id = String::from(name) + "-title";
    let labelled_by = id.clone();
    view! {
        <section class=String::from("panel ") + name + "-panel" aria-labelledby=labelled_by>
            <h2 id=id>{title}</h2>
            {inside}
        </section>
    }
    .erased()
}

/// How to get live updates without JavaScript. As text: a browser that runs scripts reads `noscript` as text as well.
#[component]
fn WithoutScript() -> impl IntoView {
    let html = format!(
        "<p>These are the figures of the moment the page was loaded. For live updates turn JavaScript on, reload the page \
         for newer figures, or connect a program to the WebSocket at <code>{}</code>.</p>",
        protocol::PATH
    );
    view! { <noscript class="without-script" inner_html=html></noscript> }
}

/// The page's shape, without its figures.
fn skeleton() -> AnyView {
    view! {
        <div class="page live-page skeleton" aria-busy="true">
            <p class="sr-only" role="status">
                "The figures are on their way."
            </p>
            <section class="summary">
                <div class="summary-figures">
                    <span class="bone bone-title"></span>
                    <span class="bone bone-total"></span>
                    <span class="bone bone-line"></span>
                </div>
                <span class="bone bone-controls"></span>
            </section>
            <section class="panel value-panel">
                <span class="bone bone-chart"></span>
            </section>
            <section class="panel allocation-panel">
                <span class="bone bone-chart"></span>
            </section>
            <section class="panel holdings-panel">
                <span class="bone bone-table"></span>
            </section>
        </div>
    }
    .erased()
}
