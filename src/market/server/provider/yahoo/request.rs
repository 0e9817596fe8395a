//! What Yahoo is asked.

use crate::market::server::provider::poller::Request;
use chrono::{DateTime, Utc};
use std::ops::Range;

/// Of a symbol's characters an address cannot hold one as it is.
fn chart(address: &str, symbol: &str, query: &str) -> String {
    let (address, symbol) = (address.trim_end_matches('/'), symbol.replace('^', "%5E"));
    format!("{address}/v8/finance/chart/{symbol}?{query}")
}

/// Asks for the latest price of a symbol.
pub fn latest(address: &str, symbol: &str) -> Request {
    Request {
        address: chart(address, symbol, "range=1d&interval=1d"),
        lane: String::new(),
        symbols: vec![symbol.to_owned()],
    }
}

/// The address of the daily history of a symbol, with its dividends and splits.
pub fn daily(address: &str, symbol: &str, stretch: &Range<DateTime<Utc>>) -> String {
    let (from, to) = (stretch.start.timestamp(), stretch.end.timestamp());
    let query = format!("period1={from}&period2={to}&interval=1d&events=div%7Csplit");
    chart(address, symbol, &query)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_addresses_are_those_of_the_documentation() {
        let asked = latest("https://a", "^GDAXI");
        assert_eq!(asked.address, "https://a/v8/finance/chart/%5EGDAXI?range=1d&interval=1d");
        let from = DateTime::from_timestamp(1_700_000_000, 0).unwrap();
        let to = DateTime::from_timestamp(1_700_086_400, 0).unwrap();
        assert_eq!(
            daily("http://a/yahoo", "MUV2.DE", &(from..to)),
            "http://a/yahoo/v8/finance/chart/MUV2.DE?period1=1700000000&period2=1700086400&interval=1d&events=div%7Csplit"
        );
    }
}
