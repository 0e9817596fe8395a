//! The page that describes the API: drawn from the same description that programs read.

mod read;
mod view;

pub use read::Reference;

use crate::app::server::AppState;
use crate::app::server::document::Document;
use crate::app::server::who::Anyone;
use axum::Extension;
use axum::extract::State;
use axum::http::request::Parts;
use axum::response::Response;
use leptos::prelude::IntoAny as _;

/// The page.
pub async fn page(State(state): State<AppState>, Extension(reference): Extension<Reference>, anyone: Anyone, parts: Parts) -> Response {
    let document = Document::new("API", anyone.visitor());
    document
        .respond(&state, &parts, move || view::reference(&reference).into_any())
        .await
}
