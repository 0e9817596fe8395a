//! The last values of a series, and what they come to together.

/// What values come to together: associative, so that parts can be worked out apart.
pub(super) trait Fold: Copy {
    /// Both together, the older first.
    fn and(self, newer: Self) -> Self;
}

/// Count, mean and sum of squared distances from it.
///
/// Two of them are merged after Chan, Golub and LeVeque (Updating formulae and a pairwise algorithm, 1979): nothing large is ever
/// taken from something large, as it is where squares are summed.
#[derive(Clone, Copy, Debug)]
pub(super) struct Moments {
    count: f64,
    mean: f64,
    squares: f64,
}

impl Moments {
    pub(super) fn of(value: f64) -> Self {
        Self {
            count: 1.0,
            mean: value,
            squares: 0.0,
        }
    }

    pub(super) fn mean(&self) -> f64 {
        self.mean
    }

    /// The standard deviation of the values as a whole, not as a sample: divided by their count.
    pub(super) fn deviation(&self) -> f64 {
        (self.squares / self.count).sqrt()
    }
}

impl Fold for Moments {
    fn and(self, newer: Self) -> Self {
        let count = self.count + newer.count;
        let (apart, share) = (newer.mean - self.mean, newer.count / count);
        Self {
            count,
            mean: self.mean + apart * share,
            squares: self.squares + newer.squares + apart * apart * self.count * share,
        }
    }
}

/// From the lowest to the highest.
#[derive(Clone, Copy, Debug)]
pub(super) struct Span {
    pub(super) low: f64,
    pub(super) high: f64,
}

impl Fold for Span {
    fn and(self, newer: Self) -> Self {
        Self {
            low: self.low.min(newer.low),
            high: self.high.max(newer.high),
        }
    }
}

/// The last `length` values and what they come to, at the cost of one merge for each.
///
/// The series is cut into blocks of `length`. A window is the rest of one block and the beginning of the next: the rests of a block
/// are worked out once, when it is full, and the beginning grows by one value at a time (van Herk; Gil and Werman, 1993). No value
/// is ever taken out of a sum again, so there is nothing that drifts and no number so large that it stays behind.
#[derive(Clone, Debug)]
pub(super) struct Window<T> {
    length: usize,
    /// What the finished block comes to from each place to its end; empty before the first is finished.
    rests: Vec<T>,
    /// The block under way, always shorter than `length`.
    block: Vec<T>,
    /// What the block under way comes to.
    begun: Option<T>,
}

impl<T: Fold> Window<T> {
    pub(super) fn new(length: usize) -> Self {
        Self {
            length,
            rests: Vec::with_capacity(length),
            block: Vec::with_capacity(length),
            begun: None,
        }
    }

    /// What the last `length` values come to when `value` is the newest of them; `None` where they are fewer.
    pub(super) fn with(&self, value: T) -> Option<T> {
        let begun = self.begun.map_or(value, |begun| begun.and(value));
        let taken = self.block.len() + 1;
        if taken == self.length {
            return Some(begun);
        }
        self.rests.get(taken).map(|rest| rest.and(begun))
    }

    /// Takes the value in.
    pub(super) fn push(&mut self, value: T) {
        self.begun = Some(self.begun.map_or(value, |begun| begun.and(value)));
        self.block.push(value);
        if self.block.len() == self.length {
            for at in (1..self.length).rev() {
                self.block[at - 1] = self.block[at - 1].and(self.block[at]);
            }
            std::mem::swap(&mut self.rests, &mut self.block);
            self.block.clear();
            self.begun = None;
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    proptest! {
        #[test]
        fn a_window_is_what_its_values_come_to(values in prop::collection::vec(-1_000_i32..1_000, 0..80), length in 1..20_usize) {
            let (mut moments, mut spans) = (Window::new(length), Window::new(length));
            let values: Vec<f64> = values.into_iter().map(f64::from).collect();
            for (at, value) in values.iter().enumerate() {
                let span = Span { low: *value, high: *value };
                let (found, range) = (moments.with(Moments::of(*value)), spans.with(span));
                moments.push(Moments::of(*value));
                spans.push(span);
                prop_assert_eq!(found.is_some(), at + 1 >= length);
                prop_assert_eq!(range.is_some(), at + 1 >= length);
                let (Some(found), Some(range)) = (found, range) else { continue };
                let last = &values[at + 1 - length..=at];
                let mean = last.iter().sum::<f64>() / length as f64;
                let variance = last.iter().map(|value| (value - mean).powi(2)).sum::<f64>() / length as f64;
                prop_assert!((found.mean() - mean).abs() < 1e-9);
                prop_assert!((found.deviation() - variance.sqrt()).abs() < 1e-9);
                prop_assert_eq!(range.low, last.iter().copied().fold(f64::INFINITY, f64::min));
                prop_assert_eq!(range.high, last.iter().copied().fold(f64::NEG_INFINITY, f64::max));
            }
        }
    }

    #[test]
    fn memory_is_that_of_its_length() {
        let mut window = Window::new(50);
        let room = (window.rests.capacity(), window.block.capacity());
        for value in 0..10_000 {
            window.push(Moments::of(f64::from(value)));
        }
        assert_eq!((window.rests.capacity(), window.block.capacity()), room);
    }
}
