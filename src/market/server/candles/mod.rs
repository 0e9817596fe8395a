//! The past of an instrument as candles.

pub mod keeper;
mod minute;
pub mod pack;
pub mod recorder;
pub mod store;

use crate::market::candle::series::{MINUTE, widened};
use crate::market::candle::{Candle, Interval, merged};
use crate::market::server::Market;
use crate::market::server::provider::simulated::past::{DAYS, Past as Simulated};
use crate::money::Decimal;
use crate::server::config::CandleConfig;
use crate::server::database::{Database, StorageError};
use chrono::{DateTime, NaiveDate, NaiveTime, TimeDelta, Utc};
use recorder::Recorder;
use std::collections::{BTreeMap, HashMap};
use std::ops::Range;
use std::sync::Arc;
use store::{Key, Loaded, Store};

/// Where the candles of a market come from, beside its daily closes.
#[derive(Clone, Debug)]
pub enum Past {
    /// They are a function of time.
    Simulated(Simulated),
    /// They are those of what was published since the start.
    Recorded(Recorder),
    /// The same, and what was kept before.
    Kept {
        /// What may still change.
        recorder: Recorder,
        /// What is kept.
        store: Store,
        /// The currency of each instrument.
        currencies: Arc<HashMap<String, String>>,
    },
}

/// What a database has of the candles of exchanges, as a server finds it when it starts.
#[derive(Debug)]
pub struct KeptCandles {
    /// Where they are.
    pub store: Store,
    /// The minutes that may still change.
    pub loaded: Loaded,
    /// How long candles are kept.
    pub config: CandleConfig,
}

impl KeptCandles {
    /// Reads what may still change, so that no price comes before it is there.
    ///
    /// # Errors
    /// The database does not answer.
    pub async fn load(database: Database, config: CandleConfig) -> Result<Self, StorageError> {
        let store = Store(database);
        let loaded = store.load().await?;
        Ok(Self { store, loaded, config })
    }
}

impl Market {
    /// The candles of an instrument that begin in a stretch, oldest first; empty where none is known. What is only known by its
    /// closes has days whose four prices are one.
    ///
    /// # Errors
    /// The database does not answer.
    pub async fn candles(&self, symbol: &str, interval: Interval, stretch: Range<DateTime<Utc>>) -> Result<Vec<Candle>, StorageError> {
        let better = self.past.candles(symbol, interval, &stretch, self.now()).await?;
        let mut candles = if interval == Interval::Day {
            self.days(symbol, &stretch)
        } else {
            BTreeMap::new()
        };
        candles.extend(better.into_iter().map(|candle| (candle.start, candle)));
        Ok(candles.into_values().collect())
    }

    /// The candles of an instrument in a stretch, `most` at the most: of the length that fits best, merged further where it must be. The
    /// length of each comes with them.
    ///
    /// # Errors
    /// The database does not answer.
    pub async fn candles_at_most(
        &self,
        symbol: &str,
        stretch: Range<DateTime<Utc>>,
        most: u32,
    ) -> Result<(TimeDelta, Vec<Candle>), StorageError> {
        // A stretch that begins within a candle has the end of one beside the whole ones.
        let wanted = ((stretch.end - stretch.start).num_seconds() / i64::from(most.max(2) - 1) + 1).max(1);
        let fits = |interval: &Interval| interval.length().num_seconds() <= wanted;
        let mut interval = Interval::ALL.into_iter().rev().find(fits).unwrap_or(Interval::Minute);
        loop {
            let length = interval.length().num_seconds();
            let step = (wanted + length - 1) / length * length;
            let candles = self.candles(symbol, interval, stretch.clone()).await?;
            let longer = Interval::ALL.into_iter().find(|one| *one > interval);
            match longer {
                // Of what is this old, or was never recorded, longer ones may be known.
                Some(longer) if candles.is_empty() => interval = longer,
                _ => {
                    let start = |moment: DateTime<Utc>| {
                        let seconds = moment.timestamp();
                        DateTime::from_timestamp(seconds - seconds.rem_euclid(step), 0).unwrap_or(moment)
                    };
                    return Ok((TimeDelta::seconds(step), merged(candles, start)));
                }
            }
        }
    }

    /// The last price of the last day that ended, of the last week, where a day of it is known.
    ///
    /// # Errors
    /// The database does not answer.
    pub async fn close_before(&self, symbol: &str, day: NaiveDate) -> Result<Option<(NaiveDate, Decimal)>, StorageError> {
        let end = day.and_time(NaiveTime::MIN).and_utc();
        let days = self.candles(symbol, Interval::Day, end - TimeDelta::days(7)..end).await?;
        Ok(days.last().map(|candle| (candle.start.date_naive(), candle.close)))
    }

    /// The days that are known by their closes.
    fn days(&self, symbol: &str, stretch: &Range<DateTime<Utc>>) -> BTreeMap<DateTime<Utc>, Candle> {
        self.closes.read(|closes| {
            let from = closes
                .days
                .partition_point(|day| day.and_time(NaiveTime::MIN).and_utc() < stretch.start);
            let days = closes.days.iter().zip(closes.of(symbol)).skip(from);
            let candles = days.map(|(day, close)| Candle {
                start: day.and_time(NaiveTime::MIN).and_utc(),
                open: *close,
                high: *close,
                low: *close,
                close: *close,
                volume: Decimal::ZERO,
            });
            let candles = candles.take_while(|candle| candle.start < stretch.end);
            candles.map(|candle| (candle.start, candle)).collect()
        })
    }
}

impl Past {
    /// The candles of an instrument that begin in a stretch, oldest first, but for what is only known by its closes.
    ///
    /// # Errors
    /// The database does not answer.
    pub async fn candles(
        &self,
        symbol: &str,
        interval: Interval,
        stretch: &Range<DateTime<Utc>>,
        now: DateTime<Utc>,
    ) -> Result<Vec<Candle>, StorageError> {
        let mut candles = match self {
            Self::Simulated(past) => simulated(past, symbol, interval, stretch, now).await?,
            Self::Recorded(recorder) => widened(recorder.candles(symbol), interval),
            Self::Kept {
                recorder,
                store,
                currencies,
            } => {
                let Some(currency) = currencies.get(symbol) else {
                    return Ok(vec![]);
                };
                let key = Key {
                    symbol: symbol.to_owned(),
                    currency: currency.clone(),
                };
                kept(recorder, store, &key, interval, stretch).await?
            }
        };
        candles.retain(|candle| stretch.contains(&candle.start));
        Ok(candles)
    }
}

async fn simulated(
    past: &Simulated,
    symbol: &str,
    interval: Interval,
    stretch: &Range<DateTime<Utc>>,
    now: DateTime<Utc>,
) -> Result<Vec<Candle>, StorageError> {
    let day = |moment: DateTime<Utc>| Interval::Day.start_of(moment);
    let first = day(stretch.start).max(day(now) - TimeDelta::days(DAYS));
    let end = stretch.end.min(now + TimeDelta::microseconds(1));
    let (past, symbol) = (past.clone(), symbol.to_owned());
    let stretch = stretch.clone();
    let work = move || {
        let mut candles = past.older(&symbol, interval, &(stretch.start..stretch.end.min(first)), now);
        let (mut minutes, mut at) = (vec![], first);
        while at < end {
            minutes.extend(past.minutes(&symbol, at, now));
            at += TimeDelta::days(1);
        }
        candles.extend(widened(minutes, interval));
        candles
    };
    // A day that nobody asked for before takes a while.
    tokio::task::spawn_blocking(work).await.map_err(|_| StorageError::Fault)
}

/// What is packed, and behind it the minutes that are not.
async fn kept(
    recorder: &Recorder,
    store: &Store,
    key: &Key,
    interval: Interval,
    stretch: &Range<DateTime<Utc>>,
) -> Result<Vec<Candle>, StorageError> {
    // First what is held: what is packed meanwhile is then in both, and told apart by its moment.
    let held = recorder.candles(&key.symbol);
    let (mut candles, known) = store.candles(key, interval, stretch).await?;
    let packed = |candle: &Candle| known.packed_until.is_some_and(|until| candle.start.timestamp_micros() < until);
    debug_assert!(known.packed_until.is_none_or(|until| until % MINUTE == 0));
    for candle in widened(held.into_iter().filter(|candle| !packed(candle)), interval) {
        match candles.binary_search_by_key(&candle.start, |one| one.start) {
            // A day that a provider brought is whole.
            Ok(_) if interval == Interval::Day && known.is_filled(candle.start) => {}
            Ok(place) => candles[place].extend(&candle),
            Err(place) => candles.insert(place, candle),
        }
    }
    Ok(candles)
}
