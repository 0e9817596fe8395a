//! The content of a chart of prices: candles that fit it, and what they are compared with.

use crate::market::candle::Candle;
use crate::market::server::Market;
use crate::market::span::Asked;
use crate::money::{Decimal, minor_units};
use crate::server::database::StorageError;
use crate::ui::chart::drawn;
use crate::ui::chart::indicator::Bar;
use crate::ui::chart::plot::look::Look;
use crate::ui::chart::plot::model::Plot;
use chrono::{DateTime, Utc};

/// Decimals that a price is written with at the most.
const MOST_DECIMALS: u32 = 8;

/// A chart's content, and where it lies in time.
#[derive(Clone, Debug)]
pub struct Content {
    /// The content.
    pub plot: Plot,
    /// The first day of which anything is known.
    pub earliest: Option<DateTime<Utc>>,
    /// Whether it reaches up to now.
    pub to_now: bool,
}

/// What is asked of a chart.
#[derive(Clone, Debug)]
pub struct Wish {
    /// Which time.
    pub asked: Asked,
    /// Candles at the most.
    pub points: u32,
    /// What is drawn.
    pub look: Look,
    /// What it is compared with.
    pub with: Vec<String>,
}

/// Decimals that prices are written with: their own, and at least those of their currency.
pub fn decimals_of(prices: impl Iterator<Item = Decimal>, currency: &str) -> u32 {
    let own = prices.map(|price| price.normalize().scale()).max().unwrap_or_default();
    own.max(minor_units(currency)).min(MOST_DECIMALS)
}

impl From<&Candle> for Bar {
    fn from(candle: &Candle) -> Self {
        Self {
            time_ms: candle.start.timestamp_millis(),
            open: drawn(candle.open),
            high: drawn(candle.high),
            low: drawn(candle.low),
            close: drawn(candle.close),
            volume: drawn(candle.volume),
        }
    }
}

impl Market {
    /// The content of a chart of what the market lists.
    ///
    /// # Errors
    /// The database does not answer.
    pub async fn chart(&self, symbol: &str, wish: &Wish) -> Result<Content, StorageError> {
        let now = self.now();
        let earliest = self.earliest(symbol).await?;
        let stretch = wish.asked.stretch(earliest.unwrap_or(now), now);
        let (step, candles) = self.candles_at_most(symbol, stretch.clone(), wish.points).await?;
        let currency = self.instrument(symbol).map_or("", |one| one.currency.as_str());
        let newest = self.bus.read(|quotes| quotes.get(symbol).map(|quote| quote.price));
        let closes = candles.iter().rev().take(500).map(|candle| candle.close);
        let decimals = decimals_of(closes.chain(newest), currency);
        let mut plot = Plot::new(symbol.to_owned(), step.num_milliseconds(), decimals, wish.look.clone());
        candles.iter().for_each(|candle| plot.push(candle.into()));
        for other in &wish.with {
            let (_, candles) = self.candles_at_most(other, stretch.clone(), wish.points).await?;
            let closes = candles.iter().map(|candle| (candle.start.timestamp_millis(), drawn(candle.close)));
            plot.compare(other.clone(), closes);
        }
        let to_now = stretch.end > now;
        Ok(Content { plot, earliest, to_now })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn prices_keep_their_decimals() {
        let d = |text: &str| Decimal::from_str_exact(text).expect("a decimal");
        assert_eq!(decimals_of([d("1.50"), d("1.234")].into_iter(), "USD"), 3);
        assert_eq!(decimals_of([d("5")].into_iter(), "JPY"), 0);
        assert_eq!(decimals_of([d("0.1234567890")].into_iter(), "USD"), 8);
    }
}
