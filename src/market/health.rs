//! How the sources of prices do: each provider, each instrument, and what to do about it. Nothing here holds an address or a key.

use crate::money::Decimal;
use chrono::{DateTime, Utc};
use serde::{Deserialize, Serialize};

/// The whole of it at one moment.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Health {
    /// The providers that are used.
    pub providers: Vec<ProviderHealth>,
    /// The instruments that have sources.
    pub instruments: Vec<InstrumentHealth>,
    /// The providers' own lists.
    pub lists: Vec<ListHealth>,
}

/// How a provider's own list of instruments does.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct ListHealth {
    /// The provider's name.
    pub provider: String,
    /// How many instruments are in the last good one.
    pub instruments: u64,
    /// When that came.
    pub fetched_at: Option<DateTime<Utc>>,
    /// What went wrong with the last attempt; nothing after a good one.
    pub last_error: Option<String>,
    /// When.
    pub last_error_at: Option<DateTime<Utc>>,
    /// When it is fetched again.
    pub next_attempt: Option<DateTime<Utc>>,
    /// What to do about it, for a person; empty where nothing is to do.
    pub advice: String,
}

/// How a provider does.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct ProviderHealth {
    /// Its name.
    pub name: String,
    /// What it does now.
    pub state: ProviderState,
    /// Prices a second, over the last ten seconds, in tenths: `15` is one and a half.
    pub prices_per_ten_seconds: u64,
    /// Prices since the start.
    pub prices: u64,
    /// Trades that were missed and asked for anew, since the start.
    pub gaps: u64,
    /// Connections, or rounds of requests, that failed since the start.
    pub failures: u64,
    /// When its newest price came.
    pub newest: Option<DateTime<Utc>>,
    /// What went wrong last.
    pub last_error: Option<String>,
    /// When.
    pub last_error_at: Option<DateTime<Utc>>,
    /// Whether so much failed in a row that it is left alone for a while.
    pub breaker_open: bool,
    /// When it is tried again, where that is not now.
    pub next_attempt: Option<DateTime<Utc>>,
    /// What to do about it, for a person; empty where nothing is to do.
    pub advice: String,
}

/// What a provider does.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum ProviderState {
    /// Not heard from yet.
    Connecting,
    /// It brings prices.
    Live,
    /// It is connected and nothing comes.
    Silent,
    /// It failed and is tried again.
    Failing,
    /// It is not tried again before the next start.
    GivenUp,
}

impl ProviderState {
    /// How a page names it.
    pub fn label(self) -> &'static str {
        match self {
            Self::Connecting => "Connecting",
            Self::Live => "Live",
            Self::Silent => "Silent",
            Self::Failing => "Failing",
            Self::GivenUp => "Given up",
        }
    }
}

/// How the sources of an instrument do.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct InstrumentHealth {
    /// Its label.
    pub symbol: String,
    /// The provider whose price is shown.
    pub source: Option<String>,
    /// Whether the price that is shown is too old.
    pub stale: bool,
    /// Whether its sources say different things, and none has a majority.
    pub disagree: bool,
    /// Whether the venue trades now.
    pub market_state: super::hours::MarketState,
    /// All of its sources, the first the best.
    pub sources: Vec<SourceHealth>,
}

/// How one source of an instrument does.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct SourceHealth {
    /// The provider.
    pub provider: String,
    /// Its own symbol.
    pub symbol: String,
    /// What is thought of it.
    pub state: SourceState,
    /// Its last price.
    pub price: Option<Decimal>,
    /// When the venue made it.
    pub quoted_at: Option<DateTime<Utc>>,
    /// When it came, or was said last to be still the price.
    pub received_at: Option<DateTime<Utc>>,
    /// A price that is held back until it is confirmed.
    pub held_back: Option<Decimal>,
}

/// What is thought of a source.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum SourceState {
    /// Its price is shown.
    Used,
    /// It would take over.
    Ready,
    /// Its last price is too old.
    Stale,
    /// It says nothing.
    Silent,
    /// Its last request failed.
    Failing,
    /// It says something else than most.
    Outlier,
    /// It is priced in another currency.
    OtherCurrency,
}

impl SourceState {
    /// How a page names it.
    pub fn label(self) -> &'static str {
        match self {
            Self::Used => "Used",
            Self::Ready => "Ready",
            Self::Stale => "Too old",
            Self::Silent => "Nothing",
            Self::Failing => "Failing",
            Self::Outlier => "Outvoted",
            Self::OtherCurrency => "Other currency",
        }
    }
}
