//! Shell, routes and pages. A page composes rooms.

#[cfg(feature = "ssr")]
pub mod shell;

use leptos::prelude::*;
use leptos_router::components::{FlatRoutes, Route, Router};
use leptos_router::path;

/// The app, below the shell.
#[component]
pub fn App() -> impl IntoView {
    view! { <Router><main><FlatRoutes fallback=|| "?"><Route path=path!("/") view=|| view! { <h1>"FinFlow"</h1> } /></FlatRoutes></main></Router> }
}
