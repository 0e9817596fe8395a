//! What a what-if starts from, as it travels to a browser that works it out: the ledger, and the rates and prices it needs.

use crate::money::{Decimal, number};
use crate::portfolio::activity::Activity;
use crate::portfolio::book::{Book, Terms};
use crate::portfolio::mark::{MarkRate, Price};
use crate::portfolio::rate::{Rate, Rates};
use chrono::NaiveDate;
use serde::{Deserialize, Serialize};
use std::cell::RefCell;
use std::collections::{BTreeMap, HashMap};

/// A rate of a day into the base currency.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct DayRate {
    /// ISO 4217 code of the other currency.
    pub currency: String,
    /// The day it is for.
    pub day: NaiveDate,
    /// Units of the base currency for one of the other.
    #[serde(with = "number")]
    pub rate: Decimal,
    /// Whether it is the last one before the day.
    pub carried: bool,
}

/// A portfolio, and all that a trade on `day` may ask for.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Premise {
    /// How it is accounted for.
    pub terms: Terms,
    /// The day of the trades.
    pub day: NaiveDate,
    /// Its ledger, in the order of the book.
    pub activities: Vec<Activity>,
    /// The rates of the days that the ledger names, and of `day`.
    pub rates: Vec<DayRate>,
    /// The rates of now, by currency.
    pub marks: BTreeMap<String, MarkRate>,
    /// The prices of now, by symbol: of what is held, and of what can be suggested.
    pub prices: BTreeMap<String, Price>,
}

impl Premise {
    /// Writes down what trades with `book` on `day` may ask for.
    pub fn new(
        book: &Book,
        day: NaiveDate,
        prices: BTreeMap<String, Price>,
        rates: &impl Rates,
        mark_of: impl Fn(&str) -> Option<MarkRate>,
    ) -> Self {
        let asked = Asked {
            rates,
            answers: RefCell::default(),
        };
        // What booking it asks for is what booking it again will ask for.
        let terms = book.terms().clone();
        let again = Book::new(terms.clone(), book.activities().iter().cloned(), &asked);
        let on = again.activities().last().map_or(day, |last| last.day.max(day));
        let base = terms.base_currency.as_str();
        let priced = prices.values().map(|price| price.currency.as_str());
        let kept = again.cash().iter().map(|cash| cash.currency.as_str());
        let mut marks = BTreeMap::new();
        for currency in priced.chain(kept).filter(|currency| *currency != base) {
            if marks.contains_key(currency) {
                continue;
            }
            asked.rate(currency, on);
            if let Some(mark) = mark_of(currency) {
                marks.insert(currency.to_owned(), mark);
            }
        }
        let mut rates: Vec<DayRate> = asked.answers.into_inner().into_values().flatten().collect();
        rates.sort_by(|one, other| (&one.currency, one.day).cmp(&(&other.currency, other.day)));
        Self {
            terms,
            day,
            activities: again.activities().iter().map(|one| without_words(one)).collect(),
            rates,
            marks,
            prices,
        }
    }

    /// The ledger booked, and the rates to try trades with.
    pub fn booked(&mut self) -> (Book, WrittenRates) {
        let each = self.rates.drain(..).map(|one| {
            let rate = Rate {
                rate: one.rate,
                carried: one.carried,
            };
            ((one.currency, one.day), rate)
        });
        let rates = WrittenRates(each.collect());
        let activities = std::mem::take(&mut self.activities);
        (Book::new(self.terms.clone(), activities, &rates), rates)
    }
}

/// An activity without what no figure needs.
fn without_words(activity: &Activity) -> Activity {
    Activity {
        note: String::new(),
        tags: vec![],
        ..activity.clone()
    }
}

/// Rates that were written down.
#[derive(Clone, Debug, Default)]
pub struct WrittenRates(HashMap<(String, NaiveDate), Rate>);

impl Rates for WrittenRates {
    fn rate(&self, currency: &str, day: NaiveDate) -> Option<Rate> {
        self.0.get(&(currency.to_owned(), day)).copied()
    }
}

/// Rates that remember what they were asked.
struct Asked<'r, R> {
    rates: &'r R,
    answers: RefCell<HashMap<(String, NaiveDate), Option<DayRate>>>,
}

impl<R: Rates> Rates for Asked<'_, R> {
    fn rate(&self, currency: &str, day: NaiveDate) -> Option<Rate> {
        let found = self.rates.rate(currency, day);
        let written = found.map(|found| DayRate {
            currency: currency.to_owned(),
            day,
            rate: found.rate,
            carried: found.carried,
        });
        self.answers.borrow_mut().insert((currency.to_owned(), day), written);
        found
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::portfolio::activity::ActivityKind;
    use crate::portfolio::book::sample::{buy, d, day, money, on};
    use crate::portfolio::typed::Typed;
    use crate::portfolio::typed::trial::try_out;

    fn rates(currency: &str, day: NaiveDate) -> Option<Rate> {
        use chrono::Datelike as _;
        (currency == "EUR").then(|| Rate::of_the_day(d("1.1") + Decimal::new(i64::from(day.day()), 3)))
    }

    #[test]
    fn what_travelled_says_what_the_ledger_says() {
        let mut foreign = on(11, buy("two", "B", "10", "30"));
        foreign.currency = "EUR".into();
        let ledger = vec![
            money("in", ActivityKind::Deposit, None, "1000"),
            buy("one", "A", "10", "20"),
            foreign,
        ];
        let book = Book::new(Terms::in_currency("USD"), ledger, &rates);
        let price = |symbol: &str| {
            let currency = if symbol == "B" { "EUR" } else { "USD" };
            Some(Price {
                price: d("40"),
                previous_close: None,
                currency: currency.into(),
            })
        };
        let mark = |currency: &str| {
            (currency == "EUR").then(|| MarkRate {
                now: d("1.2"),
                previous: d("1.19"),
            })
        };
        let prices = ["A", "B"].iter().filter_map(|symbol| Some(((*symbol).to_owned(), price(symbol)?)));
        let premise = Premise::new(&book, day(21), prices.collect(), &rates, mark);
        let text = serde_json::to_string(&premise).unwrap();
        let mut back: Premise = serde_json::from_str(&text).unwrap();
        assert_eq!(back, premise);
        let (booked, written) = back.booked();
        assert_eq!(booked, book);
        for (side, symbol, lot) in [("sell", "B", "two"), ("buy", "B", ""), ("sell", "A", ""), ("sell", "A", "two")] {
            let typed = Typed::default()
                .with("side1", side)
                .with("symbol1", symbol)
                .with("quantity1", "4")
                .with("lot1", lot);
            let there = try_out(&book, &typed, day(21), &rates, price, mark);
            let here = try_out(
                &booked,
                &typed,
                day(21),
                &written,
                |symbol| back.prices.get(symbol).cloned(),
                |currency| back.marks.get(currency).copied(),
            );
            assert_eq!(here, there, "{side} {symbol}");
            assert_eq!(here.is_err(), symbol == "A" && lot == "two");
        }
    }
}
