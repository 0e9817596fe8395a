//! The way of a frame from valuation to receipt to paint, as the debug panel shows it.

use crate::ui::sorted::sort;

/// How many samples are kept.
const KEPT: usize = 256;

/// Upper bounds of the histogram's buckets, in milliseconds; the last bucket has none.
pub const BOUNDS_MS: [f64; 9] = [1.0, 2.0, 4.0, 8.0, 16.0, 32.0, 64.0, 128.0, 256.0];

/// The last samples of one stretch of the way, in milliseconds.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Latency {
    samples: Vec<f64>,
    next: usize,
}

impl Latency {
    /// Takes a sample; beyond the kept number it replaces the oldest. A clock that went back counts as zero.
    pub fn record(&mut self, millis: f64) {
        let sample = if millis.is_finite() { millis.max(0.0) } else { return };
        if self.samples.len() < KEPT {
            self.samples.push(sample);
        } else {
            self.samples[self.next] = sample;
        }
        self.next = (self.next + 1) % KEPT;
    }

    /// How many samples there are.
    pub fn len(&self) -> usize {
        self.samples.len()
    }

    /// Whether there is no sample yet.
    pub fn is_empty(&self) -> bool {
        self.samples.is_empty()
    }

    /// The nearest-rank quantile, `q` in 0..=1, in milliseconds; `None` without samples.
    pub fn quantile(&self, q: f64) -> Option<f64> {
        let mut sorted = self.samples.clone();
        sort(&mut sorted, f64::total_cmp);
        let rank = (q.clamp(0.0, 1.0) * sorted.len() as f64).ceil().max(1.0) as usize;
        sorted.get(rank - 1).copied()
    }

    /// How many samples fall into each bucket of [`BOUNDS_MS`], and beyond the last.
    pub fn histogram(&self) -> [usize; BOUNDS_MS.len() + 1] {
        let mut counts = [0; BOUNDS_MS.len() + 1];
        for sample in &self.samples {
            counts[BOUNDS_MS.iter().position(|bound| sample <= bound).unwrap_or(BOUNDS_MS.len())] += 1;
        }
        counts
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn quantiles_are_of_the_newest_samples() {
        let mut latency = Latency::default();
        assert_eq!(latency.quantile(0.5), None);
        for n in 0..1000 {
            latency.record(f64::from(n));
        }
        assert_eq!(latency.len(), 256);
        assert_eq!(latency.quantile(0.0), Some(744.0));
        assert_eq!(latency.quantile(0.99), Some(997.0));
        assert_eq!(latency.histogram()[9], 256);
    }

    #[test]
    fn a_clock_that_went_back_counts_as_zero() {
        let mut latency = Latency::default();
        latency.record(-5.0);
        latency.record(f64::NAN);
        assert_eq!((latency.len(), latency.quantile(0.5)), (1, Some(0.0)));
    }
}
