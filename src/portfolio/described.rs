//! What an owner knows about instruments that the market may not know: descriptions and prices.

use crate::money::Decimal;
use chrono::NaiveDate;
use serde::{Deserialize, Serialize};

/// What sort of thing an instrument is.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum InstrumentKind {
    /// Shares of a company.
    Equity,
    /// Shares of a fund, traded or not.
    Fund,
    /// A debt.
    Bond,
    /// A right to buy or to sell. A unit is one of what lies under it, not a contract.
    Option,
    /// A coin.
    Crypto,
    /// A figure that nobody can own.
    Index,
    /// A thing without a market: a flat, a painting.
    Manual,
    /// Nobody said.
    #[default]
    Unknown,
}

/// An instrument as its owner, or a file of theirs, describes it.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct DescribedInstrument {
    /// The label that the activities use.
    pub symbol: String,
    /// Its name; empty where there is none.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub name: String,
    /// ISO 4217 code of its price.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub currency: Option<String>,
    /// International Securities Identification Number.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub isin: Option<String>,
    /// What it is.
    #[serde(default)]
    pub kind: InstrumentKind,
    /// Another label that it is known by: a ticker where the symbol is an ISIN, `BTC-USD` for `BTCUSD`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub alias: Option<String>,
    /// The sector that its owner counts it to; empty where nobody said.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub sector: String,
    /// The country that its owner counts it to: two letters of ISO 3166-1.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub country: Option<String>,
    /// What its owner wrote to it.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub note: String,
    /// Whether its price moves on from the last known one, where the market is simulated and does not list it.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub simulated: bool,
}

impl DescribedInstrument {
    /// The country that its ISIN begins with. Some begin with none: of all of Europe, of the world.
    pub fn country_of_isin(&self) -> Option<&str> {
        let of_isin = self.isin.as_deref().and_then(|isin| isin.get(..2));
        of_isin.filter(|code| !OF_NO_COUNTRY.contains(code))
    }
}

/// What an ISIN begins with where it is of no country (ISO 6166).
const OF_NO_COUNTRY: [&str; 7] = ["EU", "XA", "XB", "XC", "XD", "XF", "XS"];

/// A price that its owner knows, or a file of theirs says.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct KnownPrice {
    /// Label of the instrument.
    pub symbol: String,
    /// The day of the price.
    pub day: NaiveDate,
    /// Price of a unit, in `currency`.
    pub price: Decimal,
    /// ISO 4217 code; `None` where nobody said.
    pub currency: Option<String>,
}
