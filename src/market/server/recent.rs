//! Prices of the last 24 hours at even distances, so that a chart is not empty at first.

use crate::market::server::quote_bus::QuoteBus;
use crate::money::Decimal;
use crate::server::clock::Clock;
use chrono::{DateTime, TimeDelta, Utc};
use std::collections::{HashMap, VecDeque};
use std::sync::{Arc, PoisonError, RwLock};
use tokio_util::sync::CancellationToken;

/// Distance of two samples.
const STEP: TimeDelta = TimeDelta::minutes(5);
/// Most samples: 24 hours.
const MOST: usize = 288;

/// All prices at one moment.
#[derive(Clone, Debug)]
pub struct Sample {
    /// The moment.
    pub time: DateTime<Utc>,
    /// Price by symbol.
    pub prices: HashMap<String, Decimal>,
}

/// The samples, oldest first. Cheap to clone.
#[derive(Clone, Debug, Default)]
pub struct RecentPrices(Arc<RwLock<VecDeque<Sample>>>);

impl RecentPrices {
    /// What is known of the day before `now`, where prices are a function of time. A moment of which nothing is known has none.
    pub fn backfilled(prices_at: impl Fn(DateTime<Utc>) -> HashMap<String, Decimal>, now: DateTime<Utc>) -> Self {
        let samples = Self::steps_before(now)
            .into_iter()
            .map(|time| Sample {
                time,
                prices: prices_at(time),
            })
            .filter(|sample| !sample.prices.is_empty());
        Self(Arc::new(RwLock::new(samples.collect())))
    }

    /// Reads the samples. Keep it short: the next sample waits for it.
    pub fn read<T>(&self, read: impl FnOnce(&VecDeque<Sample>) -> T) -> T {
        read(&self.0.read().unwrap_or_else(PoisonError::into_inner))
    }

    /// Takes the samples between the last one and `now`, where prices are a function of time.
    pub fn advance(&self, prices_at: impl Fn(DateTime<Utc>) -> HashMap<String, Decimal>, now: DateTime<Utc>) {
        let (newest, last) = (previous_step(now), self.read(|samples| samples.back().map(|sample| sample.time)));
        let Some(last) = last else { return };
        let mut time = last.max(newest - STEP * MOST as i32) + STEP;
        while time <= newest {
            self.push(Sample {
                time,
                prices: prices_at(time),
            });
            time += STEP;
        }
    }

    /// Those that are known, oldest first.
    pub fn known(samples: impl IntoIterator<Item = Sample>) -> Self {
        Self(Arc::new(RwLock::new(samples.into_iter().collect())))
    }

    /// The moments of the samples of the day before `now`.
    pub fn steps_before(now: DateTime<Utc>) -> Vec<DateTime<Utc>> {
        let newest = previous_step(now);
        (0..MOST as i32).rev().map(|back| newest - STEP * back).collect()
    }

    /// The moment of the sample that comes next; `None` where there is none yet.
    pub fn next_step(&self) -> Option<DateTime<Utc>> {
        self.read(|samples| samples.back().map(|sample| sample.time + STEP))
    }

    /// Takes the samples between the last one and `now` of what the bus has at this moment.
    pub fn follow(&self, bus: &QuoteBus, now: DateTime<Utc>) {
        self.advance(|_| prices(bus), now);
    }

    fn push(&self, sample: Sample) {
        let mut samples = self.0.write().unwrap_or_else(PoisonError::into_inner);
        samples.push_back(sample);
        while samples.len() > MOST {
            samples.pop_front();
        }
    }
}

/// The last moment at or before `now` that is a whole number of steps.
fn previous_step(now: DateTime<Utc>) -> DateTime<Utc> {
    let over = now.timestamp_millis().rem_euclid(STEP.num_milliseconds());
    now - TimeDelta::milliseconds(over) - TimeDelta::nanoseconds(i64::from(now.timestamp_subsec_nanos() % 1_000_000))
}

/// Takes a sample at each step until the server stops.
pub async fn run(recent: RecentPrices, bus: QuoteBus, clock: Clock, stopping: CancellationToken) {
    loop {
        let next = previous_step(clock.now()) + STEP;
        tokio::select! {
            () = clock.sleep_until(next) => {}
            () = stopping.cancelled() => return,
        }
        recent.push(Sample {
            time: next,
            prices: prices(&bus),
        });
    }
}

fn prices(bus: &QuoteBus) -> HashMap<String, Decimal> {
    bus.read(|quotes| quotes.values().map(|quote| (quote.symbol.clone(), quote.price)).collect())
}
