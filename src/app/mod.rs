//! Shell and pages. A page composes rooms.
//!
//! There is no router in the browser: an address is a page of its own, which the server draws with its figures in it
//! (docs/adr/0008).

#[cfg(feature = "browser")]
pub mod browser;
mod chrome;
pub mod pages;
#[cfg(feature = "ssr")]
pub mod server;
#[cfg(feature = "ssr")]
pub mod shell;
#[cfg(feature = "hydrate")]
pub mod take_over;
#[cfg(feature = "what-if")]
pub mod what_if;

use crate::accounts::visitor::Visitor;
use crate::app::chrome::{PageFooter, PageHeader};
use crate::app::pages::Page;
use crate::app::pages::home::home;
use crate::app::pages::live_portfolio::live_portfolio;
use crate::app::pages::not_found::not_found;
use crate::error::ApiError;
use crate::portfolio::valuation::Snapshot;
use crate::ui::preferences::Preferences;
use leptos::prelude::*;
use std::sync::Arc;

/// Id of the element that holds the figures a page was drawn from, as JSON.
const SNAPSHOT_ID: &str = "snapshot";

/// Id of the element around the header of a page that the server draws whole: the part that the client takes over.
pub const HEADER_ID: &str = "page-top";

/// The figures that a page begins with.
#[derive(Clone, Debug)]
pub enum Figures {
    /// They came with the page.
    Here(Arc<Snapshot>),
    /// They were asked for: only a client without a server's page waits.
    OnTheirWay,
    /// They could not be had.
    Missing(ApiError),
}

/// A page, below the shell.
#[component]
pub fn App(
    /// Which.
    page: Page,
    /// What it begins with.
    figures: Figures,
    /// Who looks at it.
    visitor: Visitor,
) -> impl IntoView {
    Preferences::provide();
    let content = match page {
        Page::Home => home(figures),
        Page::LivePortfolio => live_portfolio(figures),
        Page::Drawn | Page::NotFound => not_found(),
    };
    view! {
        <a class="skip-link" href="#main">
            "Skip to the content"
        </a>
        <PageHeader page=page visitor=visitor />
        <main id="main" tabindex="-1">
            {content}
        </main>
        <PageFooter />
    }
}
