//! A running connection to a source of prices, as seen from outside.

use serde::{Deserialize, Serialize};

/// Where prices come from, and whether they still come.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Feed {
    /// Name of the provider: `simulated`, `replay`; of exchanges all that are used: `coinbase, kraken`.
    pub source: String,
    /// Whether prices are made up. A page must say so plainly.
    pub simulated: bool,
    /// Whether prices still come.
    pub status: FeedStatus,
    /// What happened, for a person, where there is something to say.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub detail: Option<String>,
}

/// Whether prices still come.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum FeedStatus {
    /// Not yet: the feed is being opened.
    Connecting,
    /// Prices come.
    Live,
    /// Prices should come and do not.
    Stale,
    /// The source is exhausted: no further price will come.
    Ended,
    /// What a newer server says and this client does not know.
    #[serde(other)]
    Unknown,
}
