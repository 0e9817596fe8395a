//! Where the value lies: by instrument, by what it is, by currency, by sector, by country.

use crate::money::{Decimal, percent_of};
use std::collections::BTreeMap;

/// What values are put together by.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum By {
    /// Each for itself.
    #[default]
    Instrument,
    /// Shares, funds, coins, cash.
    Kind,
    /// The currency of the price.
    Currency,
    /// The issuer's sector.
    Sector,
    /// The issuer's country.
    Country,
}

impl By {
    /// All of them.
    pub const ALL: [Self; 5] = [Self::Instrument, Self::Kind, Self::Currency, Self::Sector, Self::Country];

    /// Its name in an address.
    pub fn label(self) -> &'static str {
        match self {
            Self::Instrument => "instrument",
            Self::Kind => "kind",
            Self::Currency => "currency",
            Self::Sector => "sector",
            Self::Country => "country",
        }
    }

    /// Its name on a page.
    pub fn title(self) -> &'static str {
        match self {
            Self::Instrument => "Instrument",
            Self::Kind => "Kind",
            Self::Currency => "Currency",
            Self::Sector => "Sector",
            Self::Country => "Country",
        }
    }

    /// What an address means; the first of all where it says nothing that is known.
    pub fn read(label: &str) -> Self {
        Self::ALL.into_iter().find(|by| by.label() == label).unwrap_or_default()
    }
}

/// A holding, and what it counts to.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Part {
    /// What it counts to.
    pub of: String,
    /// The holding's label.
    pub symbol: String,
    /// Its value in the base currency, as it is shown.
    pub value: Decimal,
}

/// What counts together.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Share {
    /// What it is.
    pub name: String,
    /// The sum of its holdings' values; below zero where more is owed than held.
    pub value: Decimal,
    /// The same in percent of the whole, to two places; `None` where the whole is nothing.
    pub percent: Option<Decimal>,
    /// Its holdings, the largest first.
    pub holdings: Vec<(String, Decimal)>,
}

/// Puts holdings together, the largest share first. The shares sum to the whole.
pub fn shares(parts: impl IntoIterator<Item = Part>) -> Vec<Share> {
    let mut found: BTreeMap<String, Share> = BTreeMap::new();
    let mut whole = Decimal::ZERO;
    for Part { of, symbol, value } in parts {
        whole = whole.saturating_add(value);
        let share = found.entry(of).or_insert_with_key(|name| Share {
            name: name.clone(),
            value: Decimal::ZERO,
            percent: None,
            holdings: vec![],
        });
        share.value = share.value.saturating_add(value);
        share.holdings.push((symbol, value));
    }
    let mut all: Vec<Share> = found.into_values().collect();
    for share in &mut all {
        share.percent = percent_of(share.value, whole);
        share.holdings.sort_by_key(|(_, value)| std::cmp::Reverse(*value));
    }
    all.sort_by_key(|share| std::cmp::Reverse(share.value));
    all
}

#[cfg(test)]
mod tests {
    use super::*;

    fn part(of: &str, symbol: &str, value: i64) -> Part {
        Part {
            of: of.into(),
            symbol: symbol.into(),
            value: value.into(),
        }
    }

    #[test]
    fn what_counts_together_is_summed_the_largest_first() {
        let all = shares([
            part("US", "A", 20),
            part("DE", "B", 50),
            part("US", "C", 40),
            part("Cash", "USD", -10),
        ]);
        let told: Vec<_> = all.iter().map(|one| (one.name.as_str(), one.value, one.percent)).collect();
        let percent = |value: i64| Some(Decimal::from(value));
        assert_eq!(
            told,
            [
                ("US", 60.into(), percent(60)),
                ("DE", 50.into(), percent(50)),
                ("Cash", (-10).into(), percent(-10))
            ]
        );
        assert_eq!(all[0].holdings, [("C".to_owned(), 40.into()), ("A".to_owned(), 20.into())]);
    }

    #[test]
    fn of_nothing_there_are_no_parts() {
        assert_eq!(shares([]), []);
        assert_eq!(shares([part("US", "A", 0)])[0].percent, None);
    }
}
