//! What is owned of an instrument, before any price is known.

use crate::market::instrument::Instrument;
use crate::money::Decimal;

/// A quantity of an instrument. Needs no price.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Position {
    /// What is owned.
    pub instrument: Instrument,
    /// How many units; to twelve places.
    pub quantity: Decimal,
}
