//! Who asks: what handlers take as an argument.

use crate::accounts::server::Viewer;
use crate::accounts::visitor::Visitor;
use crate::app::server::AppState;
use crate::server::database::StorageError;
use axum::extract::{FromRequestParts, OriginalUri};
use axum::http::request::Parts;
use axum::http::{Method, StatusCode};
use axum::response::{IntoResponse, Redirect, Response};
use url::form_urlencoded::byte_serialize;

/// Somebody, with a session or without.
#[derive(Clone, Debug)]
pub struct Anyone(pub Option<Viewer>);

impl Anyone {
    /// As a page's header tells it.
    pub fn visitor(&self) -> Visitor {
        self.0.as_ref().map(Viewer::visitor).unwrap_or_default()
    }
}

/// Somebody with a session. Others are led to sign in, and back.
#[derive(Clone, Debug)]
pub struct SignedIn(pub Viewer);

/// Marks an answer that says what the database did not do: a person is told it as a page.
#[derive(Clone, Copy, Debug)]
pub struct Trouble(pub &'static str);

/// The answer where the database did not do what a page needs.
pub fn unavailable(error: StorageError) -> Response {
    let (status, text) = match error {
        StorageError::Full => (
            StatusCode::INSUFFICIENT_STORAGE,
            "The server's disk is full. Nothing was changed. Make room, then try again.",
        ),
        StorageError::Unavailable => (
            StatusCode::SERVICE_UNAVAILABLE,
            "The database does not answer. Nothing was changed. Try again in a moment.",
        ),
        StorageError::Taken | StorageError::Fault => (
            StatusCode::INTERNAL_SERVER_ERROR,
            "The server could not do this. Nothing was changed; its log says more.",
        ),
    };
    let mut answer = (status, format!("{text}\n")).into_response();
    answer.extensions_mut().insert(Trouble(text));
    answer
}

impl FromRequestParts<AppState> for Anyone {
    type Rejection = Response;

    async fn from_request_parts(parts: &mut Parts, state: &AppState) -> Result<Self, Response> {
        state.accounts.viewer(&parts.headers).await.map(Self).map_err(unavailable)
    }
}

impl FromRequestParts<AppState> for SignedIn {
    type Rejection = Response;

    async fn from_request_parts(parts: &mut Parts, state: &AppState) -> Result<Self, Response> {
        if let Anyone(Some(viewer)) = Anyone::from_request_parts(parts, state).await? {
            return Ok(Self(viewer));
        }
        // What was sent is lost: only a page that was looked at is led back to.
        let next = match (&parts.method, parts.extensions.get::<OriginalUri>()) {
            (&Method::GET, Some(OriginalUri(uri))) => uri.path_and_query().map(ToString::to_string),
            (&Method::GET, None) => parts.uri.path_and_query().map(ToString::to_string),
            _ => None,
        };
        let query = next.map(|next| format!("?next={}", byte_serialize(next.as_bytes()).collect::<String>()));
        Err(Redirect::to(&format!("/sign-in/{}", query.unwrap_or_default())).into_response())
    }
}
