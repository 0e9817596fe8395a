//! Arithmetic whose sums have no rounding: every quantity and amount of a book lies on one grid of twelve places.
//!
//! A product or a quotient is rounded to the grid once, half to even, where it arises. From there on there are only sums and
//! differences. Within the bound they need at most 27 digits of a decimal's 28, so that each is exact.

use crate::money::Decimal;

/// Decimal places of every quantity and amount.
pub const PLACES: u32 = 12;

/// No quantity, price or amount is beyond this: a thousand million millions.
pub const LIMIT: Decimal = Decimal::from_parts(0xA4C6_8000, 0x0003_8D7E, 0, false, 0);

/// A figure went beyond [`LIMIT`].
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct TooLarge;

/// A figure on the grid, or that it is too large.
pub type Exact = Result<Decimal, TooLarge>;

/// Powers of ten, as many as a decimal may have places.
const TENS: [u128; 29] = {
    let mut tens = [1; 29];
    let mut at = 1;
    while at < tens.len() {
        tens[at] = tens[at - 1] * 10;
        at += 1;
    }
    tens
};

/// Whether an amount is beyond [`LIMIT`], by its digits: a comparison would bring both to the same places first.
fn is_beyond(amount: Decimal) -> bool {
    let most = TENS.get(amount.scale() as usize + 15);
    // No amount with so many places has digits enough.
    most.is_some_and(|most| amount.mantissa().unsigned_abs() > *most)
}

/// Whether it is one, however many places it has.
fn is_one(amount: Decimal) -> bool {
    let units = TENS.get(amount.scale() as usize).copied();
    amount.is_sign_positive() && units == Some(amount.mantissa().unsigned_abs())
}

/// Rounds to the grid.
pub fn on_grid(amount: Decimal) -> Exact {
    if is_beyond(amount) {
        return Err(TooLarge);
    }
    Ok(if amount.scale() > PLACES { rounded(amount) } else { amount })
}

/// Rounds an amount within [`LIMIT`] that has more than twelve places, half to even. One division of integers: every valuation of
/// another currency comes through here.
fn rounded(amount: Decimal) -> Decimal {
    let Some(over) = TENS.get((amount.scale() - PLACES) as usize).copied() else {
        return amount;
    };
    let units = amount.mantissa().unsigned_abs();
    let (whole, rest) = match (u64::try_from(units), u64::try_from(over)) {
        // Twice as quick, and nearly always so.
        (Ok(units), Ok(over)) => (u128::from(units / over), u128::from(units % over)),
        _ => (units / over, units % over),
    };
    let up = 2 * rest > over || (2 * rest == over && whole % 2 == 1);
    // At most 27 digits.
    let whole = (whole + u128::from(up)) as i128;
    let whole = if amount.is_sign_negative() { -whole } else { whole };
    Decimal::from_i128_with_scale(whole, PLACES)
}

/// The sum.
pub fn add(one: Decimal, other: Decimal) -> Exact {
    on_grid(one.checked_add(other).ok_or(TooLarge)?)
}

/// `one` less `other`.
pub fn sub(one: Decimal, other: Decimal) -> Exact {
    on_grid(one.checked_sub(other).ok_or(TooLarge)?)
}

/// The product.
pub fn times(one: Decimal, other: Decimal) -> Exact {
    if is_one(other) {
        return on_grid(one);
    }
    on_grid(one.checked_mul(other).ok_or(TooLarge)?)
}

/// The share of `total` that `part` is of `whole`. All of it is the total itself, to the last digit; a share of nothing is
/// nothing.
pub fn share(total: Decimal, part: Decimal, whole: Decimal) -> Exact {
    if part == whole {
        return on_grid(total);
    }
    if whole.is_zero() {
        return Ok(Decimal::ZERO);
    }
    let product = total.checked_mul(part).and_then(|product| product.checked_div(whole));
    let quotient = || part.checked_div(whole).and_then(|fraction| total.checked_mul(fraction));
    on_grid(product.or_else(quotient).ok_or(TooLarge)?)
}

/// Deals `total` out in proportion to `weights` that sum to `whole`: each share is the difference of two rounded running shares,
/// so that the shares sum to the total.
pub fn deal(total: Decimal, weights: impl IntoIterator<Item = Decimal>, whole: Decimal) -> Result<Vec<Decimal>, TooLarge> {
    let (mut weight_so_far, mut dealt) = (Decimal::ZERO, Decimal::ZERO);
    let one = |weight| {
        weight_so_far = add(weight_so_far, weight)?;
        let until_here = share(total, weight_so_far, whole)?;
        let mine = sub(until_here, dealt)?;
        dealt = until_here;
        Ok(mine)
    };
    weights.into_iter().map(one).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;
    use rust_decimal::RoundingStrategy;

    fn amount() -> impl Strategy<Value = Decimal> {
        (-900_000_000_000_000_000i64..900_000_000_000_000_000, 0u32..=12).prop_map(|(units, scale)| Decimal::new(units, scale.max(4)))
    }

    #[test]
    fn the_limit_is_what_it_says() {
        assert_eq!(LIMIT, Decimal::from(1_000_000_000_000_000u64));
        assert_eq!(add(LIMIT, Decimal::ONE), Err(TooLarge));
        assert_eq!(times(LIMIT, LIMIT), Err(TooLarge));
        assert_eq!(times(Decimal::MAX, Decimal::MAX), Err(TooLarge));
    }

    #[test]
    fn a_product_is_rounded_half_to_even_at_the_twelfth_place() {
        assert_eq!(times(Decimal::new(5, 13), Decimal::ONE), Ok(Decimal::ZERO));
        assert_eq!(times(Decimal::new(3, 7), Decimal::new(5, 6)), Ok(Decimal::new(2, 12)));
    }

    #[test]
    fn a_share_of_nothing_is_nothing() {
        assert_eq!(share(Decimal::TEN, Decimal::ONE, Decimal::ZERO), Ok(Decimal::ZERO));
        assert_eq!(share(LIMIT, LIMIT - Decimal::ONE, LIMIT), Ok(LIMIT - Decimal::ONE));
    }

    proptest! {
        #[test]
        fn digits_tell_what_a_comparison_tells(units in any::<i64>(), more in 1i64..1_000_000_000, scale in 0u32..=28) {
            let wide = i128::from(units) * i128::from(more);
            for units in [wide, i128::from(units), i128::from(more), TENS[scale as usize] as i128] {
                let amount = Decimal::from_i128_with_scale(units, scale);
                prop_assert_eq!(is_beyond(amount), amount.abs() > LIMIT);
                prop_assert_eq!(is_one(amount), amount == Decimal::ONE);
            }
        }

        #[test]
        fn rounding_is_that_of_decimals(units in any::<i64>(), more in 1i64..1_000_000_000, scale in 13u32..=28, half in any::<bool>()) {
            let units = if half { i128::from(units) / 1_000_000 * 10 + 5 } else { i128::from(units) * i128::from(more) };
            let amount = Decimal::from_i128_with_scale(units, if half { 13 } else { scale });
            let expected = amount.round_dp_with_strategy(PLACES, RoundingStrategy::MidpointNearestEven);
            if !is_beyond(amount) {
                prop_assert_eq!(rounded(amount).to_string(), expected.to_string());
            }
        }

        #[test]
        fn what_is_added_comes_off_again(one in amount(), other in amount()) {
            let sum = add(one, other).unwrap();
            prop_assert_eq!(sub(sum, other).unwrap(), one);
        }

        #[test]
        fn shares_sum_to_the_total(total in amount(), weights in prop::collection::vec(1i64..1_000_000_000_000, 1..20)) {
            let weights: Vec<_> = weights.into_iter().map(|weight| Decimal::new(weight, 6)).collect();
            let whole = weights.iter().sum();
            let shares = deal(total, weights, whole).unwrap();
            prop_assert_eq!(shares.into_iter().sum::<Decimal>(), total);
        }
    }
}
