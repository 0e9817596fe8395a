//! The fields of an update in the pieces in which they are written. Their names, their order and their forms are those of `Holding` and
//! `Valuation`; a property holds the two together.

use crate::market::hours::MarketState;
use crate::money::{Decimal, number};
use crate::portfolio::change::Change;
use crate::portfolio::holding::{Holding, PriceSource};
use crate::portfolio::valuation::Gains;
use chrono::{DateTime, Utc};
use serde::Serialize;

/// Whose figures they are.
#[derive(Serialize)]
pub struct HeadFields<'a> {
    pub portfolio_id: &'a str,
    pub portfolio_name: &'a str,
    pub base_currency: &'a str,
}

/// All of it but the rows.
#[derive(Serialize)]
pub struct TotalFields {
    #[serde(with = "number")]
    pub total_value: Decimal,
    #[serde(with = "number")]
    pub total_change: Decimal,
    #[serde(with = "number::option")]
    pub total_change_percent: Option<Decimal>,
    pub gains: Gains,
    pub change_by: Change,
}

/// Which row it is.
#[derive(Serialize)]
pub struct NamedFields<'a> {
    pub symbol: &'a str,
    pub name: &'a str,
}

/// Price and change.
#[derive(Default, Serialize)]
pub struct PriceFields {
    #[serde(with = "number::option")]
    pub current_price: Option<Decimal>,
    #[serde(with = "number::option")]
    pub change: Option<Decimal>,
    #[serde(with = "number::option")]
    pub change_percent: Option<Decimal>,
}

/// The units held.
#[derive(Serialize)]
pub struct HeldField {
    #[serde(with = "number")]
    pub quantity: Decimal,
}

/// The price's currency, and when it was made.
#[derive(Serialize)]
pub struct MadeFields<'a> {
    pub currency: &'a str,
    #[serde(with = "crate::time::millis::option")]
    pub quoted_at: Option<DateTime<Utc>>,
}

/// What was paid.
#[derive(Serialize)]
pub struct CostField {
    #[serde(with = "number")]
    pub cost: Decimal,
}

/// Who says the price.
#[derive(Serialize)]
pub struct SaidFields {
    #[serde(skip_serializing_if = "Option::is_none")]
    pub price_source: Option<PriceSource>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub source: Option<&'static str>,
    #[serde(with = "crate::time::millis::option", skip_serializing_if = "Option::is_none")]
    pub received_at: Option<DateTime<Utc>>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub market_state: Option<MarketState>,
}

/// What a person should know of the price.
#[derive(Serialize)]
pub struct NoteField {
    #[serde(skip_serializing_if = "Option::is_none")]
    pub note: Option<String>,
}

/// The fields of a part of an object, each followed by a comma.
pub fn fields(part: &impl Serialize) -> String {
    // Strings, numbers and moments only: nothing in these types can fail to serialise.
    let text = serde_json::to_string(part).unwrap_or_default();
    match text.strip_prefix('{').and_then(|text| text.strip_suffix('}')) {
        None | Some("") => String::new(),
        Some(inside) => format!("{inside},"),
    }
}

/// Writes a text.
pub fn put(text: &mut Vec<u8>, part: &str) {
    text.extend_from_slice(part.as_bytes());
}

/// Writes a figure; `name` is quoted, with its colon.
pub fn figure(text: &mut Vec<u8>, name: &str, amount: Decimal) {
    put(text, name);
    number::put(amount, text);
    text.push(b',');
}

/// Writes a row that was made whole, and a comma.
pub fn row(text: &mut Vec<u8>, row: &Holding) {
    // Decimals and strings only: nothing in it can fail to serialise.
    let _ = serde_json::to_writer(&mut *text, row);
    text.push(b',');
}

/// Ends a list or an object, after the comma that stands behind its last part.
pub fn end(text: &mut Vec<u8>, with: &str) {
    text.pop_if(|last| *last == b',');
    put(text, with);
}
