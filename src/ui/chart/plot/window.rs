//! Which part of the candles is shown: a stretch of their indices, with fractions. One candle is 1 wide.

/// Candles that are shown at the least.
const FEWEST: f64 = 5.0;
/// Of what is shown, how much is left free behind the newest candle while the chart follows it.
const AHEAD: f64 = 0.02;

/// What is shown.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Window {
    /// The index at the left edge.
    pub from: f64,
    /// The index at the right edge.
    pub to: f64,
}

impl Window {
    /// All of them.
    pub fn all(count: usize) -> Self {
        let count = (count as f64).max(1.0);
        Self {
            from: 0.0,
            to: count * (1.0 + AHEAD),
        }
    }

    /// How many are shown.
    pub fn span(&self) -> f64 {
        self.to - self.from
    }

    /// Shows `factor` times as many, around an index that stays where it is.
    pub fn zoomed(self, factor: f64, around: f64, count: usize) -> Self {
        let all = Self::all(count).span();
        let span = (self.span() * factor).clamp(FEWEST.min(all), all);
        let share = (around - self.from) / self.span();
        let from = around - share * span;
        Self { from, to: from + span }.within(count)
    }

    /// Moved by so many candles: to the right with a positive number.
    pub fn panned(self, by: f64, count: usize) -> Self {
        Self {
            from: self.from + by,
            to: self.to + by,
        }
        .within(count)
    }

    /// The same width, with the newest in it.
    pub fn following(self, count: usize) -> Self {
        let to = count as f64 + self.span() * AHEAD;
        Self {
            from: to - self.span(),
            to,
        }
        .within(count)
    }

    /// Whether the newest candle is in it.
    pub fn shows_newest(&self, count: usize) -> bool {
        self.to >= count as f64 - 0.5
    }

    /// Held between the oldest and what is left free behind the newest.
    fn within(self, count: usize) -> Self {
        let span = self.span().max(f64::MIN_POSITIVE);
        let most = count as f64 + span * AHEAD;
        let from = self.from.min(most - span).max(0.0);
        Self { from, to: from + span }
    }

    /// The indices of the candles that it shows, whole or in part, of so many.
    pub fn indices(&self, count: usize) -> std::ops::Range<usize> {
        let from = self.from.max(0.0).floor() as usize;
        let to = (self.to.max(0.0).ceil() as usize).min(count);
        from.min(to)..to
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    proptest! {
        #[test]
        fn it_never_leaves_the_candles(count in 1usize..2_000_000, moves in prop::collection::vec((0.1..10.0f64, 0.0..1.0f64, -1e6..1e6f64), 0..30)) {
            let mut window = Window::all(count);
            for (factor, at, by) in moves {
                window = window.zoomed(factor, window.from + at * window.span(), count).panned(by, count);
                prop_assert!(window.from >= 0.0 && window.to <= count as f64 + window.span() * AHEAD + 1e-6, "{window:?}");
                prop_assert!(window.span() > 0.0 && window.span() <= Window::all(count).span() + 1e-6);
                prop_assert!(!window.indices(count).is_empty());
            }
            prop_assert!(window.following(count).shows_newest(count));
        }
    }

    #[test]
    fn what_is_pointed_at_stays_where_it_is() {
        let window = Window { from: 100.0, to: 200.0 };
        let closer = window.zoomed(0.5, 120.0, 1_000);
        assert_eq!(closer, Window { from: 110.0, to: 160.0 });
        assert_eq!(closer.zoomed(2.0, 120.0, 1_000), window);
    }
}
