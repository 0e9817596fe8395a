//! A page over a portfolio that is watched: its figures come with the HTML, then over the socket.

use crate::error::ApiError;
use crate::live::store::LiveStore;
use crate::live::view::controls::keep_within_bounds;
use crate::portfolio::api::portfolio_snapshot;
use crate::portfolio::store::PortfolioStore;
use leptos::prelude::*;

/// Loads the snapshot, builds the stores from it, connects them, and shows `page` over them. Until then `skeleton`, in the
/// page's final layout; after a failure what happened, and a way to try again.
#[component]
pub fn Watched(
    /// Milliseconds from one update to the next, until the reader chooses.
    interval_ms: u64,
    /// What is shown while figures are on their way.
    skeleton: fn() -> AnyView,
    /// The page itself.
    page: fn(LiveStore, PortfolioStore) -> AnyView,
) -> impl IntoView {
    let snapshot = Resource::new_blocking(|| (), |()| portfolio_snapshot());
    let retry = move || snapshot.refetch();
    view! {
        <Suspense fallback=skeleton>
            {move || Suspend::new(async move {
                match snapshot.await {
                    Ok(snapshot) => {
                        let live = LiveStore::new(interval_ms);
                        let store = PortfolioStore::new(&snapshot);
                        crate::live::connect(live, store);
                        keep_within_bounds(live);
                        page(live, store)
                    }
                    Err(error) => failed(&error, retry),
                }
            })}
        </Suspense>
    }
}

fn failed(error: &ApiError, retry: impl Fn() + 'static) -> AnyView {
    let message = error.message.clone();
    view! {
        <div class="page plain-page" role="alert">
            <h1>"The figures could not be loaded"</h1>
            <p class="lead">{message}</p>
            <p>"Nothing is shown in their place: a figure that is not known is never guessed."</p>
            <p class="needs-script">
                <button type="button" class="button primary" on:click=move |_| retry()>
                    "Try again"
                </button>
            </p>
        </div>
    }
    .into_any()
}
