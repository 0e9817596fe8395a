//! What the random walk is made of: volatility and correlation, measured from the last closes.
//!
//! Floats are at home here: these are logarithms and variances of a model, and become money only by rounding.

use crate::market::server::history::DailyCloses;
use anyhow::ensure;
use rust_decimal::prelude::ToPrimitive;

/// Days that volatility and correlation are measured from.
const DAYS: usize = 250;
/// Rows of the factor that are multiplied at once.
const ROWS: usize = 4;

/// The last real log prices, and the lower Cholesky factor of the covariance of daily log returns.
#[derive(Clone, Debug)]
pub struct Model {
    /// Natural logarithm of each share's last close.
    pub start: Vec<f64>,
    /// Four rows after the other, column by column up to their diagonal; zero beyond it, and in rows that there are not.
    factor: Vec<[f64; ROWS]>,
    /// Variance of each share's daily log return.
    pub variance: Vec<f64>,
}

/// The logarithmic returns of each share over the last days, oldest first; fewer where there are fewer closes.
fn returns(closes: &DailyCloses) -> Vec<Vec<f64>> {
    let of = |symbol: &String| {
        let closes = closes.last(symbol, DAYS + 1);
        let logs: Vec<f64> = closes.iter().map(|close| close.to_f64().unwrap_or(f64::NAN).ln()).collect();
        logs.windows(2).map(|pair| pair[1] - pair[0]).collect()
    };
    closes.symbols.iter().map(of).collect()
}

impl Model {
    /// Measures the last 250 days.
    ///
    /// # Errors
    /// Fewer closes than that, or shares that move as one.
    pub fn measure(closes: &DailyCloses) -> anyhow::Result<Self> {
        let returns = returns(closes);
        ensure!(returns.iter().all(|share| share.len() == DAYS), "fewer than {} closes", DAYS + 1);
        let covariance = covariance(&returns);
        let start = closes
            .symbols
            .iter()
            .map(|symbol| closes.last(symbol, 1)[0].to_f64().unwrap_or(f64::NAN).ln())
            .collect();
        let variance = (0..returns.len()).map(|share| covariance[share][share]).collect();
        let rows = cholesky(&covariance)?;
        let weight = |row: usize, column: usize| rows.get(row).and_then(|row| row.get(column)).copied().unwrap_or_default();
        let firsts = (0..rows.len()).step_by(ROWS);
        let factor = firsts.flat_map(|first| {
            let columns = 0..(first + ROWS).min(rows.len());
            columns.map(move |column| std::array::from_fn(|at| weight(first + at, column)))
        });
        Ok(Self {
            start,
            factor: factor.collect(),
            variance,
        })
    }

    /// How many shares there are.
    pub fn shares(&self) -> usize {
        self.start.len()
    }

    /// Turns independent standard normals into correlated daily log returns without drift. The sums of four shares grow side by side, each
    /// in the order of its row: it is half of the work of a walk.
    pub fn correlate(&self, independent: &[f64], returns: &mut [f64]) {
        let mut left = &self.factor[..];
        for (block, returns) in returns.chunks_mut(ROWS).enumerate() {
            let (columns, others) = left.split_at(((block + 1) * ROWS).min(independent.len()));
            let mut sums = [0.0; ROWS];
            for (weights, normal) in columns.iter().zip(independent) {
                for (sum, weight) in sums.iter_mut().zip(weights) {
                    *sum += weight * normal;
                }
            }
            returns.copy_from_slice(&sums[..returns.len()]);
            left = others;
        }
    }
}

fn covariance(returns: &[Vec<f64>]) -> Vec<Vec<f64>> {
    let means: Vec<f64> = returns.iter().map(|share| share.iter().sum::<f64>() / share.len() as f64).collect();
    let of = |a: usize, b: usize| {
        let products = returns[a].iter().zip(&returns[b]).map(|(x, y)| (x - means[a]) * (y - means[b]));
        products.sum::<f64>() / (returns[a].len() - 1) as f64
    };
    (0..returns.len()).map(|a| (0..returns.len()).map(|b| of(a, b)).collect()).collect()
}

/// The lower triangular L with L·Lᵀ = `matrix` (Cholesky–Banachiewicz).
fn cholesky(matrix: &[Vec<f64>]) -> anyhow::Result<Vec<Vec<f64>>> {
    let mut factor: Vec<Vec<f64>> = Vec::with_capacity(matrix.len());
    for (i, line) in matrix.iter().enumerate() {
        let mut row: Vec<f64> = Vec::with_capacity(i + 1);
        for j in 0..i {
            let known: f64 = row.iter().zip(&factor[j]).map(|(a, b)| a * b).sum();
            row.push((line[j] - known) / factor[j][j]);
        }
        let left = line[i] - row.iter().map(|a| a * a).sum::<f64>();
        ensure!(left > 0.0, "the covariance of share {i} is not positive definite");
        row.push(left.sqrt());
        factor.push(row);
    }
    Ok(factor)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_factor_gives_back_the_covariance() {
        let matrix = vec![vec![4.0, 2.0, 0.6], vec![2.0, 3.0, 0.4], vec![0.6, 0.4, 1.0]];
        let factor = cholesky(&matrix).expect("positive definite");
        for i in 0..3 {
            for j in 0..=i {
                let product: f64 = factor[i].iter().zip(&factor[j]).map(|(a, b)| a * b).sum();
                assert!((product - matrix[i][j]).abs() < 1e-12);
            }
        }
        assert!(cholesky(&[vec![1.0, 2.0], vec![2.0, 1.0]]).is_err());
    }

    #[test]
    fn rows_side_by_side_are_those_one_after_the_other() {
        // Six shares: one block of four, and one that is not full.
        let mut closes = DailyCloses::shipped().expect("shipped");
        closes.symbols.truncate(6);
        let model = Model::measure(&closes).expect("measurable");
        let returns = returns(&closes);
        let rows = cholesky(&covariance(&returns)).expect("positive definite");
        let normals = [0.3, -1.2, 2.0, 0.7, -0.1, 1.1];
        let mut told = [0.0; 6];
        model.correlate(&normals, &mut told);
        for (row, told) in rows.iter().zip(told) {
            assert_eq!(row.iter().zip(normals).map(|(weight, normal)| weight * normal).sum::<f64>(), told);
        }
    }

    #[test]
    fn what_is_measured_is_that_of_the_last_250_days() {
        let closes = DailyCloses::shipped().expect("shipped");
        let model = Model::measure(&closes).expect("measurable");
        let apple = closes.symbols.iter().position(|symbol| symbol == "AAPL").expect("there");
        // Sample standard deviation of the 250 log returns to 2022-12-28, worked out apart from this program.
        assert!(
            (model.variance[apple].sqrt() - 0.022_416).abs() < 5e-6,
            "{}",
            model.variance[apple].sqrt()
        );
    }
}
