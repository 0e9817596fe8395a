//! The pages of instruments: an instrument's chart, as a page, as data, as files, and its prices as they are made.

mod content;
mod files;
mod live;
mod mine;

use crate::app::pages::not_found::not_found;
use crate::app::server::AppState;
use crate::app::server::document::Document;
use crate::app::server::portfolios::both;
use crate::app::server::who::{Anyone, unavailable};
use crate::app::shell::with_client;
use crate::money::percent_of;
use crate::portfolio::server::ledger::LedgerError;
use crate::portfolio::server::owned::{ALL, Owned, in_words};
use crate::portfolio::view::figures::instrument::{InstrumentPage, instrument, instrument_at};
use crate::ui::chart::frame::{CLIENT, Frame};
use crate::ui::chart::plot::reading::rows;
use crate::ui::chart::plot::words::Plain;
use axum::Router;
use axum::extract::{Path, State};
use axum::http::StatusCode;
use axum::http::request::Parts;
use axum::response::{IntoResponse as _, Redirect, Response};
use axum::routing::get;
use content::{Instrument, Query};
use std::sync::Arc;
use url::form_urlencoded::byte_serialize;

/// Candles of the drawing that the server makes.
const DRAWN: u32 = 400;
/// Rows of the table behind it.
const ROWS: usize = 60;

/// The doors of these pages.
pub fn routes() -> Router<AppState> {
    let router = Router::new()
        .route("/market/{symbol}/chart.json", get(files::json))
        .route("/market/{symbol}/chart.csv", get(files::csv))
        .route("/market/{symbol}/chart.svg", get(files::svg))
        .route("/market/{symbol}/live", get(live::stream));
    both(router, "/market/{symbol}/", get(show))
}

/// What stands in the way of an answer.
enum Refusal {
    /// Who asks must sign in.
    SignIn,
    /// There is no such instrument.
    NotFound,
    /// The database does not answer.
    Storage(LedgerError),
}

/// Finds an instrument for who asks: without a session those of the sample portfolio, with one what the market lists and what the
/// reader owns.
async fn find(state: &AppState, anyone: &Anyone, symbol: &str) -> Result<Instrument, Refusal> {
    let market = &state.portfolios.market;
    let listed = market.instrument(symbol).cloned();
    let Some(viewer) = &anyone.0 else {
        let seen = state.portfolios.sample_snapshot();
        let in_sample = seen.valuation.investments.iter().any(|row| row.symbol == symbol);
        return match listed.filter(|_| in_sample) {
            Some(listed) => Ok(Instrument::listed(listed, None)),
            None => Err(Refusal::SignIn),
        };
    };
    let owned: Option<Arc<Owned>> = match state.portfolios.valued(&viewer.user, ALL).await {
        Ok(owned) => Some(owned),
        // Who has no portfolio yet may look at what the market lists.
        Err(LedgerError::NotFound(_)) => None,
        Err(error) => return Err(Refusal::Storage(error)),
    };
    match (listed, owned) {
        (Some(listed), owned) if owned.as_ref().is_none_or(|owned| owned.listed(market, symbol).is_some()) => {
            Ok(Instrument::listed(listed, owned))
        }
        (_, Some(owned)) => Instrument::own(owned, symbol).ok_or(Refusal::NotFound),
        _ => Err(Refusal::NotFound),
    }
}

async fn refused(refusal: Refusal, state: &AppState, anyone: &Anyone, parts: &Parts) -> Response {
    match refusal {
        Refusal::SignIn => {
            let next = parts.uri.path_and_query().map(ToString::to_string).unwrap_or_default();
            let next: String = byte_serialize(next.as_bytes()).collect();
            Redirect::to(&format!("/sign-in/?next={next}")).into_response()
        }
        Refusal::NotFound => {
            let document = Document::new("Not found", anyone.visitor()).with_status(StatusCode::NOT_FOUND);
            document.respond(state, parts, not_found).await
        }
        Refusal::Storage(LedgerError::Storage(error)) => unavailable(error),
        Refusal::Storage(error) => {
            tracing::error!(%error, "reading an instrument");
            StatusCode::INTERNAL_SERVER_ERROR.into_response()
        }
    }
}

async fn show(State(state): State<AppState>, anyone: Anyone, Path(symbol): Path<String>, parts: Parts) -> Response {
    let found = match find(&state, &anyone, &symbol).await {
        Ok(found) => found,
        Err(refusal) => return refused(refusal, &state, &anyone, &parts).await,
    };
    let market = &state.portfolios.market;
    let query = Query::read(parts.uri.query().unwrap_or_default(), market, DRAWN);
    let content = match found.content(market, &query.wish).await {
        Ok(content) => content,
        Err(error) => return unavailable(error),
    };
    let now = state.portfolios.now();
    let mine = found.mine(market, now);
    let quote = found
        .is_listed
        .then(|| market.bus.read(|quotes| quotes.get(&symbol).cloned()))
        .flatten();
    let price = quote.as_ref().map(|quote| {
        let changed = quote.previous_close.map(|close| quote.price - close);
        (
            quote.price,
            changed,
            changed.zip(quote.previous_close).and_then(|(by, close)| percent_of(by, close)),
        )
    });
    let source = quote.as_ref().map(|quote| {
        let state = market.market_state(&symbol, quote.source);
        in_words(Some((quote.source, state)), "Simulated market", quote.quoted_at, now)
    });
    let address = instrument_at(&symbol);
    let asked = query.text();
    let at = |file: &str| format!("{address}{file}?{asked}");
    let page = InstrumentPage {
        name: found.name.clone(),
        currency: found.currency.clone(),
        price: price.or_else(|| found.latest().map(|price| (price, None, None))),
        source: source.unwrap_or_else(|| "Its prices are those that you entered".to_owned()),
        asked: query.wish.asked,
        look: query.wish.look.clone(),
        with: query.wish.with.clone(),
        others: state.portfolios.known_instruments().into_iter().collect(),
        lines: rows(&content.plot, ROWS, &Plain),
        frame: Frame {
            plot: content.plot,
            label: format!("Chart of {symbol}"),
            source: at("chart.json"),
            private: false,
            form: Some(crate::portfolio::view::figures::instrument::FORM_ID),
            files: vec![("SVG", at("chart.svg")), ("CSV", at("chart.csv"))],
        },
        typed: query.typed,
        signed_in: anyone.0.is_some(),
        errors: query.errors,
        symbol,
        mine,
        now,
    };
    let status = if page.errors.is_empty() {
        StatusCode::OK
    } else {
        StatusCode::UNPROCESSABLE_ENTITY
    };
    let document = Document::new(page.symbol.clone(), anyone.visitor()).with_status(status);
    document
        .respond(&state, &parts, move || with_client(instrument(page), CLIENT))
        .await
}
