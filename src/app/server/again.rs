//! The page that lets a day play again: it leads to the live page, whose address then says what plays.

use crate::app::server::AppState;
use crate::app::server::document::Document;
use crate::app::server::who::{Anyone, unavailable};
use crate::portfolio::server::SAMPLE;
use crate::portfolio::server::again::{FASTEST, Playing};
use crate::portfolio::server::ledger::LedgerError;
use crate::portfolio::server::owned::ALL;
use crate::portfolio::settings::Invalid;
use crate::portfolio::typed::{Errors, Typed};
use crate::portfolio::view::figures::again::{AgainPage, again};
use axum::Router;
use axum::extract::State;
use axum::http::StatusCode;
use axum::http::request::Parts;
use axum::response::{IntoResponse as _, Redirect, Response};
use axum::routing::get;
use chrono::{DateTime, Days, NaiveDate, NaiveTime, Utc};
use url::form_urlencoded::{byte_serialize, parse};

/// The door of this page.
pub fn routes() -> Router<AppState> {
    Router::new().route("/again/", get(show))
}

async fn show(State(state): State<AppState>, anyone: Anyone, parts: Parts) -> Response {
    let query = parts.uri.query().unwrap_or_default();
    let typed = Typed(parse(query.as_bytes()).into_owned().collect());
    let user = anyone.0.as_ref().map(|viewer| viewer.user.as_str());
    let mut portfolios = vec![(SAMPLE.to_owned(), "Sample portfolio".to_owned())];
    if let Some(user) = user {
        let own = match state.ledger.portfolios(user).await {
            Ok(own) => own,
            Err(LedgerError::Storage(error)) => return unavailable(error),
            Err(_) => vec![],
        };
        let several = own.len() > 1;
        portfolios.extend(own.into_iter().map(|one| (one.id, one.settings.name)));
        if several {
            portfolios.push((ALL.to_owned(), "All portfolios".to_owned()));
        }
    }
    let now = state.portfolios.now();
    let first = state.portfolios.market.plays_from();
    let mut errors = Errors::default();
    if let Some(first) = first.filter(|_| typed.ticked("go")) {
        match read(&typed, &portfolios, first, now) {
            Ok(playing) => {
                let id: String = byte_serialize(playing.to_string().as_bytes()).collect();
                return Redirect::to(&format!("/live-portfolio/?portfolio={id}")).into_response();
            }
            Err(invalid) => errors.add(invalid.field, invalid.reason),
        }
    }
    let yesterday = now.date_naive() - Days::new(1);
    let usual = |typed: Typed, name: &'static str, value: &str| {
        if typed.get(name).is_empty() {
            typed.with(name, value)
        } else {
            typed
        }
    };
    let typed = usual(typed, "day", &yesterday.to_string());
    let typed = usual(typed, "speed", "60");
    let shown = AgainPage {
        typed: usual(typed, "time", "00:00"),
        portfolios,
        days: first.map(|first| (first.date_naive().to_string(), now.date_naive().to_string())),
        errors,
    };
    let status = if shown.errors.is_empty() {
        StatusCode::OK
    } else {
        StatusCode::UNPROCESSABLE_ENTITY
    };
    let document = Document::new("A day again", anyone.visitor()).with_status(status);
    document.respond(&state, &parts, move || again(shown)).await
}

/// What shall play.
fn read(typed: &Typed, portfolios: &[(String, String)], first: DateTime<Utc>, now: DateTime<Utc>) -> Result<Playing, Invalid> {
    let of = typed.get("portfolio");
    if !portfolios.iter().any(|(id, _)| id == of) {
        return Err(Invalid::new("portfolio", "choose one of the list"));
    }
    let day: NaiveDate = typed
        .get("day")
        .parse()
        .map_err(|_| Invalid::new("day", "a day like 2026-11-24 is accepted"))?;
    let time = match typed.get("time") {
        "" => NaiveTime::MIN,
        text => NaiveTime::parse_from_str(text, "%H:%M").map_err(|_| Invalid::new("time", "a time like 09:30 is accepted"))?,
    };
    let from = day.and_time(time).and_utc();
    if !(first..now).contains(&from) {
        let reason = format!("from {} to this moment is accepted", first.date_naive());
        return Err(Invalid::new("day", reason));
    }
    let speed = typed.get("speed").parse().ok().filter(|speed| (1..=FASTEST).contains(speed));
    let speed = speed.ok_or_else(|| Invalid::new("speed", format!("1 to {FASTEST} is accepted")))?;
    Ok(Playing {
        of: of.to_owned(),
        from,
        speed,
        opened: now,
    })
}
