//! A page that the server draws whole. It works without JavaScript; with it, the client takes over the header alone.

use crate::accounts::visitor::Visitor;
use crate::app::server::AppState;
use crate::app::shell;
use crate::server::security;
use axum::body::Body;
use axum::http::request::Parts;
use axum::http::{HeaderValue, Request, StatusCode, header};
use axum::response::{IntoResponse, Response};
use leptos::nonce::use_nonce;
use leptos::prelude::*;
use leptos_axum::ResponseOptions;

/// What a page is, beside its content.
#[derive(Clone, Debug)]
pub struct Document {
    /// Its title, without the program's name.
    pub title: String,
    /// 200, or why not.
    pub status: StatusCode,
    /// Who it is drawn for.
    pub visitor: Visitor,
}

impl Document {
    /// A page that is as it should be.
    pub fn new(title: impl Into<String>, visitor: Visitor) -> Self {
        Self {
            title: title.into(),
            status: StatusCode::OK,
            visitor,
        }
    }

    /// The same page with another status.
    pub fn with_status(self, status: StatusCode) -> Self {
        Self { status, ..self }
    }

    /// Draws the page around `content`, which is called once, inside the page's own reactive owner. `parts` are the request's:
    /// its cookies hold the reader's choices.
    pub async fn respond(
        self,
        state: &AppState,
        parts: &Parts,
        content: impl FnOnce() -> AnyView + Clone + Send + Sync + 'static,
    ) -> Response {
        let mut request = Request::new(Body::empty());
        *request.uri_mut() = parts.uri.clone();
        *request.headers_mut() = parts.headers.clone();
        let context = state.clone();
        let options = state.options.clone();
        let draw = move || {
            answer_with(self.status);
            shell::document(options.clone(), &self.title, &self.visitor, content.clone())
        };
        leptos_axum::render_app_async_with_context(move || provide_context(context.assets.urls().clone()), draw)(request)
            .await
            .into_response()
    }
}

/// What each page's answer carries: its status, its policy with the nonce of its own scripts, and that it is not to be kept.
pub fn answer_with(status: StatusCode) {
    let Some(response) = use_context::<ResponseOptions>() else { return };
    if let Some(policy) = use_nonce().and_then(|nonce| security::page_policy(&nonce.to_string()).parse().ok()) {
        response.insert_header(header::CONTENT_SECURITY_POLICY, policy);
    }
    // The figures and the reader's choices are of this moment.
    response.insert_header(header::CACHE_CONTROL, HeaderValue::from_static("private, no-cache"));
    response.set_status(status);
}
