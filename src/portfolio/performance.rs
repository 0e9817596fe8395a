//! The time-weighted return, the largest fall, and the values and flows that they and the money-weighted return are made of.

use crate::money::Decimal;
use crate::portfolio::activity::ActivityKind;
use crate::portfolio::book::exact;
use crate::portfolio::book::{Book, Entry, Posting, Terms};
use crate::portfolio::mark::Price;
use crate::portfolio::rate::Rates;
use crate::portfolio::ratio::annualised;
use crate::portfolio::ratio::risk::DayReturn;
use crate::portfolio::ratio::xirr::{Mwr, xirr};
use chrono::NaiveDate;
use std::borrow::Cow;

/// A day's value at its close, and what crossed the portfolio's border that day, in the base currency.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct DayValue {
    /// The day.
    pub day: NaiveDate,
    /// Value at its close.
    pub value: Decimal,
    /// Net flow at its start: above zero in, below zero out.
    pub flow: Decimal,
    /// What went out at its end, valued at the day's own prices; zero or more.
    pub closing_outflow: Decimal,
    /// Dividends that its prices have in them already, and that would else count twice; zero or more.
    pub in_prices: Decimal,
    /// What rates did since the day before to what was held then.
    pub currency: Decimal,
    /// Dividends and interest.
    pub income: Decimal,
    /// Fees and taxes that are in no lot's cost.
    pub fees: Decimal,
}

impl DayValue {
    /// Nothing, on a day.
    pub fn nothing(day: NaiveDate) -> Self {
        Self {
            day,
            value: Decimal::ZERO,
            flow: Decimal::ZERO,
            closing_outflow: Decimal::ZERO,
            in_prices: Decimal::ZERO,
            currency: Decimal::ZERO,
            income: Decimal::ZERO,
            fees: Decimal::ZERO,
        }
    }

    /// Counts another book's same day.
    pub fn add(&mut self, other: &Self) {
        self.value += other.value;
        self.flow += other.flow;
        self.closing_outflow += other.closing_outflow;
        self.in_prices += other.in_prices;
        self.currency += other.currency;
        self.income += other.income;
        self.fees += other.fees;
    }
}

/// A time-weighted return.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Twr {
    /// The whole return: 0.1 is ten percent.
    pub total: Decimal,
    /// The same a year, where the time is longer than one.
    pub annualised: Option<Decimal>,
    /// The return of each sub-period, by the day that ends it.
    pub periods: Vec<DayReturn>,
}

/// The largest fall from a running peak.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Drawdown {
    /// How far it fell: -0.2 is a fifth.
    pub depth: Decimal,
    /// The day of the peak.
    pub peak: NaiveDate,
    /// The day of the deepest point.
    pub trough: NaiveDate,
    /// The day on which the peak was reached again; `None` if it was not.
    pub recovered: Option<NaiveDate>,
}

/// The return of a sub-period from the value before it; `None` where nothing was there to gain or lose on.
fn period(before: Decimal, day: &DayValue) -> Option<Decimal> {
    let start = before.checked_add(day.flow)?.checked_add(day.in_prices)?;
    let end = day.value.checked_add(day.closing_outflow)?;
    // A withdrawal of more than was there in the morning is of what the day itself brought.
    let (start, end) = if start <= Decimal::ZERO && day.flow < Decimal::ZERO {
        (before, end.checked_sub(day.flow)?)
    } else {
        (start, end)
    };
    if start <= Decimal::ZERO {
        return (start.is_zero() && end.is_zero()).then_some(Decimal::ZERO);
    }
    end.checked_div(start)?.checked_sub(Decimal::ONE)
}

/// The time-weighted return of days in their order: the product of 1 + r over them. The first day begins with nothing but its
/// flow. `None` where a value is not above zero while something is held, or all is too large.
///
/// Each day with a flow must be there, and the last day before it; others may be left out.
pub fn twr(days: &[DayValue]) -> Option<Twr> {
    let (first, last) = (days.first()?, days.last()?);
    let mut before = Decimal::ZERO;
    let mut growth = Decimal::ONE;
    let mut periods = vec![];
    for day in days {
        let rate = period(before, day)?;
        growth = growth.checked_mul(rate.checked_add(Decimal::ONE)?)?;
        periods.push(DayReturn { day: day.day, rate });
        before = day.value;
    }
    let total = (growth - Decimal::ONE).round_dp(exact::PLACES).normalize();
    let length = (last.day - first.day).num_days();
    let yearly = if length > 365 { annualised(total, length) } else { None };
    Some(Twr {
        total,
        annualised: yearly,
        periods,
    })
}

/// The largest fall of what one unit invested became, over returns in the order of days. `None` where nothing fell.
pub fn max_drawdown(returns: &[DayReturn]) -> Option<Drawdown> {
    let mut peak = (returns.first()?.day, Decimal::ONE);
    let mut level = Decimal::ONE;
    let mut worst: Option<(Drawdown, Decimal)> = None;
    for one in returns {
        level = level.checked_mul(Decimal::ONE.checked_add(one.rate)?)?;
        if let Some((fall, reach)) = &mut worst
            && fall.recovered.is_none()
            && level >= *reach
        {
            fall.recovered = Some(one.day);
        }
        if level >= peak.1 {
            peak = (one.day, level);
            continue;
        }
        let depth = level.checked_div(peak.1)?.checked_sub(Decimal::ONE)?;
        if worst.is_none_or(|(fall, _)| depth < fall.depth) {
            let fall = Drawdown {
                depth,
                peak: peak.0,
                trough: one.day,
                recovered: None,
            };
            worst = Some((fall, peak.1));
        }
    }
    worst.map(|(fall, _)| Drawdown {
        depth: fall.depth.round_dp(exact::PLACES).normalize(),
        ..fall
    })
}

/// The money-weighted return of a book that is worth `value` on `day`: XIRR of its flows.
pub fn mwr(book: &Book, day: NaiveDate, value: Decimal) -> Mwr {
    xirr(&mwr_flows(book, day, value))
}

/// The flows of the money-weighted return, as the owner sees them: paid in below zero, and at last the value.
pub fn mwr_flows(book: &Book, day: NaiveDate, value: Decimal) -> Vec<(NaiveDate, Decimal)> {
    let flows = book
        .postings()
        .iter()
        .filter(|posting| matches!(posting.entry, Entry::Flow | Entry::ClosingFlow))
        .map(|posting| (posting.day, Decimal::ZERO - posting.base));
    flows.chain([(day, value)]).collect()
}

/// The price of one unit on a past day.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct DayPrice<'a> {
    /// In `currency`.
    pub price: Decimal,
    /// ISO 4217 code.
    pub currency: Cow<'a, str>,
}

impl From<Price> for DayPrice<'_> {
    fn from(price: Price) -> Self {
        Self {
            price: price.price,
            currency: price.currency.into(),
        }
    }
}

/// The values of `days`, which are in order: the ledger is booked once, and valued at each day's close. What has no price on a
/// day counts at the price of its latest activity, else at cost. Flows of days between two count for the later.
///
/// `price_of` is told a position of `book` by its place and its symbol, so that it need not search.
///
/// `in_prices` says of an instrument and a day whether its price is of a history that was adjusted for dividends: a rise then has
/// them in it, and what was paid counts as money that came in.
pub fn day_values<'p>(
    terms: &Terms,
    book: &Book,
    days: impl IntoIterator<Item = NaiveDate>,
    rates: &impl Rates,
    price_of: impl Fn(usize, &str, NaiveDate) -> Option<DayPrice<'p>>,
    in_prices: impl Fn(&str, NaiveDate) -> bool,
) -> Vec<DayValue> {
    let mut until = Book::empty(terms.clone());
    let mut activities = book.activities().iter().peekable();
    let mut counted = 0;
    let mut held = vec![];
    let value_on = |day: NaiveDate| {
        while let Some(activity) = activities.next_if(|activity| activity.day <= day) {
            until.push(activity.clone(), rates);
        }
        let before = std::mem::take(&mut held);
        let value = worth(
            &until,
            &mut held,
            |place, symbol| price_of(place, symbol, day),
            |currency| Some(rates.rate(currency, day)?.rate),
        );
        let fresh = &until.postings()[counted..];
        counted = until.postings().len();
        let sum = |entry| -> Decimal {
            fresh
                .iter()
                .filter(|posting| posting.entry == entry)
                .map(|posting| posting.base)
                .sum()
        };
        let adjusted = |posting: &&Posting| {
            let dividend = until.activity(posting.activity).filter(|one| one.kind == ActivityKind::Dividend);
            let symbol = dividend.and_then(|one| one.symbol.as_deref());
            posting.entry == Entry::Income && symbol.is_some_and(|symbol| in_prices(symbol, posting.day))
        };
        DayValue {
            day,
            value,
            flow: sum(Entry::Flow),
            closing_outflow: Decimal::ZERO - sum(Entry::ClosingFlow),
            in_prices: fresh.iter().filter(adjusted).map(|posting| posting.base).sum(),
            currency: moved_by_rates(&before, &held, |currency| Some(rates.rate(currency, day)?.rate)),
            income: sum(Entry::Income),
            fees: sum(Entry::Fee),
        }
    };
    days.into_iter().map(value_on).collect()
}

/// What is held in a currency that is not the base currency.
#[derive(Clone, Debug)]
struct Held {
    currency: String,
    rate: Option<Decimal>,
    /// What it is worth in that currency.
    local: Decimal,
}

/// What rates did to what was held before: a currency that nothing is held in any more is asked for its rate once more.
fn moved_by_rates(before: &[Held], now: &[Held], rate_of: impl Fn(&str) -> Option<Decimal>) -> Decimal {
    let moved = before.iter().filter(|held| !held.local.is_zero()).filter_map(|held| {
        let known = now.iter().find(|one| one.currency == held.currency);
        let rate = known.map_or_else(|| rate_of(&held.currency), |one| one.rate)?;
        exact::times(held.local, rate - held.rate?).ok()
    });
    moved.sum()
}

/// What a book is worth, and adds to `held` what of it is in which other currency: positions and cash at their price and rate. What has none counts at the price of its latest activity, else
/// at cost.
///
/// It is the same as the totals of [`MarkedBook`](crate::portfolio::mark::MarkedBook), which makes a row of each; a history has no rows.
fn worth<'p>(
    book: &Book,
    held: &mut Vec<Held>,
    price_of: impl Fn(usize, &str) -> Option<DayPrice<'p>>,
    rate_of: impl Fn(&str) -> Option<Decimal>,
) -> Decimal {
    let base = &book.terms().base_currency;
    // Few currencies and many positions: each rate is asked for once.
    let mut worth_of = |currency: &str, local: Decimal| {
        if currency == base {
            return Some(local);
        }
        let at = held.iter().position(|one| one.currency == currency).unwrap_or_else(|| {
            held.push(Held {
                currency: currency.to_owned(),
                rate: rate_of(currency),
                local: Decimal::ZERO,
            });
            held.len() - 1
        });
        let one = held.get_mut(at)?;
        one.local += local;
        exact::times(local, one.rate?).ok()
    };
    let mut sum = Decimal::ZERO;
    for (place, position) in book.positions().iter().enumerate() {
        let quantity = position.quantity();
        if quantity.is_zero() {
            continue;
        }
        let price = price_of(place, &position.symbol).or_else(|| book.last_price(&position.symbol).map(DayPrice::from));
        let value = price.and_then(|price| worth_of(&price.currency, exact::times(quantity, price.price).ok()?));
        sum += value.unwrap_or_else(|| position.cost());
    }
    for cash in book.cash().iter().filter(|cash| !cash.amount.is_zero()) {
        sum += worth_of(&cash.currency, cash.amount).unwrap_or(cash.book);
    }
    sum
}

impl Book {
    /// The price of an instrument's latest activity that tells one: what stands in where the market knows none.
    pub fn last_price(&self, symbol: &str) -> Option<Price> {
        let last = self.position(symbol)?.last_price?;
        Some(Price {
            price: last.price,
            previous_close: Some(last.price),
            currency: self.currency(last.currency).to_owned(),
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::portfolio::activity::ActivityKind as Kind;
    use crate::portfolio::book::sample::{buy, d, day, money, on, returns, sell};
    use crate::portfolio::rate::NoRates;
    use proptest::prelude::*;

    fn at(number: u32, value: &str, flow: &str) -> DayValue {
        DayValue {
            value: d(value),
            flow: d(flow),
            ..DayValue::nothing(day(number))
        }
    }

    #[test]
    fn flows_do_not_count_as_return() {
        // +10 % on 100; then 90 come in in the morning: 200 become 190, -5 %.
        let days = [at(1, "100", "100"), at(2, "110", "0"), at(3, "190", "90")];
        assert_eq!(twr(&days).unwrap().total, d("0.045"));
        assert_eq!(twr(&days).unwrap().annualised, None);
        let years = [at(1, "100", "100"), at(731, "121", "0")];
        assert_eq!(twr(&years).unwrap().annualised, Some(d("0.1")));
    }

    #[test]
    fn what_has_no_base_has_no_return() {
        assert_eq!(twr(&[]), None);
        assert_eq!(twr(&[at(1, "-5", "0")]), None);
        assert_eq!(twr(&[at(1, "0", "0"), at(2, "11", "10")]).unwrap().total, d("0.1"));
        assert_eq!(
            twr(&[at(1, "100", "100"), at(2, "0", "-110")]).unwrap().total,
            d("0.1"),
            "all was withdrawn, with its gain"
        );
    }

    #[test]
    fn a_drawdown_has_three_dates() {
        let fall = max_drawdown(&returns(&["0", "0.1", "-0.2", "0.1", "-0.1", "0.3", "-0.1"])).unwrap();
        assert_eq!((fall.peak, fall.trough, fall.recovered), (day(2), day(5), Some(day(6))));
        assert_eq!(fall.depth, d("-0.208"));
        assert_eq!(max_drawdown(&returns(&["0.1", "0"])), None);
        assert_eq!(max_drawdown(&returns(&["-0.5"])).unwrap().recovered, None);
    }

    #[test]
    fn a_ledger_with_and_without_cash_has_the_return_of_its_share() {
        // 100 -> 110 -> 121; half is sold on the second day, a dividend of one is paid on the third.
        let trades = vec![
            buy("b", "A", "10", "100"),
            on(2, sell("s", "A", "5", "110")),
            on(3, money("d", Kind::Dividend, Some("A"), "5")),
        ];
        let price = |_, _: &str, on: NaiveDate| {
            let price = if on == day(1) {
                "100"
            } else if on == day(2) {
                "110"
            } else {
                "120"
            };
            Some(DayPrice {
                price: d(price),
                currency: "USD".into(),
            })
        };
        let terms = Terms {
            cash_tracked: false,
            ..Terms::in_currency("USD")
        };
        let book = Book::new(terms.clone(), trades, &NoRates);
        let days = day_values(&terms, &book, [day(1), day(2), day(3)], &NoRates, price, |_, _| false);
        assert_eq!(days[1].closing_outflow, d("550"));
        assert_eq!(twr(&days).unwrap().total, d("0.21"));
    }

    #[test]
    fn a_dividend_that_the_prices_have_in_them_is_no_gain_a_second_time() {
        // The share falls by its dividend of ten, which an adjusted history does not show: there it rises from 90 to 99.
        let trades = vec![buy("b", "A", "10", "100"), on(3, money("d", Kind::Dividend, Some("A"), "100"))];
        let price = |before: &'static str| {
            move |_, _: &str, on: NaiveDate| {
                Some(DayPrice {
                    price: d(if on < day(3) { before } else { "99" }),
                    currency: "USD".into(),
                })
            }
        };
        for cash_tracked in [false, true] {
            let terms = Terms {
                cash_tracked,
                ..Terms::in_currency("USD")
            };
            let mut trades = trades.clone();
            if cash_tracked {
                trades.push(money("in", Kind::Deposit, None, "1000"));
            }
            let book = Book::new(terms.clone(), trades, &NoRates);
            let days = [day(2), day(3)];
            let real = day_values(&terms, &book, days, &NoRates, price("100"), |_, _| false);
            assert_eq!(period(real[0].value, &real[1]), Some(d("0.09")));
            let adjusted = day_values(&terms, &book, days, &NoRates, price("90"), |_, _| true);
            assert_eq!((adjusted[0].in_prices, adjusted[1].in_prices), (Decimal::ZERO, d("100")));
            let rate = period(adjusted[0].value, &adjusted[1]).unwrap();
            assert_eq!(rate.round_dp(2), d("0.09"), "cash or not: {cash_tracked}");
        }
    }

    proptest! {
        #[test]
        fn doubling_all_amounts_changes_no_return(values in prop::collection::vec((1i64..1_000_000, 0i64..1_000), 1..30)) {
            let days = |factor: i64| -> Vec<DayValue> {
                let one = |(at, (value, flow)): (usize, &(i64, i64))| DayValue {
                    value: Decimal::from(value * factor),
                    flow: Decimal::from((flow + i64::from(at == 0)) * factor),
                    ..DayValue::nothing(day(1 + at as u32))
                };
                values.iter().enumerate().map(one).collect()
            };
            let (once, twice) = (twr(&days(1)), twr(&days(2)));
            prop_assert_eq!(once.map(|twr| twr.periods), twice.map(|twr| twr.periods));
        }
    }
}
