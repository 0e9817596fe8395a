//! The candles of the simulated market: worked out when they are asked for, and nothing of it is stored.
//!
//! Those of the last days are of the ticks that were made. A day of all shares takes some hundredths of a second, so finished minutes are
//! held. Older days are of their five-minute prices, which are a thousandth of the work, and no sizes. What is worked out is worked out
//! for all shares, for they move together.

use super::course::Course;
use super::marks::{Marks, Swing};
use super::path::{BUCKET, DAY, Path, day_start};
use crate::market::candle::{Candle, Interval};
use chrono::{DateTime, Utc};
use std::collections::{BTreeMap, HashMap};
use std::num::NonZero;
use std::ops::Range;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::thread::available_parallelism;

/// Days before today whose minutes are known.
pub const DAYS: i64 = 2;
/// Seconds of a minute.
const MINUTE: i64 = 60;
/// Minutes that are held at the most: those of the days that are known.
const MOST: usize = ((DAYS + 1) * DAY / MINUTE) as usize;
/// Minutes or days that a thread is worth.
const WORTH: usize = 60;
/// Threads at the most.
const THREADS: usize = 4;

/// The candles of the simulated market. Cheap to clone.
#[derive(Clone, Debug)]
pub struct Past {
    symbols: Arc<[String]>,
    /// The second at which the first day begins that is made up.
    first: i64,
    state: Arc<Mutex<State>>,
}

#[derive(Debug)]
struct State {
    path: Path,
    /// Finished minutes that were worked out, by the second at which they begin: of each share, where it was traded.
    minutes: BTreeMap<i64, Box<[Option<Swing>]>>,
    /// Older days, by the second at which they begin: of each share.
    days: HashMap<i64, Box<[Swing]>>,
}

impl Past {
    pub(super) fn new(symbols: Vec<String>, path: Path) -> Self {
        let (minutes, days) = (BTreeMap::new(), HashMap::new());
        Self {
            symbols: symbols.into(),
            first: path.first_second(),
            state: Arc::new(Mutex::new(State { path, minutes, days })),
        }
    }

    /// The second at which the first day begins that is made up.
    pub fn first(&self) -> i64 {
        self.first
    }

    /// When the first day begins on which a share is made up.
    pub fn first_of(&self, symbol: &str) -> Option<DateTime<Utc>> {
        self.share(symbol)?;
        DateTime::from_timestamp(self.first, 0)
    }

    /// The same market at single moments.
    pub fn course(&self) -> Course {
        Course::new(self.symbols.clone(), self.state().path.clone())
    }

    fn state(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn share(&self, symbol: &str) -> Option<usize> {
        self.symbols.iter().position(|one| one == symbol)
    }

    /// The candles of a share that begin in a stretch of finished days, of their five-minute prices. There are none of a minute.
    pub fn older(&self, symbol: &str, interval: Interval, stretch: &Range<DateTime<Utc>>, now: DateTime<Utc>) -> Vec<Candle> {
        let Some(share) = self.share(symbol).filter(|_| interval > Interval::Minute) else {
            return vec![];
        };
        let end = stretch.end.timestamp().min(day_start(now.timestamp()));
        let days = (day_start(stretch.start.timestamp().max(self.first))..end).step_by(DAY as usize);
        let days: Vec<i64> = days.collect();
        let candles = match interval {
            Interval::Day => self.state().days(share, &days),
            _ => {
                let path = self.state().path.clone();
                let within = at_once(&path, &days, |path, day| within_day(path, share, day, interval));
                within.into_iter().flat_map(|(_, candles)| candles).collect()
            }
        };
        candles.into_iter().filter(|candle| stretch.contains(&candle.start)).collect()
    }

    /// The minutes of a share that begin in a stretch, as far as they are known and have come by `now`. The first time it may take a tenth
    /// of a second: call it where that is no harm.
    pub fn minutes(&self, symbol: &str, stretch: &Range<DateTime<Utc>>, now: DateTime<Utc>) -> Vec<Candle> {
        let Some(share) = self.share(symbol) else {
            return vec![];
        };
        let known = day_start(now.timestamp()) - DAYS * DAY;
        let first = stretch.start.timestamp().max(known);
        let end = stretch.end.timestamp_micros().min(now.timestamp_micros() + 1);
        let all = (first - first.rem_euclid(MINUTE)..).step_by(MINUTE as usize);
        let all: Vec<i64> = all.take_while(|minute| minute * 1_000_000 < end).collect();
        // Who asks meanwhile waits, and finds it.
        self.state().minutes(share, &all, now)
    }
}

impl State {
    /// Minutes as far as they have come, which are in order.
    fn minutes(&mut self, share: usize, minutes: &[i64], now: DateTime<Utc>) -> Vec<Candle> {
        let now = now.timestamp_millis() + 1;
        let moments = |minute: i64| minute * 1_000..((minute + MINUTE) * 1_000).min(now);
        let is_finished = |minute: i64| moments(minute).end < now;
        let new = minutes
            .iter()
            .copied()
            .filter(|one| is_finished(*one) && !self.minutes.contains_key(one));
        let new: Vec<i64> = new.collect();
        self.minutes
            .extend(at_once(&self.path, &new, |path, minute| path.traded(moments(minute))));
        // What is finished for another clock may be under way by this one.
        let candle = |minute: &i64| match self.minutes.get(minute).filter(|_| is_finished(*minute)) {
            Some(finished) => finished.get(share)?.as_ref()?.candle(*minute),
            None => self.path.traded(moments(*minute)).get(share)?.as_ref()?.candle(*minute),
        };
        let candles = minutes.iter().filter_map(candle).collect();
        while self.minutes.len() > MOST {
            self.minutes.pop_first();
        }
        candles
    }

    /// Finished days.
    fn days(&mut self, share: usize, days: &[i64]) -> Vec<Candle> {
        let new: Vec<i64> = days.iter().copied().filter(|one| !self.days.contains_key(one)).collect();
        let whole = |path: &Path, day| -> Box<[Swing]> {
            let of_all = |marks: &Marks| (0..path.shares()).flat_map(|share| marks.swings(share, marks.len() - 1)).collect();
            path.five_minutes(day, of_all).unwrap_or_default()
        };
        self.days.extend(at_once(&self.path, &new, whole));
        let candle = |day: &i64| self.days.get(day)?.get(share)?.candle(*day);
        days.iter().filter_map(candle).collect()
    }
}

/// What is shorter than a day, of a finished one.
fn within_day(path: &Path, share: usize, day: i64, interval: Interval) -> Vec<Candle> {
    let length = interval.length().num_seconds();
    let candles = path.five_minutes(day, |marks| {
        let swings = marks
            .swings(share, (length / BUCKET) as usize)
            .zip((day..).step_by(length as usize));
        swings.filter_map(|(swing, start)| swing.candle(start)).collect()
    });
    candles.unwrap_or_default()
}

/// Works out each of many, in order: where they are worth it, on several threads, each with a walk of its own.
fn at_once<T: Send>(path: &Path, all: &[i64], work: impl Fn(&Path, i64) -> T + Sync) -> Vec<(i64, T)> {
    let threads = available_parallelism().map_or(1, NonZero::get).min(THREADS).min(all.len() / WORTH);
    let some = |path: &Path, some: &[i64]| -> Vec<(i64, T)> { some.iter().map(|one| (*one, work(path, *one))).collect() };
    if threads < 2 {
        return some(path, all);
    }
    std::thread::scope(|scope| {
        let start = |part| {
            let (path, some) = (path.clone(), &some);
            scope.spawn(move || some(&path, part))
        };
        let running: Vec<_> = all.chunks(all.len().div_ceil(threads)).map(start).collect();
        running.into_iter().flat_map(|one| one.join().unwrap_or_default()).collect()
    })
}

#[cfg(test)]
mod tests {
    use super::super::Simulated;
    use super::*;
    use crate::market::candle::series::widened;
    use crate::market::server::history::DailyCloses;
    use crate::market::server::provider::Provider as _;
    use crate::money::Decimal;
    use chrono::TimeDelta;

    fn market(now: DateTime<Utc>) -> Simulated {
        Simulated::new(&DailyCloses::shipped().expect("shipped"), 7, now).expect("measurable")
    }

    #[test]
    fn its_candles_are_those_of_the_quotes_that_come() {
        let start: DateTime<Utc> = "2026-03-01T00:00:01Z".parse().expect("a moment");
        let mut running = market(start);
        let (mut moment, mut quotes) = (start, vec![]);
        while moment < start + TimeDelta::seconds(150) {
            let (time, new) = running.next(moment).expect("never ends");
            moment = time;
            quotes.extend(new.into_iter().filter(|quote| quote.symbol == "MSFT"));
        }
        let past = market(start).past();
        for now in [quotes[10].quoted_at, quotes[40].quoted_at, moment] {
            let minutes = past.minutes("MSFT", &(start..now + TimeDelta::microseconds(1)), now);
            for candle in &minutes[usize::from(minutes.len() > 1)..] {
                let within = candle.start..candle.start + TimeDelta::minutes(1);
                let those = quotes
                    .iter()
                    .filter(|quote| quote.quoted_at <= now && within.contains(&quote.quoted_at));
                let those: Vec<_> = those.filter(|quote| quote.size.is_some()).collect();
                let sizes: Decimal = those.iter().filter_map(|quote| quote.size).sum();
                let prices = || those.iter().map(|quote| quote.price);
                if minutes.len() > 1 {
                    assert_eq!((Some(candle.open), Some(candle.close)), (prices().next(), prices().next_back()));
                    assert_eq!(
                        (Some(candle.high), Some(candle.low), candle.volume),
                        (prices().max(), prices().min(), sizes)
                    );
                }
            }
        }
        let midnight = start - TimeDelta::seconds(1);
        let days_ago = |days| midnight - TimeDelta::days(days);
        assert!(past.minutes("MSFT", &(days_ago(DAYS + 1)..days_ago(DAYS)), moment).is_empty());
        assert!(past.minutes("NONE", &(start..moment), moment).is_empty());
        let yesterday = past.minutes("MSFT", &(days_ago(1)..midnight), moment);
        assert_eq!(yesterday.len(), 1_440);
        // Who asked for another moment before, and for another share, changes nothing.
        assert_eq!(past.minutes("MSFT", &(start..quotes[10].quoted_at), quotes[10].quoted_at).len(), 1);
        assert_eq!(market(start).past().minutes("MSFT", &(days_ago(1)..midnight), midnight), yesterday);
        let days = past.older("MSFT", Interval::Day, &(start - TimeDelta::days(3)..moment), moment);
        assert_eq!(days.len(), 2);
        let (day, minutes) = (&days[1], widened(yesterday, Interval::Day));
        assert_eq!(day.start, minutes[0].start);
        assert!(day.high <= minutes[0].high && day.low >= minutes[0].low && day.open == days[0].close);
    }
}
