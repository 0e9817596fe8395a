//! Kraken, the second version of its socket: the ticker of spot markets, `BTC/USD`.

mod decode;
mod limits;
mod list;
mod subscribe;

use super::lister::Lister;
use super::venue::{Event, Limits, Malformed, Venue};

/// The venue.
#[derive(Debug)]
pub struct Kraken;

impl Venue for Kraken {
    fn name(&self) -> &'static str {
        "kraken"
    }

    fn address(&self) -> &'static str {
        "wss://ws.kraken.com/v2"
    }

    fn limits(&self) -> Limits {
        limits::LIMITS
    }

    fn symbol(&self, text: &str) -> Result<String, &'static str> {
        let symbol = text.to_ascii_uppercase();
        let parts: Vec<_> = symbol.split('/').collect();
        // What the older version and the rest of Kraken call XBT is BTC here.
        let valid = parts.len() == 2 && parts.iter().all(|part| super::is_code(part) && *part != "XBT");
        if valid {
            Ok(symbol)
        } else {
            Err("a pair like BTC/USD (BTC, not XBT)")
        }
    }

    fn currency<'s>(&self, symbol: &'s str) -> &'s str {
        symbol.split_once('/').map_or("", |(_, currency)| currency)
    }

    fn subscribe(&self, symbols: &[String], id: u64) -> String {
        subscribe::message("subscribe", symbols, id)
    }

    fn unsubscribe(&self, symbols: &[String], id: u64) -> String {
        subscribe::message("unsubscribe", symbols, id)
    }

    fn decode(&self, text: &str) -> Result<Vec<Event>, Malformed> {
        decode::message(text)
    }

    fn lister(&self) -> Option<&'static dyn Lister> {
        Some(&list::List)
    }
}
