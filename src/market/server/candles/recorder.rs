//! Takes every quote that is published into the minutes of its instrument. It is called by the bus itself: no queue, so that nothing
//! can be lost between them, and the same work for each.

use crate::market::candle::Candle;
use crate::market::candle::bar::Mark;
use crate::market::candle::series::{Series, Taken, Tick, moment_of};
use crate::market::quote::Quote;
use crate::market::server::provider::SHIPPED;
use crate::money::Decimal;
use chrono::{DateTime, Utc};
use std::collections::{HashMap, VecDeque};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};

/// Minutes of one instrument that are held at the most, where nothing keeps them: a week.
const MOST: usize = 7 * 24 * 60;

/// For how long what was heard is remembered: several times as long as the node that keeps it takes to do so.
const HEARD: Duration = Duration::from_secs(15);
/// Prices that are remembered so, at the most.
const MOST_HEARD: usize = 65_536;

/// The minutes of all instruments that may still change. Cheap to clone.
#[derive(Clone, Debug, Default)]
pub struct Recorder(Arc<Mutex<Minutes>>);

/// What a recorder holds.
#[derive(Debug, Default)]
pub struct Minutes {
    /// By symbol.
    pub series: HashMap<String, Series>,
    /// What came last, where another node keeps it: what that one has not kept when it is read is taken again from here.
    heard: Option<VecDeque<(Instant, Quote)>>,
}

impl Recorder {
    /// One that goes on from what was kept.
    pub fn new(series: HashMap<String, Series>) -> Self {
        Self(Arc::new(Mutex::new(Minutes { series, heard: None })))
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
        if let Some(heard) = &mut self.heard {
            let now = Instant::now();
            while heard.len() >= MOST_HEARD || heard.front().is_some_and(|(at, _)| now.duration_since(*at) > HEARD) {
                heard.pop_front();
            }
            heard.push_back((now, quote.clone()));
        }
        self.count(quote);
    }

    /// Whether another node keeps what comes from now on.
    pub fn hears(&mut self, hears: bool) {
        self.heard = hears.then(VecDeque::new);
    }

    /// Takes what came last again: what is counted already is not counted twice.
    pub fn take_again(&mut self) {
        let Some(heard) = self.heard.take() else { return };
        heard.iter().for_each(|(_, quote)| self.count(quote));
        self.heard = Some(heard);
    }

    fn count(&mut self, quote: &Quote) {
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
