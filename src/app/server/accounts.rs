//! Coming in and going out: signing up, in and out, trying, and the account's own page.

use crate::accounts::server::session::{Token, no_cookie};
use crate::accounts::server::{AccountError, Device, Viewer};
use crate::accounts::view::account::{Account, Shown, account};
use crate::accounts::view::enter::{self, Entered};
use crate::accounts::view::notice::Notice;
use crate::accounts::visitor::Visitor;
use crate::app::server::AppState;
use crate::app::server::document::Document;
use crate::app::server::notice;
use crate::app::server::who::{self, Anyone, SignedIn};
use crate::portfolio::book::Terms;
use crate::portfolio::server::ledger::LedgerError;
use crate::portfolio::settings::Settings;
use crate::server::config::SecureCookies;
use crate::server::database::StorageError;
use crate::server::{address, security};
use axum::Router;
use axum::extract::{ConnectInfo, Form, Query, State};
use axum::http::request::Parts;
use axum::http::{StatusCode, header};
use axum::response::{AppendHeaders, IntoResponse, Redirect, Response};
use axum::routing::{get, post};
use chrono::DateTime;
use leptos::prelude::AnyView;
use serde::Deserialize;
use std::net::{IpAddr, Ipv4Addr, SocketAddr};

/// Where people are led who came from nowhere.
const HOME: &str = "/portfolios/";

/// The addresses of accounts.
pub fn routes() -> Router<AppState> {
    Router::new()
        .route("/sign-in", get(sign_in_page))
        .route("/sign-in/", get(sign_in_page).post(sign_in))
        .route("/sign-up", get(sign_up_page))
        .route("/sign-up/", get(sign_up_page).post(sign_up))
        .route("/sign-out/", post(sign_out))
        .route("/try/", post(try_it))
        .route("/account", get(account_page))
        .route("/account/", get(account_page))
        .route("/account/password/", post(change_password))
        .route("/account/sessions/end/", post(end_session))
        .route("/account/sessions/end-others/", post(end_other_sessions))
        .route("/account/delete/", post(delete))
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

async fn sign_in_page(State(state): State<AppState>, who: Anyone, parts: Parts, Query(sent): Query<Sent>) -> Response {
    if who.0.as_ref().is_some_and(|viewer| viewer.name.is_some()) {
        return Redirect::to(&onward(&sent.next)).into_response();
    }
    let entered = Entered {
        next: local(&sent.next).unwrap_or_default(),
        ..Entered::default()
    };
    draw_sign_in(&state, &parts, who.visitor(), StatusCode::OK, entered).await
}

async fn sign_in(State(state): State<AppState>, who: Anyone, parts: Parts, Form(sent): Form<Sent>) -> Response {
    let device = device(&parts);
    let done = async {
        let user = state.accounts.know(&sent.name, &sent.password, device.address).await?;
        // Whoever tried first and has an account goes on there with what they made.
        let guest = who.0.as_ref().filter(|viewer| viewer.name.is_none() && viewer.user != user);
        if let Some(guest) = guest {
            state.ledger.hand_over(&guest.user, &user).await.map_err(storage)?;
        }
        let token = state.accounts.admit(&user, who.0.as_ref(), &device).await?;
        if let Some(guest) = guest
            && let Err(error) = state.accounts.delete(&guest.user).await
        {
            tracing::warn!(%error, "an empty guest stays until it is swept");
        }
        Ok(token)
    };
    match done.await {
        Ok(token) => welcomed(&state, &parts, &token, &onward(&sent.next)),
        Err(error) => {
            let entered = Entered {
                name: sent.name,
                next: local(&sent.next).unwrap_or_default(),
                ..Entered::default()
            };
            match entered_wrong(&error, entered) {
                Ok((status, entered)) => {
                    let page = draw_sign_in(&state, &parts, who.visitor(), status, entered).await;
                    with_wait(page, &error)
                }
                Err(answer) => answer,
            }
        }
    }
}

async fn sign_up_page(State(state): State<AppState>, who: Anyone, parts: Parts, Query(sent): Query<Sent>) -> Response {
    if who.0.as_ref().is_some_and(|viewer| viewer.name.is_some()) {
        return Redirect::to("/account/").into_response();
    }
    if let Err(error) = state.accounts.admits_new() {
        return closed(&state, &parts, who.visitor(), &error).await;
    }
    let entered = Entered {
        next: local(&sent.next).unwrap_or_default(),
        ..Entered::default()
    };
    draw_sign_up(&state, &parts, who.visitor(), StatusCode::OK, entered).await
}

async fn sign_up(State(state): State<AppState>, who: Anyone, parts: Parts, Form(sent): Form<Sent>) -> Response {
    let device = device(&parts);
    match state.accounts.sign_up(&sent.name, &sent.password, who.0.as_ref(), &device).await {
        Ok(token) => {
            // A browser has one session: a user who makes another account leaves this one.
            if let Some(before) = who.0.filter(|viewer| viewer.name.is_some())
                && let Err(error) = state.accounts.sign_out(&before).await
            {
                tracing::warn!(%error, "the session before stays until it expires");
            }
            welcomed(&state, &parts, &token, &onward(&sent.next))
        }
        Err(error @ AccountError::Closed) => closed(&state, &parts, who.visitor(), &error).await,
        Err(error) => {
            let entered = Entered {
                name: sent.name,
                next: local(&sent.next).unwrap_or_default(),
                ..Entered::default()
            };
            match entered_wrong(&error, entered) {
                Ok((status, entered)) => draw_sign_up(&state, &parts, who.visitor(), status, entered).await,
                Err(answer) => answer,
            }
        }
    }
}

async fn sign_out(State(state): State<AppState>, who: Anyone, parts: Parts) -> Response {
    if let Some(viewer) = &who.0
        && let Err(error) = state.accounts.sign_out(viewer).await
    {
        return trouble(&error);
    }
    farewell(&state, &parts)
}

async fn try_it(State(state): State<AppState>, who: Anyone, parts: Parts) -> Response {
    if who.0.is_some() {
        return Redirect::to(HOME).into_response();
    }
    let (user, token) = match state.accounts.guest(&device(&parts)).await {
        Ok(guest) => guest,
        Err(error @ AccountError::Closed) => return closed(&state, &parts, who.visitor(), &error).await,
        Err(error) => return trouble(&error),
    };
    let settings = Settings {
        name: "My portfolio".into(),
        terms: Terms::in_currency("USD"),
        benchmark: None,
    };
    if let Err(error) = state.ledger.open(&user, &settings).await {
        // Nobody holds the token: the guest would only wait for the sweep.
        let _ = state.accounts.delete(&user).await;
        return trouble(&storage(error));
    }
    welcomed(&state, &parts, &token, HOME)
}

async fn account_page(State(state): State<AppState>, SignedIn(viewer): SignedIn, parts: Parts, Query(sent): Query<Sent>) -> Response {
    let done = match sent.done.as_str() {
        "password" => Some("The password was changed. Every other session has ended."),
        "session" => Some("The session has ended."),
        "others" => Some("You are signed out everywhere else."),
        _ => None,
    };
    let shown = Account {
        done,
        ..Account::default()
    };
    draw_account(&state, &parts, viewer, StatusCode::OK, shown).await
}

async fn change_password(State(state): State<AppState>, SignedIn(viewer): SignedIn, parts: Parts, Form(sent): Form<Sent>) -> Response {
    let from = device(&parts).address;
    if viewer.name.is_none() {
        return Redirect::to("/sign-up/").into_response();
    }
    let done = state.accounts.change_password(&viewer, &sent.current, &sent.password, from);
    match done.await {
        Ok(()) => Redirect::to("/account/?done=password").into_response(),
        Err(error) => account_wrong(&state, &parts, viewer, error).await,
    }
}

async fn end_session(State(state): State<AppState>, SignedIn(viewer): SignedIn, parts: Parts, Form(sent): Form<Sent>) -> Response {
    if sent.session == viewer.session {
        return sign_out(State(state), Anyone(Some(viewer)), parts).await;
    }
    match state.accounts.revoke(&viewer.user, &sent.session).await {
        Ok(()) => Redirect::to("/account/?done=session").into_response(),
        Err(error) => account_wrong(&state, &parts, viewer, error).await,
    }
}

async fn end_other_sessions(State(state): State<AppState>, SignedIn(viewer): SignedIn, parts: Parts) -> Response {
    match state.accounts.revoke_others(&viewer.user, Some(&viewer.session)).await {
        Ok(_) => Redirect::to("/account/?done=others").into_response(),
        Err(error) => account_wrong(&state, &parts, viewer, error).await,
    }
}

async fn delete(State(state): State<AppState>, SignedIn(viewer): SignedIn, parts: Parts, Form(sent): Form<Sent>) -> Response {
    let from = device(&parts).address;
    let done = async {
        state.accounts.confirm(&viewer, "confirm", &sent.confirm, from).await?;
        state.accounts.delete(&viewer.user).await
    };
    match done.await {
        Ok(()) => farewell(&state, &parts),
        Err(error) => account_wrong(&state, &parts, viewer, error).await,
    }
}

async fn draw_sign_in(state: &AppState, parts: &Parts, visitor: Visitor, status: StatusCode, entered: Entered) -> Response {
    let open = state.accounts.admits_new().is_ok();
    draw(state, parts, ("Sign in", visitor, status), move || enter::sign_in(entered, open)).await
}

async fn draw_sign_up(state: &AppState, parts: &Parts, visitor: Visitor, status: StatusCode, entered: Entered) -> Response {
    let guest = visitor == Visitor::Guest;
    draw(state, parts, ("Sign up", visitor, status), move || enter::sign_up(entered, guest)).await
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

/// The form again, with what is wrong; or the answer where no form helps.
fn entered_wrong(error: &AccountError, mut entered: Entered) -> Result<(StatusCode, Entered), Response> {
    let status = match error {
        AccountError::Invalid("name", why) => {
            entered.name_error = Some(why.clone());
            StatusCode::UNPROCESSABLE_ENTITY
        }
        AccountError::Invalid(_, why) => {
            entered.password_error = Some(why.clone());
            StatusCode::UNPROCESSABLE_ENTITY
        }
        AccountError::Storage(_) => return Err(trouble(error)),
        other => {
            entered.error = Some(other.to_string());
            status(other)
        }
    };
    Ok((status, entered))
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

fn status(error: &AccountError) -> StatusCode {
    match error {
        AccountError::TooMany(_) => StatusCode::TOO_MANY_REQUESTS,
        AccountError::Busy => StatusCode::SERVICE_UNAVAILABLE,
        AccountError::Closed => StatusCode::FORBIDDEN,
        _ => StatusCode::UNPROCESSABLE_ENTITY,
    }
}

/// What the ledger says to what it always accepts: only the database can be the cause.
fn storage(error: LedgerError) -> AccountError {
    AccountError::Storage(match error {
        LedgerError::Storage(error) => error,
        _ => StorageError::Fault,
    })
}

fn trouble(error: &AccountError) -> Response {
    match error {
        AccountError::Storage(error) => who::unavailable(*error),
        other => (status(other), format!("{other}\n")).into_response(),
    }
}

fn with_wait(mut page: Response, error: &AccountError) -> Response {
    let seconds = match error {
        AccountError::TooMany(seconds) => *seconds,
        AccountError::Busy => 2,
        _ => return page,
    };
    page.headers_mut().insert(header::RETRY_AFTER, seconds.into());
    page
}

async fn closed(state: &AppState, parts: &Parts, visitor: Visitor, error: &AccountError) -> Response {
    let said = Notice {
        title: "Not open",
        text: error.to_string(),
        way: ("/sign-in/".into(), "Sign in"),
    };
    notice::draw(state, parts, visitor, StatusCode::FORBIDDEN, said).await
}

/// Onward with a new session.
fn welcomed(state: &AppState, parts: &Parts, token: &Token, next: &str) -> Response {
    let cookie = token.cookie(secure(state, parts));
    (AppendHeaders([(header::SET_COOKIE, cookie)]), Redirect::to(next)).into_response()
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

fn onward(next: &str) -> String {
    local(next).unwrap_or_else(|| HOME.to_owned())
}

/// A path of this server, and nothing that a browser would take for another's.
fn local(next: &str) -> Option<String> {
    let begins = next.starts_with('/') && !next.starts_with("//");
    let plain = !next.chars().any(|one| one == '\\' || one.is_control());
    let base = url::Url::parse("http://here.invalid/").ok()?;
    let url = base
        .join(next)
        .ok()
        .filter(|url| begins && plain && url.origin() == base.origin())?;
    let query = url.query().map(|query| format!("?{query}")).unwrap_or_default();
    // Resolved, so that no dots are left to lead elsewhere.
    Some(url.path().to_owned() + &query).filter(|path| !path.starts_with("//"))
}

#[cfg(test)]
mod tests {
    use super::local;

    #[test]
    fn only_this_servers_own_paths_are_led_to() {
        assert_eq!(local("/portfolios/?a=1&b=2").as_deref(), Some("/portfolios/?a=1&b=2"));
        assert_eq!(local("/a b").as_deref(), Some("/a%20b"));
        for wrong in [
            "",
            "portfolios",
            "//evil.com",
            "/\\evil.com",
            "\\\\evil.com",
            "https://evil.com/",
            "javascript:alert(1)",
            "/\t/evil.com",
            "/.//evil.com",
            "/x/..//evil.com",
        ] {
            assert_eq!(local(wrong), None, "{wrong:?}");
        }
    }
}
