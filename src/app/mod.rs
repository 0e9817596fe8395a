//! Shell, routes and pages. A page composes rooms.

mod chrome;
pub mod pages;
#[cfg(feature = "ssr")]
pub mod shell;

use crate::app::chrome::{PageFooter, PageHeader};
use crate::app::pages::home::Home;
use crate::app::pages::live_portfolio::LivePortfolio;
use crate::app::pages::not_found::NotFound;
use crate::ui::preferences::Preferences;
use leptos::prelude::*;
use leptos_meta::{Title, provide_meta_context};
use leptos_router::components::{FlatRoutes, Route, Router};
use leptos_router::{SsrMode, path};

/// The app, below the shell.
#[component]
pub fn App() -> impl IntoView {
    provide_meta_context();
    Preferences::provide();
    view! {
        <Title text="FinFlow" />
        <Router>
            <a class="skip-link" href="#main" rel="external">
                "Skip to the content"
            </a>
            <PageHeader />
            <main id="main" tabindex="-1">
                // Whole pages in order: their figures stand in the HTML, with JavaScript or without.
                <FlatRoutes fallback=NotFound>
                    <Route path=path!("/") view=Home ssr=SsrMode::Async />
                    <Route path=path!("/live-portfolio") view=LivePortfolio ssr=SsrMode::Async />
                    <Route path=path!("/live-portfolio/") view=LivePortfolio ssr=SsrMode::Async />
                </FlatRoutes>
            </main>
            <PageFooter />
        </Router>
    }
}

/// Answers the request that this page is drawn for with 404.
#[cfg(feature = "ssr")]
fn answer_not_found() {
    if let Some(response) = use_context::<leptos_axum::ResponseOptions>() {
        response.set_status(http::StatusCode::NOT_FOUND);
    }
}

/// In a browser the answer has been given.
#[cfg(not(feature = "ssr"))]
fn answer_not_found() {}
