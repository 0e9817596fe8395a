//! Rates of pairs of currencies that exchanges tell now. They take the place of the last reference rate in what is valued now, and of no
//! other day's.

use crate::market::exchange::{EURO, PLACES, unit};
use crate::money::{Decimal, round};
use chrono::{DateTime, Utc};
use std::collections::HashMap;
use std::sync::{Arc, PoisonError, RwLock};

/// A rate of now.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct LiveRate {
    /// Units of the other currency for one of this; above zero.
    pub rate: Decimal,
    /// The provider that tells it; of two that made it, the one of the older.
    pub source: &'static str,
    /// When it came, or was said last to be still the rate.
    pub received_at: DateTime<Utc>,
}

/// The rates that are fresh, by pair. Cheap to clone.
#[derive(Clone, Debug, Default)]
pub struct LiveRates(Arc<RwLock<HashMap<(String, String), LiveRate>>>);

impl LiveRates {
    /// What a unit of one currency is in another; a pair may be told the other way round, or both to the euro. `None` where nothing
    /// fresh tells it.
    pub fn rate(&self, from: &str, to: &str) -> Option<LiveRate> {
        let ((dear, many), (cheap, few)) = (unit(from), unit(to));
        let known = self.0.read().unwrap_or_else(PoisonError::into_inner);
        if known.is_empty() || dear == cheap {
            return None;
        }
        let one = |from: &str, to: &str| {
            let direct = known.get(&(from.to_owned(), to.to_owned())).copied();
            direct.or_else(|| {
                let other = known.get(&(to.to_owned(), from.to_owned()))?;
                let rate = Decimal::ONE.checked_div(other.rate)?;
                Some(LiveRate { rate, ..*other })
            })
        };
        let live = one(dear, cheap).or_else(|| {
            let (first, second) = (one(dear, EURO)?, one(EURO, cheap)?);
            let older = if first.received_at <= second.received_at { first } else { second };
            Some(LiveRate {
                rate: first.rate.checked_mul(second.rate)?,
                ..older
            })
        })?;
        let rate = live.rate.checked_mul(few.into())?.checked_div(many.into())?;
        let rate = round(rate, PLACES).normalize();
        (rate > Decimal::ZERO).then_some(LiveRate { rate, ..live })
    }

    /// From now on these are fresh, and no others.
    pub fn set(&self, fresh: HashMap<(String, String), LiveRate>) {
        *self.0.write().unwrap_or_else(PoisonError::into_inner) = fresh;
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_pair_is_read_both_ways_and_over_the_euro() {
        let rates = LiveRates::default();
        assert_eq!(rates.rate("EUR", "USD"), None);
        let live = |rate: &str, second: i64| LiveRate {
            rate: rate.parse().unwrap(),
            source: "kraken",
            received_at: DateTime::from_timestamp(second, 0).unwrap(),
        };
        let pair = |from: &str, to: &str| (from.to_owned(), to.to_owned());
        rates.set([(pair("EUR", "USD"), live("1.25", 7)), (pair("GBP", "EUR"), live("1.2", 5))].into());
        let rate = |from, to| rates.rate(from, to).map(|one| (one.rate.to_string(), one.received_at.timestamp()));
        assert_eq!(rate("EUR", "USD"), Some(("1.25".into(), 7)));
        assert_eq!(rate("USD", "EUR"), Some(("0.8".into(), 7)));
        assert_eq!(rate("GBP", "USD"), Some(("1.5".into(), 5)));
        assert_eq!(rate("GBp", "USD"), Some(("0.015".into(), 5)));
        assert_eq!((rate("CHF", "USD"), rate("GBp", "GBP"), rate("USD", "USD")), (None, None, None));
    }
}
