//! Counters and histograms without a lock. They are made at compile time and never reset: who reads works out differences.

use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;

/// Upper bounds of the classes of every histogram, in microseconds: from a valuation of a small portfolio to a request that hangs.
pub const BOUNDS: [u64; 18] = [
    10, 25, 50, 100, 250, 500, 1_000, 2_500, 5_000, 10_000, 25_000, 50_000, 100_000, 250_000, 500_000, 1_000_000, 2_500_000, 10_000_000,
];

/// Classes: one a bound, and one for what is longer than all of them.
pub const CLASSES: usize = BOUNDS.len() + 1;

/// Something that is counted.
#[derive(Debug)]
pub struct Count(AtomicU64);

impl Count {
    /// Nothing yet.
    pub const fn new() -> Self {
        Self(AtomicU64::new(0))
    }

    /// Counts one.
    pub fn one(&self) {
        self.add(1);
    }

    /// Counts some.
    pub fn add(&self, some: u64) {
        self.0.fetch_add(some, Ordering::Relaxed);
    }

    /// Says how many there are now, of what goes up and down.
    pub fn set(&self, now: u64) {
        self.0.store(now, Ordering::Relaxed);
    }

    /// How many.
    pub fn get(&self) -> u64 {
        self.0.load(Ordering::Relaxed)
    }
}

impl Default for Count {
    fn default() -> Self {
        Self::new()
    }
}

/// Counts by one label, whose values are known beforehand. What is none of them counts as the last.
#[derive(Debug)]
pub struct By<const N: usize> {
    labels: [&'static str; N],
    counts: [Count; N],
}

impl<const N: usize> By<N> {
    /// Nothing yet, by these labels.
    pub const fn new(labels: [&'static str; N]) -> Self {
        Self {
            labels,
            counts: [const { Count::new() }; N],
        }
    }

    /// Counts one.
    pub fn one(&self, label: &str) {
        let at = self.labels.iter().position(|known| *known == label).unwrap_or(N.saturating_sub(1));
        if let Some(count) = self.counts.get(at) {
            count.one();
        }
    }

    /// Each label with its count.
    pub fn each(&self) -> impl Iterator<Item = (&'static str, u64)> {
        self.labels.iter().zip(&self.counts).map(|(label, count)| (*label, count.get()))
    }
}

/// Durations by class.
#[derive(Debug)]
pub struct Histogram {
    classes: [Count; CLASSES],
    micros: Count,
}

impl Histogram {
    /// Nothing yet.
    pub const fn new() -> Self {
        Self {
            classes: [const { Count::new() }; CLASSES],
            micros: Count::new(),
        }
    }

    /// Takes one duration.
    pub fn take(&self, took: Duration) {
        let micros = micros(took);
        if let Some(class) = self.classes.get(class(micros)) {
            class.one();
        }
        self.micros.add(micros);
    }

    /// Takes what was collected aside, and empties that.
    pub fn take_all(&self, aside: &mut Aside) {
        if aside.micros == 0 && aside.classes.iter().all(|count| *count == 0) {
            return;
        }
        for (class, count) in self.classes.iter().zip(&aside.classes) {
            if *count > 0 {
                class.add(*count);
            }
        }
        self.micros.add(aside.micros);
        *aside = Aside::default();
    }

    /// The counts of the classes, and the sum in microseconds.
    pub fn read(&self) -> ([u64; CLASSES], u64) {
        (std::array::from_fn(|at| self.classes[at].get()), self.micros.get())
    }
}

impl Default for Histogram {
    fn default() -> Self {
        Self::new()
    }
}

/// Durations that one thread collects for itself, so that many cost no more than plain additions.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Aside {
    classes: [u64; CLASSES],
    micros: u64,
}

impl Aside {
    /// Takes the same duration several times.
    pub fn take(&mut self, took: Duration, times: u64) {
        let micros = micros(took);
        self.classes[class(micros)] += times;
        self.micros += micros * times;
    }
}

fn micros(took: Duration) -> u64 {
    took.as_micros().try_into().unwrap_or(u64::MAX >> 20)
}

/// The class of a duration. A bound belongs to its class, as Prometheus' `le` says.
fn class(micros: u64) -> usize {
    BOUNDS.partition_point(|bound| *bound < micros)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_duration_has_its_class() {
        let histogram = Histogram::new();
        for micros in [0, 10, 11, 1_000, 10_000_000, 10_000_001] {
            histogram.take(Duration::from_micros(micros));
        }
        let (classes, sum) = histogram.read();
        assert_eq!([classes[0], classes[1], classes[6], classes[17], classes[18]], [2, 1, 1, 1, 1]);
        assert_eq!((classes.iter().sum::<u64>(), sum), (6, 20_001_022));
    }

    #[test]
    fn what_is_collected_aside_is_what_is_taken_at_once() {
        let (one, other, mut aside) = (Histogram::new(), Histogram::new(), Aside::default());
        for millis in [0, 1, 7, 7, 7, 90_000] {
            one.take(Duration::from_millis(millis));
        }
        aside.take(Duration::from_millis(7), 3);
        for millis in [0, 1, 90_000] {
            aside.take(Duration::from_millis(millis), 1);
        }
        other.take_all(&mut aside);
        other.take_all(&mut aside);
        assert_eq!(one.read(), other.read());
        assert_eq!(aside, Aside::default());
    }

    #[test]
    fn an_unknown_label_is_the_last() {
        let by = By::new(["a", "b", "other"]);
        ["a", "b", "c", "a", ""].iter().for_each(|label| by.one(label));
        assert_eq!(by.each().collect::<Vec<_>>(), [("a", 2), ("b", 1), ("other", 2)]);
    }
}
