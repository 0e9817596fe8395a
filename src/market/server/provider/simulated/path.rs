//! The course of all prices as a function of time.
//!
//! Three levels, each from random numbers of its own that only the seed and the place on the level decide: closes a day,
//! then five minutes between two closes, then seconds between two of those. The lower levels are Brownian bridges, so
//! that any moment is reached in a few hundred steps and agrees with the close that the day will have.

use super::marks::{Marks, Swing};
use super::model::Model;
use crate::money::Decimal;
use chrono::{DateTime, NaiveDate, TimeDelta, Utc};
use rand::{RngExt, SeedableRng};
use rand_chacha::ChaCha8Rng;
use rand_distr::StandardNormal;
use std::cell::RefCell;
use std::ops::Range;

/// Seconds of a day.
pub const DAY: i64 = 86_400;
/// Seconds between two marks of a day.
pub const BUCKET: i64 = 300;
/// Ticks a second of one share, on average: ten over all twenty.
const RATE: f64 = 0.5;
/// A little less than the chance that a share has no tick in a second, e^-RATE.
const QUIET: f64 = 0.606_5;
/// Seconds to look back for a share's last tick. That there is none in a minute has a chance of 1 in 10¹³.
const LOOK_BACK: i64 = 60;

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
    closes: RefCell<Marks>,
    /// The last day and the last five minutes that were walked.
    day: RefCell<Option<(i64, Marks)>>,
    bucket: RefCell<Option<(i64, Marks)>>,
}

/// Start of the day that a second belongs to, both since 1970.
pub fn day_start(second: i64) -> i64 {
    second - second.rem_euclid(DAY)
}

/// To the cent. A walk so far out that no decimal holds it stays at a cent.
pub fn to_price(log: f64) -> Decimal {
    Decimal::new(((log.exp() * 100.0).round() as i64).max(1), 2)
}

impl Path {
    /// The course after the last real close.
    pub fn new(model: Model, real_until: NaiveDate, seed: u64) -> Self {
        let start_day = real_until.signed_duration_since(NaiveDate::default()).num_days();
        let closes = RefCell::new(Marks::starting(&model.start, 1));
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
        self.closes_of(self.day_of(time.timestamp()) - 1)
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
        let mut ticks = Vec::new();
        self.arrivals(second, |share, millis| {
            let Some(time) = DateTime::from_timestamp_millis(second * 1000 + millis) else {
                return;
            };
            ticks.push(Tick {
                time,
                share,
                price: to_price(self.log(share, second, millis as f64 / 1000.0)),
                size: Decimal::from(self.size(share, second * 1000 + millis)),
            });
        });
        ticks.sort_by_key(|tick| tick.time);
        ticks
    }

    /// What each share went through by its ticks from one moment to before another, in milliseconds since 1970, the first that of a second,
    /// both within five minutes; `None` for one that had none. They are those of [`Path::ticks`], without what only a quote needs.
    pub fn traded(&self, moments: Range<i64>) -> Box<[Option<Swing>]> {
        let mut swings = vec![None; self.model.shares()].into_boxed_slice();
        let seconds = moments.start.div_euclid(1_000)..(moments.end + 999).div_euclid(1_000);
        let day = self.day_of(seconds.start);
        let begin = (self.start_day + day) * DAY;
        let bucket = (seconds.start - begin).clamp(0, DAY - 1) / BUCKET;
        self.with_bucket(day, bucket, |marks| {
            for second in seconds {
                let mark = (second - begin - bucket * BUCKET).clamp(0, BUCKET - 1) as usize;
                let (from, to) = (marks.at(mark), marks.at(mark + 1));
                self.arrivals(second, |share, millis| {
                    let moment = second * 1_000 + millis;
                    if moment < moments.end {
                        let log = from[share] + (to[share] - from[share]) * (millis as f64 / 1000.0);
                        let swing: &mut Swing = swings[share].get_or_insert_with(|| Swing::at(log));
                        swing.go(log);
                        swing.units += self.size(share, moment);
                    }
                });
            }
        });
        swings
    }

    /// The moments of a second at which shares are traded: a share's number and the milliseconds since the second began, share by share,
    /// each in the order of time.
    fn arrivals(&self, second: i64, mut each: impl FnMut(usize, i64)) {
        let mut rng = self.rng(3, second);
        for share in 0..self.model.shares() {
            // Exponential gaps make the arrivals of a Poisson process. Most reach beyond the second, which the product of their
            // uniform numbers tells without a logarithm.
            let (mut at, mut quiet) = (0.0, 1.0);
            loop {
                let uniform = 1.0 - rng.random::<f64>();
                quiet *= uniform;
                if quiet < QUIET {
                    break;
                }
                at -= uniform.ln() / RATE;
                if at >= 1.0 {
                    break;
                }
                each(share, (at * 1000.0) as i64);
            }
        }
    }

    /// Units that are traded at a tick: from 1 to some thousands, small ones more often. They come from no row of random numbers, so that
    /// prices are what they were before there were any.
    fn size(&self, share: usize, millis: i64) -> u64 {
        // The finaliser of SplitMix64 spreads what seed, share and moment decide over all bits.
        let mut bits = self.seed.wrapping_mul(0x9e37_79b9_7f4a_7c15) ^ ((share as u64) << 48) ^ millis as u64;
        for factor in [0xbf58_476d_1ce4_e5b9, 0x94d0_49bb_1331_11eb] {
            bits = (bits ^ (bits >> 30)).wrapping_mul(factor);
        }
        bits ^= bits >> 31;
        // Up to a power of two from 16 to 2,048, each as likely.
        let most = 16u64 << (bits & 7);
        1 + (bits >> 8) % most
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
        days.map(|day| (date(day), self.closes_of(day))).collect()
    }

    /// Days after the last real close; a moment before it counts as the first day.
    fn day_of(&self, second: i64) -> i64 {
        (second.div_euclid(DAY) - self.start_day).max(1)
    }

    /// The closes of a day.
    fn closes_of(&self, day: i64) -> Vec<Decimal> {
        self.with_close(day, |logs| logs.iter().copied().map(to_price).collect())
    }

    fn with_close<T>(&self, day: i64, read: impl FnOnce(&[f64]) -> T) -> T {
        let mut closes = self.closes.borrow_mut();
        while closes.len() as i64 <= day {
            let (mut normals, mut step) = (self.nothing(), self.nothing());
            self.step(&mut self.rng(0, closes.len() as i64), &mut normals, &mut step);
            // Without drift the expected price stays: the logarithm sinks by half the variance.
            closes.push(|share, last| last + step[share] - self.model.variance[share] / 2.0);
        }
        read(closes.at(day.max(0) as usize))
    }

    fn logs(&self, second: i64, fraction: f64) -> Vec<f64> {
        let all = 0..self.model.shares();
        self.with_log(second, fraction, |log| all.map(log).collect())
    }

    /// The same of one share.
    fn log(&self, share: usize, second: i64, fraction: f64) -> f64 {
        self.with_log(second, fraction, |log| log(share))
    }

    fn with_log<T>(&self, second: i64, fraction: f64, read: impl FnOnce(&dyn Fn(usize) -> f64) -> T) -> T {
        let day = self.day_of(second);
        let in_day = (second - (self.start_day + day) * DAY).clamp(0, DAY - 1);
        let (bucket, in_bucket) = (in_day / BUCKET, (in_day % BUCKET) as usize);
        if in_bucket == 0 && fraction == 0.0 {
            return self.with_day(day, |marks| read(&|share| marks.at(bucket as usize)[share]));
        }
        self.with_bucket(day, bucket, |marks| {
            let (from, to) = (marks.at(in_bucket), marks.at(in_bucket + 1));
            read(&|share| from[share] + (to[share] - from[share]) * fraction)
        })
    }

    /// The five-minute marks of the day that begins then, both ends included; `None` for a day that is not made up.
    pub fn five_minutes<T>(&self, start: i64, read: impl FnOnce(&Marks) -> T) -> Option<T> {
        let day = start.div_euclid(DAY) - self.start_day;
        (day >= 1).then(|| self.with_day(day, read))
    }

    /// Five-minute marks of a day, both ends included.
    fn with_day<T>(&self, day: i64, read: impl FnOnce(&Marks) -> T) -> T {
        let mut held = self.day.borrow_mut();
        if let Some((known, marks)) = &*held
            && *known == day
        {
            return read(marks);
        }
        let ends = [day - 1, day].map(|day| self.with_close(day, <[f64]>::to_vec));
        let marks = self.bridge(&ends, 1.0, (DAY / BUCKET) as usize, self.rng(1, day));
        read(&held.insert((day, marks)).1)
    }

    /// Marks of each second within five minutes, both ends included.
    fn with_bucket<T>(&self, day: i64, bucket: i64, read: impl FnOnce(&Marks) -> T) -> T {
        let number = day * (DAY / BUCKET) + bucket;
        let mut held = self.bucket.borrow_mut();
        if let Some((known, marks)) = &*held
            && *known == number
        {
            return read(marks);
        }
        let bucket = bucket as usize;
        let ends = self.with_day(day, |marks| [bucket, bucket + 1].map(|mark| marks.at(mark).to_vec()));
        let span = BUCKET as f64 / DAY as f64;
        let marks = self.bridge(&ends, span, BUCKET as usize, self.rng(2, number));
        read(&held.insert((number, marks)).1)
    }

    /// A Brownian bridge in `steps` even steps over `span` days: given where it is and where it must end, the next mark is
    /// normal around the straight line, with variance `step * left after it / left before it`.
    fn bridge(&self, [from, to]: &[Vec<f64>; 2], span: f64, steps: usize, mut rng: ChaCha8Rng) -> Marks {
        let mut marks = Marks::starting(from, steps + 1);
        let (mut normals, mut noise) = (self.nothing(), self.nothing());
        let step = span / steps as f64;
        for done in 0..steps - 1 {
            let left = (steps - done) as f64;
            let spread = (step * (left - 1.0) / left).sqrt();
            self.step(&mut rng, &mut normals, &mut noise);
            marks.push(|share, here| here + (to[share] - here) / left + spread * noise[share]);
        }
        marks.push(|share, _| to[share]);
        marks
    }

    /// One day's worth of correlated motion, with room for the numbers that it is made of.
    fn step(&self, rng: &mut ChaCha8Rng, normals: &mut [f64], step: &mut [f64]) {
        normals.iter_mut().for_each(|normal| *normal = rng.sample(StandardNormal));
        self.model.correlate(normals, step);
    }

    fn nothing(&self) -> Vec<f64> {
        vec![0.0; self.model.shares()]
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
        let close = |day| path.with_close(day, <[f64]>::to_vec);
        let moves: Vec<Vec<f64>> = (1..=days)
            .map(|day| close(day).iter().zip(close(day - 1)).map(|(b, a)| b - a).collect())
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
            let column = |k| {
                let mut column = path.nothing();
                path.model.correlate(&unit(k), &mut column);
                column[a] * column[b]
            };
            (0..path.model.shares()).map(column).sum::<f64>()
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
        let marks = path.with_day(day, Marks::clone);
        for (mark, day) in [(0, day - 1), (288, day)] {
            path.with_close(day, |logs| assert_eq!(marks.at(mark), logs));
        }
        let moves = |marks: &Marks| -> f64 { (0..288).map(|at| (marks.at(at + 1)[0] - marks.at(at)[0]).powi(2)).sum() };
        let moved: f64 = (0..200).map(|day| path.with_day(day + 1, moves)).sum();
        assert!(
            (moved / 200.0 / path.model.variance[0] - 1.0).abs() < 0.1,
            "quadratic variation {moved}"
        );
    }

    #[test]
    fn a_second_without_a_tick_is_known_without_a_logarithm() {
        assert!(QUIET < (-RATE).exp() && QUIET > (-RATE).exp() - 1e-3);
    }

    #[test]
    fn what_was_traded_is_what_the_ticks_say() {
        let path = path(5);
        let minute = path.first_second() + 100 * DAY + 39_600;
        let ticks: Vec<Tick> = (minute..minute + 60).flat_map(|second| path.ticks(second)).collect();
        for (share, swing) in path.traded(minute * 1_000..(minute + 60) * 1_000).into_iter().enumerate() {
            let those = || ticks.iter().filter(|tick| tick.share == share);
            let candle = swing.and_then(|swing| swing.candle(minute));
            let told = candle.map(|one| (Some(one.open), Some(one.high), Some(one.low), Some(one.close), one.volume));
            let prices = || those().map(|tick| tick.price);
            let sizes = those().map(|tick| tick.size).sum();
            let expected = (prices().next(), prices().max(), prices().min(), prices().next_back(), sizes);
            assert_eq!(told, prices().next().map(|_| expected));
        }
        assert!(path.traded(minute * 1_000..minute * 1_000).iter().all(Option::is_none));
    }
}
