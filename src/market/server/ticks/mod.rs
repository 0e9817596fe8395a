//! Each price of exchanges as it was published, kept for some days, so that these can play again.

pub mod course;
pub mod keeper;
pub mod log;
pub mod pack;
pub mod reader;
pub mod store;

use crate::market::quote::Quote;
use chrono::{DateTime, Utc};
use std::sync::Arc;

/// Prices in one row at the most, where those of a few seconds are made one.
pub const MOST: usize = 4_096;
/// Microseconds of an hour.
const HOUR: i64 = 3_600_000_000;

/// A quote, and when it was published. All moments are of whole microseconds.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Published {
    /// When who watches could first see it, by the clock of this server.
    pub at: DateTime<Utc>,
    /// The currency of the instrument, then.
    pub currency: Arc<str>,
    /// What was published.
    pub quote: Quote,
}

/// The hour of a moment, since 1970.
pub fn hour_of(at: DateTime<Utc>) -> i64 {
    at.timestamp_micros().div_euclid(HOUR)
}

/// When an hour begins; the last moment of all for one beyond them.
pub fn start_of(hour: i64) -> DateTime<Utc> {
    let micros = hour.checked_mul(HOUR).and_then(DateTime::from_timestamp_micros);
    micros.unwrap_or(DateTime::<Utc>::MAX_UTC)
}

/// A moment as it is kept.
pub fn whole(at: DateTime<Utc>) -> DateTime<Utc> {
    DateTime::from_timestamp_micros(at.timestamp_micros()).unwrap_or(at)
}
