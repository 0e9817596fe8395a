//! Takes every quote that is published into the minutes of its instrument. It is called by the bus itself: no queue, so that nothing
//! can be lost between them, and the same work for each.

use crate::market::candle::Candle;
use crate::market::candle::bar::Mark;
use crate::market::candle::series::{Series, Taken, Tick, moment_of};
use crate::market::quote::Quote;
use crate::market::server::provider::SHIPPED;
use crate::money::Decimal;
use chrono::{DateTime, Utc};
use std::collections::HashMap;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

/// Minutes of one instrument that are held at the most, where nothing keeps them: a week.
const MOST: usize = 7 * 24 * 60;

/// The minutes of all instruments that may still change. Cheap to clone.
#[derive(Clone, Debug, Default)]
pub struct Recorder(Arc<Mutex<Minutes>>);

/// What a recorder holds.
#[derive(Debug, Default)]
pub struct Minutes {
    /// By symbol.
    pub series: HashMap<String, Series>,
}

impl Recorder {
    /// One that goes on from what was kept.
    pub fn new(series: HashMap<String, Series>) -> Self {
        Self(Arc::new(Mutex::new(Minutes { series })))
    }

    /// Holds it. Keep it short: publishing waits for it.
    pub fn lock(&self) -> MutexGuard<'_, Minutes> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// The minutes of an instrument as candles, oldest first.
    pub fn candles(&self, symbol: &str) -> Vec<Candle> {
        let minutes = self.lock();
        minutes
            .series
            .get(symbol)
            .map(|series| series.candles().collect())
            .unwrap_or_default()
    }

    /// When the first of them begins.
    pub fn first(&self, symbol: &str) -> Option<DateTime<Utc>> {
        let minutes = self.lock();
        let (first, _) = minutes.series.get(symbol)?.minutes().next()?;
        moment_of(first)
    }
}

impl Minutes {
    /// Takes a quote, unless it is one of another time that ships with the program.
    pub fn take(&mut self, quote: &Quote) {
        if quote.source == SHIPPED {
            return;
        }
        let tick = Tick {
            mark: Mark {
                moment: quote.quoted_at.timestamp_micros(),
                trade: quote.trade.unwrap_or_default(),
                price: quote.price,
            },
            size: quote.size.unwrap_or(Decimal::ZERO),
            source: number_of(quote.source),
        };
        let series = match self.series.get_mut(&quote.symbol) {
            Some(series) => series,
            None => self.series.entry(quote.symbol.clone()).or_default(),
        };
        if matches!(series.take(&tick), Taken::Counted(_)) && series.len() > MOST {
            series.drop_first();
        }
    }
}

/// A source's name as a number (FNV-1a).
fn number_of(source: &str) -> u32 {
    let mix = |hash: u32, byte: u8| (hash ^ u32::from(byte)).wrapping_mul(0x0100_0193);
    source.bytes().fold(0x811c_9dc5, mix)
}
