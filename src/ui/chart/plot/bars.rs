//! What a chart is drawn from: candles in the order of time, the newest of them still under way.

use crate::ui::chart::indicator::Bar;
use crate::ui::chart::plot::extremes::Extremes;
use std::ops::Range;

/// Candles as columns.
#[derive(Clone, Debug, Default)]
pub struct Bars {
    times: Vec<i64>,
    open: Vec<f64>,
    closes: Extremes,
    range: Extremes,
    /// What was traded before each, and behind the newest: a sum over any range is a difference.
    traded: Vec<f64>,
}

impl Bars {
    /// How many there are.
    pub fn len(&self) -> usize {
        self.times.len()
    }

    /// Whether there is none.
    pub fn is_empty(&self) -> bool {
        self.times.is_empty()
    }

    /// The moments at which they begin, in milliseconds since 1970.
    pub fn times(&self) -> &[i64] {
        &self.times
    }

    /// Adds one behind the newest. One that is not after it changes it, or is left out where it is older.
    pub fn push(&mut self, bar: Bar) {
        if self.traded.is_empty() {
            self.traded.push(0.0);
        }
        let volume = if bar.volume.is_finite() { bar.volume.max(0.0) } else { 0.0 };
        match self.times.last() {
            Some(last) if *last > bar.time_ms => {}
            Some(last) if *last == bar.time_ms => {
                let at = self.len() - 1;
                self.open[at] = bar.open;
                self.closes.set_last(bar.close, bar.close);
                self.range.set_last(bar.low, bar.high);
                self.traded[at + 1] = self.traded[at] + volume;
            }
            _ => {
                self.times.push(bar.time_ms);
                self.open.push(bar.open);
                self.closes.push(bar.close, bar.close);
                self.range.push(bar.low, bar.high);
                self.traded.push(self.traded[self.times.len() - 1] + volume);
            }
        }
    }

    /// The one at an index.
    pub fn get(&self, at: usize) -> Option<Bar> {
        self.merged(at..at + 1)
    }

    /// The newest.
    pub fn last(&self) -> Option<Bar> {
        self.get(self.len().checked_sub(1)?)
    }

    /// The close at an index.
    pub fn close(&self, at: usize) -> Option<f64> {
        Some(self.closes.get(at)?.0)
    }

    /// All of a range as one: the first open, the last close, the extremes, the sum. The work does not grow with the range.
    pub fn merged(&self, range: Range<usize>) -> Option<Bar> {
        let end = range.end.min(self.len());
        let last = end.checked_sub(1).filter(|last| *last >= range.start)?;
        let (low, high) = self.range.over(range.start..end)?;
        Some(Bar {
            time_ms: *self.times.get(range.start)?,
            open: *self.open.get(range.start)?,
            high,
            low,
            close: self.close(last)?,
            volume: self.traded.get(end)? - self.traded.get(range.start)?,
        })
    }

    /// All closes.
    pub fn closes(&self) -> &Extremes {
        &self.closes
    }

    /// The lowest and the highest price of a range.
    pub fn extremes(&self, range: Range<usize>) -> Option<(f64, f64)> {
        self.range.over(range)
    }

    /// The index of the one that a moment lies in: the last that begins no later. `None` before the first.
    pub fn at(&self, time_ms: i64) -> Option<usize> {
        self.times.partition_point(|time| *time <= time_ms).checked_sub(1)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn bar(time_ms: i64, open: f64, close: f64, volume: f64) -> Bar {
        Bar {
            time_ms,
            open,
            high: open.max(close) + 1.0,
            low: open.min(close) - 1.0,
            close,
            volume,
        }
    }

    #[test]
    fn a_range_merges_into_one_and_the_newest_may_change() {
        let mut bars = Bars::default();
        for one in [bar(0, 10.0, 12.0, 5.0), bar(60, 12.0, 8.0, 7.0), bar(120, 8.0, 9.0, 1.0)] {
            bars.push(one);
        }
        bars.push(bar(120, 8.0, 20.0, 3.0));
        // Older than the newest: it is too late for a drawing.
        bars.push(bar(60, 1.0, 1.0, 1.0));
        let all = bars.merged(0..3).expect("candles");
        assert_eq!((all.open, all.high, all.low, all.close, all.volume), (10.0, 21.0, 7.0, 20.0, 15.0));
        assert_eq!(bars.merged(2..2), None);
        assert_eq!(bars.merged(3..9), None);
        assert_eq!(
            (bars.at(-1), bars.at(0), bars.at(119), bars.at(500)),
            (None, Some(0), Some(1), Some(2))
        );
        assert_eq!(Bars::default().last(), None);
    }
}
