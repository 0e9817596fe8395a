//! Why an activity could not be booked. It then changes nothing at all, and says so here.

use crate::money::Decimal;
use crate::portfolio::book::exact::{LIMIT, TooLarge};
use chrono::NaiveDate;
use std::fmt;

/// An activity that was left out, and why.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Problem {
    /// Identity of the activity.
    pub activity: String,
    /// Its day.
    pub day: NaiveDate,
    /// What is wrong with it.
    pub fault: Fault,
}

impl fmt::Display for Problem {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "activity {} of {}: {}", self.activity, self.day, self.fault)
    }
}

/// What can be wrong with an activity.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Fault {
    /// Another activity has its identity.
    SameIdentity,
    /// It needs an instrument and names none.
    NoSymbol,
    /// A field that must be known is not.
    Missing(&'static str),
    /// A field is below zero.
    Negative(&'static str),
    /// A field must be above zero.
    NotAboveZero(&'static str),
    /// No rate from its currency into the base currency, on its day or before.
    NoRate {
        /// ISO 4217 code of its currency.
        currency: String,
    },
    /// It names a lot that is not open.
    NoSuchLot {
        /// The activity that should have opened it.
        opened_by: String,
    },
    /// It takes more from a lot than is left of it.
    LotTooSmall {
        /// The activity that opened it.
        opened_by: String,
        /// Units left.
        held: Decimal,
        /// Units it names.
        named: Decimal,
    },
    /// It names more units of lots than it moves.
    LotsBeyondQuantity {
        /// Units it names.
        named: Decimal,
        /// Units it moves.
        quantity: Decimal,
    },
    /// A split of an instrument of which nothing is held.
    SplitOfNothing,
    /// A split that leaves less than a unit's twelfth place.
    SplitToNothing,
    /// More units move out than are held.
    TransferBeyondHeld {
        /// Units held.
        held: Decimal,
    },
    /// It, or a total with it, is beyond what a book can hold.
    TooLarge,
}

impl From<TooLarge> for Fault {
    fn from(_: TooLarge) -> Self {
        Self::TooLarge
    }
}

impl fmt::Display for Fault {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::SameIdentity => write!(f, "id: another activity has the same"),
            Self::NoSymbol => write!(f, "symbol: needed for this kind"),
            Self::Missing(field) => write!(f, "{field}: needed for this kind"),
            Self::Negative(field) => write!(f, "{field}: must be zero or more"),
            Self::NotAboveZero(field) => write!(f, "{field}: must be above zero"),
            Self::NoRate { currency } => write!(f, "currency: no rate for {currency} on this day or before"),
            Self::NoSuchLot { opened_by } => write!(f, "lots: no open lot of {opened_by}"),
            Self::LotTooSmall { opened_by, held, named } => write!(f, "lots: {named} of {opened_by}, which has {held}"),
            Self::LotsBeyondQuantity { named, quantity } => write!(f, "lots: {named} named, at most the quantity {quantity}"),
            Self::SplitOfNothing => write!(f, "symbol: nothing is held that could be split"),
            Self::SplitToNothing => write!(f, "ratio: nothing would be left of what is held"),
            Self::TransferBeyondHeld { held } => write!(f, "quantity: at most the {held} held"),
            Self::TooLarge => write!(f, "amount: it, or a total with it, is beyond {LIMIT}"),
        }
    }
}
