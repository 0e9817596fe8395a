//! The reference rates of the European Central Bank, once a working day at about 16:00 in Frankfurt. As a source of prices it has
//! pairs, `EUR/USD`; [`decode::days`] reads all rates of a file.

pub mod decode;
mod limits;
mod request;

use super::poller::{Pace, Poller, Request, Said, Text};
use super::venue::{Access, Malformed};
use std::collections::BTreeSet;

pub use request::{DAILY, NINETY_DAYS, file};

/// The folder of its files.
pub const ADDRESS: &str = "https://www.ecb.europa.eu/stats/eurofxref";

/// The provider.
#[derive(Debug)]
pub struct Ecb;

impl Poller for Ecb {
    fn name(&self) -> &'static str {
        "ecb"
    }

    fn address(&self) -> &'static str {
        ADDRESS
    }

    fn pace(&self) -> Pace {
        limits::PACE
    }

    fn symbol(&self, text: &str, _access: &Access) -> Result<String, &'static str> {
        let symbol = text.to_ascii_uppercase();
        let code = |text: &str| text.len() == 3 && text.bytes().all(|byte| byte.is_ascii_uppercase());
        let valid = symbol
            .split_once('/')
            .is_some_and(|(from, to)| code(from) && code(to) && from != to);
        if valid {
            Ok(symbol)
        } else {
            Err("a pair of currencies like EUR/USD")
        }
    }

    fn currency(&self, symbol: &str, _access: &Access) -> Option<String> {
        symbol.split_once('/').map(|(_, to)| to.to_owned())
    }

    fn requests(&self, symbols: &BTreeSet<String>, access: &Access) -> Vec<Request> {
        vec![request::latest(&access.address, symbols)]
    }

    fn decode(&self, request: &Request, answer: &Text<'_>, _access: &Access) -> Result<Vec<Said>, Malformed> {
        decode::latest(request, answer)
    }
}
