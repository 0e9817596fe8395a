//! What a unit of one currency was in another on a day: reference rates to the euro, units of a hundredth, currencies that became
//! the euro. Where the rates come from is the caller's business.

use crate::money::{Decimal, round};
use chrono::NaiveDate;
use std::collections::HashMap;

/// Decimal places of a rate between two currencies.
pub const PLACES: u32 = 12;
/// The currency that every rate is held to.
pub const EURO: &str = "EUR";

/// A day's rate from one currency into another.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Rate {
    /// Units of the other currency for one of this; above zero.
    pub rate: Decimal,
    /// The day that it is of: of two rates, the earlier one's.
    pub day: NaiveDate,
    /// Whether that is an earlier day than the one that was asked for.
    pub carried: bool,
}

/// The rates of a currency: units of it for one euro, by day.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
struct Series {
    days: Vec<NaiveDate>,
    rates: Vec<Decimal>,
}

/// Units whose currency has another name, and how many make one of it: hundredths, and what lost zeros since.
const UNITS: [(&str, &str, i64); 10] = [
    ("GBp", "GBP", 100),
    ("GBX", "GBP", 100),
    ("GBx", "GBP", 100),
    ("ZAc", "ZAR", 100),
    ("ZAC", "ZAR", 100),
    ("ILA", "ILS", 100),
    ("ILa", "ILS", 100),
    ("USX", "USD", 100),
    ("ROL", "RON", 10_000),
    ("TRL", "TRY", 1_000_000),
];

/// Currencies that the euro replaced: the first year of the euro, and units of the old one for one euro, in millionths. These
/// rates are law and never change.
const REPLACED: [(&str, i32, i64); 21] = [
    ("ATS", 1999, 13_760_300),
    ("BEF", 1999, 40_339_900),
    ("DEM", 1999, 1_955_830),
    ("ESP", 1999, 166_386_000),
    ("FIM", 1999, 5_945_730),
    ("FRF", 1999, 6_559_570),
    ("IEP", 1999, 787_564),
    ("ITL", 1999, 1_936_270_000),
    ("LUF", 1999, 40_339_900),
    ("NLG", 1999, 2_203_710),
    ("PTE", 1999, 200_482_000),
    ("GRD", 2001, 340_750_000),
    ("SIT", 2007, 239_640_000),
    ("CYP", 2008, 585_274),
    ("MTL", 2008, 429_300),
    ("SKK", 2009, 30_126_000),
    ("EEK", 2011, 15_646_600),
    ("LVL", 2014, 702_804),
    ("LTL", 2015, 3_452_800),
    ("HRK", 2023, 7_534_500),
    ("BGN", 2026, 1_955_830),
];

/// The rates of all currencies that a source tells, day by day.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Exchange {
    currencies: HashMap<String, Series>,
}

impl Series {
    /// The rate of the day, or the last one before it.
    fn on(&self, day: NaiveDate) -> Option<(Decimal, NaiveDate)> {
        let at = self.days.partition_point(|known| *known <= day).checked_sub(1)?;
        Some((*self.rates.get(at)?, *self.days.get(at)?))
    }
}

impl Exchange {
    /// Takes a rate: units of `currency` for one euro. A day that has one gets the new one; zero and less are no rates.
    pub fn insert(&mut self, currency: &str, day: NaiveDate, rate: Decimal) {
        if rate <= Decimal::ZERO {
            return;
        }
        let (currency, units) = unit(currency);
        let rate = rate.checked_div(Decimal::from(units)).unwrap_or(rate);
        let series = match self.currencies.get_mut(currency) {
            Some(series) => series,
            None => self.currencies.entry(currency.to_owned()).or_default(),
        };
        let at = series.days.partition_point(|known| *known < day);
        if let Some(known) = series.rates.get_mut(at)
            && series.days.get(at) == Some(&day)
        {
            *known = rate;
        } else {
            series.days.insert(at, day);
            series.rates.insert(at, rate);
        }
    }

    /// What one unit of `from` was in `to` on `day`, to twelve places. A day without a rate has the last one before it, and says
    /// so. `None` before the first day, and where a currency has no rates: a coin, `XXX`, what does not exist.
    pub fn rate(&self, from: &str, to: &str, day: NaiveDate) -> Option<Rate> {
        let (rate, of) = self.convert(Decimal::ONE, from, to, day)?;
        let rate = round(rate, PLACES).normalize();
        // A unit may be so small that twelve places hold nothing of it.
        (rate > Decimal::ZERO).then_some(Rate {
            rate,
            day: of,
            carried: of < day,
        })
    }

    /// What an amount of `from` was in `to`, with all its places, and the day of the rate.
    pub fn convert(&self, amount: Decimal, from: &str, to: &str, day: NaiveDate) -> Option<(Decimal, NaiveDate)> {
        if from == to {
            return Some((amount, day));
        }
        let (dear, first) = self.for_one_euro(from, day)?;
        let (cheap, second) = self.for_one_euro(to, day)?;
        Some((amount.checked_mul(cheap)?.checked_div(dear)?, first.min(second)))
    }

    /// Whether any day has a rate of a currency.
    pub fn knows(&self, currency: &str) -> bool {
        let (currency, _) = unit(currency);
        currency == EURO || self.currencies.contains_key(currency) || REPLACED.iter().any(|(old, ..)| *old == currency)
    }

    /// The newest day that has a rate.
    pub fn last_day(&self) -> Option<NaiveDate> {
        self.currencies.values().filter_map(|series| series.days.last()).max().copied()
    }

    /// How many rates there are.
    pub fn len(&self) -> usize {
        self.currencies.values().map(|series| series.days.len()).sum()
    }

    /// Whether there are none.
    pub fn is_empty(&self) -> bool {
        self.currencies.is_empty()
    }

    /// Units of a currency for one euro, and the day that says so.
    fn for_one_euro(&self, currency: &str, day: NaiveDate) -> Option<(Decimal, NaiveDate)> {
        let (currency, units) = unit(currency);
        if let Some(fixed) = fixed(currency, day) {
            return Some((fixed, day));
        }
        let (rate, of) = match currency {
            EURO => (Decimal::ONE, day),
            _ => self.currencies.get(currency)?.on(day)?,
        };
        Some((
            if units == 1 {
                rate
            } else {
                rate.checked_mul(Decimal::from(units))?
            },
            of,
        ))
    }
}

/// The currency that a unit belongs to, and how many units make one.
pub fn unit(code: &str) -> (&str, i64) {
    let known = UNITS.iter().find(|(unit, ..)| *unit == code);
    known.map_or((code, 1), |(_, currency, units)| (currency, *units))
}

/// What the euro replaced a currency at, from that day on.
fn fixed(currency: &str, day: NaiveDate) -> Option<Decimal> {
    use chrono::Datelike as _;
    let (_, from, millionths) = REPLACED.iter().find(|(old, ..)| *old == currency)?;
    (day.year() >= *from).then(|| Decimal::new(*millionths, 6).normalize())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn d(text: &str) -> Decimal {
        Decimal::from_str_exact(text).unwrap()
    }

    fn day(text: &str) -> NaiveDate {
        text.parse().unwrap()
    }

    fn exchange() -> Exchange {
        let mut exchange = Exchange::default();
        for (currency, on, rate) in [
            ("USD", "2024-01-05", "1.25"),
            ("GBP", "2024-01-05", "0.8"),
            ("USD", "2024-01-02", "1.6"),
            ("TRL", "2004-12-31", "1836200"),
            ("TRY", "2005-01-03", "1.8"),
        ] {
            exchange.insert(currency, day(on), d(rate));
        }
        exchange
    }

    #[test]
    fn a_day_without_a_rate_carries_the_last_one_and_says_so() {
        let exchange = exchange();
        let rate = |from, to, on| exchange.rate(from, to, day(on)).map(|one| (one.rate.to_string(), one.carried));
        assert_eq!(rate("USD", "EUR", "2024-01-05"), Some(("0.8".into(), false)));
        assert_eq!(rate("EUR", "USD", "2024-01-07"), Some(("1.25".into(), true)));
        assert_eq!(rate("EUR", "USD", "2024-01-04"), Some(("1.6".into(), true)));
        assert_eq!(rate("EUR", "USD", "2024-01-01"), None);
        assert_eq!(rate("GBP", "USD", "2024-01-05"), Some(("1.5625".into(), false)));
        assert_eq!(exchange.rate("EUR", "USD", day("2024-02-01")).unwrap().day, day("2024-01-05"));
    }

    #[test]
    fn a_unit_leads_to_its_currency() {
        let exchange = exchange();
        let rate = |from, to, on| exchange.rate(from, to, day(on)).unwrap().rate;
        assert_eq!(rate("GBp", "GBP", "2024-01-05"), d("0.01"));
        assert_eq!(rate("GBX", "USD", "2024-01-05"), d("0.015625"));
        assert_eq!(rate("EUR", "GBp", "2024-01-05"), d("80"));
        assert_eq!(rate("EUR", "TRY", "2005-01-01"), d("1.8362"));
        assert_eq!(rate("EUR", "TRL", "2005-01-03"), d("1800000"));
        assert_eq!((unit("GBP"), unit("ILA")), (("GBP", 1), ("ILS", 100)));
    }

    #[test]
    fn what_became_the_euro_has_its_rate_for_good() {
        let exchange = exchange();
        let mark = exchange.rate("EUR", "DEM", day("2030-07-06")).unwrap();
        assert_eq!((mark.rate, mark.carried), (d("1.95583"), false));
        assert_eq!(exchange.rate("DEM", "EUR", day("1998-12-31")), None);
        assert_eq!(exchange.rate("SIT", "EUR", day("2006-12-31")), None, "this source has none");
    }

    #[test]
    fn what_has_no_rate_is_not_guessed() {
        let exchange = exchange();
        for code in ["XXX", "BTC", "", "usd", "JPY"] {
            assert_eq!(exchange.rate(code, "EUR", day("2024-01-05")), None, "{code}");
            assert!(!exchange.knows(code));
        }
        assert!(exchange.knows("GBp") && exchange.knows("EUR") && exchange.knows("FRF"));
    }

    #[test]
    fn a_day_gets_its_newer_rate() {
        let mut exchange = exchange();
        exchange.insert("USD", day("2024-01-02"), d("2"));
        exchange.insert("USD", day("2024-01-03"), d("0"));
        assert_eq!(exchange.rate("EUR", "USD", day("2024-01-03")).unwrap().rate, d("2"));
        assert_eq!((exchange.len(), exchange.last_day()), (5, Some(day("2024-01-05"))));
    }
}
