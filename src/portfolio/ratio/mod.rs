//! Arithmetic of ratios: roots, logarithms and deviations of rates of return.
//!
//! The one place in this room where floats are admitted: a rate of return is a ratio and not money. Amounts come in as
//! decimals and are only divided by each other; what goes out is a decimal rounded to ten places.

pub mod risk;
pub mod xirr;

use crate::money::Decimal;

/// Places of a ratio that goes out. A float has no more that mean anything.
pub const PLACES: u32 = 10;

/// A float as a decimal ratio; `None` beyond a decimal's range.
fn outward(ratio: f64) -> Option<Decimal> {
    Decimal::from_f64_retain(ratio).map(|ratio| ratio.round_dp(PLACES).normalize())
}

/// The rate a year of a total return over so many days of 365 a year. Up to a year it is the return itself: less than a year is
/// not annualised. `None` where all or more than all was lost, or beyond a decimal's range.
pub fn annualised(total: Decimal, days: i64) -> Option<Decimal> {
    if days <= 365 {
        return Some(total);
    }
    let growth = 1.0 + total.as_f64();
    if growth <= 0.0 {
        return None;
    }
    outward(growth.powf(365.0 / days as f64) - 1.0)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn less_than_a_year_is_not_annualised() {
        assert_eq!(annualised(Decimal::new(10, 2), 200), Some(Decimal::new(10, 2)));
        assert_eq!(annualised(Decimal::new(21, 2), 730), Some(Decimal::new(10, 2)));
        assert_eq!(annualised(Decimal::NEGATIVE_ONE, 730), None);
    }
}
