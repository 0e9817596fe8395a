//! A position at a quote.

use crate::market::hours::MarketState;
use crate::market::quote::Quote;
use crate::money::{Decimal, number, percent_of, round_to_currency};
use crate::portfolio::position::Position;
use chrono::{DateTime, Utc};
use serde::{Deserialize, Serialize};

/// What a row is, where it is no position.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum RowKind {
    /// Money: the label is its currency, the quantity its amount.
    Cash,
}

/// Who says a price that no market makes.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum PriceSource {
    /// Its owner, or a file of theirs.
    Entered,
    /// The latest activity.
    Activity,
    /// Nobody: its owner lets it move from its last known price.
    Simulated,
}

impl PriceSource {
    /// Its name on the wire.
    pub fn label(self) -> &'static str {
        match self {
            Self::Entered => "entered",
            Self::Activity => "activity",
            Self::Simulated => "simulated",
        }
    }
}

/// A position at its latest price. The names are the wire contract's. What the page does not show the client does not read: each
/// field that it reads is a part of its bytes.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Holding {
    /// Label of the instrument.
    pub symbol: String,
    /// Name of the instrument.
    pub name: String,
    /// Latest price of one unit, in `currency`; `None` while no price is known.
    #[serde(with = "number::option", default)]
    pub current_price: Option<Decimal>,
    /// Price less the previous close; `None` where no previous close is known.
    #[serde(with = "number::option", default)]
    pub change: Option<Decimal>,
    /// Change in percent of the previous close; `None` where no previous close is known.
    #[serde(with = "number::option", default)]
    pub change_percent: Option<Decimal>,
    /// Units held.
    #[serde(with = "number")]
    pub quantity: Decimal,
    /// Quantity x price in the portfolio's base currency, rounded to its smallest unit; zero while no price is known.
    #[serde(with = "number")]
    pub value: Decimal,
    /// ISO 4217 code that the price is in.
    pub currency: String,
    /// When the price was made; `None` while no price is known.
    #[serde(with = "crate::time::millis::option", default)]
    pub quoted_at: Option<DateTime<Utc>>,
    /// What the row is, where it is no position.
    #[serde(skip_deserializing, skip_serializing_if = "Option::is_none")]
    pub kind: Option<RowKind>,
    /// Value in `currency`, where that is not the base currency.
    #[serde(
        serialize_with = "number::option::serialize",
        skip_deserializing,
        skip_serializing_if = "Option::is_none"
    )]
    pub local_value: Option<Decimal>,
    /// Cost basis in the base currency, where a ledger tells it.
    #[serde(
        serialize_with = "number::option::serialize",
        skip_deserializing,
        skip_serializing_if = "Option::is_none"
    )]
    pub cost: Option<Decimal>,
    /// Value less cost.
    #[serde(
        serialize_with = "number::option::serialize",
        skip_deserializing,
        skip_serializing_if = "Option::is_none"
    )]
    pub unrealised: Option<Decimal>,
    /// Value less value at the previous close, without what was paid in or out since, in the base currency.
    #[serde(
        serialize_with = "number::option::serialize",
        skip_deserializing,
        skip_serializing_if = "Option::is_none"
    )]
    pub day_change: Option<Decimal>,
    /// Who says the price, where no market makes it.
    #[serde(skip_deserializing, skip_serializing_if = "Option::is_none")]
    pub price_source: Option<PriceSource>,
    /// The provider that told the price, where a market makes it.
    #[serde(skip_deserializing, skip_serializing_if = "Option::is_none")]
    pub source: Option<&'static str>,
    /// When it came, or was said last to be still the price.
    #[serde(
        serialize_with = "crate::time::millis::option::serialize",
        skip_deserializing,
        skip_serializing_if = "Option::is_none"
    )]
    pub received_at: Option<DateTime<Utc>>,
    /// Whether its market trades now.
    #[serde(skip_deserializing, skip_serializing_if = "Option::is_none")]
    pub market_state: Option<MarketState>,
    /// What a person should know of the price: that it is an old one, that it is made up, that there is none.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub note: Option<String>,
}

impl Holding {
    /// Values a position at a quote. Without one the value is zero and the price unknown, never guessed.
    pub fn new(position: &Position, quote: Option<&Quote>) -> Self {
        let instrument = &position.instrument;
        let price = quote.map(|quote| quote.price);
        let previous = quote.and_then(|quote| quote.previous_close);
        let change = price.zip(previous).and_then(|(price, previous)| price.checked_sub(previous));
        Self {
            symbol: instrument.symbol.clone(),
            name: instrument.name.clone(),
            current_price: price,
            change,
            change_percent: change.zip(previous).and_then(|(change, previous)| percent_of(change, previous)),
            quantity: position.quantity,
            value: value_at(price.unwrap_or_default(), position.quantity, &instrument.currency),
            currency: instrument.currency.clone(),
            quoted_at: quote.map(|quote| quote.quoted_at),
            kind: None,
            local_value: None,
            cost: None,
            unrealised: None,
            day_change: None,
            price_source: None,
            source: quote.map(|quote| quote.source),
            received_at: quote.map(|quote| quote.received_at),
            market_state: None,
            note: None,
        }
    }

    /// What the holding was worth at the previous close, rounded like the value; `None` where that close is unknown.
    pub fn previous_value(&self) -> Option<Decimal> {
        let previous = self.current_price?.checked_sub(self.change?)?;
        Some(value_at(previous, self.quantity, &self.currency))
    }
}

/// Price x quantity to the currency's smallest unit. A product beyond a decimal's range counts as zero.
pub fn value_at(price: Decimal, quantity: Decimal, currency: &str) -> Decimal {
    round_to_currency(price.checked_mul(quantity).unwrap_or_default(), currency)
}
