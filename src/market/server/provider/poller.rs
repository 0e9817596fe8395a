//! What every provider that is asked again and again is to the polling task: its requests and what their answers say, as pure
//! functions, and its limits.

use super::venue::{Access, Malformed, Tick};
use crate::market::hours::Hours;
use std::collections::BTreeSet;
use std::fmt::Debug;
use std::time::Duration;

/// A provider that answers requests over HTTP. Nothing here does IO: one polling task serves all of them.
pub trait Poller: Debug + Send + Sync {
    /// The name by which a configuration names it.
    fn name(&self) -> &'static str;

    /// Where it is asked, without what follows for a request.
    fn address(&self) -> &'static str;

    /// What it asks of its clients.
    fn pace(&self) -> Pace;

    /// A symbol as the provider writes it; the error says what was expected.
    ///
    /// # Errors
    /// It is no symbol of this provider.
    fn symbol(&self, text: &str, access: &Access) -> Result<String, &'static str>;

    /// The currency that one of its symbols is priced in; `None` where only an answer tells.
    fn currency(&self, symbol: &str, access: &Access) -> Option<String>;

    /// When one of its symbols is traded.
    fn hours(&self, _symbol: &str) -> Hours {
        Hours::Unknown
    }

    /// What to ask for the prices of `symbols`.
    fn requests(&self, symbols: &BTreeSet<String>, access: &Access) -> Vec<Request>;

    /// What an answer says.
    ///
    /// # Errors
    /// It is not what the provider's documentation promises.
    fn decode(&self, request: &Request, answer: &Text<'_>, access: &Access) -> Result<Vec<Said>, Malformed>;
}

/// What a provider asks of its clients, and what is taken of it.
#[derive(Clone, Copy, Debug)]
pub struct Pace {
    /// From one round of requests to the next, where the configuration says nothing.
    pub every: Duration,
    /// The shortest time between two requests.
    pub between: Duration,
    /// The longest time that an answer may take.
    pub within: Duration,
    /// The largest answer in bytes.
    pub largest: usize,
    /// Most symbols.
    pub symbols: usize,
}

/// One request. Its address may hold a secret, so it prints without it.
#[derive(Clone, PartialEq, Eq)]
pub struct Request {
    /// The whole address.
    pub address: String,
    /// What waits together after a failure: requests to one place.
    pub lane: String,
    /// The symbols that it is asked for.
    pub symbols: Vec<String>,
}

impl Debug for Request {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "Request({} {:?})", self.lane, self.symbols)
    }
}

/// An answer as it came, below status 500 and neither 403 nor 429: those are refusals for the task.
#[derive(Clone, Copy, Debug)]
pub struct Text<'a> {
    /// Its status.
    pub status: u16,
    /// Its body.
    pub body: &'a str,
}

/// What an answer says of one symbol.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Said {
    /// Its price, and the currency of it.
    Price(Tick, String),
    /// That there is none.
    Absent {
        /// The symbol.
        symbol: String,
        /// Why, for a person.
        reason: String,
    },
}
