//! Where a drawing's lines lie: a value axis of four even steps to round figures, and a time axis from end to end.

use crate::money::Decimal;
use crate::ui::chart::Sample;

/// Steps of the value axis.
pub const STEPS: u32 = 4;

/// A value axis: from `low`, in [`STEPS`] steps of `step`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct ValueAxis {
    /// Its lowest figure.
    pub low: Decimal,
    /// From one line to the next.
    pub step: Decimal,
}

impl ValueAxis {
    /// The axis with the smallest round step (1, 2, 2.5 or 5 times a power of ten) that holds `low..=high`.
    pub fn over(low: Decimal, high: Decimal) -> Self {
        // The smallest that any of our currencies prints.
        let mut unit = Decimal::new(1, 2);
        loop {
            for tenths in [10, 20, 25, 50] {
                let step = unit.saturating_mul(Decimal::new(tenths, 1));
                let start = (low / step).floor().saturating_mul(step);
                if start.saturating_add(step.saturating_mul(STEPS.into())) >= high || unit >= Decimal::from(10_u64.pow(18)) {
                    return Self { low: start, step };
                }
            }
            unit = unit.saturating_mul(Decimal::TEN);
        }
    }

    /// The figure of the line that lies `index` steps above the lowest.
    pub fn at(&self, index: u32) -> Decimal {
        self.low.saturating_add(self.step.saturating_mul(index.into())).normalize()
    }

    /// How far above the lowest figure a value lies, in `parts` of the axis's whole length.
    pub fn position(&self, value: Decimal, parts: u32) -> Decimal {
        let length = self.step.saturating_mul(STEPS.into());
        let above = value.saturating_sub(self.low).saturating_mul(parts.into());
        above.checked_div(length).unwrap_or_default().round()
    }
}

/// The extremes and the ends of a line.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Extent {
    /// The oldest sample.
    pub first: Sample,
    /// The newest sample.
    pub last: Sample,
    /// The lowest value.
    pub low: Decimal,
    /// The highest value.
    pub high: Decimal,
}

impl Extent {
    /// The extent of samples in the order of time; `None` without samples.
    pub fn of(samples: &[Sample]) -> Option<Self> {
        let (first, last) = (*samples.first()?, *samples.last()?);
        let values = samples.iter().map(|sample| sample.value);
        let (low, high) = values.fold((first.value, first.value), |(low, high), value| (low.min(value), high.max(value)));
        Some(Self { first, last, low, high })
    }

    /// Milliseconds from end to end.
    pub fn span_ms(&self) -> i64 {
        self.last.time_ms.saturating_sub(self.first.time_ms)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn d(text: &str) -> Decimal {
        Decimal::from_str_exact(text).expect("a decimal")
    }

    #[test]
    fn steps_are_round() {
        let axis = ValueAxis::over(d("49812.33"), d("50340.10"));
        assert_eq!((axis.low, axis.step), (d("49800"), d("200")));
        assert_eq!([0, 2, 4].map(|index| axis.at(index)), [d("49800"), d("50200"), d("50600")]);
        assert_eq!(axis.position(d("50600"), 1000), d("1000"));
        assert_eq!(axis.position(d("49800"), 1000), d("0"));
    }

    #[test]
    fn one_value_has_an_axis() {
        let axis = ValueAxis::over(d("100"), d("100"));
        assert_eq!((axis.at(0), axis.at(4)), (d("100"), d("100.04")));
    }

    proptest! {
        #[test]
        fn every_value_lies_on_its_axis(low in -1_000_000_000i64..1_000_000_000, span in 0i64..1_000_000_000) {
            let (low, high) = (Decimal::new(low, 2), Decimal::new(low + span, 2));
            let axis = ValueAxis::over(low, high);
            prop_assert!(axis.at(0) <= low && high <= axis.at(STEPS));
            for value in [low, high] {
                let position = axis.position(value, 1000);
                prop_assert!(position >= Decimal::ZERO && position <= Decimal::from(1000));
            }
        }
    }
}
