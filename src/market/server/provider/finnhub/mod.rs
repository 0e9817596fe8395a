//! Finnhub: trades of US shares, `AAPL`. Its key is a part of the address.

mod decode;
mod limits;
mod list;
mod subscribe;

use super::lister::Lister;
use super::venue::{Access, Event, Limits, Malformed, Venue};
use crate::market::hours::Hours;

/// The venue.
#[derive(Debug)]
pub struct Finnhub;

impl Venue for Finnhub {
    fn name(&self) -> &'static str {
        "finnhub"
    }

    fn address(&self) -> &'static str {
        "wss://ws.finnhub.io"
    }

    fn lacks(&self, access: &Access) -> Option<&'static str> {
        let lacks = !access.address.contains("token=");
        lacks.then_some("url = \"wss://ws.finnhub.io?token=${FINNHUB_TOKEN}\"")
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
