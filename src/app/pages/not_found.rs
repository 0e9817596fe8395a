//! An address that leads nowhere.

use leptos::prelude::*;
use leptos_meta::Title;
use leptos_router::components::A;

/// Says so, with the one next step, and answers 404.
#[component]
pub fn NotFound() -> impl IntoView {
    crate::app::answer_not_found();
    view! {
        <Title text="Not found · FinFlow" />
        <div class="page plain-page">
            <h1>"There is no page here"</h1>
            <p class="lead">"The address may be mistyped, or the page has moved."</p>
            <p>
                <A href="/live-portfolio/" {..} class="button primary">
                    "Open the live portfolio"
                </A>
            </p>
        </div>
    }
}
