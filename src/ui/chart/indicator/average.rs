//! An average that forgets: each new value weighs the same share, and what came before fades.

/// An average over `length` values that begins with their simple mean, and then moves by a share of each step away from it.
///
/// The share is 2 / (length + 1) for an exponential moving average, and 1 / length for one that Wilder describes (New Concepts in
/// Technical Trading Systems, 1978). It keeps one number, so nothing can drift: what an error was fades with the values.
#[derive(Clone, Copy, Debug)]
pub(super) struct Average {
    share: f64,
    length: usize,
    count: usize,
    mean: f64,
}

impl Average {
    /// An exponential moving average.
    pub(super) fn exponential(length: usize) -> Self {
        Self::new(length, 2.0 / (length as f64 + 1.0))
    }

    /// Wilder's average.
    pub(super) fn wilder(length: usize) -> Self {
        Self::new(length, 1.0 / length as f64)
    }

    fn new(length: usize, share: f64) -> Self {
        Self {
            share,
            length,
            count: 0,
            mean: 0.0,
        }
    }

    /// What it is after a further value.
    pub(super) fn after(self, value: f64) -> Self {
        let count = (self.count + 1).min(self.length);
        let share = if self.count < self.length { 1.0 / count as f64 } else { self.share };
        Self {
            count,
            mean: self.mean + share * (value - self.mean),
            ..self
        }
    }

    /// The average; `None` before `length` values.
    pub(super) fn value(&self) -> Option<f64> {
        (self.count == self.length).then_some(self.mean)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn over(average: Average, values: &[f64]) -> Vec<Option<f64>> {
        let mut average = average;
        let step = |value: &f64| {
            average = average.after(*value);
            average.value()
        };
        values.iter().map(step).collect()
    }

    #[test]
    fn it_begins_with_the_mean_and_goes_on_by_its_share() {
        let values = [3.0, 6.0, 9.0, 10.0, 2.0];
        assert_eq!(
            over(Average::exponential(3), &values),
            [None, None, Some(6.0), Some(8.0), Some(5.0)]
        );
        assert_eq!(
            over(Average::wilder(2), &values),
            [None, Some(4.5), Some(6.75), Some(8.375), Some(5.1875)]
        );
        assert_eq!(over(Average::exponential(1), &values), values.map(Some));
    }
}
