//! The page of a user's tokens.

use crate::accounts::scope::Scope;
use crate::accounts::server::Viewer;
use crate::accounts::server::tokens::{Token, TokenError};
use crate::accounts::view::tokens::{TokenForm, TokenRow, TokensPage};
use crate::app::server::AppState;
use crate::app::server::document::Document;
use crate::app::server::who::{SignedIn, unavailable};
use axum::Router;
use axum::extract::{RawForm, State};
use axum::http::request::Parts;
use axum::http::{HeaderValue, StatusCode, header};
use axum::response::{IntoResponse, Redirect, Response};
use axum::routing::{get, post};
use chrono::{DateTime, Utc};
use leptos::prelude::*;
use url::form_urlencoded;

/// Where it is.
const PATH: &str = "/account/tokens/";

/// The page and its forms.
pub fn routes() -> Router<AppState> {
    Router::new()
        .route(PATH, get(page).post(make))
        .route("/account/tokens/revoke/", post(revoke))
}

fn row(token: Token, now: DateTime<Utc>) -> TokenRow {
    let day = |moment: DateTime<Utc>| moment.format("%Y-%m-%d").to_string();
    TokenRow {
        ended: token.expires_at.is_some_and(|moment| moment <= now),
        id: token.id,
        name: token.name,
        scopes: token.scopes,
        created: day(token.created_at),
        used: token.last_used_at.map(|moment| moment.format("%Y-%m-%d %H:%M UTC").to_string()),
        expires: token.expires_at.map(day),
    }
}

/// What a page of tokens shows beside them.
#[derive(Default)]
struct Said {
    status: StatusCode,
    form: TokenForm,
    made: Option<(String, String)>,
    note: Option<&'static str>,
}

async fn draw(state: &AppState, parts: &Parts, viewer: &Viewer, said: Said) -> Response {
    let tokens = match state.accounts.tokens(&viewer.user).await {
        Ok(tokens) => tokens,
        Err(error) => return unavailable(error),
    };
    let now = state.accounts.moment();
    let tokens: Vec<_> = tokens.into_iter().map(|token| row(token, now)).collect();
    let form = viewer.name.is_some().then_some(said.form);
    let (made, note) = (said.made, said.note);
    let document = Document::new("Tokens", viewer.visitor()).with_status(said.status);
    let content = move || view! { <TokensPage tokens=tokens form=form made=made note=note /> }.into_any();
    let mut response = document.respond(state, parts, content).await;
    // A secret may stand in it: it is in no cache and not found again by going back.
    response
        .headers_mut()
        .insert(header::CACHE_CONTROL, HeaderValue::from_static("private, no-store"));
    response
}

async fn page(State(state): State<AppState>, SignedIn(viewer): SignedIn, parts: Parts) -> Response {
    let said = Said {
        form: TokenForm {
            days: "90".into(),
            ..TokenForm::default()
        },
        note: (parts.uri.query() == Some("revoked")).then_some("The token is revoked. What used it can do nothing more."),
        ..Said::default()
    };
    draw(&state, &parts, &viewer, said).await
}

async fn make(State(state): State<AppState>, SignedIn(viewer): SignedIn, parts: Parts, RawForm(sent): RawForm) -> Response {
    let mut form = TokenForm::default();
    for (name, value) in form_urlencoded::parse(&sent) {
        match name.as_ref() {
            "name" => form.name = value.into_owned(),
            "days" => form.days = value.trim().to_owned(),
            "scope" => form
                .scopes
                .extend(Scope::named(&value).filter(|scope| !form.scopes.contains(scope))),
            _ => {}
        }
    }
    let days = match form.days.as_str() {
        "" => None,
        text => Some(text.parse().unwrap_or(0)),
    };
    let said = match state.accounts.make_token(&viewer.user, &form.name, &form.scopes, days).await {
        Ok((secret, token)) => Said {
            status: StatusCode::CREATED,
            form: TokenForm {
                days: "90".into(),
                ..TokenForm::default()
            },
            made: Some((token.name, secret)),
            ..Said::default()
        },
        Err(TokenError::Invalid(field, reason)) => Said {
            status: StatusCode::UNPROCESSABLE_ENTITY,
            form: TokenForm {
                error: Some((field, reason)),
                ..form
            },
            ..Said::default()
        },
        Err(TokenError::Guest) => Said {
            status: StatusCode::FORBIDDEN,
            ..Said::default()
        },
        Err(TokenError::Storage(error)) => return unavailable(error),
    };
    draw(&state, &parts, &viewer, said).await
}

async fn revoke(State(state): State<AppState>, SignedIn(viewer): SignedIn, RawForm(sent): RawForm) -> Response {
    let id = form_urlencoded::parse(&sent)
        .find(|(name, _)| name == "id")
        .map(|(_, id)| id.into_owned());
    match state.accounts.revoke_token(&viewer.user, &id.unwrap_or_default()).await {
        Ok(true) => Redirect::to("/account/tokens/?revoked").into_response(),
        // Gone already, or somebody else's: the list says what there is.
        Ok(false) => Redirect::to(PATH).into_response(),
        Err(error) => unavailable(error),
    }
}
