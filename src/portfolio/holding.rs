//! A position at a quote.

use crate::market::quote::Quote;
use crate::money::{Decimal, number, percent_of, round_to_currency};
use crate::portfolio::position::Position;
use chrono::{DateTime, Utc};
use serde::{Deserialize, Serialize};

/// A position at its latest price. The names are the wire contract's.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
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
    /// Quantity x price, rounded to the currency's smallest unit; zero while no price is known.
    #[serde(with = "number")]
    pub value: Decimal,
    /// ISO 4217 code that price and value are in.
    pub currency: String,
    /// When the price was made; `None` while no price is known.
    #[serde(with = "crate::time::millis::option", default)]
    pub quoted_at: Option<DateTime<Utc>>,
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
