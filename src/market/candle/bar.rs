//! A candle while it is built: it knows the moments of its first and its last price, so that what comes late finds its place.

use super::Candle;
use crate::money::Decimal;
use chrono::{DateTime, Utc};

/// Where a price stands in the order of all prices of an instrument: by the venue's moment, then by the number of the trade. What is
/// alike in both goes by its price, so that the order of arrival decides nothing.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Mark {
    /// Microseconds since 1970.
    pub moment: i64,
    /// The number of the trade; zero where the venue counts none.
    pub trade: u64,
    /// The price.
    pub price: Decimal,
}

/// The prices of one stretch, whatever the order in which they came.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Bar {
    /// The first price.
    pub first: Mark,
    /// The last.
    pub last: Mark,
    /// The highest.
    pub high: Decimal,
    /// The lowest.
    pub low: Decimal,
    /// Units that were traded.
    pub volume: Decimal,
}

impl Bar {
    /// The bar of one price.
    pub fn of(mark: Mark, size: Decimal) -> Self {
        Self {
            first: mark,
            last: mark,
            high: mark.price,
            low: mark.price,
            volume: size,
        }
    }

    /// Takes another into it. Which of two takes which, and in which order many are taken, changes nothing.
    pub fn merge(&mut self, other: &Self) {
        self.first = self.first.min(other.first);
        self.last = self.last.max(other.last);
        self.high = self.high.max(other.high);
        self.low = self.low.min(other.low);
        self.volume = self.volume.checked_add(other.volume).unwrap_or(Decimal::MAX);
    }

    /// As a candle that begins at `start`.
    pub fn candle(&self, start: DateTime<Utc>) -> Candle {
        Candle {
            start,
            open: self.first.price,
            high: self.high,
            low: self.low,
            close: self.last.price,
            volume: self.volume,
        }
    }
}
