//! The prices of an instrument over a stretch of time, in four: the first, the highest, the lowest and the last.

pub mod bar;
pub mod series;

use crate::money::Decimal;
use chrono::{DateTime, TimeDelta, Utc};
use serde::{Deserialize, Serialize};

/// How long the stretch of a candle is. Stretches begin at whole multiples of it since 1970, in UTC.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub enum Interval {
    /// A minute.
    #[serde(rename = "1m")]
    Minute,
    /// Five minutes.
    #[serde(rename = "5m")]
    FiveMinutes,
    /// An hour.
    #[serde(rename = "1h")]
    Hour,
    /// A day of UTC.
    #[serde(rename = "1d")]
    Day,
}

impl Interval {
    /// All of them, the shortest first.
    pub const ALL: [Self; 4] = [Self::Minute, Self::FiveMinutes, Self::Hour, Self::Day];

    /// Its length.
    pub fn length(self) -> TimeDelta {
        match self {
            Self::Minute => TimeDelta::minutes(1),
            Self::FiveMinutes => TimeDelta::minutes(5),
            Self::Hour => TimeDelta::hours(1),
            Self::Day => TimeDelta::days(1),
        }
    }

    /// How addresses and files name it: `1m`, `5m`, `1h`, `1d`.
    pub fn label(self) -> &'static str {
        match self {
            Self::Minute => "1m",
            Self::FiveMinutes => "5m",
            Self::Hour => "1h",
            Self::Day => "1d",
        }
    }

    /// The interval of a label.
    pub fn read(label: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|one| one.label() == label)
    }

    /// The beginning of the stretch that a moment lies in.
    pub fn start_of(self, moment: DateTime<Utc>) -> DateTime<Utc> {
        let length = self.length().num_seconds();
        let start = moment.timestamp().div_euclid(length) * length;
        // It is not after the moment, which exists.
        DateTime::from_timestamp(start, 0).unwrap_or(moment)
    }
}

/// The prices of one stretch. All four are prices that were quoted, in the instrument's currency.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Candle {
    /// When the stretch begins.
    pub start: DateTime<Utc>,
    /// The first price.
    pub open: Decimal,
    /// The highest.
    pub high: Decimal,
    /// The lowest.
    pub low: Decimal,
    /// The last.
    pub close: Decimal,
    /// Units that were traded, as far as the source tells; zero where it does not.
    pub volume: Decimal,
}

impl Candle {
    /// Takes what comes right after it into it: the close is the other's.
    pub fn extend(&mut self, later: &Self) {
        self.high = self.high.max(later.high);
        self.low = self.low.min(later.low);
        self.close = later.close;
        self.volume = self.volume.checked_add(later.volume).unwrap_or(Decimal::MAX);
    }
}

/// Candles in the order of time, merged where `start_of` says that they begin together. No high and no low is lost: of all ways to
/// draw fewer points this is the exact one.
pub fn merged(candles: impl IntoIterator<Item = Candle>, start_of: impl Fn(DateTime<Utc>) -> DateTime<Utc>) -> Vec<Candle> {
    let mut wide: Vec<Candle> = vec![];
    for mut candle in candles {
        candle.start = start_of(candle.start);
        match wide.last_mut() {
            Some(last) if last.start == candle.start => last.extend(&candle),
            _ => wide.push(candle),
        }
    }
    wide
}
