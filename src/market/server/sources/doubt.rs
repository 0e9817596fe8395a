//! A price far from the last one is held back until a second one says the same.

use super::choice::Heard;
use crate::money::Decimal;

/// The next price may differ by one part in so many without being doubted: by a fifth.
const FAR: Decimal = Decimal::from_parts(5, 0, 0, false, 0);

/// What is held back of one instrument.
#[derive(Debug, Default)]
pub struct Doubt {
    held: Option<(usize, Heard)>,
}

/// What is thought of a price.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Verdict {
    /// It is as it may be.
    Believed,
    /// It is far from the last, and nothing else says so.
    Doubtful,
    /// It is far from the last, and so was the one of this source before it: both count.
    Confirmed(usize, Heard),
}

impl Doubt {
    /// Judges a price of a source by the one that is shown. The first of all has nothing to be judged by.
    pub fn hear(&mut self, shown: Option<Decimal>, source: usize, heard: Heard) -> Verdict {
        if shown.is_none_or(|shown| near(shown, heard.price)) {
            // It speaks against what is held back.
            self.held = None;
            return Verdict::Believed;
        }
        if let Some((other, held)) = self.held
            && near(held.price, heard.price)
            && (other != source || heard.follows(&held))
        {
            self.held = None;
            return Verdict::Confirmed(other, held);
        }
        self.held = Some((source, heard));
        Verdict::Doubtful
    }

    /// The price of a source that is held back.
    pub fn held_of(&self, source: usize) -> Option<Decimal> {
        self.held.filter(|(held, _)| *held == source).map(|(_, heard)| heard.price)
    }

    /// Whether a price of a source is held back.
    pub fn holds(&self, source: usize) -> bool {
        self.held.is_some_and(|(held, _)| held == source)
    }
}

/// Whether two prices differ by no more than a fifth of the first.
pub fn near(one: Decimal, other: Decimal) -> bool {
    let apart = (one - other).abs().checked_mul(FAR);
    apart.is_some_and(|apart| apart <= one)
}

#[cfg(test)]
mod tests {
    use super::*;
    use chrono::{DateTime, TimeDelta};

    fn heard(price: i64, second: i64) -> Heard {
        let at = DateTime::UNIX_EPOCH + TimeDelta::seconds(second);
        Heard {
            price: price.into(),
            quoted_at: at,
            trade: None,
            size: None,
            received_at: at,
        }
    }

    #[test]
    fn a_fifth_is_near_and_more_is_far() {
        assert!(near(100.into(), 120.into()) && near(100.into(), 80.into()));
        assert!(!near(100.into(), 121.into()) && !near(100.into(), 79.into()));
        assert!(!near(Decimal::ONE, Decimal::MAX));
    }

    #[test]
    fn a_second_tick_or_a_second_source_confirms() {
        let shown = Some(Decimal::ONE_HUNDRED);
        let mut doubt = Doubt::default();
        assert_eq!(doubt.hear(None, 0, heard(7, 0)), Verdict::Believed);
        assert_eq!(doubt.hear(shown, 0, heard(50, 1)), Verdict::Doubtful);
        assert_eq!(
            doubt.hear(shown, 0, heard(50, 1)),
            Verdict::Doubtful,
            "the same again is no second one"
        );
        assert_eq!(doubt.hear(shown, 0, heard(51, 2)), Verdict::Confirmed(0, heard(50, 1)));
        assert_eq!(doubt.hear(shown, 0, heard(50, 3)), Verdict::Doubtful);
        assert_eq!(doubt.hear(shown, 1, heard(52, 3)), Verdict::Confirmed(0, heard(50, 3)));
    }

    #[test]
    fn a_usual_price_speaks_against_it_and_another_far_one_does_not_confirm() {
        let shown = Some(Decimal::ONE_HUNDRED);
        let mut doubt = Doubt::default();
        assert_eq!(doubt.hear(shown, 0, heard(50, 1)), Verdict::Doubtful);
        assert_eq!(doubt.hear(shown, 1, heard(99, 2)), Verdict::Believed);
        assert_eq!(doubt.hear(shown, 0, heard(50, 3)), Verdict::Doubtful);
        assert_eq!(doubt.hear(shown, 0, heard(900, 4)), Verdict::Doubtful);
        assert_eq!(doubt.hear(shown, 0, heard(905, 5)), Verdict::Confirmed(0, heard(900, 4)));
    }
}
