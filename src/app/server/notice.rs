//! Pages that say what is not done and why, in the place of a bare line of text.

use crate::accounts::view::notice::{self, Notice};
use crate::accounts::visitor::Visitor;
use crate::app::server::AppState;
use crate::app::server::document::Document;
use axum::http::StatusCode;
use axum::http::request::Parts;
use axum::response::Response;

/// The page.
pub async fn draw(state: &AppState, parts: &Parts, visitor: Visitor, status: StatusCode, said: Notice) -> Response {
    let document = Document::new(said.title, visitor).with_status(status);
    document.respond(state, parts, move || notice::notice(said)).await
}
