//! A chart as data and as files.

use super::content::Query;
use super::{find, refused};
use crate::app::server::AppState;
use crate::app::server::who::{Anyone, unavailable};
use crate::market::server::chart::Content;
use crate::portfolio::view::figures::instrument::instrument_at;
use crate::ui::chart::frame::{WIDE, drawn};
use crate::ui::chart::paper;
use crate::ui::chart::plot::json::Told;
use axum::extract::{Path, State};
use axum::http::request::Parts;
use axum::http::{HeaderName, StatusCode, header};
use axum::response::{IntoResponse as _, Response};
use chrono::DateTime;
use serde_json::json;

/// Candles where nobody says how many.
const USUAL: u32 = 1_500;

/// What every answer carries: it is the reader's alone, and of this moment.
const FRESH: (HeaderName, &str) = (header::CACHE_CONTROL, "private, no-store");

/// Asks for the content of a chart. A field that cannot be accepted is refused.
async fn ask(state: &AppState, anyone: &Anyone, symbol: &str, parts: &Parts) -> Result<(Content, Query, bool), Response> {
    let found = match find(state, anyone, symbol).await {
        Ok(found) => found,
        Err(refusal) => return Err(refused(refusal, state, anyone, parts).await),
    };
    let market = &state.portfolios.market;
    let query = Query::read(parts.uri.query().unwrap_or_default(), market, USUAL);
    if let Some(first) = query.errors.all().first() {
        let problem = json!({ "title": "That cannot be drawn", "status": 422, "detail": format!("{first}.") });
        let head = [FRESH, (header::CONTENT_TYPE, "application/problem+json")];
        return Err((StatusCode::UNPROCESSABLE_ENTITY, head, problem.to_string()).into_response());
    }
    let content = found.content(market, &query.wish).await.map_err(unavailable)?;
    Ok((content, query, found.is_listed))
}

/// The content, for whoever draws it.
pub async fn json(State(state): State<AppState>, anyone: Anyone, Path(symbol): Path<String>, parts: Parts) -> Response {
    let (content, query, is_listed) = match ask(&state, &anyone, &symbol, &parts).await {
        Ok(found) => found,
        Err(response) => return response,
    };
    let others = query.wish.with.iter().map(|other| ("with", other));
    let others: String = url::form_urlencoded::Serializer::new(String::new()).extend_pairs(others).finish();
    let live = is_listed.then(|| format!("{}live?{others}", instrument_at(&symbol)));
    let earliest = content.earliest.map(|earliest| earliest.timestamp_millis());
    let told = Told::of(&content.plot, earliest, content.to_now, live);
    ([FRESH], axum::Json(told)).into_response()
}

/// The drawing as a file of its own, on a light ground.
pub async fn svg(State(state): State<AppState>, anyone: Anyone, Path(symbol): Path<String>, parts: Parts) -> Response {
    let (content, ..) = match ask(&state, &anyone, &symbol, &parts).await {
        Ok(found) => found,
        Err(response) => return response,
    };
    let text = drawn(&content.plot, WIDE).as_file(WIDE.0, WIDE.1, paper::colour);
    file("image/svg+xml", &symbol, "svg", text)
}

/// The candles as a table. Nothing in it is a text of anybody's, and no cell a formula.
pub async fn csv(State(state): State<AppState>, anyone: Anyone, Path(symbol): Path<String>, parts: Parts) -> Response {
    let (content, ..) = match ask(&state, &anyone, &symbol, &parts).await {
        Ok(found) => found,
        Err(response) => return response,
    };
    let plot = &content.plot;
    let mut text = String::from("begins,open,high,low,close,volume\n");
    for bar in (0..plot.bars().len()).filter_map(|at| plot.bars().get(at)) {
        let begins = DateTime::from_timestamp_millis(bar.time_ms).map_or_else(String::new, |time| time.to_rfc3339());
        text += &format!("{begins},{},{},{},{},{}\n", bar.open, bar.high, bar.low, bar.close, bar.volume);
    }
    file("text/csv; charset=utf-8", &symbol, "csv", text)
}

fn file(kind: &'static str, symbol: &str, ending: &str, text: String) -> Response {
    let safe = |letter: char| {
        if letter.is_ascii_alphanumeric() || "-._".contains(letter) {
            letter
        } else {
            '-'
        }
    };
    let name: String = symbol.chars().map(safe).collect();
    let place = format!("attachment; filename=\"{name}.{ending}\"");
    ([FRESH, (header::CONTENT_TYPE, kind)], [(header::CONTENT_DISPOSITION, place)], text).into_response()
}
