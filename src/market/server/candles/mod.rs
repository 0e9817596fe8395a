//! The past of an instrument as candles.

pub mod backfill;
pub mod keeper;
mod minute;
pub mod pack;
pub mod recorder;
pub mod store;

use crate::market::candle::series::widened;
use crate::market::candle::{Candle, Interval, merged};
use crate::market::server::Market;
use crate::market::server::chosen::Chosen;
use crate::market::server::directory::Offer;
use crate::market::server::listing::Listing;
use crate::market::server::provider::simulated::past::{DAYS, Past as Simulated};
use crate::money::Decimal;
use crate::server::config::CandleConfig;
use crate::server::database::{Database, StorageError};
use chrono::{DateTime, NaiveDate, NaiveTime, TimeDelta, Utc};
use recorder::Recorder;
use std::collections::{BTreeMap, HashMap};
use std::ops::Range;
use store::{Key, Loaded, Store};

/// Days after which a close is no longer the previous one.
const KNOWN_DAYS: i64 = 7;

/// Seconds of the lengths that candles are drawn with where there are more than fit: those that people know. A week and more begin on
/// a Monday.
const LENGTHS: [i64; 18] = [
    60,
    120,
    300,
    600,
    900,
    1_800,
    3_600,
    7_200,
    14_400,
    28_800,
    43_200,
    DAY,
    2 * DAY,
    7 * DAY,
    14 * DAY,
    28 * DAY,
    91 * DAY,
    364 * DAY,
];
/// Seconds of a day.
const DAY: i64 = 86_400;
/// The first Monday of 1970, in seconds.
const MONDAY: i64 = 4 * DAY;

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
        /// What knows the currency of each instrument.
        listing: Listing,
    },
}

/// Days of an instrument and their closes, oldest first: the last price of today may be of one of them, and what changed is told since the one before.
pub type LastDays = Vec<(NaiveDate, Decimal)>;

/// What a database has of the candles of exchanges, as a server finds it when it starts.
#[derive(Debug)]
pub struct KeptCandles {
    /// Where they are.
    pub store: Store,
    /// The minutes that may still change.
    pub loaded: Loaded,
    /// How long candles are kept.
    pub config: CandleConfig,
    /// Of each instrument the days of the last week before today that are known.
    pub closes: HashMap<Key, LastDays>,
    /// What people chose from what providers list: their candles go on as well.
    pub chosen: Vec<Offer>,
}

impl KeptCandles {
    /// Reads what may still change, so that no price comes before it is there.
    ///
    /// # Errors
    /// The database does not answer.
    pub async fn load(database: Database, config: CandleConfig, now: DateTime<Utc>) -> Result<Self, StorageError> {
        let store = Store(database);
        let loaded = store.load().await?;
        let chosen = Chosen(store.0.clone()).load().await?;
        let today = Interval::Day.start_of(now);
        let week = today - TimeDelta::days(KNOWN_DAYS)..today;
        let mut closes = HashMap::new();
        for (key, series) in &loaded {
            let days = joined(&store, key, Interval::Day, &week, series.candles().collect()).await?;
            let days = days.into_iter().filter(|day| week.contains(&day.start));
            closes.insert(key.clone(), days.map(|day| (day.start.date_naive(), day.close)).collect());
        }
        Ok(Self {
            store,
            loaded,
            config,
            closes,
            chosen,
        })
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

    /// When the first day begins of which anything is known of an instrument.
    ///
    /// # Errors
    /// The database does not answer.
    pub async fn earliest(&self, symbol: &str) -> Result<Option<DateTime<Utc>>, StorageError> {
        let closed = self
            .closes
            .read(|closes| closes.days.first().copied().filter(|_| !closes.of(symbol).is_empty()));
        let closed = closed.map(|day| day.and_time(NaiveTime::MIN).and_utc());
        let better = self.past.earliest(symbol).await?;
        let first = closed.into_iter().chain(better).min();
        Ok(first.filter(|first| *first < self.now()))
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
        let known = |least: i64| LENGTHS.into_iter().find(|length| *length >= least).unwrap_or(least);
        let fits = |interval: &Interval| known(wanted) % interval.length().num_seconds() == 0;
        let mut interval = Interval::ALL.into_iter().rev().find(fits).unwrap_or(Interval::Minute);
        loop {
            let step = known(wanted.max(interval.length().num_seconds()));
            let candles = self.candles(symbol, interval, stretch.clone()).await?;
            let longer = Interval::ALL.into_iter().find(|one| *one > interval);
            match longer {
                // Of what is this old, or was never recorded, longer ones may be known.
                Some(longer) if candles.is_empty() => interval = longer,
                _ => {
                    let start = |moment: DateTime<Utc>| {
                        let first = if step >= 7 * DAY { MONDAY } else { 0 };
                        let seconds = moment.timestamp() - first;
                        DateTime::from_timestamp(first + seconds - seconds.rem_euclid(step), 0).unwrap_or(moment)
                    };
                    return Ok((TimeDelta::seconds(step), merged(candles, start)));
                }
            }
        }
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
            Self::Kept { recorder, store, listing } => {
                let Some(key) = key_of(listing, symbol) else {
                    return Ok(vec![]);
                };
                // First what is held: what is packed meanwhile is then in both, and told apart by its moment.
                let held = recorder.candles(symbol);
                joined(store, &key, interval, stretch, held).await?
            }
        };
        candles.retain(|candle| stretch.contains(&candle.start));
        Ok(candles)
    }

    /// When the first day begins that has a candle. Nothing of it is held, so that what a provider brings, and what is kept no more,
    /// counts at once.
    async fn earliest(&self, symbol: &str) -> Result<Option<DateTime<Utc>>, StorageError> {
        let recorded = |recorder: &Recorder| Some(Interval::Day.start_of(recorder.first(symbol)?));
        match self {
            Self::Simulated(past) => Ok(past.first_of(symbol)),
            Self::Recorded(recorder) => Ok(recorded(recorder)),
            Self::Kept { recorder, store, listing } => {
                let Some(key) = key_of(listing, symbol) else { return Ok(None) };
                // First what is held: what is packed meanwhile is then in both.
                let held = recorded(recorder);
                let packed = store.first(&key, Interval::Day).await?;
                Ok(held.into_iter().chain(packed).min())
            }
        }
    }
}

fn key_of(listing: &Listing, symbol: &str) -> Option<Key> {
    Some(Key {
        symbol: symbol.to_owned(),
        currency: listing.currency(symbol)?.to_owned(),
    })
}

async fn simulated(
    past: &Simulated,
    symbol: &str,
    interval: Interval,
    stretch: &Range<DateTime<Utc>>,
    now: DateTime<Utc>,
) -> Result<Vec<Candle>, StorageError> {
    let moment = TimeDelta::microseconds(1);
    let stretch = stretch.start..stretch.end.min(now + moment);
    if stretch.is_empty() {
        return Ok(vec![]);
    }
    let day = |moment: DateTime<Utc>| Interval::Day.start_of(moment);
    let first = day(stretch.start).max(day(now) - TimeDelta::days(DAYS));
    // What begins in the stretch is told whole.
    let begin = interval.start_of(stretch.start).max(first);
    let end = interval.start_of(stretch.end - moment) + interval.length();
    let (past, symbol) = (past.clone(), symbol.to_owned());
    let work = move || {
        let mut candles = past.older(&symbol, interval, &(stretch.start..stretch.end.min(first)), now);
        candles.extend(widened(past.minutes(&symbol, &(begin..end), now), interval));
        candles
    };
    // A day that nobody asked for before takes a while.
    tokio::task::spawn_blocking(work).await.map_err(|_| StorageError::Fault)
}

/// What is packed, and behind it the minutes that are held and are not.
async fn joined(
    store: &Store,
    key: &Key,
    interval: Interval,
    stretch: &Range<DateTime<Utc>>,
    held: Vec<Candle>,
) -> Result<Vec<Candle>, StorageError> {
    let (mut candles, known) = store.candles(key, interval, stretch).await?;
    let packed = |candle: &Candle| known.packed_until.is_some_and(|until| candle.start.timestamp_micros() < until);
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
