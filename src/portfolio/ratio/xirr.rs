//! The money-weighted rate of return: the rate r with sum of flow / (1 + r)^((day - first day) / 365) = 0 (XIRR).

use crate::money::Decimal;
use crate::portfolio::ratio::outward;
use chrono::NaiveDate;

/// Growth over the whole time is looked for between e^-30 and e^30.
const WIDEST: f64 = 30.0;
/// Steps of the search where flows change their sign more than once, and several rates may fit.
const STEPS: u32 = 1_200;

/// The answer, which need not be one rate.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Mwr {
    /// One rate a year fits.
    Rate(Decimal),
    /// Several fit, in ascending order; none is better than another.
    Several(Vec<Decimal>),
    /// None fits.
    None(NoRate),
}

/// Why no rate fits.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum NoRate {
    /// All flows are on one day.
    NoTime,
    /// Money only went in, or only came out: all was lost, or nothing was risked.
    OneDirection,
    /// The flows have no root, or one that no decimal holds.
    NoRoot,
}

/// The rate of flows as their owner sees them: what is paid in is below zero, what is taken out and what is there at last is above.
pub fn xirr(flows: &[(NaiveDate, Decimal)]) -> Mwr {
    let mut flows: Vec<_> = flows.iter().filter(|(_, amount)| !amount.is_zero()).collect();
    flows.sort();
    let (Some((first, _)), Some((last, _))) = (flows.first(), flows.last()) else {
        return Mwr::None(NoRate::OneDirection);
    };
    let mut days: Vec<(NaiveDate, Decimal)> = vec![];
    for (day, amount) in &flows {
        match days.last_mut() {
            Some((known, sum)) if known == day => *sum = sum.saturating_add(*amount),
            _ => days.push((*day, *amount)),
        }
    }
    let signs: Vec<bool> = days
        .iter()
        .filter(|(_, sum)| !sum.is_zero())
        .map(|(_, sum)| *sum > Decimal::ZERO)
        .collect();
    let changes = signs.windows(2).filter(|pair| pair[0] != pair[1]).count();
    let whole = (*last - *first).num_days();
    if whole == 0 {
        return Mwr::None(NoRate::NoTime);
    }
    if changes == 0 {
        return Mwr::None(NoRate::OneDirection);
    }
    // Time is a fraction of the whole, and the unknown the logarithm of the growth over it: every root has one measure then.
    let terms: Vec<(f64, f64)> = days
        .iter()
        .map(|(day, sum)| ((*day - *first).num_days() as f64 / whole as f64, sum.as_f64()))
        .collect();
    // By Descartes' rule flows that change their sign once have one root.
    let steps = if changes == 1 { 1 } else { STEPS };
    let at = |step: u32| -WIDEST + 2.0 * WIDEST * f64::from(step) / f64::from(steps);
    let roots = (0..steps).filter_map(|step| root_between(&terms, at(step), at(step + 1)));
    let yearly = roots.map(|growth| outward((growth * 365.0 / whole as f64).exp() - 1.0));
    let rates: Option<Vec<Decimal>> = yearly.collect();
    match rates.as_deref() {
        Some([rate]) => Mwr::Rate(*rate),
        None | Some([]) => Mwr::None(NoRate::NoRoot),
        Some(several) => Mwr::Several(several.to_vec()),
    }
}

/// Present value at a growth, and its derivative.
fn present(terms: &[(f64, f64)], growth: f64) -> (f64, f64) {
    terms.iter().fold((0.0, 0.0), |(sum, slope), (time, amount)| {
        let discounted = amount * (-growth * time).exp();
        (sum + discounted, slope - time * discounted)
    })
}

/// The root between two growths with values of opposite sign: by Newton's steps, and by halves where one leads outside.
fn root_between(terms: &[(f64, f64)], mut low: f64, mut high: f64) -> Option<f64> {
    let (at_low, at_high) = (present(terms, low).0, present(terms, high).0);
    if at_low == 0.0 {
        return Some(low);
    }
    if at_high == 0.0 || (at_low > 0.0) == (at_high > 0.0) {
        // A root on the border belongs to the next interval.
        return None;
    }
    let mut guess = (low + high) / 2.0;
    for _ in 0..200 {
        let (value, slope) = present(terms, guess);
        if (value > 0.0) == (at_low > 0.0) {
            low = guess;
        } else {
            high = guess;
        }
        let newton = guess - value / slope;
        let next = if newton > low && newton < high {
            newton
        } else {
            (low + high) / 2.0
        };
        if value == 0.0 || (next - guess).abs() < 1e-15 {
            return Some(guess);
        }
        guess = next;
    }
    Some(guess)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::portfolio::book::sample::{d, day};
    use proptest::prelude::*;

    #[test]
    fn a_year_at_ten_percent_is_ten_percent() {
        assert_eq!(xirr(&[(day(1), d("-100")), (day(366), d("110"))]), Mwr::Rate(d("0.1")));
        assert_eq!(xirr(&[(day(1), d("-100")), (day(366), d("50"))]), Mwr::Rate(d("-0.5")));
    }

    #[test]
    fn agrees_with_the_example_that_spreadsheets_document() {
        let on = |year, month, date| NaiveDate::from_ymd_opt(year, month, date).unwrap();
        let flows = [
            (on(2008, 1, 1), d("-10000")),
            (on(2008, 3, 1), d("2750")),
            (on(2008, 10, 30), d("4250")),
            (on(2009, 2, 15), d("3250")),
            (on(2009, 4, 1), d("2750")),
        ];
        let Mwr::Rate(rate) = xirr(&flows) else { panic!("one rate") };
        assert_eq!(rate.round_dp(8), d("0.37336253"));
    }

    #[test]
    fn none_and_several_are_said() {
        assert_eq!(xirr(&[]), Mwr::None(NoRate::OneDirection));
        assert_eq!(xirr(&[(day(1), d("-100")), (day(9), d("-1"))]), Mwr::None(NoRate::OneDirection));
        assert_eq!(xirr(&[(day(1), d("-100")), (day(1), d("110"))]), Mwr::None(NoRate::NoTime));
        // -100 (1 + r)^2 + 230 (1 + r) - 132 = 0 has 10 % and 20 %; with 140 it has no root.
        let flows = |last| [(day(1), d("-100")), (day(366), d("230")), (day(731), d(last))];
        assert_eq!(xirr(&flows("-132")), Mwr::Several(vec![d("0.1"), d("0.2")]));
        assert_eq!(xirr(&flows("-140")), Mwr::None(NoRate::NoRoot));
    }

    proptest! {
        #[test]
        fn the_rate_that_made_the_flows_is_found(percent in -90i32..300, paid in prop::collection::vec((1u32..2_000, 1i64..1_000_000), 1..20)) {
            let rate = f64::from(percent) / 100.0;
            let end = day(2_500);
            let worth: f64 = paid.iter().map(|(on, amount)| *amount as f64 * (1.0 + rate).powf((end - day(*on)).num_days() as f64 / 365.0)).sum();
            let mut flows: Vec<_> = paid.iter().map(|(on, amount)| (day(*on), Decimal::from(-amount))).collect();
            flows.push((end, Decimal::from_f64_retain(worth).unwrap()));
            let Mwr::Rate(found) = xirr(&flows) else { return Err(TestCaseError::fail("one rate")) };
            prop_assert!((found.as_f64() - rate).abs() < 1e-6, "{found} for {rate}");
        }
    }
}
