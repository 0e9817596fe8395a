//! Rates into a base currency: the reference rates of the market, and for coins, which have none, the prices of their pairs.

use crate::market::exchange::{Exchange, PLACES};
use crate::market::server::exchange;
use crate::money::{Decimal, round};
use crate::portfolio::described::KnownPrice;
use crate::portfolio::mark::MarkRate;
use crate::portfolio::rate::{Rate, Rates};
use chrono::NaiveDate;
use std::collections::HashMap;
use std::sync::Arc;

/// ISO 4217: no currency is involved. It has no rate, and nobody asks for one.
const NONE: &str = "XXX";

/// The rates of one base currency.
#[derive(Clone, Debug)]
pub struct BaseRates {
    base: String,
    exchange: Arc<Exchange>,
    /// Prices of a coin in a currency, by day.
    coins: HashMap<String, Vec<(NaiveDate, Decimal, String)>>,
}

/// A rate with the day that it is of.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct RateOfDay {
    /// Units of the base currency for one of the other.
    pub rate: Decimal,
    /// The day that it is of.
    pub day: NaiveDate,
}

impl BaseRates {
    /// The shipped reference rates. Coins have no rate yet.
    pub fn new(base: &str) -> Self {
        Self::on(exchange::shipped().clone(), base)
    }

    /// The same of other reference rates: those that are known now.
    pub fn on(exchange: Arc<Exchange>, base: &str) -> Self {
        Self {
            base: base.to_owned(),
            exchange,
            coins: HashMap::new(),
        }
    }

    /// The same, with the prices of coins among `prices`: those of a pair such as `BTC-USD`.
    pub fn with_coins<'a>(mut self, prices: impl IntoIterator<Item = &'a KnownPrice>) -> Self {
        for price in prices {
            let Some((coin, currency)) = price.symbol.split_once('-') else {
                continue;
            };
            let is_coin = !coin.is_empty() && !self.exchange.knows(coin) && self.exchange.knows(currency);
            if is_coin && price.price > Decimal::ZERO {
                let currency = price.currency.as_deref().unwrap_or(currency).to_owned();
                let known = self.coins.entry(coin.to_owned()).or_default();
                known.push((price.day, price.price, currency));
            }
        }
        for known in self.coins.values_mut() {
            known.sort_by_key(|(day, ..)| *day);
        }
        self
    }

    /// The reference rates that they are of.
    pub fn exchange(&self) -> Arc<Exchange> {
        self.exchange.clone()
    }

    /// The base currency.
    pub fn base(&self) -> &str {
        &self.base
    }

    /// The rate of a currency on a day, or the last one before it, with its day.
    pub fn of(&self, currency: &str, day: NaiveDate) -> Option<RateOfDay> {
        if currency == NONE || self.base == NONE {
            return None;
        }
        if currency == self.base {
            return Some(RateOfDay { rate: Decimal::ONE, day });
        }
        // A coin is first its price in a currency.
        let (from, price, first) = self.in_currency(currency, day)?;
        let (to, divisor, second) = self.in_currency(&self.base, day)?;
        let (value, third) = self.exchange.convert(price, from, to, day)?;
        let rate = round(value.checked_div(divisor)?, PLACES).normalize();
        (rate > Decimal::ZERO).then_some(RateOfDay {
            rate,
            day: first.min(second).min(third),
        })
    }

    /// Rates now and at the close of the day before, for a valuation on `day`.
    pub fn mark(&self, currency: &str, day: NaiveDate) -> Option<MarkRate> {
        let now = self.of(currency, day)?.rate;
        let before = day.pred_opt().and_then(|before| self.of(currency, before));
        Some(MarkRate {
            now,
            previous: before.map_or(now, |one| one.rate),
        })
    }

    /// A currency is itself; a coin so much of the currency that its last price is in.
    fn in_currency<'a>(&'a self, code: &'a str, day: NaiveDate) -> Option<(&'a str, Decimal, NaiveDate)> {
        let Some(known) = self.coins.get(code) else {
            return Some((code, Decimal::ONE, day));
        };
        let at = known.partition_point(|(of, ..)| *of <= day).checked_sub(1)?;
        known.get(at).map(|(of, price, currency)| (currency.as_str(), *price, *of))
    }
}

impl Rates for BaseRates {
    fn rate(&self, currency: &str, day: NaiveDate) -> Option<Rate> {
        self.of(currency, day).map(|one| Rate {
            rate: one.rate,
            carried: one.day < day,
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn day(text: &str) -> NaiveDate {
        text.parse().unwrap()
    }

    fn price(symbol: &str, on: &str, price: i64, currency: Option<&str>) -> KnownPrice {
        KnownPrice {
            symbol: symbol.into(),
            day: day(on),
            price: price.into(),
            currency: currency.map(str::to_owned),
        }
    }

    #[test]
    fn a_day_without_a_rate_is_marked() {
        let rates = BaseRates::new("USD");
        let rate = |currency, on| rates.rate(currency, day(on)).map(|one| (one.rate.to_string(), one.carried));
        assert_eq!(rate("EUR", "2024-03-28"), Some(("1.0811".into(), false)));
        assert_eq!(rate("EUR", "2024-04-01"), Some(("1.0811".into(), true)));
        assert_eq!(rate("USD", "1970-01-01"), Some(("1".into(), false)));
        assert_eq!((rate("XXX", "2024-03-28"), rate("BTC", "2024-03-28")), (None, None));
        let mark = rates.mark("EUR", day("2024-04-02")).unwrap();
        assert_eq!(
            (mark.now.to_string(), mark.previous.to_string()),
            ("1.0749".into(), "1.0811".into())
        );
    }

    #[test]
    fn a_coin_has_the_rate_of_its_pair() {
        let known = [
            price("BTC-USD", "2024-03-28", 70_000, None),
            price("ETH-EUR", "2024-03-27", 3_500, Some("EUR")),
            price("BRK-B", "2024-03-28", 400, Some("USD")),
        ];
        let rates = BaseRates::new("EUR").with_coins(&known);
        // 70,000 / 1.0811 = 64,748.86689482934048...
        assert_eq!(rates.rate("BTC", day("2024-03-28")).unwrap().rate.to_string(), "64748.86689482934");
        let ether = rates.rate("ETH", day("2024-03-28")).unwrap();
        assert_eq!((ether.rate, ether.carried), (3_500.into(), true));
        assert_eq!(rates.rate("BTC", day("2024-03-27")), None, "before its first price");
        assert_eq!(rates.rate("BRK", day("2024-03-28")), None);
        let coins = BaseRates::new("BTC").with_coins(&known);
        assert_eq!(coins.rate("USD", day("2024-03-28")).unwrap().rate.to_string(), "0.000014285714");
    }
}
