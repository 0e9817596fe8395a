//! Where values stand on an axis, and at which round ones it is labelled.

/// How values are spread over an axis.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Spread {
    /// Equal differences are equally far.
    #[default]
    Linear,
    /// Equal ratios are equally far.
    Logarithmic,
    /// Percent of the first value that is shown.
    Percent,
}

impl Spread {
    /// All of them.
    pub const ALL: [Self; 3] = [Self::Linear, Self::Logarithmic, Self::Percent];

    /// How addresses name it.
    pub fn label(self) -> &'static str {
        match self {
            Self::Linear => "linear",
            Self::Logarithmic => "log",
            Self::Percent => "percent",
        }
    }

    /// The one of a label.
    pub fn read(label: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|one| one.label() == label)
    }
}

/// A value axis: what its two ends are, in the values that it is labelled with.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Axis {
    /// At the foot.
    pub low: f64,
    /// At the head.
    pub high: f64,
    /// Whether equal ratios are equally far. Only where both ends are above zero.
    logarithmic: bool,
}

/// How much of an axis is left free at each end, so that a value that moves does not move the axis.
const FREE: f64 = 0.08;

impl Axis {
    /// An axis that holds a range with room to spare.
    pub fn around(low: f64, high: f64, logarithmic: bool) -> Self {
        let logarithmic = logarithmic && low > 0.0;
        let (from, to) = if logarithmic { (low.ln(), high.ln()) } else { (low, high) };
        // What never moved has an axis too.
        let least = if logarithmic {
            0.002
        } else {
            (low.abs().max(high.abs()) * 0.002).max(1e-9)
        };
        let free = ((to - from) * FREE).max((least - (to - from)) / 2.0);
        let (from, to) = (from - free, to + free);
        let (low, high) = if logarithmic { (from.exp(), to.exp()) } else { (from, to) };
        Self { low, high, logarithmic }
    }

    /// An axis of exactly these ends.
    pub fn between(low: f64, high: f64) -> Self {
        Self {
            low,
            high,
            logarithmic: false,
        }
    }

    /// The same with a share of it added below its foot.
    pub fn lowered(self, share: f64) -> Self {
        Self {
            low: self.value(-share),
            ..self
        }
    }

    /// How far above the foot a value stands: 0 at the foot, 1 at the head.
    pub fn share(&self, value: f64) -> f64 {
        if self.logarithmic {
            (value.max(f64::MIN_POSITIVE) / self.low).ln() / (self.high / self.low).ln()
        } else {
            (value - self.low) / (self.high - self.low)
        }
    }

    /// The value that stands there.
    pub fn value(&self, share: f64) -> f64 {
        if self.logarithmic {
            self.low * (self.high / self.low).powf(share)
        } else {
            self.low + share * (self.high - self.low)
        }
    }

    /// Whether it holds both.
    pub fn holds(&self, (low, high): (f64, f64)) -> bool {
        self.low <= low && high <= self.high
    }

    /// Round values on it, about so many, and the decimals that they are written with.
    pub fn ticks(&self, about: usize) -> (Vec<f64>, u32) {
        let about = about.max(2) as f64;
        if self.logarithmic && self.high / self.low > 4.0 {
            return self.decades(about as usize);
        }
        let step = round_step((self.high - self.low) / about);
        let first = (self.low / step).ceil();
        let count = ((self.high / step).floor() - first).clamp(0.0, 100.0) as usize;
        let ticks = (0..=count)
            .map(|at| (first + at as f64) * step)
            .filter(|tick| (self.low..=self.high).contains(tick));
        (ticks.collect(), decimals_of(step))
    }

    /// Round values over several powers of ten.
    fn decades(&self, about: usize) -> (Vec<f64>, u32) {
        // No price is written with more digits, whatever an axis was made of.
        let power = |value: f64| (value.log10() as i32).clamp(-20, 20);
        let (first, last) = (power(self.low) - 1, power(self.high) + 1);
        let of = |times: &[f64]| -> Vec<f64> {
            let all = (first..=last).flat_map(|power| times.iter().map(move |one| one * 10f64.powi(power)));
            all.filter(|tick| (self.low..=self.high).contains(tick)).collect()
        };
        let choices: [&[f64]; 4] = [&[1.0, 1.5, 2.0, 3.0, 5.0, 7.0], &[1.0, 2.0, 3.0, 5.0], &[1.0, 3.0], &[1.0]];
        let fits = choices.iter().map(|times| of(times)).find(|ticks| ticks.len() <= about + about / 2);
        let ticks = fits.unwrap_or_else(|| of(&[1.0]));
        let lowest = ticks.first().copied().unwrap_or(self.low);
        (ticks, decimals_of(lowest))
    }
}

/// The next of 1, 2, 2.5 and 5 times a power of ten.
fn round_step(step: f64) -> f64 {
    let unit = 10f64.powi(step.max(1e-12).log10().floor() as i32);
    let times = [1.0, 2.0, 2.5, 5.0].into_iter().find(|times| times * unit >= step);
    times.unwrap_or(10.0) * unit
}

/// Decimals that multiples of a step need.
fn decimals_of(step: f64) -> u32 {
    (0..8)
        .find(|places| {
            let scaled = step * 10f64.powi(*places);
            (scaled - scaled.round()).abs() < 1e-6 * scaled.max(1.0)
        })
        .unwrap_or(8) as u32
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn labels_are_round() {
        let (ticks, decimals) = Axis::between(171.3, 189.9).ticks(5);
        assert_eq!((ticks, decimals), (vec![175.0, 180.0, 185.0], 0));
        let (ticks, decimals) = Axis::between(0.0312, 0.0347).ticks(4);
        assert_eq!(decimals, 3);
        assert_eq!(ticks.len(), 3);
        let (ticks, _) = Axis::around(1.0, 1_000.0, true).ticks(4);
        assert_eq!(ticks, [1.0, 10.0, 100.0, 1_000.0]);
    }

    proptest! {
        #[test]
        fn an_axis_holds_its_range_and_reads_both_ways(low in 1e-6..1e9f64, times in 1.0..1e4f64, logarithmic: bool, at in 0.0..1.0f64) {
            let high = low * times;
            let axis = Axis::around(low, high, logarithmic);
            prop_assert!(axis.holds((low, high)), "{axis:?}");
            prop_assert!((axis.share(axis.value(at)) - at).abs() < 1e-6);
            let (ticks, _) = axis.ticks(5);
            prop_assert!(!ticks.is_empty() && ticks.len() <= 16, "{axis:?} {ticks:?}");
            prop_assert!(ticks.is_sorted());
        }

        #[test]
        fn whatever_it_is_asked_an_axis_answers(low in prop::num::f64::NORMAL, high in prop::num::f64::NORMAL) {
            let (ticks, _) = Axis::around(low.min(high), low.max(high), false).ticks(5);
            prop_assert!(ticks.len() <= 101);
        }
    }
}
