//! How a thing that no market lists moves, where its owner lets it: a geometric Brownian motion of its own.
//!
//! A motion is a function of seed, label and moment, and nothing of it is kept: who asks, and when they began to, changes nothing.
//! It may start on any day of three centuries, so midnights are reached by halving their span, in 17 steps; from there on it goes
//! as the shares do: five minutes between two midnights, seconds between two of those.

use super::model::Model;
use super::path::{BUCKET, DAY, generator};
use crate::money::Decimal;
use chrono::{DateTime, Utc};
use rand::RngExt;
use rand_chacha::ChaCha8Rng;
use rand_distr::StandardNormal;
use rust_decimal::prelude::FromPrimitive;
use sha2::{Digest as _, Sha256};

/// Days that have a motion, a power of two: from 1880 to 2239. Beyond, it stands still.
const DAYS: i64 = 1 << 17;
/// Days of those that lie before 1970.
const BEFORE: i64 = 1 << 15;
/// Places of a ratio.
const PLACES: u32 = 12;
/// Logarithm of the largest ratio, and of the smallest.
const FARTHEST: f64 = 20.0;

/// The walks of all that no market lists. Cheap to copy.
#[derive(Clone, Copy, Debug)]
pub struct Walk {
    seed: u64,
    /// Standard deviation of a day's log return.
    deviation: f64,
}

impl Walk {
    /// Walks as wild as the shares are: with the median of their deviations.
    pub fn new(model: &Model, seed: u64) -> Self {
        let mut variances = model.variance.clone();
        variances.sort_by(f64::total_cmp);
        let median = variances.get(variances.len() / 2).copied().unwrap_or_default();
        Self {
            seed,
            deviation: median.sqrt(),
        }
    }

    /// The motion of what has this label.
    pub fn of(self, symbol: &str) -> Motion {
        let mut name = [0; 8];
        name.copy_from_slice(&Sha256::digest(symbol)[..8]);
        Motion {
            walk: self,
            name: u64::from_le_bytes(name),
            day: None,
        }
    }
}

/// The motion of one thing: the sum of its steps, in standard deviations of a day.
#[derive(Clone, Debug)]
pub struct Motion {
    walk: Walk,
    name: u64,
    /// The day that was walked last, in marks of five minutes, for who asks for many moments of it.
    day: Option<(i64, Vec<f64>)>,
}

impl Motion {
    /// What a price of 1 at the one moment is at the other, to the second; 1 where that is no later.
    pub fn ratio(&mut self, from: DateTime<Utc>, to: DateTime<Utc>) -> Decimal {
        let (from, to) = (from.timestamp(), to.timestamp());
        if to <= from {
            return Decimal::ONE;
        }
        let deviation = self.walk.deviation;
        let days = (to - from) as f64 / DAY as f64;
        // Without drift the expected price stays: the logarithm sinks by half the variance.
        let log = deviation * (self.at(to) - self.at(from)) - deviation * deviation / 2.0 * days;
        let ratio = Decimal::from_f64(log.clamp(-FARTHEST, FARTHEST).exp());
        ratio.unwrap_or(Decimal::ONE).round_dp(PLACES)
    }

    fn at(&mut self, second: i64) -> f64 {
        let (day, in_day) = (second.div_euclid(DAY), second.rem_euclid(DAY));
        if in_day == 0 {
            return self.midnight(day);
        }
        if self.day.as_ref().is_none_or(|(known, _)| *known != day) {
            let ends = (self.midnight(day), self.midnight(day + 1));
            let marks = bridge(ends, 1.0, DAY / BUCKET, self.numbers(5, day));
            self.day = Some((day, marks.collect()));
        }
        let marks = self.day.as_ref().map_or(&[][..], |(_, marks)| marks);
        let (bucket, in_bucket) = ((in_day / BUCKET) as usize, (in_day % BUCKET) as usize);
        let ends = (marks[bucket], marks[bucket + 1]);
        if in_bucket == 0 {
            return ends.0;
        }
        let place = second.div_euclid(BUCKET);
        let mut seconds = bridge(ends, BUCKET as f64 / DAY as f64, BUCKET, self.numbers(6, place));
        seconds.nth(in_bucket).unwrap_or(ends.1)
    }

    /// Where it is when a day begins. Between two known midnights, the middle one is normal around their mean, with a quarter of
    /// the variance between them.
    fn midnight(&self, day: i64) -> f64 {
        let place = (day + BEFORE).clamp(0, DAYS);
        let normal = |place| -> f64 { self.numbers(4, place).sample(StandardNormal) };
        let mut low = (0, 0.0);
        let mut high = (DAYS, (DAYS as f64).sqrt() * normal(DAYS));
        loop {
            if place == low.0 {
                return low.1;
            }
            if place == high.0 {
                return high.1;
            }
            let middle = (low.0 + high.0) / 2;
            let spread = ((high.0 - low.0) as f64).sqrt() / 2.0;
            let there = (middle, (low.1 + high.1) / 2.0 + spread * normal(middle));
            *(if place < middle { &mut high } else { &mut low }) = there;
        }
    }

    fn numbers(&self, level: u64, place: i64) -> ChaCha8Rng {
        generator(self.walk.seed, level, place, self.name)
    }
}

/// The marks of a Brownian bridge in `steps` even steps over `span` days, both ends included; as the shares' bridge.
fn bridge((from, to): (f64, f64), span: f64, steps: i64, mut numbers: ChaCha8Rng) -> impl Iterator<Item = f64> {
    let step = span / steps as f64;
    let mut here = from;
    (0..=steps).map(move |done| {
        if done > 0 {
            let left = (steps - done + 1) as f64;
            let noise: f64 = numbers.sample(StandardNormal);
            here += (to - here) / left + (step * (left - 1.0) / left).sqrt() * noise;
        }
        here
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::market::server::history::DailyCloses;
    use chrono::TimeDelta;

    fn walk(seed: u64) -> Walk {
        let closes = DailyCloses::shipped().expect("shipped");
        Walk::new(&Model::measure(&closes).expect("measurable"), seed)
    }

    fn at(text: &str) -> DateTime<Utc> {
        text.parse().expect("a moment")
    }

    #[test]
    fn a_motion_is_a_function_of_seed_label_and_moment() {
        let (from, to) = (at("1950-03-01T00:00:00Z"), at("2026-03-01T10:11:12Z"));
        let one = walk(7).of("FLAT").ratio(from, to);
        assert_eq!(one, walk(7).of("FLAT").ratio(from, to));
        assert!(walk(8).of("FLAT").ratio(from, to) != one && walk(7).of("flat").ratio(from, to) != one);
        // Who watched before, and what they asked, changes nothing.
        let mut asked = walk(7).of("FLAT");
        for hours in [1, 700, 30, 2] {
            asked.ratio(from, to - TimeDelta::hours(hours));
        }
        assert_eq!(asked.ratio(from, to), one);
        assert_eq!(asked.ratio(to, from), Decimal::ONE);
        assert_eq!(asked.ratio(to, to + TimeDelta::milliseconds(999)), Decimal::ONE);
    }

    #[test]
    fn stretches_of_a_way_make_up_the_way() {
        let moments = ["2020-01-01T00:00:00Z", "2021-05-06T07:08:09Z", "2026-03-01T10:05:00Z"].map(at);
        let mut motion = walk(3).of("FLAT");
        let parts = motion.ratio(moments[0], moments[1]) * motion.ratio(moments[1], moments[2]);
        let whole = motion.ratio(moments[0], moments[2]);
        assert!((parts / whole - Decimal::ONE).abs() < Decimal::new(1, 9), "{parts} {whole}");
    }

    #[test]
    fn it_moves_as_far_as_the_median_share() {
        let walk = walk(5);
        let closes = DailyCloses::shipped().expect("shipped");
        let variances = Model::measure(&closes).expect("measurable").variance;
        let wilder = variances.iter().filter(|one| one.sqrt() > walk.deviation).count();
        assert!((9..=10).contains(&wilder), "{wilder} of 20 shares are wilder");
        let mut motion = walk.of("FLAT");
        let of = |motion: &mut Motion, step: i64, count: i64| {
            let marks: Vec<f64> = (0..=count).map(|number| motion.at(1_700_000_000 + number * step)).collect();
            marks.windows(2).map(|pair| (pair[1] - pair[0]).powi(2)).sum::<f64>() / count as f64 / (step as f64 / DAY as f64)
        };
        for (step, count) in [(DAY, 4_000), (BUCKET, 8_000), (1, 8_000)] {
            let variance = of(&mut motion, step, count);
            assert!((variance - 1.0).abs() < 0.1, "in steps of {step} s: {variance}");
        }
    }

    #[test]
    fn a_day_ends_where_the_next_begins() {
        let mut motion = walk(5).of("FLAT");
        let midnight = at("2026-03-02T00:00:00Z").timestamp();
        let (before, there) = (motion.at(midnight - 1), motion.at(midnight));
        assert!((there - before).abs() < 0.03, "{before} {there}");
        assert_eq!(motion.day.as_ref().map(|(_, marks)| marks.len()), Some(289));
    }
}
