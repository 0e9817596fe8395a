//! The page that lets a day play again: it leads to the live page, whose address then says what plays.

use crate::app::server::AppState;
use crate::app::server::document::Document;
use crate::app::server::who::{Anyone, unavailable};
use crate::market::server::again::{Kept, Playable};
use crate::portfolio::server::SAMPLE;
use crate::portfolio::server::again::{FASTEST, Playing};
use crate::portfolio::server::ledger::LedgerError;
use crate::portfolio::server::owned::ALL;
use crate::portfolio::settings::Invalid;
use crate::portfolio::typed::{Errors, Typed};
use crate::portfolio::view::figures::again::{AgainPage, Days, again};
use axum::Router;
use axum::extract::State;
use axum::http::StatusCode;
use axum::http::request::Parts;
use axum::response::{IntoResponse as _, Redirect, Response};
use axum::routing::get;
use chrono::{DateTime, Days as OneDay, NaiveDate, NaiveTime, Utc};
use url::form_urlencoded::byte_serialize;

/// Why no day can play.
const NONE: &str = "Nothing is kept yet of the prices of this market, so that no day of it can play again. A day of exchanges can as soon as \
     prices of it came, a day of the simulated market always, and a recording not: its prices are of another time.";

/// The door of this page.
pub fn routes() -> Router<AppState> {
    Router::new().route("/again/", get(show))
}

async fn show(State(state): State<AppState>, anyone: Anyone, parts: Parts) -> Response {
    let typed = Typed::of_query(parts.uri.query().unwrap_or_default());
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
    let playable = match state.portfolios.market.playable().await {
        Ok(playable) => playable,
        Err(error) => return unavailable(error),
    };
    let mut errors = Errors::default();
    if typed.ticked("go") {
        match read(&typed, &portfolios, &playable, now) {
            Ok(playing) => {
                let id: String = byte_serialize(playing.to_string().as_bytes()).collect();
                return Redirect::to(&format!("/live-portfolio/?portfolio={id}")).into_response();
            }
            Err(invalid) => errors.add(invalid.field, invalid.reason),
        }
    }
    let days = days(&playable, now);
    let usual_day = match &days {
        // The last that is over, where there is one.
        Days::Listed(days) => days.get(1).or(days.first()).map(|(day, _)| day.clone()).unwrap_or_default(),
        _ => (now.date_naive() - OneDay::new(1)).to_string(),
    };
    let usual = |typed: Typed, name: &'static str, value: &str| {
        if typed.get(name).is_empty() {
            typed.with(name, value)
        } else {
            typed
        }
    };
    let typed = usual(typed, "day", &usual_day);
    let typed = usual(typed, "speed", "60");
    let shown = AgainPage {
        typed: usual(typed, "time", "00:00"),
        portfolios,
        days,
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

/// The days that can play, in words.
fn days(playable: &Playable, now: DateTime<Utc>) -> Days {
    let listed = match playable {
        Playable::Since(first) => return Days::Between(first.date_naive().to_string(), now.date_naive().to_string()),
        Playable::Days(days) => days,
    };
    if listed.is_empty() {
        return Days::None(NONE.into());
    }
    let words = |(day, kept): (&NaiveDate, &Kept)| {
        let of = match kept {
            Kept::Ticks { missed: 0 } => "each price".to_owned(),
            Kept::Ticks { missed } => format!("each price but {missed}, which came too fast"),
            Kept::Minutes => "a price a minute: single ones are not kept any more".to_owned(),
        };
        (day.to_string(), format!("{day}, {of}"))
    };
    Days::Listed(listed.iter().rev().map(words).collect())
}

/// What shall play.
fn read(typed: &Typed, portfolios: &[(String, String)], playable: &Playable, now: DateTime<Utc>) -> Result<Playing, Invalid> {
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
    if from >= now || !playable.has(from) {
        let reason = match playable {
            Playable::Since(first) => format!("from {} to this moment is accepted", first.date_naive()),
            Playable::Days(_) => "nothing is kept of this moment; choose a day of the list, until this moment".to_owned(),
        };
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
