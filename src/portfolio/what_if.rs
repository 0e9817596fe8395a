//! What would be: a book with trades that nobody made, beside the book as it is. Nothing is saved. Needs no server.

use crate::money::{Decimal, percent_of};
use crate::portfolio::activity::{Activity, ActivityKind, NamedLot};
use crate::portfolio::book::{Book, Fault};
use crate::portfolio::mark::{MarkRate, MarkedBook, Price};
use crate::portfolio::rate::Rates;
use chrono::{NaiveDate, NaiveTime};

/// A trade to try.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Step {
    /// Whether it sells; else it buys.
    pub sells: bool,
    /// Label of the instrument.
    pub symbol: String,
    /// Units; above zero.
    pub quantity: Decimal,
    /// Price of a unit in `currency`.
    pub price: Decimal,
    /// ISO 4217 code.
    pub currency: String,
    /// The activity that opened the lot to sell from; `None`: the portfolio's method chooses.
    pub lot: Option<String>,
}

/// A lot that would be closed.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Closing {
    /// Label of the instrument.
    pub symbol: String,
    /// The day it was opened.
    pub opened_on: NaiveDate,
    /// Units.
    pub quantity: Decimal,
    /// What was paid, in the base currency.
    pub cost: Decimal,
    /// What would be received.
    pub proceeds: Decimal,
    /// Days held.
    pub days: i64,
}

/// A row before and after.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Change {
    /// Label of the instrument, or code of the currency.
    pub label: String,
    /// Whether it is cash.
    pub cash: bool,
    /// Units, or the amount.
    pub quantity: (Decimal, Decimal),
    /// Value in the base currency, where it has one.
    pub value: (Option<Decimal>, Option<Decimal>),
    /// Share of the whole in percent.
    pub weight: (Option<Decimal>, Option<Decimal>),
}

/// A lot that would be left.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Left {
    /// Label of the instrument.
    pub symbol: String,
    /// The day it was opened.
    pub day: NaiveDate,
    /// Units.
    pub quantity: Decimal,
    /// Cost in the base currency.
    pub cost: Decimal,
}

/// What would be.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Outcome {
    /// Steps that could not be made, by their number, and why. They count for nothing.
    pub faults: Vec<(usize, Fault)>,
    /// Gain that would be realised, in the base currency.
    pub realised: Decimal,
    /// What that is made of.
    pub closings: Vec<Closing>,
    /// Total value before and after.
    pub value: (Decimal, Decimal),
    /// Positions, then cash.
    pub rows: Vec<Change>,
    /// The open lots of each instrument that was traded.
    pub lots: Vec<Left>,
}

/// Identity of a step among the activities.
fn id(number: usize) -> String {
    String::from("what-if/") + &number.to_string()
}

/// Tries steps on `day`, in their order, after what that day has with a time. Prices and rates are those of the moment.
pub fn what_if(
    book: &Book,
    steps: &[Step],
    day: NaiveDate,
    rates: &impl Rates,
    price_of: impl Fn(&str) -> Option<Price>,
    rate_of: impl Fn(&str) -> Option<MarkRate>,
) -> Outcome {
    // Nothing is tried before what is written down already.
    let day = book.activities().last().map_or(day, |last| last.day.max(day));
    let trades = steps.iter().enumerate().map(|(number, step)| trade(number, step, day));
    let after = book.with(trades.collect::<Vec<_>>(), rates);
    let mark = |book: &Book| {
        let price = |symbol: &str| price_of(symbol).or_else(|| after.last_price(symbol));
        MarkedBook::new(book, day, price, &rate_of)
    };
    let (was, is) = (mark(book), mark(&after));
    let fault = |number: usize| {
        let id = id(number);
        let problem = after.problems().iter().find(|problem| problem.activity == id)?;
        Some((number, problem.fault.clone()))
    };
    let tried = |number: u32| {
        after
            .activity(number)
            .is_some_and(|one| (0..steps.len()).any(|step| one.id == id(step)))
    };
    let closings = after.closed_lots().iter().filter(|lot| tried(lot.closed));
    let symbol = |number: u32| after.positions().get(number as usize).map_or("", |held| &*held.symbol).to_owned();
    let closings = closings.map(|lot| Closing {
        symbol: symbol(lot.position),
        opened_on: lot.opened_on,
        quantity: lot.quantity,
        cost: lot.cost,
        proceeds: lot.proceeds,
        days: lot.days_held(),
    });
    Outcome {
        faults: (0..steps.len()).filter_map(fault).collect(),
        realised: after.sums().realised - book.sums().realised,
        closings: closings.collect(),
        value: (was.totals().value, is.totals().value),
        rows: changes(&was, &is),
        lots: left(&after, steps),
    }
}

fn trade(number: usize, step: &Step, day: NaiveDate) -> Activity {
    let lots = step.lot.iter().map(|opened_by| NamedLot {
        opened_by: opened_by.clone(),
        quantity: step.quantity,
    });
    Activity {
        id: id(number),
        day,
        // The last seconds of the day, one after the other: steps count in the order in which they are written.
        time: NaiveTime::from_hms_opt(23, 59, 50 + (number as u32).min(9)),
        kind: if step.sells { ActivityKind::Sell } else { ActivityKind::Buy },
        symbol: Some(step.symbol.clone()),
        quantity: step.quantity,
        price: Some(step.price),
        amount: None,
        fee: Decimal::ZERO,
        tax: Decimal::ZERO,
        currency: step.currency.clone(),
        exchange_rate: None,
        ratio: None,
        lots: lots.collect(),
        note: String::new(),
        tags: vec![],
    }
}

fn changes(was: &MarkedBook, is: &MarkedBook) -> Vec<Change> {
    let mut rows: Vec<Change> = vec![];
    let totals = (was.totals().value, is.totals().value);
    for (book, after) in [(was, false), (is, true)] {
        let positions = book
            .positions()
            .iter()
            .map(|row| (&*row.symbol, false, row.held.quantity, row.value));
        let cash = book.cash().iter().map(|row| (row.currency.as_str(), true, row.amount, row.value));
        for (label, cash, quantity, value) in positions.chain(cash) {
            let at = rows
                .iter()
                .position(|row| row.label == label && row.cash == cash)
                .unwrap_or_else(|| {
                    rows.push(Change {
                        label: label.to_owned(),
                        cash,
                        value: (Some(Decimal::ZERO), Some(Decimal::ZERO)),
                        ..Change::default()
                    });
                    rows.len() - 1
                });
            let Some(row) = rows.get_mut(at) else { continue };
            if after {
                (row.quantity.1, row.value.1) = (quantity, value);
            } else {
                (row.quantity.0, row.value.0) = (quantity, value);
            }
        }
    }
    for row in &mut rows {
        let share = |value: Option<Decimal>, total| percent_of(value?, total);
        row.weight = (share(row.value.0, totals.0), share(row.value.1, totals.1));
    }
    rows.sort_by_key(|row| row.cash);
    rows
}

fn left(book: &Book, steps: &[Step]) -> Vec<Left> {
    let mut symbols: Vec<&str> = steps.iter().map(|step| step.symbol.as_str()).collect();
    symbols.sort_unstable();
    symbols.dedup();
    let mut lots = vec![];
    for position in symbols.iter().filter_map(|symbol| book.position(symbol)) {
        let sign = if position.short { -Decimal::ONE } else { Decimal::ONE };
        lots.extend(position.lots.open().into_iter().map(|lot| Left {
            symbol: position.symbol.to_string(),
            day: lot.day,
            quantity: lot.quantity * sign,
            cost: lot.cost,
        }));
    }
    lots
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::portfolio::book::Terms;
    use crate::portfolio::book::sample::{buy, d, day, money, on};
    use crate::portfolio::rate::NoRates;

    fn book() -> Book {
        let ledger = vec![
            money("in", ActivityKind::Deposit, None, "1000"),
            buy("one", "A", "10", "20"),
            on(11, buy("two", "A", "10", "30")),
        ];
        Book::new(Terms::in_currency("USD"), ledger, &NoRates)
    }

    fn step(sells: bool, symbol: &str, quantity: &str, price: &str, lot: Option<&str>) -> Step {
        Step {
            sells,
            symbol: symbol.into(),
            quantity: d(quantity),
            price: d(price),
            currency: "USD".into(),
            lot: lot.map(str::to_owned),
        }
    }

    fn try_out(steps: &[Step]) -> Outcome {
        let price = |symbol: &str| {
            (symbol == "A").then(|| Price {
                price: d("40"),
                previous_close: None,
                currency: "USD".into(),
            })
        };
        what_if(&book(), steps, day(21), &NoRates, price, |_| None)
    }

    #[test]
    fn a_sale_of_a_named_lot_and_a_purchase_move_gain_cash_weights_and_lots() {
        let before = book();
        let outcome = try_out(&[step(true, "A", "10", "40", Some("two")), step(false, "B", "5", "50", None)]);
        assert_eq!(book(), before, "nothing is saved");
        assert_eq!((outcome.faults.len(), outcome.realised), (0, d("100")));
        assert_eq!((outcome.closings[0].opened_on, outcome.closings[0].days), (day(11), 10));
        // 1000 - 200 - 300 = 500 in cash and 20 at 40; then 10 at 40, 5 at 50, and 500 + 400 - 250.
        assert_eq!(outcome.value, (d("1300"), d("1300")));
        let row = |label: &str| outcome.rows.iter().find(|row| row.label == label).unwrap();
        assert_eq!(row("USD").quantity, (d("500"), d("650")));
        assert_eq!(row("A").weight, (Some(d("61.54")), Some(d("30.77"))));
        assert_eq!(row("B").weight, (Some(d("0.00")), Some(d("19.23"))));
        assert_eq!(outcome.lots[0].day, day(1));
        assert_eq!(outcome.lots.len(), 2);
    }

    #[test]
    fn a_step_that_cannot_be_made_counts_for_nothing() {
        let outcome = try_out(&[step(true, "A", "11", "40", Some("one"))]);
        assert!(matches!(outcome.faults[..], [(0, Fault::LotTooSmall { .. })]), "{outcome:?}");
        assert_eq!(outcome.realised, Decimal::ZERO);
        let rows = outcome.rows;
        assert!(rows.iter().all(|row| row.quantity.0 == row.quantity.1));
    }
}
