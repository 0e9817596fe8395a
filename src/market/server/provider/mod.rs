//! The sources of prices, a folder or file each.

pub mod replay;
pub mod simulated;

use crate::market::feed::Feed;
use crate::market::quote::Quote;
use crate::market::server::history::DailyCloses;
use crate::money::Decimal;
use chrono::{DateTime, Utc};
use std::collections::HashMap;
use std::fmt::Debug;

/// A source of prices whose course is a function of time.
pub trait Provider: Debug + Send {
    /// What a page says of this source.
    fn feed(&self) -> Feed;

    /// The latest quotes at a moment.
    fn quotes_at(&self, time: DateTime<Utc>) -> Vec<Quote>;

    /// Prices by symbol at a moment of the last day; empty where none is known.
    fn prices_at(&self, time: DateTime<Utc>) -> HashMap<String, Decimal>;

    /// The quotes that come next after what was given last, and when; `now` lets a provider leave out what a sleeping
    /// machine missed. `None` when no more will come.
    fn next(&mut self, now: DateTime<Utc>) -> Option<(DateTime<Utc>, Vec<Quote>)>;

    /// The daily closes with the days that this source adds.
    fn extend(&self, closes: DailyCloses) -> DailyCloses;
}
