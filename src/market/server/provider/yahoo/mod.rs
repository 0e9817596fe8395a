//! Yahoo's chart: prices of shares of the world, `MUV2.DE`, and their daily history. It is not an official interface and may end or
//! refuse at any time: nothing asks it unless the operator's file names it.

mod decode;
pub mod history;
mod limits;
mod request;

use super::poller::{Pace, Poller, Request, Said, Text};
use super::venue::{Access, Malformed};
use crate::market::hours::Hours;
use std::collections::BTreeSet;

/// Where it answers.
pub const ADDRESS: &str = "https://query1.finance.yahoo.com";

/// The provider.
#[derive(Debug)]
pub struct Yahoo;

impl Poller for Yahoo {
    fn name(&self) -> &'static str {
        "yahoo"
    }

    fn address(&self) -> &'static str {
        ADDRESS
    }

    fn pace(&self) -> Pace {
        limits::PACE
    }

    fn symbol(&self, text: &str, _access: &Access) -> Result<String, &'static str> {
        let symbol = text.to_ascii_uppercase();
        let known = |byte: u8| byte.is_ascii_alphanumeric() || b".-^=&".contains(&byte);
        let valid =
            (1..=32).contains(&symbol.len()) && symbol.bytes().all(known) && symbol.bytes().any(|byte| byte.is_ascii_alphanumeric());
        if valid { Ok(symbol) } else { Err("a label like MUV2.DE") }
    }

    fn currency(&self, _symbol: &str, _access: &Access) -> Option<String> {
        None
    }

    /// A label without a point is a share of the US. Indices, pairs and other exchanges have hours of their own.
    fn hours(&self, symbol: &str) -> Hours {
        match symbol.strip_suffix("-USD") {
            Some(_) => Hours::Always,
            None if symbol.bytes().all(|byte| byte.is_ascii_alphabetic() || byte == b'-') => Hours::NewYork,
            None => Hours::Unknown,
        }
    }

    fn requests(&self, symbols: &BTreeSet<String>, access: &Access) -> Vec<Request> {
        symbols.iter().map(|symbol| request::latest(&access.address, symbol)).collect()
    }

    fn decode(&self, request: &Request, answer: &Text<'_>, _access: &Access) -> Result<Vec<Said>, Malformed> {
        decode::latest(request, answer)
    }
}
