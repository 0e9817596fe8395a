//! The candles of the simulated market: worked out when they are asked for, and nothing of it is stored.
//!
//! Those of the last days are of the ticks that were made. A day of all shares takes some tenths of a second, so finished ones are held,
//! and so is what has passed of today. Older days are of their five-minute prices, which are a thousandth of the work, and no sizes.

use super::course::Course;
use super::path::{BUCKET, DAY, Path, Tick, day_start};
use crate::market::candle::series::widened;
use crate::market::candle::{Candle, Interval};
use crate::money::Decimal;
use chrono::{DateTime, Utc};
use std::collections::{BTreeMap, HashMap};
use std::ops::Range;
use std::sync::{Arc, Mutex, PoisonError};

/// Days before today whose minutes are known.
pub const DAYS: i64 = 2;
/// Seconds of a minute.
const MINUTE: i64 = 60;

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
    /// What was worked out, by the second at which a day begins.
    days: BTreeMap<i64, Worked>,
    /// Older days, by share and the second at which they begin.
    older: HashMap<(usize, i64), Candle>,
}

/// Minutes of each share, and the second up to which they are worked out.
#[derive(Clone, Debug)]
struct Worked {
    until: i64,
    shares: Vec<Vec<Candle>>,
}

impl Past {
    pub(super) fn new(symbols: Vec<String>, path: Path) -> Self {
        let (days, older) = (BTreeMap::new(), HashMap::new());
        Self {
            symbols: symbols.into(),
            first: path.first_second(),
            state: Arc::new(Mutex::new(State { path, days, older })),
        }
    }

    /// The second at which the first day begins that is made up.
    pub fn first(&self) -> i64 {
        self.first
    }

    /// The same market at single moments.
    pub fn course(&self) -> Course {
        let path = self.state.lock().unwrap_or_else(PoisonError::into_inner).path.clone();
        Course::new(self.symbols.clone(), path)
    }

    /// The candles of a share that begin in a stretch of finished days, of their five-minute prices. There are none of a minute.
    pub fn older(&self, symbol: &str, interval: Interval, stretch: &Range<DateTime<Utc>>, now: DateTime<Utc>) -> Vec<Candle> {
        let Some(share) = self
            .symbols
            .iter()
            .position(|one| one == symbol)
            .filter(|_| interval > Interval::Minute)
        else {
            return vec![];
        };
        let end = stretch.end.timestamp().min(day_start(now.timestamp()));
        let days = (day_start(stretch.start.timestamp().max(self.first))..end).step_by(DAY as usize);
        let candles = days.flat_map(|day| self.older_day(share, interval, day));
        candles.filter(|candle| stretch.contains(&candle.start)).collect()
    }

    fn older_day(&self, share: usize, interval: Interval, day: i64) -> Vec<Candle> {
        // Others have their turn after each day.
        let mut state = self.state.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(known) = state.older.get(&(share, day)).filter(|_| interval == Interval::Day) {
            return vec![known.clone()];
        }
        let marks = state.path.five_minutes(share, day).unwrap_or_default();
        let candle = |(number, ends): (usize, &[Decimal])| {
            let (open, close) = (*ends.first()?, *ends.last()?);
            Some(Candle {
                start: DateTime::from_timestamp(day + number as i64 * BUCKET, 0)?,
                open,
                high: open.max(close),
                low: open.min(close),
                close,
                volume: Decimal::ZERO,
            })
        };
        let candles = widened(marks.windows(2).enumerate().filter_map(candle), interval);
        if interval == Interval::Day {
            state.older.extend(candles.iter().map(|one| ((share, day), one.clone())));
        }
        candles
    }

    /// The minutes of a share on the day that `day` lies in, as far as they have come by `now`. It may take a second: call it where that
    /// is no harm.
    pub fn minutes(&self, symbol: &str, day: DateTime<Utc>, now: DateTime<Utc>) -> Vec<Candle> {
        let Some(share) = self.symbols.iter().position(|one| one == symbol) else {
            return vec![];
        };
        let (start, today) = (day_start(day.timestamp()), day_start(now.timestamp()));
        if start > today || start < today - DAYS * DAY {
            return vec![];
        }
        let mut state = self.state.lock().unwrap_or_else(PoisonError::into_inner);
        state.days.retain(|day, _| *day >= today - DAYS * DAY);
        let until = now.timestamp().min(start + DAY);
        state.work_out(start, until);
        let mut minutes = state
            .days
            .get(&start)
            .and_then(|day| day.shares.get(share))
            .cloned()
            .unwrap_or_default();
        if until < start + DAY {
            // The second that is under way is not over for who asks next.
            let ticks = state.path.ticks(until).into_iter();
            ticks
                .filter(|tick| tick.share == share && tick.time <= now)
                .for_each(|tick| add(&mut minutes, &tick));
        }
        minutes
    }
}

impl State {
    fn work_out(&mut self, start: i64, until: i64) {
        let shares = self.path.shares();
        let day = self.days.entry(start).or_insert_with(|| Worked {
            until: start,
            shares: vec![vec![]; shares],
        });
        for second in day.until..until {
            for tick in self.path.ticks(second) {
                add(&mut day.shares[tick.share], &tick);
            }
        }
        day.until = day.until.max(until);
    }
}

/// Takes a tick that is newer than all before it.
fn add(minutes: &mut Vec<Candle>, tick: &Tick) {
    let seconds = tick.time.timestamp();
    let Some(start) = DateTime::from_timestamp(seconds - seconds.rem_euclid(MINUTE), 0) else {
        return;
    };
    match minutes.last_mut() {
        Some(last) if last.start == start => {
            last.high = last.high.max(tick.price);
            last.low = last.low.min(tick.price);
            last.close = tick.price;
            last.volume = last.volume.checked_add(tick.size).unwrap_or(Decimal::MAX);
        }
        _ => minutes.push(Candle {
            start,
            open: tick.price,
            high: tick.price,
            low: tick.price,
            close: tick.price,
            volume: tick.size,
        }),
    }
}

#[cfg(test)]
mod tests {
    use super::super::Simulated;
    use super::*;
    use crate::market::server::history::DailyCloses;
    use crate::market::server::provider::Provider as _;
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
            let minutes = past.minutes("MSFT", start, now);
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
        assert!(past.minutes("MSFT", start - TimeDelta::days(DAYS + 1), moment).is_empty());
        assert!(past.minutes("NONE", start, moment).is_empty());
        let began = std::time::Instant::now();
        let yesterday = past.minutes("MSFT", start - TimeDelta::days(1), moment);
        eprintln!("a day: {:?}", began.elapsed());
        assert_eq!(yesterday.len(), 1_440);
        let days = past.older("MSFT", Interval::Day, &(start - TimeDelta::days(3)..moment), moment);
        assert_eq!(days.len(), 2);
        let (day, minutes) = (&days[1], widened(yesterday, Interval::Day));
        assert_eq!(day.start, minutes[0].start);
        assert!(day.high <= minutes[0].high && day.low >= minutes[0].low && day.open == days[0].close);
    }
}
