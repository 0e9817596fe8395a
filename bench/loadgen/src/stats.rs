//! What is counted while it runs. Each thread has its own; they are added up at the end.

use std::collections::{BTreeMap, HashMap};

use hdrhistogram::Histogram;
use serde_json::{Value, json};

/// Updates of more moments than this are not compared with each other: memory has its bound in an hour's run too.
const TICKS: usize = 60_000;

/// Microseconds, to three digits, up to an hour.
#[derive(Clone, Debug)]
pub struct Micros(Option<Histogram<u64>>);

impl Default for Micros {
    fn default() -> Self {
        Self(Histogram::new_with_bounds(1, 3_600_000_000, 3).ok())
    }
}

impl Micros {
    pub fn record(&mut self, micros: u64) {
        if let Some(histogram) = &mut self.0 {
            histogram.saturating_record(micros.max(1));
        }
    }

    fn add(&mut self, other: &Self) {
        if let (Some(ours), Some(theirs)) = (&mut self.0, &other.0) {
            // Both have the same bounds, which is all that could be wrong.
            let _ = ours.add(theirs);
        }
    }

    /// Milliseconds at the quantiles that matter.
    pub fn told(&self) -> Value {
        let Some(histogram) = &self.0 else { return Value::Null };
        let at = |quantile| histogram.value_at_quantile(quantile) as f64 / 1_000.0;
        json!({"n": histogram.len(), "p50": at(0.5), "p99": at(0.99), "p999": at(0.999), "max": histogram.max() as f64 / 1_000.0})
    }
}

/// One moment's update on its way to all: when the first and the last got it.
#[derive(Clone, Copy, Debug)]
pub struct Tick {
    first: u64,
    last: u64,
    got: u64,
}

/// Counts of the whole run.
#[derive(Clone, Debug, Default)]
pub struct Whole {
    /// From the connect to the answer 101.
    pub open: Micros,
    /// From 101 to the first update.
    pub first: Micros,
    /// From a loss, or from leaving, to the next update.
    pub back: Micros,
    pub subprotocol: u64,
    pub churned: u64,
    pub lost: u64,
    pub returned: u64,
    /// Updates that came again after a return although they were named.
    pub twice: u64,
    /// Handshakes that failed, and why.
    pub failures: BTreeMap<String, u64>,
    /// Who was closed with which code.
    pub closes: BTreeMap<String, u64>,
}

/// Counts since the window began.
#[derive(Clone, Debug, Default)]
pub struct Window {
    /// From an update's own moment to its arrival.
    pub latency: Micros,
    /// Between two updates of a viewer.
    pub pause: Micros,
    pub ticks: HashMap<(u64, u64), Tick>,
    pub frames: u64,
    pub updates: u64,
    pub binary: u64,
    /// Updates of changed fields that do not follow what the viewer has.
    pub strange: u64,
    pub errors: u64,
    pub bytes: u64,
    pub reads: u64,
    /// Numbers that were passed over.
    pub skipped: u64,
    /// Numbers that came again, or lower ones.
    pub backwards: u64,
    pub slow_closed: u64,
    pub slow_open: u64,
}

/// Both.
#[derive(Clone, Debug, Default)]
pub struct Stats {
    pub whole: Whole,
    pub window: Window,
}

impl Window {
    /// Notes that a viewer got an update.
    pub fn tick(&mut self, key: (u64, u64), at: u64) {
        let room = self.ticks.len() < TICKS;
        if let Some(tick) = self.ticks.get_mut(&key) {
            tick.first = tick.first.min(at);
            tick.last = tick.last.max(at);
            tick.got += 1;
        } else if room {
            let first = Tick {
                first: at,
                last: at,
                got: 1,
            };
            self.ticks.insert(key, first);
        }
    }

    /// From the first to the last viewer, of the updates that reached nearly all.
    pub fn spread(&self) -> Micros {
        let most = self.ticks.values().map(|tick| tick.got).max().unwrap_or(0);
        let mut spread = Micros::default();
        for tick in self.ticks.values().filter(|tick| most > 1 && tick.got * 10 >= most * 9) {
            spread.record(tick.last - tick.first);
        }
        spread
    }
}

impl Stats {
    /// Takes in what another thread counted.
    pub fn add(&mut self, other: Self) {
        let Self { whole, window } = other;
        for (ours, theirs) in [
            (&mut self.whole.open, &whole.open),
            (&mut self.whole.first, &whole.first),
            (&mut self.whole.back, &whole.back),
            (&mut self.window.latency, &window.latency),
            (&mut self.window.pause, &window.pause),
        ] {
            ours.add(theirs);
        }
        for (ours, theirs) in [
            (&mut self.whole.subprotocol, whole.subprotocol),
            (&mut self.whole.churned, whole.churned),
            (&mut self.whole.lost, whole.lost),
            (&mut self.whole.returned, whole.returned),
            (&mut self.whole.twice, whole.twice),
            (&mut self.window.frames, window.frames),
            (&mut self.window.updates, window.updates),
            (&mut self.window.binary, window.binary),
            (&mut self.window.strange, window.strange),
            (&mut self.window.errors, window.errors),
            (&mut self.window.bytes, window.bytes),
            (&mut self.window.reads, window.reads),
            (&mut self.window.skipped, window.skipped),
            (&mut self.window.backwards, window.backwards),
            (&mut self.window.slow_closed, window.slow_closed),
            (&mut self.window.slow_open, window.slow_open),
        ] {
            *ours += theirs;
        }
        for (ours, theirs) in [(&mut self.whole.failures, whole.failures), (&mut self.whole.closes, whole.closes)] {
            for (name, count) in theirs {
                *ours.entry(name).or_default() += count;
            }
        }
        for (key, theirs) in window.ticks {
            let tick = self.window.ticks.entry(key).or_insert(Tick { got: 0, ..theirs });
            tick.first = tick.first.min(theirs.first);
            tick.last = tick.last.max(theirs.last);
            tick.got += theirs.got;
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn threads_add_up_to_one_spread() {
        let (mut one, mut other) = (Stats::default(), Stats::default());
        one.window.tick((1, 1), 1_000);
        one.window.tick((1, 1), 2_000);
        other.window.tick((1, 1), 5_000);
        other.window.tick((2, 2), 9_000);
        one.add(other);
        let spread = one.window.spread().told();
        // What reached one viewer alone says nothing of the others.
        assert_eq!(spread["n"], 1);
        assert!((spread["p50"].as_f64().unwrap() - 4.0).abs() < 0.01, "{spread}");
    }
}
