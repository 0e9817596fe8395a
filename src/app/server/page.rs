//! The pages that live: drawn by the server, taken over by the client. And the files of the site.

use crate::accounts::visitor::Visitor;
use crate::app::Figures;
use crate::app::pages::Page;
use crate::app::server::AppState;
use crate::app::server::document::answer_with;
use crate::app::server::who::Anyone;
use crate::app::shell::shell;
use crate::error::ApiError;
use crate::portfolio::server::ledger::LedgerError;
use axum::extract::{Request, State};
use axum::http::StatusCode;
use axum::response::{IntoResponse, Response};
use leptos::prelude::*;
use url::form_urlencoded;

impl AppState {
    /// What each page finds in its context.
    fn provide(&self) {
        provide_context(self.portfolios.clone());
        provide_context(self.assets.urls().clone());
    }

    fn live_page(&self, page: Page, figures: Figures, visitor: Visitor) -> impl IntoView + use<> {
        let missing = matches!(&figures, Figures::Missing(error) if error.code == "not_found");
        answer_with(if page == Page::NotFound || missing {
            StatusCode::NOT_FOUND
        } else {
            StatusCode::OK
        });
        shell(self.options.clone(), page, figures, visitor)
    }

    /// The figures that a page begins with: the front page's are the sample's, the live page's those that its address names.
    async fn figures(&self, page: Page, user: Option<&str>, query: Option<&str>) -> Figures {
        match page {
            Page::Home => Figures::Here(self.portfolios.sample_snapshot()),
            Page::LivePortfolio => {
                let named = form_urlencoded::parse(query.unwrap_or_default().as_bytes()).find(|(name, _)| name == "portfolio");
                match self.portfolios.find(user, named.as_ref().map(|(_, id)| id.as_ref())).await {
                    Ok(portfolio) => Figures::Here(self.portfolios.snapshot_of(&portfolio)),
                    Err(LedgerError::NotFound(what)) => Figures::Missing(ApiError::not_found(what)),
                    Err(_) => Figures::Missing(ApiError::new("unavailable", "The database does not answer. Try again in a moment.")),
                }
            }
            Page::Drawn | Page::NotFound => Figures::Missing(ApiError::not_found("portfolio")),
        }
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
    let anyone = Anyone(state.accounts.viewer(request.headers()).await.unwrap_or_default());
    let user = anyone.0.as_ref().map(|viewer| viewer.user.as_str());
    let figures = state.figures(page, user, request.uri().query()).await;
    let visitor = anyone.visitor();
    let context = state.clone();
    leptos_axum::render_app_async_with_context(
        move || context.provide(),
        move || state.live_page(page, figures.clone(), visitor.clone()),
    )(request)
    .await
    .into_response()
}
