//! Several sources of one instrument vote: what most of them say is believed, and who says something else is not shown.

use crate::money::Decimal;

/// Two prices agree where they differ by no more than one part in so many of the median: by a fiftieth. Exchanges of one instrument
/// differ by less, and what is wrong differs by more.
const APART: Decimal = Decimal::from_parts(50, 0, 0, false, 0);

/// What came of a vote.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Vote {
    /// Who says something else than most.
    pub outliers: Vec<usize>,
    /// Whether there is no majority: nobody is left out, and a page says that they disagree.
    pub split: bool,
}

/// Counts the prices of the sources that are well. Of two there is no majority against one. The median of an even number is the
/// lower of the two in the middle: a price that somebody said.
pub fn count(prices: &[(usize, Decimal)]) -> Vote {
    if prices.len() < 2 {
        return Vote::default();
    }
    let mut sorted: Vec<Decimal> = prices.iter().map(|(_, price)| *price).collect();
    sorted.sort_unstable();
    let median = sorted[(sorted.len() - 1) / 2];
    let (agreeing, others): (Vec<_>, Vec<_>) = prices.iter().partition(|(_, price)| agree(*price, median));
    if others.is_empty() {
        return Vote::default();
    }
    // Of two that disagree neither is more than half.
    if agreeing.len() * 2 <= prices.len() {
        return Vote {
            outliers: vec![],
            split: true,
        };
    }
    Vote {
        outliers: others.into_iter().map(|(source, _)| source).collect(),
        split: false,
    }
}

fn agree(price: Decimal, median: Decimal) -> bool {
    let apart = (price - median).abs().checked_mul(APART);
    apart.is_some_and(|apart| apart <= median)
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn vote(prices: &[i64]) -> Vote {
        let prices: Vec<_> = prices
            .iter()
            .enumerate()
            .map(|(source, price)| (source, Decimal::from(*price)))
            .collect();
        count(&prices)
    }

    fn outliers(prices: &[i64]) -> Vec<usize> {
        vote(prices).outliers
    }

    #[test]
    fn one_against_two_is_left_out_and_of_two_neither() {
        assert_eq!(outliers(&[1_000, 1_001, 1_030]), [2]);
        assert_eq!(outliers(&[900, 1_001, 1_000]), [0]);
        assert_eq!(outliers(&[1_000, 1_020]), [0usize; 0]);
        assert_eq!(vote(&[1_000, 1_020]), Vote::default(), "a fiftieth is no difference");
        assert!(vote(&[1_000, 1_021]).split);
        assert_eq!((vote(&[]), vote(&[7])), (Vote::default(), Vote::default()));
    }

    #[test]
    fn without_a_majority_nobody_is_left_out() {
        for prices in [&[100, 200, 300][..], &[100, 100, 200, 200], &[100, 100, 200, 300]] {
            assert_eq!(
                vote(prices),
                Vote {
                    outliers: vec![],
                    split: true
                },
                "{prices:?}"
            );
        }
        assert_eq!(outliers(&[100, 100, 100, 200]), [3]);
        assert_eq!(outliers(&[100, 101, 300, 9, 102]), [2, 3]);
    }

    proptest! {
        #[test]
        fn a_minority_never_outvotes(right in 1_000i64..1_000_000, lies in proptest::collection::vec(1i64..10_000_000, 0..4), more in 1usize..3) {
            let honest = lies.len() + more;
            let prices: Vec<i64> = std::iter::repeat_n(right, honest).chain(lies).collect();
            let vote = vote(&prices);
            prop_assert!(!vote.split);
            prop_assert!(vote.outliers.iter().all(|outlier| *outlier >= honest));
            for (place, price) in prices.iter().enumerate() {
                prop_assert_eq!(vote.outliers.contains(&place), (price - right).abs() * 50 > right);
            }
        }
    }
}
