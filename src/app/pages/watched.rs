//! A page over a portfolio that is watched: its figures come with the HTML, then over the socket.

use crate::app::Figures;
use crate::error::ApiError;
use crate::live::store::LiveStore;
use crate::live::view::controls::keep_within_bounds;
use crate::portfolio::store::PortfolioStore;
use crate::ui::erase::Erase as _;
use leptos::prelude::*;

/// Builds the stores from the snapshot, connects them, and shows `page` over them. Until there is one `skeleton`, in the
/// page's final layout; where it could not be had, what happened and a way to try again.
pub fn watched(figures: Figures, interval_ms: u64, skeleton: fn() -> AnyView, page: fn(LiveStore, PortfolioStore) -> AnyView) -> AnyView {
    match figures {
        Figures::Here(snapshot) => {
            // Milliseconds from one update to the next, until the reader chooses.
            let live = LiveStore::new(interval_ms);
            let store = PortfolioStore::new(&snapshot);
            crate::live::connect(live, store);
            keep_within_bounds(live);
            page(live, store)
        }
        Figures::OnTheirWay => skeleton(),
        Figures::Missing(error) => failed(&error),
    }
}

fn failed(error: &ApiError) -> AnyView {
    let message = error.message.clone();
    view! {
        <div class="page plain-page" role="alert">
            <h1>"The figures could not be loaded"</h1>
            <p class="lead">{message}</p>
            <p>"Nothing is shown in their place: a figure that is not known is never guessed."</p>
            <p>
                // The page itself: it loads anew, with JavaScript or without.
                <a class="button primary" href="">
                    "Try again"
                </a>
            </p>
        </div>
    }
    .erased()
}
