//! Keeps what the recorder holds: changed minutes every few seconds and at the end, finished ones packed, old ones deleted. Small steps,
//! each whole by itself, so that a stop at any place costs nothing but the seconds since the last step.

use super::recorder::Recorder;
use super::store::{Key, MinuteRow, Store, text_of};
use crate::market::candle::series::{MINUTE, WINDOW, minute_of};
use crate::market::candle::{Candle, Interval};
use crate::market::server::listing::Listing;
use crate::server::clock::Clock;
use crate::server::config::CandleConfig;
use crate::server::database::StorageError;
use chrono::TimeDelta;
use std::time::Duration;
use tokio::time::{MissedTickBehavior, interval};
use tokio_util::sync::CancellationToken;

/// How often changed minutes are kept: what a killed server loses at the most.
const FLUSH: Duration = Duration::from_secs(2);
/// Instruments whose minutes are kept in one step.
const AT_ONCE: usize = 64;
/// Every so many times, finished minutes are packed: half a minute.
const FLUSHES_PER_PACKING: u64 = 15;
/// Every so many times, what is older than wanted is deleted: an hour.
const FLUSHES_PER_FORGETTING: u64 = 1_800;
/// Microseconds that are packed at once: an hour, so that a row of a day is written a few dozen times and not a thousand.
const PACKED_AT_ONCE: i64 = 60 * MINUTE;

/// What keeps the candles of a live market.
#[derive(Clone, Debug)]
pub struct Keeper {
    /// What holds the minutes that may still change.
    pub recorder: Recorder,
    /// Where they are kept.
    pub store: Store,
    /// What knows the currency of each instrument.
    pub listing: Listing,
    /// How long.
    pub config: CandleConfig,
}

impl Keeper {
    /// Keeps until the server stops and `published` says that no price comes any more, and then once more.
    pub async fn run(self, clock: Clock, stopping: CancellationToken, published: CancellationToken) {
        let mut beats = interval(FLUSH);
        beats.set_missed_tick_behavior(MissedTickBehavior::Delay);
        let mut count: u64 = 0;
        let mut well = true;
        loop {
            let stop = tokio::select! {
                _ = beats.tick() => false,
                () = stopping.cancelled() => true,
            };
            if stop {
                // Who publishes stops at the same word, and may be in the middle of its last prices.
                published.cancelled().await;
            }
            let mut done = self.flush().await;
            if !stop && done.is_ok() && count.is_multiple_of(FLUSHES_PER_PACKING) {
                done = self.pack(clock, &stopping).await;
            }
            if !stop && done.is_ok() && count.is_multiple_of(FLUSHES_PER_FORGETTING) {
                done = self.forget(clock, &stopping).await;
            }
            if done.is_err() && well {
                tracing::warn!("candles cannot be kept at this time; they are held and tried again");
            }
            well = done.is_ok();
            count += 1;
            if stop {
                return;
            }
        }
    }

    /// For how many days candles of a length are kept; `None` for ever.
    fn days(&self, interval: Interval) -> Option<u32> {
        match interval {
            Interval::Minute => Some(self.config.minute_days),
            Interval::FiveMinutes => Some(self.config.five_minute_days),
            Interval::Hour => Some(self.config.hour_days),
            Interval::Day => None,
        }
    }

    fn key(&self, symbol: &str) -> Option<Key> {
        Some(Key {
            symbol: symbol.to_owned(),
            currency: self.listing.currency(symbol)?.to_owned(),
        })
    }

    /// Keeps all minutes that changed.
    ///
    /// # Errors
    /// The database does not take them; they are tried again.
    pub async fn flush(&self) -> Result<(), StorageError> {
        let symbols: Vec<String> = self.recorder.lock().series.keys().cloned().collect();
        for symbols in symbols.chunks(AT_ONCE) {
            let rows = self.changed(symbols);
            if let Err(error) = self.store.keep(&rows).await {
                let mut minutes = self.recorder.lock();
                for row in rows {
                    if let Some(series) = minutes.series.get_mut(&row.key.symbol) {
                        series.mark_changed(row.minute);
                    }
                }
                return Err(error);
            }
        }
        Ok(())
    }

    fn changed(&self, symbols: &[String]) -> Vec<MinuteRow> {
        let mut rows = vec![];
        let mut minutes = self.recorder.lock();
        for symbol in symbols {
            let (Some(key), Some(series)) = (self.key(symbol), minutes.series.get_mut(symbol)) else {
                continue;
            };
            for (minute, bar) in series.take_changed() {
                let bar = text_of(series, minute, &bar);
                rows.extend(bar.map(|bar| MinuteRow {
                    key: key.clone(),
                    minute,
                    bar,
                }));
            }
        }
        rows
    }

    /// Packs what no price can change any more.
    ///
    /// # Errors
    /// The database does not take it; it is tried again.
    pub async fn pack(&self, clock: Clock, stopping: &CancellationToken) -> Result<(), StorageError> {
        let until = minute_of(clock.now().timestamp_micros() - WINDOW);
        let symbols: Vec<String> = self.recorder.lock().series.keys().cloned().collect();
        for symbol in symbols {
            if stopping.is_cancelled() {
                return Ok(());
            }
            let (Some(key), Some(minutes)) = (self.key(&symbol), self.finished(&symbol, until)) else {
                continue;
            };
            self.store.pack(&key, &minutes, until).await?;
            if let Some(series) = self.recorder.lock().series.get_mut(&symbol) {
                series.drop_before(until);
            }
        }
        Ok(())
    }

    /// The minutes before `until`, which are closed from now on; `None` where they are too few to be worth it.
    fn finished(&self, symbol: &str, until: i64) -> Option<Vec<Candle>> {
        let mut minutes = self.recorder.lock();
        let series = minutes.series.get_mut(symbol)?;
        let (oldest, _) = series.minutes().next()?;
        if oldest > until - PACKED_AT_ONCE {
            return None;
        }
        series.close(until - 1);
        let end = chrono::DateTime::from_timestamp_micros(until)?;
        Some(series.candles().take_while(|candle| candle.start < end).collect())
    }

    /// Deletes what is older than wanted.
    ///
    /// # Errors
    /// The database does not take it; it is tried again.
    pub async fn forget(&self, clock: Clock, stopping: &CancellationToken) -> Result<(), StorageError> {
        let minutes = clock.now() - TimeDelta::days(self.config.minute_days.into());
        self.store.forget_minutes(minutes).await?;
        for key in self.store.keys().await? {
            for interval in Interval::ALL {
                if stopping.is_cancelled() {
                    return Ok(());
                }
                if let Some(days) = self.days(interval) {
                    let before = clock.now() - TimeDelta::days(days.into());
                    self.store.forget(&key, interval, before).await?;
                }
            }
        }
        Ok(())
    }
}
