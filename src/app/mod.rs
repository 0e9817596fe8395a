//! Shell, routes and pages. A page composes rooms.

use leptos::prelude::*;

/// The app, below the shell.
#[component]
pub fn App() -> impl IntoView {
    view! { <main><h1>"FinFlow"</h1></main> }
}
