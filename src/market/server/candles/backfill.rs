//! The days before a server watched: brought by a provider in steps of a year, newest first, each kept with how far it came. A stop costs
//! the step that was under way.

use super::store::{Key, Store};
use crate::market::candle::Candle;
use crate::market::server::provider::connection::backoff::Backoff;
use crate::market::server::provider::poller::Poller as _;
use crate::market::server::provider::venue::{Retry, VenueError};
use crate::market::server::provider::{self, yahoo};
use crate::market::server::sources::file::Plan;
use crate::server::clock::Clock;
use chrono::{DateTime, Days, NaiveDate, NaiveTime, Utc};
use futures_util::future::BoxFuture;
use std::fmt::Debug;
use std::ops::{Range, RangeInclusive};
use std::sync::Arc;
use std::time::Duration;
use tokio_util::sync::CancellationToken;

/// Days that are asked for at once.
const STEP: Days = Days::new(365);
/// How far back days are wanted: 20 years.
const FARTHEST: Days = Days::new(20 * 365);
/// The shortest time between two questions.
pub const PACE: Duration = Duration::from_secs(2);

/// Who has finished days of instruments.
pub trait DailySource: Debug + Send + Sync {
    /// The days of a symbol, oldest first, in the currency that was asked for. Days without trade are missing; a list without any says
    /// that there are none that far back.
    fn days<'a>(
        &'a self,
        symbol: &'a str,
        currency: &'a str,
        days: RangeInclusive<NaiveDate>,
    ) -> BoxFuture<'a, Result<Vec<Candle>, VenueError>>;
}

/// An instrument whose days are wanted, and by which symbol which source knows it.
#[derive(Clone, Debug)]
pub struct Wanted {
    /// As it is kept.
    pub key: Key,
    /// As the source writes it.
    pub symbol: String,
    /// Who is asked.
    pub source: Arc<dyn DailySource>,
}

/// The instruments of a file that have a source with a history.
pub fn wanted(plan: &Plan) -> Vec<Wanted> {
    let mut wanted = vec![];
    for (place, kind) in provider::all().enumerate().filter(|(_, kind)| kind.name() == yahoo::Yahoo.name()) {
        let address = plan
            .access
            .get(place)
            .map_or_else(|| kind.address().to_owned(), |access| access.address.clone());
        let source: Arc<dyn DailySource> = Arc::new(Yahoo { address });
        for one in plan.tracked() {
            let symbol = one
                .sources
                .iter()
                .find(|named| named.provider == place)
                .map(|named| named.symbol.clone());
            wanted.extend(symbol.map(|symbol| Wanted {
                key: Key {
                    symbol: one.instrument.symbol.clone(),
                    currency: one.instrument.currency.clone(),
                },
                symbol,
                source: source.clone(),
            }));
        }
    }
    wanted
}

/// Yahoo's chart.
#[derive(Debug)]
pub struct Yahoo {
    /// Where it is asked.
    pub address: String,
}

impl DailySource for Yahoo {
    fn days<'a>(
        &'a self,
        symbol: &'a str,
        currency: &'a str,
        days: RangeInclusive<NaiveDate>,
    ) -> BoxFuture<'a, Result<Vec<Candle>, VenueError>> {
        Box::pin(async move {
            let daily = yahoo::history::fetch_daily(&self.address, symbol, moments(&days)).await?;
            // Pence are told as they are by the day: no candle of another currency is kept.
            if daily.currency == currency {
                Ok(daily.candles)
            } else {
                Err(VenueError::NoSymbol(format!("{symbol} in {currency}")))
            }
        })
    }
}

/// From the first moment of the first day to the first after the last.
fn moments(days: &RangeInclusive<NaiveDate>) -> Range<DateTime<Utc>> {
    let start = |day: NaiveDate| day.and_time(NaiveTime::MIN).and_utc();
    start(*days.start())..start(days.end().checked_add_days(Days::new(1)).unwrap_or(*days.end()))
}

/// The next days to ask for, where `filled` are there: those that were missed since, then a step back from the oldest.
fn next(filled: Option<(NaiveDate, NaiveDate)>, yesterday: NaiveDate) -> Option<RangeInclusive<NaiveDate>> {
    let day = Days::new(1);
    let farthest = yesterday.checked_sub_days(FARTHEST)?;
    let step_to = |last: NaiveDate| Some(last.checked_sub_days(STEP)?.checked_add_days(day)?.max(farthest)..=last);
    match filled {
        None => step_to(yesterday),
        Some((_, until)) if until < yesterday => Some(until.checked_add_days(day)?..=yesterday),
        Some((from, _)) if from > farthest => step_to(from.checked_sub_days(day)?),
        Some(_) => None,
    }
}

/// Brings the days of all that are wanted, until all are there or the server stops.
pub async fn run(wanted: Vec<Wanted>, store: Store, clock: Clock, pace: Duration, stopping: CancellationToken) {
    let work = async {
        for one in &wanted {
            fill(one, &store, clock, pace).await;
        }
    };
    tokio::select! {
        () = work => {}
        () = stopping.cancelled() => {}
    }
}

/// Brings the days of one instrument. What cannot be had is told, and the next one has its turn.
async fn fill(wanted: &Wanted, store: &Store, clock: Clock, pace: Duration) {
    let Wanted { key, symbol, source } = wanted;
    let mut backoff = Backoff::default();
    while let Some(yesterday) = clock.now().date_naive().pred_opt() {
        let Ok(known) = store.known(key).await else {
            tokio::time::sleep(backoff.wait(Duration::ZERO, &VenueError::Silent, rand::random())).await;
            continue;
        };
        let Some(days) = next(known.filled, yesterday) else {
            return;
        };
        let answer = match source.days(symbol, &key.currency, days.clone()).await {
            // What it had before it does not have that far back.
            Err(VenueError::NoSymbol(_)) if known.filled.is_some() => Ok(vec![]),
            answer => answer,
        };
        match answer {
            Ok(candles) => {
                let (from, until) = known.filled.unwrap_or((*days.start(), yesterday));
                let stretch = moments(&days);
                let candles: Vec<Candle> = candles.into_iter().filter(|one| stretch.contains(&one.start)).collect();
                // Behind a step without a day there is nothing more.
                let is_older = *days.start() <= from;
                let all = if candles.is_empty() && is_older {
                    yesterday.checked_sub_days(FARTHEST)
                } else {
                    None
                };
                let filled = (all.unwrap_or(from.min(*days.start())), until.max(*days.end()));
                if store.fill(key, candles, filled).await.is_ok() {
                    backoff = Backoff::default();
                }
                tokio::time::sleep(pace).await;
            }
            Err(error) if error.retry() == Retry::Later => {
                let wait = backoff.wait(Duration::ZERO, &error, rand::random());
                tracing::info!(key.symbol, "its days cannot be brought now: {error}");
                tokio::time::sleep(wait.max(pace)).await;
            }
            Err(error) => {
                tracing::warn!(key.symbol, "its days are not brought: {error}");
                return;
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn day(text: &str) -> NaiveDate {
        text.parse().expect("a day")
    }

    #[test]
    fn days_are_asked_for_in_steps_back_and_what_was_missed_first() {
        let yesterday = day("2026-03-01");
        assert_eq!(next(None, yesterday), Some(day("2025-03-02")..=yesterday));
        let filled = Some((day("2025-03-02"), day("2026-02-20")));
        assert_eq!(next(filled, yesterday), Some(day("2026-02-21")..=yesterday));
        let filled = Some((day("2025-03-02"), yesterday));
        assert_eq!(next(filled, yesterday), Some(day("2024-03-02")..=day("2025-03-01")));
        let farthest = yesterday - FARTHEST;
        assert_eq!(next(Some((farthest, yesterday)), yesterday), None);
        let filled = Some((farthest + Days::new(3), yesterday));
        assert_eq!(next(filled, yesterday), Some(farthest..=farthest + Days::new(2)));
    }
}
