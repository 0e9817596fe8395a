//! The page of the sources of prices. It tells no address and no key, and whoever is signed in may see it.

use crate::app::server::AppState;
use crate::app::server::document::Document;
use crate::app::server::who::SignedIn;
use crate::market::view::feeds;
use axum::Router;
use axum::extract::State;
use axum::http::request::Parts;
use axum::response::Response;
use axum::routing::get;

/// The page.
pub fn routes() -> Router<AppState> {
    Router::new().route("/feeds/", get(page))
}

async fn page(State(state): State<AppState>, SignedIn(viewer): SignedIn, parts: Parts) -> Response {
    let market = &state.portfolios.market;
    let (feed, health, now) = (market.bus.feed(), market.health().await, market.now());
    let document = Document::new("Sources of prices", viewer.visitor());
    document.respond(&state, &parts, move || feeds::page(feed, health, now)).await
}
