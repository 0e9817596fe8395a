//! The minutes of one instrument while they may still change: prices come in any order and more than once, and each counts once.
//!
//! What makes it exact is that recent prices are remembered by a mark of four bytes beside their moment. How many are is bounded, and
//! what is older than the oldest that is remembered is left out whole: it might have been counted. A price that is newer than all before
//! it needs no search, so that the work for one price is the same whatever is remembered.

use super::bar::{Bar, Mark};
use super::{Candle, Interval};
use crate::money::Decimal;
use chrono::{DateTime, Utc};
use std::collections::{BTreeMap, VecDeque};

/// Microseconds of a minute.
pub const MINUTE: i64 = 60_000_000;
/// How late a price may come, behind the newest: an hour.
pub const WINDOW: i64 = 60 * MINUTE;
/// Prices that are remembered at the most. Where an hour has more, the window is as short as these last.
pub const REMEMBERED: usize = 4_096;

/// A price as candles take it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Tick {
    /// Its place among the others.
    pub mark: Mark,
    /// Units that were traded at it; zero where nobody says.
    pub size: Decimal,
    /// Who told it, as a number.
    pub source: u32,
}

impl Tick {
    /// What tells it from others of its moment: the trade's number, or else what was traded at which price (FNV-1a).
    fn identity(&self) -> u32 {
        let mut hash = 0x811c_9dc5 ^ self.source;
        let mut mix = |bytes: &[u8]| {
            for byte in bytes {
                hash = (hash ^ u32::from(*byte)).wrapping_mul(0x0100_0193);
            }
        };
        if self.mark.trade > 0 {
            mix(&self.mark.trade.to_le_bytes());
        } else {
            mix(&self.mark.price.normalize().serialize());
            mix(&self.size.normalize().serialize());
        }
        hash
    }
}

/// What became of a price.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Taken {
    /// It counts, in the minute that begins then, in microseconds.
    Counted(i64),
    /// It was there already.
    Repeated,
    /// It is older than what is remembered.
    TooLate,
}

/// A minute, and whether it changed since it was kept last.
#[derive(Clone, Copy, Debug)]
pub struct Kept {
    /// Its prices.
    pub bar: Bar,
    /// Whether what is stored is older.
    pub changed: bool,
}

/// The minutes that may still change.
#[derive(Clone, Debug, Default)]
pub struct Series {
    minutes: BTreeMap<i64, Kept>,
    /// What was counted, by moment and identity, in order.
    seen: VecDeque<(i64, u32)>,
    /// The latest moment that is no longer remembered.
    forgotten: Option<i64>,
}

/// The beginning of a minute.
pub fn minute_of(moment: i64) -> i64 {
    moment - moment.rem_euclid(MINUTE)
}

impl Series {
    /// Takes a price.
    pub fn take(&mut self, tick: &Tick) -> Taken {
        let moment = tick.mark.moment;
        let one = (moment, tick.identity());
        if self.forgotten.is_some_and(|forgotten| moment <= forgotten) {
            return Taken::TooLate;
        }
        match self.seen.back() {
            Some(newest) if one <= *newest => match self.seen.binary_search(&one) {
                Ok(_) => return Taken::Repeated,
                Err(place) => self.seen.insert(place, one),
            },
            _ => self.seen.push_back(one),
        }
        if self.seen.len() > REMEMBERED {
            self.forget_oldest();
        }
        let oldest = self.seen.back().map_or(moment, |newest| newest.0) - WINDOW;
        while self.seen.front().is_some_and(|(moment, _)| *moment < oldest) {
            self.forget_oldest();
        }
        // The one that came may have been the oldest that there was room for, and counts nevertheless: nobody counted it before.
        let minute = minute_of(moment);
        let bar = Bar::of(tick.mark, tick.size);
        let kept = self.minutes.entry(minute).and_modify(|kept| kept.bar.merge(&bar));
        kept.or_insert(Kept { bar, changed: true }).changed = true;
        Taken::Counted(minute)
    }

    fn forget_oldest(&mut self) {
        if let Some((moment, _)) = self.seen.pop_front() {
            self.close(moment);
        }
    }

    /// From now on, what is not after `moment` comes too late.
    pub fn close(&mut self, moment: i64) {
        self.forgotten = self.forgotten.max(Some(moment));
        while self.seen.front().is_some_and(|(seen, _)| *seen <= moment) {
            self.seen.pop_front();
        }
    }

    /// The minutes, oldest first.
    pub fn minutes(&self) -> impl DoubleEndedIterator<Item = (i64, &Kept)> {
        self.minutes.iter().map(|(minute, kept)| (*minute, kept))
    }

    /// The minutes as candles.
    pub fn candles(&self) -> impl Iterator<Item = Candle> {
        self.minutes()
            .filter_map(|(minute, kept)| Some(kept.bar.candle(moment_of(minute)?)))
    }

    /// What is remembered of a minute's prices.
    pub fn seen_in(&self, minute: i64) -> impl Iterator<Item = (i64, u32)> {
        let from = self.seen.partition_point(|(moment, _)| *moment < minute);
        self.seen
            .range(from..)
            .copied()
            .take_while(move |(moment, _)| *moment < minute + MINUTE)
    }

    /// Puts a minute back that was kept, with what was remembered of its prices. The minutes must come oldest first.
    pub fn restore(&mut self, minute: i64, bar: Bar, seen: impl IntoIterator<Item = (i64, u32)>) {
        self.minutes.insert(minute, Kept { bar, changed: false });
        self.seen.extend(seen);
        self.seen.make_contiguous().sort_unstable();
        let over = self.seen.len().saturating_sub(REMEMBERED);
        for _ in 0..over {
            self.forget_oldest();
        }
    }

    /// What the earliest moment is that a minute remembers whole, so that a kept series knows after a restart what it forgot.
    pub fn forgotten(&self) -> Option<i64> {
        self.forgotten
    }

    /// The minutes that changed, which count as kept from now on.
    pub fn take_changed(&mut self) -> Vec<(i64, Bar)> {
        let changed = self.minutes.iter_mut().filter(|(_, kept)| kept.changed);
        changed
            .map(|(minute, kept)| {
                kept.changed = false;
                (*minute, kept.bar)
            })
            .collect()
    }

    /// A minute was not kept after all.
    pub fn mark_changed(&mut self, minute: i64) {
        if let Some(kept) = self.minutes.get_mut(&minute) {
            kept.changed = true;
        }
    }

    /// Lets go of the minutes before one.
    pub fn drop_before(&mut self, minute: i64) {
        self.minutes = self.minutes.split_off(&minute);
    }

    /// Lets go of the oldest minute.
    pub fn drop_first(&mut self) {
        self.minutes.pop_first();
    }

    /// How many minutes there are.
    pub fn len(&self) -> usize {
        self.minutes.len()
    }

    /// Whether there are none.
    pub fn is_empty(&self) -> bool {
        self.minutes.is_empty()
    }
}

/// A moment from its microseconds.
pub fn moment_of(micros: i64) -> Option<DateTime<Utc>> {
    DateTime::from_timestamp_micros(micros)
}

/// Candles of a minute merged into those of a longer interval.
pub fn widened(minutes: impl IntoIterator<Item = Candle>, interval: Interval) -> Vec<Candle> {
    super::merged(minutes, |start| interval.start_of(start))
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    /// Prices within an hour, some at one moment, with and without a trade's number.
    fn ticks() -> impl Strategy<Value = Vec<Tick>> {
        let one = (0..3_600_000i64, 0..3u64, 1..500i64, 0..4i64);
        prop::collection::vec(one, 1..120).prop_map(|all| {
            let tick = |(at, trade, price, size): (i64, u64, i64, i64)| Tick {
                // Whole half minutes too, so that moments meet.
                mark: Mark {
                    moment: if at % 3 == 0 { at / 30_000 * 30_000_000 } else { at * 1_000 },
                    trade: if trade == 0 { 0 } else { (at as u64) * 2 + trade },
                    price: Decimal::new(price, 2),
                },
                size: Decimal::new(size, 1),
                source: 1,
            };
            let mut ticks: Vec<Tick> = all.into_iter().map(tick).collect();
            ticks.sort_by_key(|tick| (tick.mark, tick.size));
            // Two that are alike in all are one tick, and so are two of one number: a venue counts a trade once.
            let one_trade = |a: &Tick, b: &Tick| a.mark.trade > 0 && (a.mark.moment, a.mark.trade) == (b.mark.moment, b.mark.trade);
            ticks.dedup_by(|a, b| a == b || one_trade(a, b));
            ticks
        })
    }

    fn whole(ticks: &[Tick]) -> Vec<Candle> {
        let mut series = Series::default();
        for tick in ticks {
            series.take(tick);
        }
        series.candles().collect()
    }

    /// A candle of each stretch, from the ticks themselves and by nothing of the code above.
    fn by_hand(ticks: &[Tick], interval: Interval) -> Vec<Candle> {
        let mut by_start: BTreeMap<DateTime<Utc>, Vec<&Tick>> = BTreeMap::new();
        for tick in ticks {
            let start = interval.start_of(moment_of(tick.mark.moment).unwrap());
            by_start.entry(start).or_default().push(tick);
        }
        let candle = |(start, ticks): (DateTime<Utc>, Vec<&Tick>)| Candle {
            start,
            open: ticks[0].mark.price,
            high: ticks.iter().map(|tick| tick.mark.price).max().unwrap(),
            low: ticks.iter().map(|tick| tick.mark.price).min().unwrap(),
            close: ticks[ticks.len() - 1].mark.price,
            volume: ticks.iter().map(|tick| tick.size).sum(),
        };
        by_start.into_iter().map(candle).collect()
    }

    proptest! {
        #[test]
        fn any_order_and_repetition_gives_the_ordered_whole(
            (ticks, order) in ticks().prop_flat_map(|ticks| {
                let count = ticks.len();
                let twice: Vec<usize> = (0..count).chain(0..count).collect();
                (Just(ticks), Just(twice).prop_shuffle())
            }),
        ) {
            let mut series = Series::default();
            for place in order {
                series.take(&ticks[place]);
            }
            prop_assert_eq!(series.candles().collect::<Vec<_>>(), by_hand(&ticks, Interval::Minute));
        }

        #[test]
        fn a_stop_at_any_cut_gives_the_ordered_whole(ticks in ticks(), cut in 0..120usize, again in 0..40usize) {
            let cut = cut.min(ticks.len());
            let mut before = Series::default();
            for tick in &ticks[..cut] {
                before.take(tick);
            }
            let mut after = Series::default();
            for (minute, kept) in before.minutes() {
                after.restore(minute, kept.bar, before.seen_in(minute));
            }
            // The venue tells the last ones again.
            for tick in &ticks[cut.saturating_sub(again)..] {
                after.take(tick);
            }
            prop_assert_eq!(after.candles().collect::<Vec<_>>(), whole(&ticks));
        }

        #[test]
        fn longer_candles_are_the_minutes_merged(ticks in ticks()) {
            for interval in Interval::ALL {
                prop_assert_eq!(widened(whole(&ticks), interval), by_hand(&ticks, interval));
            }
            let by_five = widened(whole(&ticks), Interval::FiveMinutes);
            prop_assert_eq!(widened(by_five, Interval::Hour), by_hand(&ticks, Interval::Hour));
        }

        #[test]
        fn merging_is_associative_and_has_no_order(ticks in ticks(), cut in 0..120usize, other in 0..120usize) {
            let bars: Vec<Bar> = ticks.iter().map(|tick| Bar::of(tick.mark, tick.size)).collect();
            let fold = |bars: &[Bar]| bars.iter().copied().reduce(|mut one, bar| { one.merge(&bar); one });
            let (low, high) = (cut.min(other).min(bars.len()), cut.max(other).min(bars.len()));
            let parts = [fold(&bars[high..]), fold(&bars[..low]), fold(&bars[low..high])];
            let parts: Vec<Bar> = parts.into_iter().flatten().collect();
            prop_assert_eq!(fold(&parts), fold(&bars));
        }
    }

    #[test]
    fn what_is_older_than_what_is_remembered_is_left_out_whole() {
        let tick = |moment: i64| Tick {
            mark: Mark {
                moment,
                trade: 0,
                price: Decimal::ONE,
            },
            size: Decimal::ONE,
            source: 1,
        };
        let mut series = Series::default();
        for moment in 0..=REMEMBERED as i64 {
            assert!(matches!(series.take(&tick(moment * 10)), Taken::Counted(_)));
        }
        assert_eq!(series.take(&tick(0)), Taken::TooLate);
        assert_eq!(series.take(&tick(10)), Taken::Repeated);
        assert_eq!(series.take(&tick(15)), Taken::Counted(0));
        assert_eq!(series.take(&tick(WINDOW + 50_000)), Taken::Counted(WINDOW));
        assert_eq!(series.take(&tick(40_960)), Taken::TooLate);
        assert_eq!(series.take(&tick(WINDOW + 1)), Taken::Counted(WINDOW));
        assert_eq!(series.len(), 2);
    }
}
