//! The past of an instrument as candles.

use crate::market::candle::{Candle, Interval};
use crate::market::server::Market;
use crate::money::Decimal;
use crate::server::database::StorageError;
use chrono::{DateTime, NaiveTime, Utc};
use std::ops::Range;

impl Market {
    /// The candles of an instrument that begin in a stretch, oldest first; empty where none is known. What is only known by its
    /// closes has days whose four prices are one.
    ///
    /// # Errors
    /// The database does not answer.
    pub async fn candles(&self, symbol: &str, interval: Interval, stretch: Range<DateTime<Utc>>) -> Result<Vec<Candle>, StorageError> {
        if interval != Interval::Day {
            return Ok(vec![]);
        }
        let days = self.closes.read(|closes| {
            let days = closes.days.iter().zip(closes.of(symbol));
            let candles = days.map(|(day, close)| Candle {
                start: day.and_time(NaiveTime::MIN).and_utc(),
                open: *close,
                high: *close,
                low: *close,
                close: *close,
                volume: Decimal::ZERO,
            });
            candles.filter(|candle| stretch.contains(&candle.start)).collect()
        });
        Ok(days)
    }
}
