//! The latest known price of an instrument.

use crate::money::Decimal;
use chrono::{DateTime, Utc};

/// The latest known price. A tick is its arrival, not a type.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Quote {
    /// Label of the instrument.
    pub symbol: String,
    /// Price of one unit, in the instrument's currency.
    pub price: Decimal,
    /// The last price of the day before, where one is known.
    pub previous_close: Option<Decimal>,
    /// When the venue made this price.
    pub quoted_at: DateTime<Utc>,
    /// When it came here, or was said last to be still the price.
    pub received_at: DateTime<Utc>,
    /// The number of the trade that made it, where the source counts them.
    pub trade: Option<u64>,
    /// How many units were traded at it, where the source tells.
    pub size: Option<Decimal>,
    /// Who told it: the name of a provider.
    pub source: &'static str,
}
