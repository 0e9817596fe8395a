//! Alpaca: trades of US shares at one exchange, `AAPL`. It wants to know who asks, by a key and a secret.

mod decode;
mod limits;
mod list;
mod subscribe;

use super::lister::Lister;
use super::venue::{Access, Event, Limits, Malformed, Venue};
use crate::market::hours::Hours;

/// The venue.
#[derive(Debug)]
pub struct Alpaca;

impl Venue for Alpaca {
    fn name(&self) -> &'static str {
        "alpaca"
    }

    fn address(&self) -> &'static str {
        "wss://stream.data.alpaca.markets/v2/iex"
    }

    fn lacks(&self, access: &Access) -> Option<&'static str> {
        let lacks = access.key.is_empty() || access.secret.is_empty();
        lacks.then_some("key = \"${ALPACA_KEY}\" and secret = \"${ALPACA_SECRET}\"")
    }

    fn hours(&self) -> Hours {
        Hours::NewYork
    }

    fn limits(&self) -> Limits {
        limits::LIMITS
    }

    fn symbol(&self, text: &str) -> Result<String, &'static str> {
        super::us_share(text)
    }

    fn currency<'s>(&self, _symbol: &'s str) -> &'s str {
        "USD"
    }

    fn greeting(&self, access: &Access) -> Option<String> {
        Some(subscribe::who_asks(access))
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
