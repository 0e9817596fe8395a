//! The account's own page, and what its forms do.

use crate::accounts::server::{AccountError, Viewer};
use crate::accounts::view::account::{Account, Shown, account};
use crate::accounts::view::notice::Notice;
use crate::app::server::accounts::enter::sign_out;
use crate::app::server::accounts::{Sent, draw, farewell, status, trouble, with_wait};
use crate::app::server::who::{Anyone, SignedIn};
use crate::app::server::{AppState, notice};
use axum::extract::{Form, Query, State};
use axum::http::StatusCode;
use axum::http::request::Parts;
use axum::response::{IntoResponse, Redirect, Response};
use chrono::DateTime;

pub(super) async fn account_page(
    State(state): State<AppState>,
    SignedIn(viewer): SignedIn,
    parts: Parts,
    Query(sent): Query<Sent>,
) -> Response {
    let done = match sent.done.as_str() {
        "password" => Some("The password was changed. Every other session has ended."),
        "session" => Some("The session has ended."),
        "restored" => Some("It was brought back. Your portfolios are there again."),
        "others" => Some("You are signed out everywhere else."),
        _ => None,
    };
    let shown = Account {
        done,
        ..Account::default()
    };
    draw_account(&state, &parts, viewer, StatusCode::OK, shown).await
}

pub(super) async fn change_password(
    State(state): State<AppState>,
    SignedIn(viewer): SignedIn,
    parts: Parts,
    Form(sent): Form<Sent>,
) -> Response {
    if viewer.name.is_none() {
        return Redirect::to("/sign-up/").into_response();
    }
    let done = state.accounts.change_password(&viewer, &sent.current, &sent.password);
    match done.await {
        Ok(()) => Redirect::to("/account/?done=password").into_response(),
        Err(error) => account_wrong(&state, &parts, viewer, error).await,
    }
}

pub(super) async fn end_session(
    State(state): State<AppState>,
    SignedIn(viewer): SignedIn,
    parts: Parts,
    Form(sent): Form<Sent>,
) -> Response {
    if sent.session == viewer.session {
        return sign_out(State(state), Anyone(Some(viewer)), parts).await;
    }
    match state.accounts.revoke(&viewer.user, &sent.session).await {
        Ok(()) => Redirect::to("/account/?done=session").into_response(),
        Err(error) => account_wrong(&state, &parts, viewer, error).await,
    }
}

pub(super) async fn end_other_sessions(State(state): State<AppState>, SignedIn(viewer): SignedIn, parts: Parts) -> Response {
    match state.accounts.revoke_others(&viewer.user, Some(&viewer.session)).await {
        Ok(_) => Redirect::to("/account/?done=others").into_response(),
        Err(error) => account_wrong(&state, &parts, viewer, error).await,
    }
}

pub(super) async fn delete(State(state): State<AppState>, SignedIn(viewer): SignedIn, parts: Parts, Form(sent): Form<Sent>) -> Response {
    let done = async {
        state.accounts.confirm(&viewer, "confirm", &sent.confirm).await?;
        state.accounts.delete(&viewer.user).await
    };
    match done.await {
        Ok(()) => farewell(&state, &parts),
        Err(error) => account_wrong(&state, &parts, viewer, error).await,
    }
}

async fn draw_account(state: &AppState, parts: &Parts, viewer: Viewer, status: StatusCode, mut shown: Account) -> Response {
    let day = |ms| {
        DateTime::from_timestamp_millis(ms)
            .map(|moment| moment.date_naive().to_string())
            .unwrap_or_default()
    };
    let sessions = match state.accounts.sessions(&viewer.user).await {
        Ok(sessions) => sessions,
        Err(error) => return trouble(&error),
    };
    shown.sessions = sessions
        .into_iter()
        .map(|one| Shown {
            here: one.id == viewer.session,
            id: one.id,
            agent: one.agent,
            address: one.address,
            since: day(one.created_at),
            seen: day(one.seen_at),
        })
        .collect();
    let visitor = viewer.visitor();
    shown.name = viewer.name;
    draw(state, parts, ("Account", visitor, status), move || account(shown)).await
}

async fn account_wrong(state: &AppState, parts: &Parts, viewer: Viewer, error: AccountError) -> Response {
    let mut shown = Account::default();
    let status = match &error {
        AccountError::Invalid(field, why) => {
            let place = match *field {
                "current" => &mut shown.current_error,
                "confirm" => &mut shown.confirm_error,
                _ => &mut shown.password_error,
            };
            *place = Some(why.clone());
            StatusCode::UNPROCESSABLE_ENTITY
        }
        AccountError::Storage(_) => return trouble(&error),
        AccountError::NotFound(what) => {
            let said = Notice {
                title: "It is not here",
                text: format!("There is no such {what}. It may have ended already."),
                way: ("/account/".into(), "Back to the account"),
            };
            return notice::draw(state, parts, viewer.visitor(), StatusCode::NOT_FOUND, said).await;
        }
        other => {
            shown.error = Some(other.to_string());
            status(other)
        }
    };
    with_wait(draw_account(state, parts, viewer, status, shown).await, &error)
}
