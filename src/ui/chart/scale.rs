//! Where a drawing's lines lie: a value axis of even steps to round figures, and a time axis from end to end.

use crate::money::Decimal;
use crate::ui::chart::Sample;
use rust_decimal::prelude::ToPrimitive;

/// Steps that a value axis has, more or less.
const STEPS: u32 = 4;

/// A value axis: from `low`, in `steps` steps of `step`.
///
/// It is the one that ECharts would choose for the same values, so that nothing moves when it takes over.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct ValueAxis {
    /// Its lowest figure.
    pub low: Decimal,
    /// From one line to the next: 1, 2, 3 or 5 times a power of ten.
    pub step: Decimal,
    /// How many.
    pub steps: u32,
}

impl ValueAxis {
    /// The axis that holds `low..=high`.
    pub fn over(low: Decimal, high: Decimal) -> Self {
        let step = round_step(high.saturating_sub(low) / Decimal::from(STEPS));
        let start = (low / step).floor().saturating_mul(step);
        let steps = (high.saturating_sub(start) / step).ceil().to_u32().unwrap_or(1).clamp(1, 2 * STEPS);
        Self { low: start, step, steps }
    }

    /// The figure of the line that lies `index` steps above the lowest.
    pub fn at(&self, index: u32) -> Decimal {
        self.low.saturating_add(self.step.saturating_mul(index.into())).normalize()
    }

    /// How far above the lowest figure a value lies, in `parts` of the axis's whole length.
    pub fn position(&self, value: Decimal, parts: u32) -> Decimal {
        let length = self.step.saturating_mul(self.steps.into());
        let above = value.saturating_sub(self.low).saturating_mul(parts.into());
        above.checked_div(length).unwrap_or_default().round()
    }
}

/// The round figure next to a step: 1, 2, 3 or 5 times a power of ten, and no smaller than a cent.
fn round_step(step: Decimal) -> Decimal {
    let mut unit = Decimal::new(1, 2);
    while let Some(next) = unit.checked_mul(Decimal::TEN).filter(|next| *next <= step) {
        unit = next;
    }
    let tenths = (step / unit).saturating_mul(Decimal::TEN);
    let times = [(15, 1), (25, 2), (40, 3), (70, 5)]
        .into_iter()
        .find(|(below, _)| tenths < Decimal::from(*below));
    unit.saturating_mul(Decimal::from(times.map_or(10, |(_, times)| times)))
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
    fn steps_are_those_of_echarts() {
        let axis = ValueAxis::over(d("49543.10"), d("50363.77"));
        assert_eq!((axis.at(0), axis.step, axis.at(axis.steps)), (d("49400"), d("200"), d("50400")));
        assert_eq!(axis.position(d("50400"), 1000), d("1000"));
        assert_eq!(axis.position(d("49400"), 1000), d("0"));
    }

    #[test]
    fn one_value_has_an_axis() {
        let axis = ValueAxis::over(d("100"), d("100"));
        assert_eq!((axis.at(0), axis.at(axis.steps)), (d("100"), d("100.01")));
    }

    proptest! {
        #[test]
        fn every_value_lies_on_its_axis(low in -1_000_000_000i64..1_000_000_000, span in 0i64..1_000_000_000) {
            let (low, high) = (Decimal::new(low, 2), Decimal::new(low + span, 2));
            let axis = ValueAxis::over(low, high);
            prop_assert!(axis.at(0) <= low && high <= axis.at(axis.steps));
            for value in [low, high] {
                let position = axis.position(value, 1000);
                prop_assert!(position >= Decimal::ZERO && position <= Decimal::from(1000));
            }
        }
    }
}
