//! Keeps what was published: every few seconds and at the end a row, small rows made large ones, old ones deleted. Each step is whole by
//! itself. A killed server loses what came since the last row.

use super::log::TickLog;
use super::store::{Block, Store, blocks, oldest};
use super::{hour_of, store};
use crate::server::clock::Clock;
use crate::server::database::StorageError;
use std::collections::BTreeSet;
use std::time::Duration;
use tokio::time::{MissedTickBehavior, interval};
use tokio_util::sync::CancellationToken;

/// How often what waits is kept.
const FLUSH: Duration = Duration::from_secs(2);
/// Every so many times, small rows become large ones: half a minute.
const FLUSHES_PER_JOINING: u64 = 15;
/// Every so many times, what is older than wanted is deleted: an hour.
const FLUSHES_PER_FORGETTING: u64 = 1_800;

/// Deletes what was kept before single prices were turned off.
pub async fn forget_all(store: Store) {
    if let Err(error) = store.forget(i64::MAX).await {
        tracing::warn!(%error, "ticks that nobody wants stay for now");
    }
}

/// What keeps the ticks of a live market.
#[derive(Debug)]
pub struct Keeper {
    log: TickLog,
    store: Store,
    /// Days before today that are kept.
    days: u32,
    /// What was taken from the log and is not in the database.
    waiting: Vec<Block>,
    /// Hours that may have small rows.
    loose: BTreeSet<i64>,
}

impl Keeper {
    /// One that keeps what `log` takes for so many days.
    pub fn new(log: TickLog, store: Store, days: u32) -> Self {
        Self {
            log,
            store,
            days,
            waiting: vec![],
            loose: BTreeSet::new(),
        }
    }

    /// Keeps until the server stops and `published` says that no price comes any more, and then once more.
    pub async fn run(mut self, clock: Clock, stopping: CancellationToken, published: CancellationToken) {
        let mut beats = interval(FLUSH);
        beats.set_missed_tick_behavior(MissedTickBehavior::Delay);
        let mut count: u64 = 0;
        let mut well = true;
        match self.store.loose_hours().await {
            Ok(hours) => self.loose.extend(hours),
            Err(error) => tracing::warn!(%error, "small rows of ticks stay small"),
        }
        loop {
            let stop = tokio::select! {
                _ = beats.tick() => false,
                () = stopping.cancelled() => true,
            };
            if stop {
                published.cancelled().await;
            }
            let mut done = self.flush().await;
            if !stop && done.is_ok() && count.is_multiple_of(FLUSHES_PER_JOINING) {
                done = self.join(clock, &stopping).await;
            }
            if !stop && done.is_ok() && count.is_multiple_of(FLUSHES_PER_FORGETTING) {
                done = self.store.forget(oldest(self.days, clock.now())).await;
            }
            if done.is_err() && well {
                tracing::warn!("ticks cannot be kept at this time; they are held, as far as there is room, and tried again");
            }
            well = done.is_ok();
            count += 1;
            if stop {
                return;
            }
        }
    }

    /// Keeps what waits.
    ///
    /// # Errors
    /// The database does not take it; it is tried again.
    pub async fn flush(&mut self) -> Result<(), StorageError> {
        // What the database did not take comes first; meanwhile the log goes on as far as it has room.
        if self.waiting.is_empty() {
            let (ticks, missed) = self.log.drain();
            if missed > 0 {
                tracing::warn!(
                    missed,
                    "prices came faster than they can be kept; a day that plays again will lack them"
                );
            }
            if ticks.is_empty() {
                return Ok(());
            }
            let packed = tokio::task::spawn_blocking(move || blocks(&ticks, missed)).await;
            self.waiting = packed.map_err(|_| StorageError::Fault)?.map_err(|error| {
                tracing::error!("ticks: {error:#}");
                StorageError::Fault
            })?;
        }
        self.store.append(&self.waiting).await?;
        self.loose.extend(self.waiting.drain(..).map(|block| block.hour));
        Ok(())
    }

    /// Makes large rows of small ones.
    ///
    /// # Errors
    /// The database does not take it; it is tried again.
    pub async fn join(&mut self, clock: Clock, stopping: &CancellationToken) -> Result<(), StorageError> {
        let now = hour_of(clock.now());
        for hour in self.loose.clone() {
            while self.store.join(hour, hour < now).await? {
                if stopping.is_cancelled() {
                    return Ok(());
                }
            }
            if hour < now {
                self.loose.remove(&hour);
            }
        }
        Ok(())
    }

    /// Where it keeps them.
    pub fn store(&self) -> &store::Store {
        &self.store
    }
}
