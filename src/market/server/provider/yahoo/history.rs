//! The daily history of a symbol from Yahoo, asked for once.

pub use super::decode::{Daily, Dividend, Split};
use super::{decode, limits, request};
use crate::market::server::provider::poller::Text;
use crate::market::server::provider::venue::{Malformed, VenueError};
use crate::server::fetch;
use chrono::{DateTime, Utc};
use std::ops::Range;

/// Reads the body of an answer.
///
/// # Errors
/// It is no history, and the words say what it is.
pub fn daily(body: &str) -> Result<Daily, Malformed> {
    decode::daily(&Text { status: 200, body })
}

/// Asks for the days of a stretch. `address` is [`super::ADDRESS`], or what stands in its place.
///
/// # Errors
/// It does not answer, asks to wait ([`VenueError::Refused`] with its `wait`), or does not have the symbol: `retry()` says what to do.
pub async fn fetch_daily(address: &str, symbol: &str, stretch: Range<DateTime<Utc>>) -> Result<Daily, VenueError> {
    let address = request::daily(address, symbol, &stretch);
    let answer = fetch::get(&address, limits::PACE.largest, limits::PACE.within).await?;
    if !matches!(answer.status, 200 | 404) {
        return Err(VenueError::Refused {
            status: answer.status,
            wait: answer.wait,
        });
    }
    let body = String::from_utf8_lossy(&answer.body);
    if answer.status == 404 {
        return Err(VenueError::NoSymbol(symbol.to_owned()));
    }
    daily(&body).map_err(|error| VenueError::Garbage(error.0))
}
