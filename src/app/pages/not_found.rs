//! An address that leads nowhere.

use crate::ui::erase::Erase as _;
use leptos::prelude::*;

/// Says so, with the one next step.
pub fn not_found() -> AnyView {
    view! {
        <div class="page plain-page">
            <h1>"There is no page here"</h1>
            <p class="lead">"The address may be mistyped, or the page has moved."</p>
            <p>
                <a href="/live-portfolio/" class="button primary">
                    "Open the live portfolio"
                </a>
            </p>
        </div>
    }
    .erased()
}
