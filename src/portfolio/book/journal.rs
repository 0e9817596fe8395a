//! What a book writes down beside its lots: cash, income, fees, and what crossed its border.

use crate::money::Decimal;
use crate::portfolio::book::exact::{self, TooLarge};
use crate::portfolio::book::lot::{Both, Local};
use chrono::NaiveDate;

/// Cash in a currency.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Cash {
    /// ISO 4217 code.
    pub currency: String,
    /// How much there is; below zero when overdrawn.
    pub amount: Decimal,
    /// The same in the base currency, each movement at its own day's rate.
    pub book: Decimal,
    /// The latest day that moved it.
    pub day: Option<NaiveDate>,
    /// How much there was before that day.
    pub before: Decimal,
    /// What came in that day without being income or a fee, less what went out, in the base currency.
    pub paid_in: Decimal,
}

impl Cash {
    /// No cash of a currency yet.
    pub fn new(currency: &str) -> Self {
        Self {
            currency: currency.to_owned(),
            amount: Decimal::ZERO,
            book: Decimal::ZERO,
            day: None,
            before: Decimal::ZERO,
            paid_in: Decimal::ZERO,
        }
    }

    /// It after a movement, of which `paid_in` is neither income nor a fee.
    pub fn after(&self, day: NaiveDate, moved: Both, paid_in: Decimal) -> Result<Self, TooLarge> {
        let (before, paid) = if self.day == Some(day) {
            (self.before, self.paid_in)
        } else {
            (self.amount, Decimal::ZERO)
        };
        Ok(Self {
            currency: String::new(),
            amount: exact::add(self.amount, moved.local.amount)?,
            book: exact::add(self.book, moved.base)?,
            day: Some(day),
            before,
            paid_in: exact::add(paid, paid_in)?,
        })
    }
}

/// What an entry of the journal counts for.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Entry {
    /// Dividend or interest, less its fee and tax.
    Income,
    /// A fee or a tax that is in no lot's cost.
    Fee,
    /// Value that came in from outside (above zero) or went out (below), at the start of its day.
    Flow,
    /// The same at the end of its day: what is valued at that day's own prices.
    ClosingFlow,
    /// Gain that left with a transfer (above zero) or came with one.
    Moved,
}

/// A line of the journal.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Posting {
    /// What it counts for.
    pub entry: Entry,
    /// Number of the activity in the book.
    pub activity: u32,
    /// Number of the position, where it concerns one.
    pub position: Option<u32>,
    /// Its day.
    pub day: NaiveDate,
    /// The amount in the base currency.
    pub base: Decimal,
    /// The amount in the activity's currency.
    pub local: Local,
}

/// The sums of a book in its base currency.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Sums {
    /// Cost basis of all that is held.
    pub cost: Decimal,
    /// Realised gain.
    pub realised: Decimal,
    /// Income.
    pub income: Decimal,
    /// Fees that are in no lot's cost.
    pub fees: Decimal,
    /// Gain that left with transfers, less gain that came with them.
    pub moved: Decimal,
    /// What came in from outside.
    pub contributions: Decimal,
    /// What went out.
    pub withdrawals: Decimal,
    /// Cash, each movement at its own day's rate.
    pub cash: Decimal,
}

impl Sums {
    /// Adds those of another book in the same base currency.
    pub fn add(&mut self, other: &Self) {
        let Self {
            cost,
            realised,
            income,
            fees,
            moved,
            contributions,
            withdrawals,
            cash,
        } = self;
        *cost += other.cost;
        *realised += other.realised;
        *income += other.income;
        *fees += other.fees;
        *moved += other.moved;
        *contributions += other.contributions;
        *withdrawals += other.withdrawals;
        *cash += other.cash;
    }
}
