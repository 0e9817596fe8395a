//! Coinbase Exchange: the public ticker of spot markets, `BTC-USD`.

mod decode;
mod limits;
mod list;
mod subscribe;

use super::lister::Lister;
use super::venue::{Event, Limits, Malformed, Venue};

/// The venue.
#[derive(Debug)]
pub struct Coinbase;

impl Venue for Coinbase {
    fn name(&self) -> &'static str {
        "coinbase"
    }

    fn address(&self) -> &'static str {
        "wss://ws-feed.exchange.coinbase.com"
    }

    fn limits(&self) -> Limits {
        limits::LIMITS
    }

    fn symbol(&self, text: &str) -> Result<String, &'static str> {
        let symbol = text.to_ascii_uppercase();
        let parts: Vec<_> = symbol.split('-').collect();
        let valid = parts.len() == 2 && parts.iter().all(|part| super::is_code(part));
        if valid { Ok(symbol) } else { Err("a product like BTC-USD") }
    }

    fn currency<'s>(&self, symbol: &'s str) -> &'s str {
        symbol.split_once('-').map_or("", |(_, currency)| currency)
    }

    fn subscribe(&self, symbols: &[String], _id: u64) -> String {
        subscribe::message("subscribe", symbols)
    }

    fn unsubscribe(&self, symbols: &[String], _id: u64) -> String {
        subscribe::message("unsubscribe", symbols)
    }

    fn decode(&self, text: &str) -> Result<Vec<Event>, Malformed> {
        decode::message(text)
    }

    fn lister(&self) -> Option<&'static dyn Lister> {
        Some(&list::List)
    }
}
