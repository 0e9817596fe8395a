//! How returns scatter: volatility, Sharpe and Sortino ratio, beta and correlation. Each is `None` where it is not defined.

use crate::money::Decimal;
use crate::portfolio::ratio::outward;
use chrono::NaiveDate;

/// Days of trading a year.
const DAYS: f64 = 252.0;

/// The return of a day: 0.01 is one percent.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct DayReturn {
    /// The day.
    pub day: NaiveDate,
    /// Its return.
    pub rate: Decimal,
}

/// Standard deviation (of a sample) of the daily log returns x sqrt(252).
pub fn volatility(returns: &[DayReturn]) -> Option<Decimal> {
    outward(yearly_deviation(returns)?)
}

/// Mean daily return x 252 less the risk-free rate a year, over the volatility.
pub fn sharpe(returns: &[DayReturn], risk_free: Decimal) -> Option<Decimal> {
    let deviation = yearly_deviation(returns)?;
    ratio(excess(returns, risk_free)?, deviation)
}

/// The same excess over the downside volatility: sqrt(252 x mean of min(0, daily return - daily risk-free rate)^2).
pub fn sortino(returns: &[DayReturn], risk_free: Decimal) -> Option<Decimal> {
    let free = risk_free.as_f64() / DAYS;
    let squares = returns.iter().map(|one| (one.rate.as_f64() - free).min(0.0).powi(2));
    let downside = (DAYS * squares.sum::<f64>() / returns.len() as f64).sqrt();
    ratio(excess(returns, risk_free)?, downside)
}

/// Covariance with the benchmark over the benchmark's variance, on the days that both have.
pub fn beta(returns: &[DayReturn], benchmark: &[DayReturn]) -> Option<Decimal> {
    let (mine, other) = common(returns, benchmark);
    ratio(covariance(&mine, &other)?, covariance(&other, &other)?)
}

/// Pearson's correlation with the benchmark, on the days that both have.
pub fn correlation(returns: &[DayReturn], benchmark: &[DayReturn]) -> Option<Decimal> {
    let (mine, other) = common(returns, benchmark);
    let both = covariance(&mine, &mine)? * covariance(&other, &other)?;
    ratio(covariance(&mine, &other)?, both.sqrt())
}

fn yearly_deviation(returns: &[DayReturn]) -> Option<f64> {
    let logs: Vec<f64> = returns.iter().map(|one| one.rate.as_f64().ln_1p()).collect();
    Some((covariance(&logs, &logs)? * DAYS).sqrt()).filter(|deviation| deviation.is_finite())
}

fn excess(returns: &[DayReturn], risk_free: Decimal) -> Option<f64> {
    let sum: f64 = returns.iter().map(|one| one.rate.as_f64()).sum();
    (returns.len() > 1).then(|| sum / returns.len() as f64 * DAYS - risk_free.as_f64())
}

fn ratio(part: f64, whole: f64) -> Option<Decimal> {
    // What is this small is the dust of rounding: all returns are the same.
    if whole.abs() < 1e-14 { None } else { outward(part / whole) }
}

/// Of a sample: over one less than the number of pairs.
fn covariance(one: &[f64], other: &[f64]) -> Option<f64> {
    let count = one.len() as f64;
    if one.len() < 2 {
        return None;
    }
    let mean = |all: &[f64]| all.iter().sum::<f64>() / count;
    let (middle, other_middle) = (mean(one), mean(other));
    let products = one.iter().zip(other).map(|(one, other)| (one - middle) * (other - other_middle));
    Some(products.sum::<f64>() / (count - 1.0))
}

/// Returns of the days that are in both; each list is in the order of days.
fn common(one: &[DayReturn], other: &[DayReturn]) -> (Vec<f64>, Vec<f64>) {
    let pairs = one.iter().filter_map(|mine| {
        let at = other.binary_search_by_key(&mine.day, |theirs| theirs.day).ok()?;
        Some((mine.rate.as_f64(), other[at].rate.as_f64()))
    });
    pairs.unzip()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::portfolio::book::sample::{d, returns};

    #[test]
    fn worked_by_hand() {
        // Simple returns 1 %, -1 %: mean 0; log returns 0.00995033, -0.01005034; deviation 0.02000067 / sqrt(2) = 0.01414261, x 15.8745 = 0.224507.
        let both = returns(&["0.01", "-0.01"]);
        assert_eq!(volatility(&both).unwrap().round_dp(6), d("0.224507"));
        assert_eq!(sharpe(&both, Decimal::ZERO), Some(Decimal::ZERO));
        // Mean 0.01 x 252 = 2.52; the downside is sqrt(252 x 0.0001 / 2) = 0.11224972.
        let up = returns(&["0.03", "-0.01"]);
        assert_eq!(sortino(&up, Decimal::ZERO).unwrap().round_dp(4), d("22.4499"));
    }

    #[test]
    fn twice_the_benchmark_has_a_beta_of_two_on_common_days() {
        let benchmark = returns(&["0.01", "-0.02", "0.03", "0"]);
        let mine = returns(&["0.02", "-0.04", "0.06"]);
        assert_eq!(beta(&mine, &benchmark), Some(d("2")));
        assert_eq!(correlation(&mine, &benchmark), Some(d("1")));
    }

    #[test]
    fn what_does_not_scatter_has_no_ratio() {
        let same = returns(&["0.01", "0.01", "0.01"]);
        assert_eq!(volatility(&same), Some(Decimal::ZERO));
        assert_eq!(sharpe(&same, Decimal::ZERO), None);
        assert_eq!(beta(&same, &same), None);
        assert_eq!(volatility(&returns(&["0.01"])), None);
        assert_eq!(volatility(&returns(&["-1", "0.1"])), None);
    }
}
