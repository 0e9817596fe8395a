//! Keeps what was published: a row each time, small rows made large ones, old ones deleted. A killed server loses what came since the last
//! row.

use super::log::TickLog;
use super::store::{Block, Store, blocks, oldest};
use super::{hour_of, store};
use crate::market::server::keeping::Keep;
use crate::server::clock::Clock;
use crate::server::database::StorageError;
use crate::server::metrics::market::MARKET;
use std::collections::BTreeSet;
use tokio_util::sync::CancellationToken;

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

    /// One that knows of the small rows that a server before left.
    pub async fn with_small_rows(mut self) -> Self {
        match self.store.loose_hours().await {
            Ok(hours) => self.loose.extend(hours),
            Err(error) => tracing::warn!(%error, "small rows of ticks stay small"),
        }
        self
    }

    /// Where it keeps them.
    pub fn store(&self) -> &store::Store {
        &self.store
    }
}

impl Keep for Keeper {
    const REFUSED: &'static str = "ticks cannot be kept at this time; they are held, as far as there is room, and tried again";

    async fn flush(&mut self) -> Result<(), StorageError> {
        // What the database did not take comes first; meanwhile the log goes on as far as it has room.
        if self.waiting.is_empty() {
            let (ticks, missed) = self.log.drain();
            if missed > 0 {
                MARKET.missed.add(missed);
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
        MARKET.ticks.add(self.waiting.iter().map(|block| block.ticks.unsigned_abs()).sum());
        self.loose.extend(self.waiting.drain(..).map(|block| block.hour));
        Ok(())
    }

    async fn pack(&mut self, clock: Clock, stopping: &CancellationToken) -> Result<(), StorageError> {
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

    async fn forget(&mut self, clock: Clock, _stopping: &CancellationToken) -> Result<(), StorageError> {
        self.store.forget(oldest(self.days, clock.now())).await
    }
}
