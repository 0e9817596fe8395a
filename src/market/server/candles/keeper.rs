//! Keeps what the recorder holds: changed minutes, finished ones packed, old ones deleted.

use super::recorder::Recorder;
use super::store::{Key, MinuteRow, Store, text_of};
use crate::market::candle::series::{MINUTE, WINDOW, minute_of};
use crate::market::candle::{Candle, Interval};
use crate::market::server::keeping::Keep;
use crate::market::server::listing::Listing;
use crate::server::clock::Clock;
use crate::server::config::CandleConfig;
use crate::server::database::StorageError;
use crate::server::metrics::market::MARKET;
use chrono::TimeDelta;
use tokio_util::sync::CancellationToken;

/// Instruments whose minutes are kept in one step.
const AT_ONCE: usize = 64;
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
}

impl Keep for Keeper {
    const REFUSED: &'static str = "candles cannot be kept at this time; they are held and tried again";

    async fn flush(&mut self) -> Result<(), StorageError> {
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
            MARKET.candles.add(rows.len() as u64);
        }
        Ok(())
    }

    async fn pack(&mut self, clock: Clock, stopping: &CancellationToken) -> Result<(), StorageError> {
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

    async fn forget(&mut self, clock: Clock, stopping: &CancellationToken) -> Result<(), StorageError> {
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
