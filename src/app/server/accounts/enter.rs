//! Coming in and going out: signing up, in and out, and trying.

use crate::accounts::server::session::Token;
use crate::accounts::server::{AccountError, devices};
use crate::accounts::view::enter::{self, Entered};
use crate::accounts::view::notice::Notice;
use crate::accounts::visitor::Visitor;
use crate::app::server::accounts::{Sent, device, draw, farewell, secure, status, trouble, with_wait};
use crate::app::server::who::Anyone;
use crate::app::server::{AppState, notice};
use crate::portfolio::book::Terms;
use crate::portfolio::server::ledger::LedgerError;
use crate::portfolio::settings::Settings;
use crate::server::database::StorageError;
use axum::extract::{Form, Query, State};
use axum::http::request::Parts;
use axum::http::{HeaderValue, StatusCode, header};
use axum::response::{AppendHeaders, IntoResponse, Redirect, Response};

/// Where people are led who came from nowhere.
const HOME: &str = "/portfolios/";

pub(super) async fn sign_in_page(State(state): State<AppState>, who: Anyone, parts: Parts, Query(sent): Query<Sent>) -> Response {
    if who.0.as_ref().is_some_and(|viewer| viewer.name.is_some()) {
        return Redirect::to(&onward(&sent.next)).into_response();
    }
    let entered = Entered {
        next: local(&sent.next).unwrap_or_default(),
        ..Entered::default()
    };
    draw_sign_in(&state, &parts, who.visitor(), StatusCode::OK, entered).await
}

pub(super) async fn sign_in(State(state): State<AppState>, who: Anyone, parts: Parts, Form(sent): Form<Sent>) -> Response {
    let device = device(&parts);
    let done = async {
        let shown = devices::shown(&parts.headers);
        let guesser = state.accounts.guesser(&sent.name, device.address, shown.as_deref()).await?;
        let user = state.accounts.know(&sent.name, &sent.password, guesser).await?;
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
        let secure = secure(&state, &parts);
        // Without it the browser is one as any other.
        let known = state.accounts.make_known(&user, secure).await.unwrap_or_default();
        Ok((token, known))
    };
    match done.await {
        Ok((token, known)) => {
            let mut answer = welcomed(&state, &parts, &token, &onward(&sent.next));
            if let Some(cookie) = known.and_then(|known| HeaderValue::try_from(known).ok()) {
                answer.headers_mut().append(header::SET_COOKIE, cookie);
            }
            answer
        }
        Err(error) => {
            let entered = Entered {
                name: sent.name,
                next: local(&sent.next).unwrap_or_default(),
                ..Entered::default()
            };
            match entered_wrong(&error, entered) {
                Some((status, entered)) => {
                    let page = draw_sign_in(&state, &parts, who.visitor(), status, entered).await;
                    with_wait(page, &error)
                }
                None => trouble(&error),
            }
        }
    }
}

pub(super) async fn sign_up_page(State(state): State<AppState>, who: Anyone, parts: Parts, Query(sent): Query<Sent>) -> Response {
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

pub(super) async fn sign_up(State(state): State<AppState>, who: Anyone, parts: Parts, Form(sent): Form<Sent>) -> Response {
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
                Some((status, entered)) => {
                    let page = draw_sign_up(&state, &parts, who.visitor(), status, entered).await;
                    with_wait(page, &error)
                }
                None => trouble(&error),
            }
        }
    }
}

pub(super) async fn sign_out(State(state): State<AppState>, who: Anyone, parts: Parts) -> Response {
    if let Some(viewer) = &who.0
        && let Err(error) = state.accounts.sign_out(viewer).await
    {
        return trouble(&error);
    }
    farewell(&state, &parts)
}

pub(super) async fn try_it(State(state): State<AppState>, who: Anyone, parts: Parts) -> Response {
    if who.0.is_some() {
        return Redirect::to(HOME).into_response();
    }
    let (user, token) = match state.accounts.guest(&device(&parts)).await {
        Ok(guest) => guest,
        Err(error @ AccountError::Closed) => return closed(&state, &parts, who.visitor(), &error).await,
        Err(error @ AccountError::Crowded(_)) => {
            let said = Notice {
                title: "Not now",
                text: format!("{error} Whoever has an account signs in as always."),
                way: ("/sign-in/".into(), "Sign in"),
            };
            let page = notice::draw(&state, &parts, who.visitor(), StatusCode::TOO_MANY_REQUESTS, said).await;
            return with_wait(page, &error);
        }
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

async fn draw_sign_in(state: &AppState, parts: &Parts, visitor: Visitor, status: StatusCode, entered: Entered) -> Response {
    let open = state.accounts.admits_new().is_ok();
    draw(state, parts, ("Sign in", visitor, status), move || enter::sign_in(entered, open)).await
}

async fn draw_sign_up(state: &AppState, parts: &Parts, visitor: Visitor, status: StatusCode, entered: Entered) -> Response {
    let guest = visitor == Visitor::Guest;
    draw(state, parts, ("Sign up", visitor, status), move || enter::sign_up(entered, guest)).await
}

/// The form again, with what is wrong; nothing where no form helps.
fn entered_wrong(error: &AccountError, mut entered: Entered) -> Option<(StatusCode, Entered)> {
    let status = match error {
        AccountError::Invalid("name", why) => {
            entered.name_error = Some(why.clone());
            StatusCode::UNPROCESSABLE_ENTITY
        }
        AccountError::Invalid(_, why) => {
            entered.password_error = Some(why.clone());
            StatusCode::UNPROCESSABLE_ENTITY
        }
        AccountError::Storage(_) => return None,
        other => {
            entered.error = Some(other.to_string());
            status(other)
        }
    };
    Some((status, entered))
}

async fn closed(state: &AppState, parts: &Parts, visitor: Visitor, error: &AccountError) -> Response {
    let said = Notice {
        title: "Not open",
        text: error.to_string(),
        way: ("/sign-in/".into(), "Sign in"),
    };
    notice::draw(state, parts, visitor, StatusCode::FORBIDDEN, said).await
}

/// What the ledger says to what it always accepts: only the database can be the cause.
fn storage(error: LedgerError) -> AccountError {
    AccountError::Storage(match error {
        LedgerError::Storage(error) => error,
        _ => StorageError::Fault,
    })
}

/// Onward with a new session.
fn welcomed(state: &AppState, parts: &Parts, token: &Token, next: &str) -> Response {
    let cookie = token.cookie(secure(state, parts));
    (AppendHeaders([(header::SET_COOKIE, cookie)]), Redirect::to(next)).into_response()
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
