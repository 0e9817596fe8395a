//! An activity on the wire, and what its kind needs.

use crate::app::server::rest::exact::Exact;
use crate::app::server::rest::problem::FieldError;
use crate::portfolio::activity::{self, ActivityKind, SplitRatio};
use crate::portfolio::book::{Book, Fault, Terms};
use crate::portfolio::rate::NoRates;
use chrono::{NaiveDate, NaiveTime};
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

/// A split of `new` units for each `old` ones.
#[derive(Clone, Debug, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct Ratio {
    /// Units afterwards.
    new: Exact,
    /// Units before.
    old: Exact,
}

/// A part of an open lot.
#[derive(Clone, Debug, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct NamedLot {
    /// Identity of the activity that opened the lot.
    opened_by: String,
    /// Units taken from it; above zero.
    quantity: Exact,
}

/// An activity to write. Quantities, prices and amounts are zero or more; the kind says which way they go.
#[derive(Clone, Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(example = json!({"day": "2024-03-01", "kind": "buy", "symbol": "AAPL", "quantity": 10, "price": 179.66, "fee": 1.50, "currency": "USD"}))]
pub struct NewActivity {
    /// Its identity, as the address has it. Where an activity is added without one, it gets one.
    pub id: Option<String>,
    /// The day it counts for.
    day: NaiveDate,
    /// The time of that day, as `15:30:00`.
    #[schema(value_type = Option<String>, example = "15:30:00")]
    time: Option<NaiveTime>,
    /// What happened.
    kind: ActivityKind,
    /// Label of the instrument; none for what concerns cash alone.
    symbol: Option<String>,
    /// Units; of a split, what one unit becomes.
    #[serde(default)]
    #[schema(default = 0)]
    quantity: Exact,
    /// Price of a unit in `currency`.
    price: Option<Exact>,
    /// Money in `currency` before fee and tax: of all kinds but trades and splits.
    amount: Option<Exact>,
    /// Cost in `currency`.
    #[serde(default)]
    #[schema(default = 0)]
    fee: Exact,
    /// Tax in `currency`.
    #[serde(default)]
    #[schema(default = 0)]
    tax: Exact,
    /// ISO 4217 code of the money that moved.
    currency: String,
    /// Units of the base currency for one of `currency`; the day's rate where nothing is said.
    exchange_rate: Option<Exact>,
    /// Of a split.
    ratio: Option<Ratio>,
    /// Lots that a sale names; the portfolio's method chooses where there are none.
    #[serde(default)]
    lots: Vec<NamedLot>,
    /// What its owner writes to it.
    #[serde(default)]
    note: String,
    /// Words to find it by.
    #[serde(default)]
    tags: Vec<String>,
}

impl NewActivity {
    /// The activity with this identity, as the ledger keeps it.
    pub fn named(self, id: String) -> activity::Activity {
        let lot = |lot: NamedLot| activity::NamedLot {
            opened_by: lot.opened_by,
            quantity: lot.quantity.0,
        };
        let amount = |amount: Option<Exact>| amount.map(|Exact(amount)| amount);
        activity::Activity {
            id,
            day: self.day,
            time: self.time,
            kind: self.kind,
            symbol: self.symbol,
            quantity: self.quantity.0,
            price: amount(self.price),
            amount: amount(self.amount),
            fee: self.fee.0,
            tax: self.tax.0,
            currency: self.currency,
            exchange_rate: amount(self.exchange_rate),
            ratio: self.ratio.map(|ratio| SplitRatio {
                new: ratio.new.0,
                old: ratio.old.0,
            }),
            lots: self.lots.into_iter().map(lot).collect(),
            note: self.note,
            tags: self.tags,
        }
    }
}

/// A line of a ledger.
#[derive(Clone, Debug, Serialize, ToSchema)]
pub struct Activity {
    /// Its identity, unique in its portfolio and kept for good.
    id: String,
    /// The day it counts for.
    day: NaiveDate,
    /// The time of that day.
    #[schema(value_type = Option<String>, example = "15:30:00")]
    time: Option<NaiveTime>,
    /// What happened.
    kind: ActivityKind,
    /// Label of the instrument.
    symbol: Option<String>,
    /// Units.
    quantity: Exact,
    /// Price of a unit in `currency`.
    price: Option<Exact>,
    /// Money in `currency` before fee and tax.
    amount: Option<Exact>,
    /// Cost in `currency`.
    fee: Exact,
    /// Tax in `currency`.
    tax: Exact,
    /// ISO 4217 code of the money that moved.
    currency: String,
    /// Units of the base currency for one of `currency`, where its owner stated it.
    exchange_rate: Option<Exact>,
    /// Of a split.
    ratio: Option<Ratio>,
    /// Lots that a sale names.
    lots: Vec<NamedLot>,
    /// What its owner wrote to it.
    note: String,
    /// Words to find it by.
    tags: Vec<String>,
}

impl From<activity::Activity> for Activity {
    fn from(one: activity::Activity) -> Self {
        let lot = |lot: activity::NamedLot| NamedLot {
            opened_by: lot.opened_by,
            quantity: lot.quantity.into(),
        };
        Self {
            id: one.id,
            day: one.day,
            time: one.time,
            kind: one.kind,
            symbol: one.symbol,
            quantity: one.quantity.into(),
            price: one.price.map(Exact),
            amount: one.amount.map(Exact),
            fee: one.fee.into(),
            tax: one.tax.into(),
            currency: one.currency,
            exchange_rate: one.exchange_rate.map(Exact),
            ratio: one.ratio.map(|ratio| Ratio {
                new: ratio.new.into(),
                old: ratio.old.into(),
            }),
            lots: one.lots.into_iter().map(lot).collect(),
            note: one.note,
            tags: one.tags,
        }
    }
}

/// What is wrong with an activity by itself: a field beyond its bound, or one that its kind needs and has not.
pub fn check(activity: &activity::Activity) -> Result<(), FieldError> {
    activity.check().map_err(|invalid| FieldError::new(invalid.field, invalid.reason))?;
    let book = Book::new(Terms::in_currency(&activity.currency), [activity.clone()], &NoRates);
    let Some(problem) = book.problems().first() else { return Ok(()) };
    let of_itself = matches!(
        problem.fault,
        Fault::NoSymbol
            | Fault::Missing(_)
            | Fault::Negative(_)
            | Fault::NotAboveZero(_)
            | Fault::LotsBeyondQuantity { .. }
            | Fault::TooLarge
    );
    if !of_itself {
        // It depends on what else is in the ledger, which the book says when it is made.
        return Ok(());
    }
    let text = problem.fault.to_string();
    let (field, reason) = text.split_once(": ").unwrap_or(("activity", &text));
    Err(FieldError::new(field, reason))
}
