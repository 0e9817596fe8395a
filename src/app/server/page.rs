//! The pages that live: drawn by the server, taken over by the client. And the files of the site.

use crate::accounts::visitor::Visitor;
use crate::app::Figures;
use crate::app::pages::Page;
use crate::app::server::AppState;
use crate::app::server::document::answer_with;
use crate::app::server::who::Anyone;
use crate::app::shell::shell;
use crate::error::ApiError;
use crate::portfolio::server::SAMPLE;
use axum::extract::{Request, State};
use axum::http::StatusCode;
use axum::response::{IntoResponse, Response};
use leptos::prelude::*;

impl AppState {
    /// What each page finds in its context.
    fn provide(&self) {
        provide_context(self.portfolios.clone());
        provide_context(self.assets.urls().clone());
    }

    fn live_page(&self, page: Page, visitor: Visitor) -> impl IntoView + use<> {
        let snapshot = if page.has_figures() {
            self.portfolios.snapshot(SAMPLE)
        } else {
            None
        };
        let figures = snapshot.map_or_else(|| Figures::Missing(ApiError::not_found("portfolio")), Figures::Here);
        answer_with(if page == Page::NotFound {
            StatusCode::NOT_FOUND
        } else {
            StatusCode::OK
        });
        shell(self.options.clone(), page, figures, visitor)
    }
}

/// A server function.
pub async fn answer_api(State(state): State<AppState>, request: Request) -> Response {
    leptos_axum::handle_server_fns_with_context(move || state.provide(), request)
        .await
        .into_response()
}

/// A file of the site, or a page; the last of them says that there is none.
pub async fn file_or_page(State(state): State<AppState>, request: Request) -> Response {
    let path = request.uri().path();
    if let Some(file) = state.assets.respond(path, request.headers()) {
        return file.into_response();
    }
    let page = Page::at(path);
    // Without its database a page still shows the market: as to somebody who is not signed in.
    let visitor = match state.accounts.viewer(request.headers()).await {
        Ok(viewer) => Anyone(viewer).visitor(),
        Err(_) => Visitor::Nobody,
    };
    let context = state.clone();
    leptos_axum::render_app_async_with_context(move || context.provide(), move || state.live_page(page, visitor.clone()))(request)
        .await
        .into_response()
}
