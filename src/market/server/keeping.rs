//! Keeping what prices bring in a database: every few seconds and at the end, and now and then what else there is to do. Each step is whole
//! by itself, so that a stop at any place costs nothing but the seconds since the last one.

use crate::market::server::candles;
use crate::market::server::ticks::{self, log::TickLog};
use crate::server::clock::Clock;
use crate::server::database::StorageError;
use crate::server::relay::Term;
use std::future::Future;
use std::pin::Pin;
use std::time::Duration;
use tokio::time::{MissedTickBehavior, interval};
use tokio_util::sync::CancellationToken;

/// How often what changed is kept: what a killed server loses at the most.
const FLUSH: Duration = Duration::from_secs(2);
/// Every so many times, what is kept is packed: half a minute.
const FLUSHES_PER_PACKING: u64 = 15;
/// Every so many times, what is older than wanted is deleted: an hour.
const FLUSHES_PER_FORGETTING: u64 = 1_800;

/// What keeps candles and prices, while this node holds the feed.
#[derive(Debug)]
pub struct Keepers {
    /// What keeps candles.
    pub candles: candles::keeper::Keeper,
    /// What was published and is not kept yet; nothing where single prices are not wanted.
    pub log: Option<TickLog>,
    /// Where single prices are kept.
    pub ticks: ticks::store::Store,
    /// For how many days before today.
    pub tick_days: u32,
}

impl Keepers {
    /// Keeps for a term: until `stopping`, and then what was published by `published`.
    pub fn start(
        &self,
        clock: Clock,
        term: &Term,
        (stopping, published): (&CancellationToken, &CancellationToken),
        spawn: impl Fn(Pin<Box<dyn Future<Output = ()> + Send>>),
    ) {
        let (until, end) = (stopping.clone(), published.clone());
        spawn(Box::pin(run(self.candles.clone(), clock, term.clone(), until, end)));
        let Some(log) = self.log.clone() else {
            return spawn(Box::pin(ticks::keeper::forget_all(self.ticks.clone())));
        };
        let keeper = ticks::keeper::Keeper::new(log, self.ticks.clone(), self.tick_days);
        let (until, end, term) = (stopping.clone(), published.clone(), term.clone());
        spawn(Box::pin(async move {
            run(keeper.with_small_rows().await, clock, term, until, end).await
        }));
    }
}

/// Who keeps something. What a step could not do is tried again by the next one of its kind.
pub trait Keep {
    /// What is told once when the database does not take it.
    const REFUSED: &'static str;

    /// Keeps what changed.
    ///
    /// # Errors
    /// The database does not take it.
    fn flush(&mut self) -> impl Future<Output = Result<(), StorageError>> + Send;

    /// Makes little of what is kept and finished, as long as nothing stops.
    ///
    /// # Errors
    /// The database does not take it.
    fn pack(&mut self, clock: Clock, stopping: &CancellationToken) -> impl Future<Output = Result<(), StorageError>> + Send;

    /// Deletes what is older than wanted, as long as nothing stops.
    ///
    /// # Errors
    /// The database does not take it.
    fn forget(&mut self, clock: Clock, stopping: &CancellationToken) -> impl Future<Output = Result<(), StorageError>> + Send;
}

/// Keeps until it is to stop and `published` says that no price comes any more, and then once more. Once the term is over it keeps nothing:
/// another node does.
pub async fn run<K: Keep>(mut keeper: K, clock: Clock, term: Term, stopping: CancellationToken, published: CancellationToken) {
    let mut beats = interval(FLUSH);
    beats.set_missed_tick_behavior(MissedTickBehavior::Delay);
    let mut well = true;
    for count in 0u64.. {
        let stop = tokio::select! {
            _ = beats.tick() => false,
            () = stopping.cancelled() => true,
        };
        if stop {
            // Who publishes stops at the same word, and may be in the middle of its last prices.
            published.cancelled().await;
        }
        if !term.is_good() {
            return;
        }
        let mut done = keeper.flush().await;
        if !stop && done.is_ok() && count.is_multiple_of(FLUSHES_PER_PACKING) {
            done = keeper.pack(clock, &stopping).await;
        }
        if !stop && done.is_ok() && count.is_multiple_of(FLUSHES_PER_FORGETTING) {
            done = keeper.forget(clock, &stopping).await;
        }
        if done.is_err() && well {
            tracing::warn!("{}", K::REFUSED);
        }
        well = done.is_ok();
        if stop {
            return;
        }
    }
}
