//! The sources of prices, a folder or file each, and the connection that the streaming ones share.

pub mod alpaca;
pub mod binance;
pub mod coinbase;
pub mod connection;
pub mod finnhub;
pub mod kraken;
pub mod replay;
pub mod simulated;
pub mod venue;

use crate::market::feed::Feed;
use crate::market::quote::Quote;
use crate::market::server::history::DailyCloses;
use crate::money::Decimal;
use chrono::{DateTime, Utc};
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
