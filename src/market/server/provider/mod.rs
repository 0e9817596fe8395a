//! The sources of prices, a folder or file each, the connection that the streaming ones share, and the rounds of those that are asked.

pub mod alpaca;
pub mod binance;
pub mod coinbase;
pub mod connection;
pub mod ecb;
pub mod finnhub;
pub mod kraken;
pub mod lister;
pub mod poller;
pub mod polling;
pub mod replay;
pub mod simulated;
pub mod url;
pub mod venue;
pub mod yahoo;

use crate::market::feed::Feed;
use crate::market::hours::Hours;
use crate::market::quote::Quote;
use crate::market::server::history::DailyCloses;
use crate::money::Decimal;
use chrono::{DateTime, Utc};
use lister::Lister;
use poller::Poller;
use std::collections::HashMap;
use std::fmt::Debug;
use venue::Venue;

/// The venues that stream prices.
pub const VENUES: [&dyn Venue; 5] = [
    &coinbase::Coinbase,
    &binance::Binance,
    &kraken::Kraken,
    &finnhub::Finnhub,
    &alpaca::Alpaca,
];

/// The providers that are asked again and again.
pub const POLLERS: [&dyn Poller; 3] = [&yahoo::Yahoo, &url::OwnUrl, &ecb::Ecb];

/// How many providers there are. Each has a place: first those of [`VENUES`], then those of [`POLLERS`].
pub const PROVIDERS: usize = VENUES.len() + POLLERS.len();

/// A provider by its place.
#[derive(Clone, Copy, Debug)]
pub enum Kind {
    /// It streams.
    Venue(&'static dyn Venue),
    /// It is asked.
    Poller(&'static dyn Poller),
}

/// All providers, in the order of their places.
pub fn all() -> impl Iterator<Item = Kind> {
    let venues = VENUES.into_iter().map(Kind::Venue);
    venues.chain(POLLERS.into_iter().map(Kind::Poller))
}

impl Kind {
    /// The provider of a place.
    pub fn at(place: usize) -> Option<Self> {
        all().nth(place)
    }

    /// Its name.
    pub fn name(self) -> &'static str {
        match self {
            Self::Venue(venue) => venue.name(),
            Self::Poller(poller) => poller.name(),
        }
    }

    /// When what it prices is traded.
    pub fn hours(self, symbol: &str) -> Hours {
        match self {
            Self::Venue(venue) => venue.hours(),
            Self::Poller(poller) => poller.hours(symbol),
        }
    }

    /// Where it is, unless the configuration says otherwise.
    pub fn address(self) -> &'static str {
        match self {
            Self::Venue(venue) => venue.address(),
            Self::Poller(poller) => poller.address(),
        }
    }

    /// Its own list of what it prices, where it has one.
    pub fn lister(self) -> Option<&'static dyn Lister> {
        match self {
            Self::Venue(venue) => venue.lister(),
            Self::Poller(_) => None,
        }
    }
}

/// The name of what ships with the program: closes of another time.
pub const SHIPPED: &str = "shipped";

/// Whether a text can be a part of a venue's symbol: letters, digits, and the point that some tokens have.
fn is_code(text: &str) -> bool {
    (1..=32).contains(&text.len()) && text.bytes().all(|byte| byte.is_ascii_alphanumeric() || byte == b'.')
}

/// The label of a US share. Of other markets the venues that list shares do not say the currency: MUV2.DE, OANDA:EUR_USD.
fn us_share(text: &str) -> Result<String, &'static str> {
    let symbol = text.to_ascii_uppercase();
    let (ticker, class) = symbol.split_once('.').unwrap_or((&symbol, "A"));
    let letters = |text: &str, most| (1..=most).contains(&text.len()) && text.bytes().all(|byte| byte.is_ascii_uppercase());
    let valid = letters(ticker, 5) && letters(class, 1);
    if valid { Ok(symbol) } else { Err("a US share like AAPL or BRK.B") }
}

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

#[cfg(test)]
mod damage;
