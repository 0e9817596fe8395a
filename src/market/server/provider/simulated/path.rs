//! The course of all prices as a function of time.
//!
//! Three levels, each from random numbers of its own that only the seed and the place on the level decide: closes a day,
//! then five minutes between two closes, then seconds between two of those. The lower levels are Brownian bridges, so
//! that any moment is reached in a few hundred steps and agrees with the close that the day will have.

use super::model::Model;
use crate::money::Decimal;
use chrono::{DateTime, NaiveDate, TimeDelta, Utc};
use rand::{RngExt, SeedableRng};
use rand_chacha::ChaCha8Rng;
use rand_distr::StandardNormal;
use std::cell::RefCell;

/// Seconds of a day.
pub const DAY: i64 = 86_400;
/// Seconds between two marks of a day.
pub const BUCKET: i64 = 300;
/// Ticks a second of one share, on average: ten over all twenty.
const RATE: f64 = 0.5;
/// Seconds to look back for a share's last tick. That there is none in a minute has a chance of 1 in 10¹³.
const LOOK_BACK: i64 = 60;

/// Log prices of all shares.
type Logs = Vec<f64>;

/// A price made at a moment.
#[derive(Clone, Debug, PartialEq)]
pub struct Tick {
    /// The moment.
    pub time: DateTime<Utc>,
    /// Number of the share, in the order of the history's columns.
    pub share: usize,
    /// The price, to the cent.
    pub price: Decimal,
    /// Units that were traded.
    pub size: Decimal,
}

/// The course of all prices.
#[derive(Clone, Debug)]
pub struct Path {
    model: Model,
    seed: u64,
    /// Days since 1970 of the last real close.
    start_day: i64,
    /// Closes since then, a day each, as far as they were needed.
    closes: RefCell<Vec<Logs>>,
    /// The last day and the last five minutes that were walked.
    day: RefCell<Option<(i64, Vec<Logs>)>>,
    bucket: RefCell<Option<(i64, Vec<Logs>)>>,
}

/// Start of the day that a second belongs to, both since 1970.
pub fn day_start(second: i64) -> i64 {
    second - second.rem_euclid(DAY)
}

/// To the cent. A walk so far out that no decimal holds it stays at a cent.
fn to_price(log: f64) -> Decimal {
    Decimal::new(((log.exp() * 100.0).round() as i64).max(1), 2)
}

impl Path {
    /// The course after the last real close.
    pub fn new(model: Model, real_until: NaiveDate, seed: u64) -> Self {
        let start_day = real_until.signed_duration_since(NaiveDate::default()).num_days();
        let closes = RefCell::new(vec![model.start.clone()]);
        Self {
            model,
            seed,
            start_day,
            closes,
            day: RefCell::default(),
            bucket: RefCell::default(),
        }
    }

    /// The second at which the first day begins that is made up.
    pub fn first_second(&self) -> i64 {
        (self.start_day + 1) * DAY
    }

    /// How many shares there are.
    pub fn shares(&self) -> usize {
        self.model.shares()
    }

    /// The closes of the day before the one that `time` lies in.
    pub fn previous_closes(&self, time: DateTime<Utc>) -> Vec<Decimal> {
        self.close(self.day_of(time.timestamp()) - 1).into_iter().map(to_price).collect()
    }

    /// All prices at a moment.
    pub fn prices(&self, time: DateTime<Utc>) -> Vec<Decimal> {
        self.logs(time.timestamp(), f64::from(time.timestamp_subsec_millis()) / 1000.0)
            .into_iter()
            .map(to_price)
            .collect()
    }

    /// The ticks of a second, in the order of time.
    pub fn ticks(&self, second: i64) -> Vec<Tick> {
        let mut rng = self.rng(3, second);
        let mut ticks = Vec::new();
        for share in 0..self.model.shares() {
            // Exponential gaps make the arrivals of a Poisson process.
            let mut at = 0.0;
            loop {
                at -= (1.0 - rng.random::<f64>()).ln() / RATE;
                if at >= 1.0 {
                    break;
                }
                let millis = (at * 1000.0) as i64;
                let Some(time) = DateTime::from_timestamp_millis(second * 1000 + millis) else {
                    break;
                };
                ticks.push(Tick {
                    time,
                    share,
                    price: to_price(self.log(share, second, millis as f64 / 1000.0)),
                    size: self.size(share, time),
                });
            }
        }
        ticks.sort_by_key(|tick| tick.time);
        ticks
    }

    /// Units that are traded at a tick: from 1 to some thousands, small ones more often. They come from no row of random numbers, so that
    /// prices are what they were before there were any.
    fn size(&self, share: usize, time: DateTime<Utc>) -> Decimal {
        // The finaliser of SplitMix64 spreads what seed, share and moment decide over all bits.
        let mut bits = self.seed.wrapping_mul(0x9e37_79b9_7f4a_7c15) ^ ((share as u64) << 48) ^ time.timestamp_millis() as u64;
        for factor in [0xbf58_476d_1ce4_e5b9, 0x94d0_49bb_1331_11eb] {
            bits = (bits ^ (bits >> 30)).wrapping_mul(factor);
        }
        bits ^= bits >> 31;
        // Up to a power of two from 16 to 2,048, each as likely.
        let most = 16u64 << (bits & 7);
        Decimal::from(1 + (bits >> 8) % most)
    }

    /// Each share's last tick at or before a moment.
    pub fn latest_ticks(&self, time: DateTime<Utc>) -> Vec<Tick> {
        let mut latest: Vec<Option<Tick>> = vec![None; self.model.shares()];
        for second in (time.timestamp() - LOOK_BACK..=time.timestamp()).rev() {
            for tick in self.ticks(second).into_iter().rev().filter(|tick| tick.time <= time) {
                let share = tick.share;
                latest[share].get_or_insert(tick);
            }
            if latest.iter().all(Option::is_some) {
                break;
            }
        }
        let prices = self.prices(time);
        let known = latest.into_iter().enumerate();
        known
            .map(|(share, tick)| {
                tick.unwrap_or_else(|| Tick {
                    time,
                    share,
                    price: prices[share],
                    size: Decimal::ZERO,
                })
            })
            .collect()
    }

    /// The closes of the days that have ended by `second`, after the last real one.
    pub fn closes_until(&self, second: i64) -> Vec<(NaiveDate, Vec<Decimal>)> {
        let days = 1..self.day_of(second);
        let date = |day: i64| NaiveDate::default() + TimeDelta::days(self.start_day + day);
        days.map(|day| (date(day), self.close(day).into_iter().map(to_price).collect()))
            .collect()
    }

    /// Days after the last real close; a moment before it counts as the first day.
    fn day_of(&self, second: i64) -> i64 {
        (second.div_euclid(DAY) - self.start_day).max(1)
    }

    fn close(&self, day: i64) -> Logs {
        let mut closes = self.closes.borrow_mut();
        while closes.len() as i64 <= day {
            let number = closes.len() as i64;
            let step = self.step(&mut self.rng(0, number));
            let last = &closes[closes.len() - 1];
            // Without drift the expected price stays: the logarithm sinks by half the variance.
            let next = (0..last.len())
                .map(|share| last[share] + step[share] - self.model.variance[share] / 2.0)
                .collect();
            closes.push(next);
        }
        closes[day.max(0) as usize].clone()
    }

    fn logs(&self, second: i64, fraction: f64) -> Logs {
        let day = self.day_of(second);
        let in_day = (second - (self.start_day + day) * DAY).clamp(0, DAY - 1);
        let (bucket, in_bucket) = (in_day / BUCKET, (in_day % BUCKET) as usize);
        if in_bucket == 0 && fraction == 0.0 {
            return self.with_day(day, |marks| marks[bucket as usize].clone());
        }
        self.with_bucket(day, bucket, |marks| {
            let pairs = marks[in_bucket].iter().zip(&marks[in_bucket + 1]);
            pairs.map(|(from, to)| from + (to - from) * fraction).collect()
        })
    }

    /// The same of one share.
    fn log(&self, share: usize, second: i64, fraction: f64) -> f64 {
        let day = self.day_of(second);
        let in_day = (second - (self.start_day + day) * DAY).clamp(0, DAY - 1);
        let (bucket, in_bucket) = (in_day / BUCKET, (in_day % BUCKET) as usize);
        if in_bucket == 0 && fraction == 0.0 {
            return self.with_day(day, |marks| marks[bucket as usize][share]);
        }
        self.with_bucket(day, bucket, |marks| {
            let (from, to) = (marks[in_bucket][share], marks[in_bucket + 1][share]);
            from + (to - from) * fraction
        })
    }

    /// The five-minute prices of a share on the day that begins then, both ends included; `None` for a day that is not made up.
    pub fn five_minutes(&self, share: usize, start: i64) -> Option<Vec<Decimal>> {
        let day = start.div_euclid(DAY) - self.start_day;
        (day >= 1).then(|| self.with_day(day, |marks| marks.iter().map(|logs| to_price(logs[share])).collect()))
    }

    /// Five-minute marks of a day, both ends included.
    fn with_day<T>(&self, day: i64, read: impl FnOnce(&[Logs]) -> T) -> T {
        let mut held = self.day.borrow_mut();
        if held.as_ref().is_none_or(|(number, _)| *number != day) {
            let marks = self.bridge(
                &self.close(day - 1),
                &self.close(day),
                1.0,
                (DAY / BUCKET) as usize,
                self.rng(1, day),
            );
            *held = Some((day, marks));
        }
        read(held.as_ref().map_or(&[], |(_, marks)| marks))
    }

    /// Marks of each second within five minutes, both ends included.
    fn with_bucket<T>(&self, day: i64, bucket: i64, read: impl FnOnce(&[Logs]) -> T) -> T {
        let number = day * (DAY / BUCKET) + bucket;
        let mut held = self.bucket.borrow_mut();
        if held.as_ref().is_none_or(|(known, _)| *known != number) {
            let ends = self.with_day(day, |marks| (marks[bucket as usize].clone(), marks[bucket as usize + 1].clone()));
            let span = BUCKET as f64 / DAY as f64;
            *held = Some((number, self.bridge(&ends.0, &ends.1, span, BUCKET as usize, self.rng(2, number))));
        }
        read(held.as_ref().map_or(&[], |(_, marks)| marks))
    }

    /// A Brownian bridge in `steps` even steps over `span` days: given where it is and where it must end, the next mark is
    /// normal around the straight line, with variance `step * left after it / left before it`.
    fn bridge(&self, from: &Logs, to: &Logs, span: f64, steps: usize, mut rng: ChaCha8Rng) -> Vec<Logs> {
        let mut marks = vec![from.clone()];
        let step = span / steps as f64;
        for done in 0..steps - 1 {
            let left = (steps - done) as f64;
            let spread = (step * (left - 1.0) / left).sqrt();
            let noise = self.step(&mut rng);
            let here = &marks[done];
            let next = (0..here.len())
                .map(|share| here[share] + (to[share] - here[share]) / left + spread * noise[share])
                .collect();
            marks.push(next);
        }
        marks.push(to.clone());
        marks
    }

    /// One day's worth of correlated motion.
    fn step(&self, rng: &mut ChaCha8Rng) -> Logs {
        let independent: Vec<f64> = (0..self.model.shares()).map(|_| rng.sample(StandardNormal)).collect();
        self.model.correlate(&independent)
    }

    /// Random numbers of one place on one level.
    fn rng(&self, level: u64, place: i64) -> ChaCha8Rng {
        generator(self.seed, level, place, 0)
    }
}

/// Random numbers that the seed, a level, a place on it and a name decide.
pub fn generator(seed: u64, level: u64, place: i64, name: u64) -> ChaCha8Rng {
    let mut key = [0; 32];
    key[..8].copy_from_slice(&seed.to_le_bytes());
    key[8..16].copy_from_slice(&level.to_le_bytes());
    key[16..24].copy_from_slice(&place.to_le_bytes());
    key[24..].copy_from_slice(&name.to_le_bytes());
    ChaCha8Rng::from_seed(key)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::market::server::history::DailyCloses;

    fn path(seed: u64) -> Path {
        let closes = DailyCloses::shipped().expect("shipped");
        Path::new(Model::measure(&closes).expect("measurable"), closes.real_until, seed)
    }

    #[test]
    fn the_walk_has_the_measured_volatility_and_correlation() {
        let path = path(5);
        let days = 4_000;
        let moves: Vec<Logs> = (1..=days)
            .map(|day| path.close(day).iter().zip(path.close(day - 1)).map(|(b, a)| b - a).collect())
            .collect();
        let of = |a: usize, b: usize| {
            let mean = |share: usize| moves.iter().map(|one| one[share]).sum::<f64>() / days as f64;
            moves.iter().map(|one| (one[a] - mean(a)) * (one[b] - mean(b))).sum::<f64>() / days as f64
        };
        let measured = |a: usize, b: usize| {
            let unit = |share: usize| {
                (0..path.model.shares())
                    .map(|k| f64::from(u8::from(k == share)))
                    .collect::<Vec<_>>()
            };
            // The factor's columns, by correlating unit vectors: L·e_k.
            (0..path.model.shares())
                .map(|k| path.model.correlate(&unit(k)))
                .map(|column| column[a] * column[b])
                .sum::<f64>()
        };
        for (a, b) in [(0, 0), (7, 7), (0, 12), (4, 19)] {
            assert!(
                (of(a, b) / measured(a, b) - 1.0).abs() < 0.1,
                "{a} {b}: {} {}",
                of(a, b),
                measured(a, b)
            );
        }
    }

    #[test]
    fn the_bridge_meets_the_close_and_moves_like_the_day() {
        let path = path(5);
        let day = 10;
        let marks = path.with_day(day, <[Logs]>::to_vec);
        assert_eq!((marks[0].clone(), marks[288].clone()), (path.close(day - 1), path.close(day)));
        let moved: f64 = (0..200)
            .map(|day| path.with_day(day + 1, |m| m.windows(2).map(|w| (w[1][0] - w[0][0]).powi(2)).sum::<f64>()))
            .sum();
        assert!(
            (moved / 200.0 / path.model.variance[0] - 1.0).abs() < 0.1,
            "quadratic variation {moved}"
        );
    }
}
