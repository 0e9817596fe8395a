//! What changed a value: prices, currencies, income, fees, and what crossed the portfolio's border. The parts add up exactly.

use crate::money::{Decimal, minor_units, number, round};
use crate::portfolio::performance::DayValue;
use serde::{Deserialize, Serialize};

/// A change of value by its causes, in the base currency.
///
/// Invariant: value at the end = value at the beginning + price + currency + income - fees + flows, to the last digit.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Change {
    /// What prices did, in units of their own currency at the rate of the end; the costs of trades are in it.
    #[serde(with = "number")]
    pub price: Decimal,
    /// What rates did to what was there at the beginning: its price or amount x (rate at the end - rate at the beginning), day by
    /// day. The rule is Portfolio Performance's.
    #[serde(with = "number")]
    pub currency: Decimal,
    /// Dividends and interest, less their fees and taxes.
    #[serde(with = "number")]
    pub income: Decimal,
    /// Fees and taxes that are in no lot's cost.
    #[serde(with = "number")]
    pub fees: Decimal,
    /// What came in from outside, less what went out.
    #[serde(with = "number")]
    pub flows: Decimal,
}

impl Change {
    /// The change over days in which the value rose by so much. What has no other cause is the prices'.
    pub fn of(days: &[DayValue], risen: Decimal) -> Self {
        let sum = |figure: fn(&DayValue) -> Decimal| -> Decimal { days.iter().map(figure).sum() };
        let flows = sum(|day| day.flow - day.closing_outflow);
        Self {
            currency: sum(|day| day.currency),
            income: sum(|day| day.income),
            fees: sum(|day| day.fees),
            flows,
            ..Self::default()
        }
        .with_gain(risen - flows)
    }

    /// The same rounded to a currency, with a gain as it is shown: the prices' part takes what rounding leaves.
    pub fn rounded(&self, currency: &str, gain: Decimal) -> Self {
        let places = minor_units(currency);
        let round = |amount| round(amount, places);
        Self {
            currency: round(self.currency),
            income: round(self.income),
            fees: round(self.fees),
            flows: round(self.flows),
            ..Self::default()
        }
        .with_gain(gain)
    }

    /// Both together: of two books, or of two stretches that follow each other.
    pub fn and(self, other: Self) -> Self {
        Self {
            price: self.price + other.price,
            currency: self.currency + other.currency,
            income: self.income + other.income,
            fees: self.fees + other.fees,
            flows: self.flows + other.flows,
        }
    }

    /// What it gained: all of it but the flows.
    pub fn gain(&self) -> Decimal {
        self.price + self.currency + self.income - self.fees
    }

    /// Whether there is more to tell than a gain that prices made.
    pub fn tells_more(&self) -> bool {
        self.price != self.gain() || !self.flows.is_zero()
    }

    /// Each part with its name, signed: they add up to what changed.
    pub fn parts(&self) -> [(&'static str, Decimal); 5] {
        [
            ("Prices", self.price),
            ("Currencies", self.currency),
            ("Income", self.income),
            ("Fees and taxes", Decimal::ZERO - self.fees),
            ("Came in less went out", self.flows),
        ]
    }

    /// The same causes of another gain: what none of them explains is the prices'.
    pub fn with_gain(self, gain: Decimal) -> Self {
        Self {
            price: gain - self.currency - self.income + self.fees,
            ..self
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::portfolio::activity::{Activity, ActivityKind as Kind};
    use crate::portfolio::book::sample::{buy, d, day, money, on};
    use crate::portfolio::book::{Book, Terms};
    use crate::portfolio::mark::{MarkRate, MarkedBook, Price};
    use crate::portfolio::performance::{DayPrice, day_values};
    use crate::portfolio::rate::Rate;
    use chrono::NaiveDate;

    /// A euro is 1.10 dollars on the first day and 1.20 from the second on.
    fn rate_on(on: NaiveDate) -> Decimal {
        d(if on == day(1) { "1.1" } else { "1.2" })
    }

    fn in_euro(activity: Activity) -> Activity {
        Activity {
            currency: "EUR".to_owned(),
            ..activity
        }
    }

    /// Ten units at 50 euro, and 100 euro of cash. On the second day they cost 55, two are bought for 108, 4 euro are paid out, 1 euro is
    /// a fee, and 30 dollars come in.
    fn book() -> Book {
        let ledger = vec![
            in_euro(money("in", Kind::Deposit, None, "600")),
            in_euro(buy("b", "A", "10", "50")),
            on(2, in_euro(buy("more", "A", "2", "54"))),
            on(2, in_euro(money("v", Kind::Dividend, Some("A"), "4"))),
            on(2, in_euro(money("f", Kind::Fee, None, "1"))),
            on(2, money("usd", Kind::Deposit, None, "30")),
        ];
        Book::new(Terms::in_currency("USD"), ledger, &|_: &str, on| {
            Some(Rate::of_the_day(rate_on(on)))
        })
    }

    fn expected() -> Change {
        Change {
            // 10 x 5 x 1.2, and two that cost 1 more than was paid: 2 x 1 x 1.2.
            price: d("62.4"),
            // 500 euro of shares and 100 of cash, each 0.1 dearer.
            currency: d("60"),
            income: d("4.8"),
            fees: d("1.2"),
            flows: d("30"),
        }
    }

    #[test]
    fn a_day_is_split_as_worked_out_by_hand() {
        let book = book();
        let price = |_, _: &str, on: NaiveDate| {
            Some(DayPrice {
                price: d(if on == day(1) { "50" } else { "55" }),
                currency: "EUR".into(),
            })
        };
        let rates = |_: &str, on: NaiveDate| Some(Rate::of_the_day(rate_on(on)));
        let days = day_values(book.terms(), &book, [day(1), day(2)], &rates, price, |_, _| false);
        let change = Change::of(&days[1..], days[1].value - days[0].value);
        assert_eq!(change, expected());
        assert_eq!(days[0].value + change.gain() + change.flows, days[1].value);
    }

    #[test]
    fn now_is_split_as_its_day_will_be() {
        let price = |_: &str| {
            Some(Price {
                price: d("55"),
                previous_close: Some(d("50")),
                currency: "EUR".to_owned(),
            })
        };
        let rate = |_: &str| {
            Some(MarkRate {
                now: d("1.2"),
                previous: d("1.1"),
            })
        };
        let mut marked = MarkedBook::new(&book(), day(2), price, rate);
        assert_eq!(marked.causes(), expected());
        marked.set_price("A", d("56"));
        let ticked = Change {
            price: d("76.8"),
            ..expected()
        };
        assert_eq!(marked.causes(), ticked, "a tick moves the prices' part alone");
    }

    #[test]
    fn what_rounding_leaves_is_the_prices() {
        let change = Change {
            price: d("1.004"),
            currency: d("1.004"),
            income: d("1.004"),
            ..Change::default()
        };
        let shown = change.rounded("USD", d("3.01"));
        assert_eq!((shown.price, shown.gain()), (d("1.01"), d("3.01")));
    }
}
