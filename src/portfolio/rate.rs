//! What a unit of one currency is in the base currency, on a day. Where rates come from is the caller's business.

use crate::money::Decimal;
use chrono::NaiveDate;

/// A day's rate into the base currency.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Rate {
    /// Units of the base currency for one of the other; above zero.
    pub rate: Decimal,
    /// Whether the day had none of its own and the last one before it stands in.
    pub carried: bool,
}

impl Rate {
    /// One for one: the base currency itself.
    pub const ONE: Self = Self {
        rate: Decimal::ONE,
        carried: false,
    };

    /// A rate of the day itself.
    pub fn of_the_day(rate: Decimal) -> Self {
        Self { rate, carried: false }
    }
}

/// Knows the rates of days. The base currency itself is never asked for.
pub trait Rates {
    /// The rate of `currency` on `day`, or the last one before it; `None` where there is none.
    fn rate(&self, currency: &str, day: NaiveDate) -> Option<Rate>;
}

impl<F: Fn(&str, NaiveDate) -> Option<Rate>> Rates for F {
    fn rate(&self, currency: &str, day: NaiveDate) -> Option<Rate> {
        self(currency, day)
    }
}

/// Rates of a ledger in one currency: none are needed.
#[derive(Clone, Copy, Debug, Default)]
pub struct NoRates;

impl Rates for NoRates {
    fn rate(&self, _currency: &str, _day: NaiveDate) -> Option<Rate> {
        None
    }
}
