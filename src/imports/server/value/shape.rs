//! The parts of what `finflow value` says. The names are those of docs/GLOSSARY.md; docs/CLI.md explains each.

use crate::imports::server::value::prices::Source;
use crate::money::{Decimal, number};
use chrono::NaiveDate;
use serde::{Serialize, Serializer};

/// An amount with its own digits and no needless zeros.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Exact(pub Decimal);

impl Serialize for Exact {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        number::serialize(&self.0.normalize(), serializer)
    }
}

/// Declares parts of the report: every field goes out under its name.
macro_rules! parts {
    ($($(#[$doc:meta])* $name:ident { $($(#[$said:meta])* $field:ident: $kind:ty),* $(,)? })*) => {$(
        $(#[$doc])*
        #[derive(Clone, Debug, Serialize)]
        pub struct $name { $($(#[$said])* pub $field: $kind),* }
    )*};
}

parts! {
    /// A valuation of files on a day.
    Report {
        /// The day.
        at: NaiveDate,
        /// ISO 4217 code of every amount that names no other currency.
        base_currency: String,
        /// Which lots a sale takes.
        method: &'static str,
        /// Whether cash is a part of it.
        cash_tracked: bool,
        /// Activities that count.
        activities: usize,
        /// Activities after the day, which do not.
        later_activities: usize,
        /// The sums.
        totals: Sums,
        /// The returns.
        performance: Performance,
        /// What is held.
        positions: Vec<Held>,
        /// What was held, with what came of it.
        closed_positions: Vec<Gone>,
        /// The lots of what is held.
        open_lots: Vec<OpenLot>,
        /// What was bought and sold.
        closed_lots: Vec<Closed>,
        /// Cash by currency.
        cash: Vec<Money>,
        /// Rates that were used.
        rates: Vec<Used>,
        /// Activities that could not be booked: they changed nothing.
        problems: Vec<Trouble>,
        /// What a reader should know.
        remarks: Vec<String>,
    }

    /// Sums in the base currency.
    Sums {
        /// Positions and cash.
        value: Exact,
        /// Cost of what is held.
        cost: Exact,
        /// Cost of what has no price or no rate: in no value.
        unvalued: Exact,
        /// Cash.
        cash: Exact,
        /// Value less cost of what is held.
        unrealised: Exact,
        /// Proceeds less cost of what was sold.
        realised: Exact,
        /// Dividends and interest.
        income: Exact,
        /// Fees and taxes that are in no lot's cost.
        fees: Exact,
        /// Gain that left with transfers, less gain that came with them.
        moved: Exact,
        /// Cash at the day's rate less its movements at theirs, and what rounding left.
        currency_gain: Exact,
        /// What came in from outside.
        contributions: Exact,
        /// What went out.
        withdrawals: Exact,
        /// The one less the other.
        net_contributions: Exact,
        /// Realised + unrealised + income - fees + moved + currency gain.
        total_gain: Exact,
    }

    /// Returns as ratios: 0.1 is ten percent.
    Performance {
        /// Time-weighted, of the whole time.
        twr: Option<Exact>,
        /// The same a year, where the time is longer than one.
        twr_annualised: Option<Exact>,
        /// Money-weighted a year, where one rate fits.
        mwr: Option<Exact>,
        /// All rates that fit, where several do.
        mwr_several: Vec<Exact>,
        /// Why there is no money-weighted return.
        mwr_reason: Option<&'static str>,
    }

    /// A position.
    Held {
        /// Label of the instrument.
        symbol: String,
        /// Its name.
        name: String,
        /// Units; below zero when short.
        quantity: Exact,
        /// Cost of the units.
        cost: Exact,
        /// Of one unit, in `currency`; of the day `price_day`.
        price: Option<Exact>,
        /// ISO 4217 code of the price.
        currency: Option<String>,
        /// Day of the price.
        price_day: Option<NaiveDate>,
        /// Where it comes from.
        price_source: Option<Source>,
        /// Rate of its currency.
        rate: Option<Exact>,
        /// Quantity x price x rate, to the smallest unit.
        value: Option<Exact>,
        /// Value less cost.
        unrealised: Option<Exact>,
        /// Share of the total value, in percent.
        weight: Option<Exact>,
        /// Realised gain so far.
        realised: Exact,
        /// Income so far.
        income: Exact,
        /// Fees that are in no lot's cost.
        fees: Exact,
        /// Gain that left with transfers, less gain that came.
        moved: Exact,
    }

    /// A position of which nothing is held any more.
    Gone {
        /// Label of the instrument.
        symbol: String,
        /// Its name.
        name: String,
        /// Realised gain.
        realised: Exact,
        /// Income.
        income: Exact,
        /// Fees that are in no lot's cost.
        fees: Exact,
        /// Gain that left with transfers, less gain that came.
        moved: Exact,
    }

    /// An open lot.
    OpenLot {
        /// Label of the instrument.
        symbol: String,
        /// Identity of the activity that opened it.
        opened_by: String,
        /// Its day.
        opened: NaiveDate,
        /// Units left; below zero when short.
        quantity: Exact,
        /// Their cost.
        cost: Exact,
        /// Their value.
        value: Option<Exact>,
        /// Value less cost.
        unrealised: Option<Exact>,
        /// Days from its day to the valuation's.
        days_held: i64,
    }

    /// A closed lot, or a part of one.
    Closed {
        /// Label of the instrument.
        symbol: String,
        /// Identity of the activity that opened it.
        opened_by: String,
        /// Its day.
        opened: NaiveDate,
        /// Identity of the activity that closed it.
        closed_by: String,
        /// Its day.
        closed: NaiveDate,
        /// Units.
        quantity: Exact,
        /// Whether it was sold first.
        short: bool,
        /// What was paid, with fee and tax.
        cost: Exact,
        /// What was received, less fee and tax.
        proceeds: Exact,
        /// The one less the other.
        gain: Exact,
        /// Days from the one to the other.
        days_held: i64,
    }

    /// Cash in a currency.
    Money {
        /// ISO 4217 code.
        currency: String,
        /// How much of it.
        amount: Exact,
        /// The same in the base currency.
        value: Option<Exact>,
    }

    /// A rate into the base currency.
    Used {
        /// ISO 4217 code.
        currency: String,
        /// The day that it was used for.
        day: NaiveDate,
        /// The day that it is of.
        of_day: NaiveDate,
        /// Units of the base currency for one.
        rate: Exact,
        /// Whether it is an earlier day's.
        carried: bool,
    }

    /// An activity that could not be booked.
    Trouble {
        /// Its identity.
        activity: String,
        /// Its day.
        day: NaiveDate,
        /// What is wrong with it.
        reason: String,
    }
}
