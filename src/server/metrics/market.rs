//! Prices: what comes and what is kept of it.

use super::figure::Count;
use super::text::{Kind, Text};

/// The figures of the market.
pub static MARKET: Market = Market {
    quotes: Count::new(),
    candles: Count::new(),
    ticks: Count::new(),
    missed: Count::new(),
};

/// See [`MARKET`].
#[derive(Debug)]
pub struct Market {
    /// Quotes that were published.
    pub quotes: Count,
    /// Candles of a minute that were written to the database, again where they changed.
    pub candles: Count,
    /// Single prices that were written to the database.
    pub ticks: Count,
    /// Single prices that came faster than they can be kept.
    pub missed: Count,
}

impl Market {
    /// Writes them.
    pub fn write(&self, text: &mut Text) {
        for (name, help, count) in [
            ("finflow_quotes_received_total", "Prices that the feed brought.", &self.quotes),
            (
                "finflow_candles_written_total",
                "Candles of a minute that were written to the database; one that changes is written again.",
                &self.candles,
            ),
            (
                "finflow_ticks_written_total",
                "Single prices that were written to the database.",
                &self.ticks,
            ),
            (
                "finflow_ticks_missed_total",
                "Single prices that came faster than they can be kept.",
                &self.missed,
            ),
        ] {
            text.about(name, Kind::Counter, help);
            text.value(&[], count.get());
        }
    }
}
