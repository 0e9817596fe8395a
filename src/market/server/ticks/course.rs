//! What was published, published again: by a clock of its own, each price at its moment, and never more of it held than a few thousand.

use super::Published;
use super::reader::{Read, Reader};
use crate::market::server::Market;
use crate::market::server::again::Course;
use crate::market::server::live_rates::LiveRate;
use crate::server::database::StorageError;
use chrono::{DateTime, TimeDelta, Utc};
use std::collections::{HashMap, VecDeque};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;
use tokio_util::sync::CancellationToken;

/// Prices that are held, or more are read.
const FEW: usize = 2_048;
/// How long the database is left alone after an error, and after it had nothing more.
const WAIT: Duration = Duration::from_secs(1);

/// What comes next of a day.
#[derive(Debug)]
pub struct Ahead {
    waiting: VecDeque<Published>,
    /// All that was published by then is here or was.
    until: DateTime<Utc>,
    /// The pairs of currencies among what plays, by their label.
    pairs: Vec<(String, (String, String))>,
}

impl Ahead {
    /// Nothing was read yet of what begins then.
    pub fn new(from: DateTime<Utc>, market: &Market, reader: &Reader) -> Self {
        let labels = reader.currencies().keys().filter(|symbol| market.instrument(symbol).is_none());
        let pairs = labels.filter_map(|label| {
            let (from, to) = label.split_once('/')?;
            Some((label.clone(), (from.to_owned(), to.to_owned())))
        });
        Self {
            waiting: VecDeque::new(),
            until: from,
            pairs: pairs.collect(),
        }
    }

    /// Takes what was read.
    fn take(&mut self, read: Read) {
        match read {
            Read::Ticks(ticks) => {
                // Others of the last moment may follow.
                let until = ticks.last().map(|last| last.at - TimeDelta::microseconds(1));
                self.until = self.until.max(until.unwrap_or(self.until));
                self.waiting.extend(ticks);
            }
            Read::Until(until) => self.until = self.until.max(until),
            Read::End => self.until = DateTime::<Utc>::MAX_UTC,
        }
    }

    /// Publishes what was published up to a moment, or as far as it was read; returns how far.
    pub fn advance(&mut self, market: &Market, now: DateTime<Utc>) -> DateTime<Utc> {
        let to = now.min(self.until);
        let mut due = vec![];
        let mut step = market.recent.next_step();
        while let Some(next) = self.waiting.pop_front_if(|one| one.at <= to) {
            if step.is_some_and(|step| next.at > step) {
                market.bus.publish(due.drain(..));
                market.recent.follow(&market.bus, next.at);
                step = market.recent.next_step();
            }
            due.push(next.quote);
        }
        market.bus.publish(due);
        market.recent.follow(&market.bus, to);
        if !self.pairs.is_empty() {
            market.live_rates.set(self.rates(market));
        }
        to
    }

    /// The last price of each pair counts until the next one comes.
    fn rates(&self, market: &Market) -> HashMap<(String, String), LiveRate> {
        market.bus.read(|quotes| {
            let rate = |(label, pair): &(String, (String, String))| {
                let quote = quotes.get(label)?;
                let rate = LiveRate {
                    rate: quote.price,
                    source: quote.source,
                    received_at: quote.received_at,
                };
                Some((pair.clone(), rate))
            };
            self.pairs.iter().filter_map(rate).collect()
        })
    }

    /// When few will be left of what is held; `None` where it is so now.
    fn few_at(&self) -> Option<DateTime<Utc>> {
        let place = self.waiting.len().checked_sub(FEW)?;
        self.waiting.get(place).map(|one| one.at)
    }

    fn is_whole(&self) -> bool {
        self.until == DateTime::<Utc>::MAX_UTC
    }
}

/// Reads all that was published before the clock's moment, and what comes right after it.
///
/// # Errors
/// The database does not answer.
pub async fn begin(ahead: &mut Ahead, reader: &mut Reader, market: &Market) -> Result<(), StorageError> {
    loop {
        ahead.advance(market, market.now());
        if ahead.is_whole() || ahead.until >= market.now() {
            return Ok(());
        }
        let read = reader.next().await?;
        let is_last = matches!(read, Read::Until(_));
        ahead.take(read);
        if is_last {
            ahead.advance(market, market.now());
            return Ok(());
        }
    }
}

/// Reads on as what is held goes out, until all is read, nobody has the day any more, or the server stops. `market` is the one that
/// plays, by its own clock.
pub async fn run(course: Arc<Mutex<Course>>, mut reader: Reader, market: Market, ended: CancellationToken) {
    let go_on = |read: Option<Read>| {
        let mut course = course.lock().unwrap_or_else(PoisonError::into_inner);
        let Course::Kept(ahead) = &mut *course else { return None };
        if let Some(read) = read {
            ahead.take(read);
        }
        ahead.advance(&market, market.now());
        (!ahead.is_whole()).then(|| ahead.few_at())
    };
    let mut read = None;
    loop {
        let Some(few_at) = go_on(read.take()) else { return };
        let wait = async {
            match few_at {
                Some(few_at) => {
                    market.clock.sleep_until(few_at).await;
                    None
                }
                None => match reader.next().await {
                    Ok(Read::Until(until)) => {
                        tokio::time::sleep(WAIT).await;
                        Some(Read::Until(until))
                    }
                    Ok(read) => Some(read),
                    Err(error) => {
                        tracing::warn!(%error, "a day that plays again stands still");
                        tokio::time::sleep(WAIT).await;
                        None
                    }
                },
            }
        };
        tokio::select! {
            done = wait => read = done,
            () = ended.cancelled() => return,
        }
    }
}
