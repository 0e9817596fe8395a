//! What the bank is asked.

use crate::market::server::provider::poller::Request;
use std::collections::BTreeSet;

/// The rates of the last working day.
pub const DAILY: &str = "eurofxref-daily.xml";
/// Those of the last ninety days.
pub const NINETY_DAYS: &str = "eurofxref-hist-90d.xml";

/// The address of a file.
pub fn file(address: &str, name: &str) -> String {
    format!("{}/{name}", address.trim_end_matches('/'))
}

/// Asks for the rates of the last working day.
pub fn latest(address: &str, symbols: &BTreeSet<String>) -> Request {
    Request {
        address: file(address, DAILY),
        lane: String::new(),
        symbols: symbols.iter().cloned().collect(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_address_is_that_of_the_documentation() {
        let asked = latest(super::super::ADDRESS, &BTreeSet::new());
        assert_eq!(asked.address, "https://www.ecb.europa.eu/stats/eurofxref/eurofxref-daily.xml");
        assert_eq!(file("http://a/ecb/", NINETY_DAYS), "http://a/ecb/eurofxref-hist-90d.xml");
    }
}
