//! Coming in and going out, and the account's own page: their addresses, and what their answers share.

mod account;
mod enter;

use crate::accounts::server::session::no_cookie;
use crate::accounts::server::{AccountError, Device};
use crate::accounts::visitor::Visitor;
use crate::app::server::AppState;
use crate::app::server::document::Document;
use crate::app::server::who;
use crate::server::config::SecureCookies;
use crate::server::{address, security};
use axum::Router;
use axum::extract::ConnectInfo;
use axum::http::request::Parts;
use axum::http::{StatusCode, header};
use axum::response::{AppendHeaders, IntoResponse, Redirect, Response};
use axum::routing::{get, post};
use leptos::prelude::AnyView;
use serde::Deserialize;
use std::net::{IpAddr, Ipv4Addr, SocketAddr};

/// The addresses of accounts.
pub fn routes() -> Router<AppState> {
    Router::new()
        .route("/sign-in", get(enter::sign_in_page))
        .route("/sign-in/", get(enter::sign_in_page).post(enter::sign_in))
        .route("/sign-up", get(enter::sign_up_page))
        .route("/sign-up/", get(enter::sign_up_page).post(enter::sign_up))
        .route("/sign-out/", post(enter::sign_out))
        .route("/try/", post(enter::try_it))
        .route("/account", get(account::account_page))
        .route("/account/", get(account::account_page))
        .route("/account/password/", post(account::change_password))
        .route("/account/sessions/end/", post(account::end_session))
        .route("/account/sessions/end-others/", post(account::end_other_sessions))
        .route("/account/delete/", post(account::delete))
}

/// What the forms send. What is missing is empty.
#[derive(Debug, Default, Deserialize)]
#[serde(default)]
struct Sent {
    name: String,
    password: String,
    next: String,
    current: String,
    confirm: String,
    session: String,
    done: String,
}

async fn draw(
    state: &AppState,
    parts: &Parts,
    (title, visitor, status): (&str, Visitor, StatusCode),
    content: impl FnOnce() -> AnyView + Clone + Send + Sync + 'static,
) -> Response {
    Document::new(title, visitor)
        .with_status(status)
        .respond(state, parts, content)
        .await
}

fn status(error: &AccountError) -> StatusCode {
    match error {
        AccountError::TooMany(_) | AccountError::Crowded(_) => StatusCode::TOO_MANY_REQUESTS,
        AccountError::Busy => StatusCode::SERVICE_UNAVAILABLE,
        AccountError::Closed => StatusCode::FORBIDDEN,
        _ => StatusCode::UNPROCESSABLE_ENTITY,
    }
}

fn trouble(error: &AccountError) -> Response {
    match error {
        AccountError::Storage(error) => who::unavailable(*error),
        other => (status(other), format!("{other}\n")).into_response(),
    }
}

fn with_wait(mut page: Response, error: &AccountError) -> Response {
    let seconds = match error {
        AccountError::TooMany(seconds) | AccountError::Crowded(seconds) => *seconds,
        AccountError::Busy => 2,
        _ => return page,
    };
    page.headers_mut().insert(header::RETRY_AFTER, seconds.into());
    page
}

/// Home without a session.
fn farewell(state: &AppState, parts: &Parts) -> Response {
    let cookie = no_cookie(secure(state, parts));
    (AppendHeaders([(header::SET_COOKIE, cookie)]), Redirect::to("/")).into_response()
}

fn secure(state: &AppState, parts: &Parts) -> bool {
    state.accounts.config().secure_cookies == SecureCookies::Always || security::came_over_tls(&parts.headers)
}

/// What a session is begun from.
fn device(parts: &Parts) -> Device {
    let peer = parts.extensions.get::<ConnectInfo<SocketAddr>>();
    let peer = peer.map_or(IpAddr::V4(Ipv4Addr::UNSPECIFIED), |peer| peer.0.ip());
    let agent = parts.headers.get(header::USER_AGENT).and_then(|agent| agent.to_str().ok());
    Device {
        address: address::client(&parts.extensions, peer),
        agent: agent.unwrap_or_default().to_owned(),
    }
}
