//! A lot, what is taken from one, and what came of it.

use crate::money::Decimal;
use crate::portfolio::book::exact::{self, TooLarge};
use chrono::NaiveDate;

/// An amount in a currency of the book, by the currency's number there.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Local {
    /// Number of the currency in the book.
    pub currency: u16,
    /// The amount in it.
    pub amount: Decimal,
}

/// An amount in the activity's own currency and in the base currency.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Both {
    /// In the base currency, at the rate of the activity's day.
    pub base: Decimal,
    /// In the activity's currency.
    pub local: Local,
}

impl Both {
    /// The same, out instead of in.
    pub fn negated(self) -> Self {
        let amount = Decimal::ZERO - self.local.amount;
        Self {
            base: Decimal::ZERO - self.base,
            local: Local { amount, ..self.local },
        }
    }

    /// The sum with an amount of the same currency.
    pub fn plus(self, other: Self) -> Result<Self, TooLarge> {
        let amount = exact::add(self.local.amount, other.local.amount)?;
        Ok(Self {
            base: exact::add(self.base, other.base)?,
            local: Local { amount, ..self.local },
        })
    }

    /// The share that `part` is of `whole`.
    pub fn share(self, part: Decimal, whole: Decimal) -> Result<Self, TooLarge> {
        let amount = exact::share(self.local.amount, part, whole)?;
        Ok(Self {
            base: exact::share(self.base, part, whole)?,
            local: Local { amount, ..self.local },
        })
    }
}

/// Units that came in together and are still there.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Lot {
    /// Number of the activity that opened it.
    pub opened: u32,
    /// Its day.
    pub day: NaiveDate,
    /// Units left; above zero, of a short lot too.
    pub quantity: Decimal,
    /// Cost basis in the base currency; of a short lot what it brought, below zero.
    pub cost: Decimal,
    /// The same in the currency it was paid in; `None` where money of another currency changed it since.
    pub local: Option<Local>,
}

/// Units taken from a lot, with their part of its cost.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Take {
    /// Where the lot lies.
    pub slot: usize,
    /// The activity that opened it.
    pub opened: u32,
    /// Its day.
    pub day: NaiveDate,
    /// Units.
    pub quantity: Decimal,
    /// Their cost basis in the base currency.
    pub cost: Decimal,
    /// The same in the lot's own currency, where that is meaningful.
    pub local: Option<Local>,
}

/// A lot, or a part of one, that was bought and sold; of a short one, sold and bought back.
///
/// A return of capital beyond the cost is one without units.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ClosedLot {
    /// Number of the position in the book.
    pub position: u32,
    /// Number of the activity that opened it.
    pub opened: u32,
    /// Its day.
    pub opened_on: NaiveDate,
    /// Number of the activity that closed it.
    pub closed: u32,
    /// Its day.
    pub closed_on: NaiveDate,
    /// Units; zero or more.
    pub quantity: Decimal,
    /// Whether it was sold first.
    pub short: bool,
    /// What was paid, with fee and tax, in the base currency.
    pub cost: Decimal,
    /// What was received, less fee and tax, in the base currency.
    pub proceeds: Decimal,
    /// Cost and proceeds in the currency of both activities, where it is one.
    pub local: Option<LocalGain>,
}

/// Cost and proceeds in one currency that is not the base.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct LocalGain {
    /// Number of the currency in the book.
    pub currency: u16,
    /// What was paid.
    pub cost: Decimal,
    /// What was received.
    pub proceeds: Decimal,
}

impl ClosedLot {
    /// The realised gain in the base currency.
    pub fn gain(&self) -> Decimal {
        self.proceeds - self.cost
    }

    /// Days from the one to the other: the holding period.
    pub fn days_held(&self) -> i64 {
        (self.closed_on - self.opened_on).num_days()
    }
}

impl LocalGain {
    /// The gain in that currency.
    pub fn gain(&self) -> Decimal {
        self.proceeds - self.cost
    }
}
