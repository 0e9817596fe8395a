//! What `finflow value` says, made of a book at its prices.

use crate::imports::server::command::History;
use crate::imports::server::value::prices::{Prices, Source};
use crate::imports::server::value::shape::*;
use crate::money::{Decimal, percent_of, round_to_currency};
use crate::portfolio::book::{Book, BookPosition, Entry};
use crate::portfolio::mark::{MarkedBook, MarkedPosition};
use crate::portfolio::performance::{day_values, mwr, twr};
use crate::portfolio::ratio::xirr::{Mwr, NoRate};
use crate::portfolio::server::rates::BaseRates;
use crate::portfolio::valuation::Gains;
use chrono::NaiveDate;
use std::collections::{BTreeMap, BTreeSet};

fn exact(amount: Option<Decimal>) -> Option<Exact> {
    amount.map(Exact)
}

/// What a report is made of.
pub struct Inputs<'a> {
    /// What was read.
    pub history: &'a History,
    /// The same, booked.
    pub book: &'a Book,
    /// The same, valued.
    pub marked: &'a MarkedBook,
    /// Prices.
    pub prices: &'a Prices,
    /// Rates.
    pub rates: &'a BaseRates,
    /// Activities after the day.
    pub later: usize,
    /// What was remarked so far.
    pub remarks: Vec<String>,
}

/// Makes the report.
pub fn make(inputs: &Inputs<'_>) -> Report {
    let Inputs { history, book, marked, .. } = inputs;
    let mut names: BTreeMap<&str, &str> = BTreeMap::new();
    for instrument in history.instruments.iter().filter(|one| !one.name.is_empty()) {
        names.entry(&instrument.symbol).or_insert(&instrument.name);
    }
    let name = |symbol: &str| names.get(symbol).copied().unwrap_or_default().to_owned();
    let rows = || {
        let rows = marked.positions().iter().filter(|row| !row.held.quantity.is_zero());
        rows.filter_map(|row| Some((row, book.position(&row.symbol)?)))
    };
    let gone = book.positions().iter().filter(|held| held.quantity().is_zero());
    let problems = book.problems().iter().map(|problem| Trouble {
        activity: problem.activity.clone(),
        day: problem.day,
        reason: problem.fault.to_string(),
    });
    let cash = marked
        .cash()
        .iter()
        .filter(|cash| book.terms().cash_tracked || !cash.amount.is_zero());
    let totals = sums(book, marked);
    let whole = totals.value.0;
    Report {
        at: marked.day(),
        base_currency: book.terms().base_currency.clone(),
        method: book.terms().method.label(),
        cash_tracked: book.terms().cash_tracked,
        activities: book.activities().len(),
        later_activities: inputs.later,
        totals,
        performance: performance(inputs),
        positions: rows()
            .map(|(row, held)| position(inputs, whole, row, held, name(&row.symbol)))
            .collect(),
        closed_positions: gone
            .map(|held| Gone {
                symbol: held.symbol.to_string(),
                name: name(&held.symbol),
                realised: Exact(held.realised),
                income: Exact(held.income),
                fees: Exact(held.fees),
                moved: Exact(held.moved),
            })
            .collect(),
        open_lots: rows().flat_map(|(row, held)| open_lots(book, row, held, marked.day())).collect(),
        closed_lots: closed_lots(book),
        cash: cash
            .map(|cash| Money {
                currency: cash.currency.clone(),
                amount: Exact(cash.amount),
                value: exact(cash.value.map(|value| shown(book, value))),
            })
            .collect(),
        rates: used_rates(inputs),
        problems: problems.collect(),
        remarks: remarks(inputs),
    }
}

/// An amount in the base currency as a row shows it.
fn shown(book: &Book, amount: Decimal) -> Decimal {
    round_to_currency(amount, &book.terms().base_currency)
}

/// The sums of the rows as they are shown, as the pages sum them. What is left is the currency gain of cash, and of rounding.
fn sums(book: &Book, marked: &MarkedBook) -> Sums {
    let cash = marked.cash().iter().filter_map(|cash| cash.value);
    let cash: Decimal = cash.map(|value| shown(book, value)).sum();
    let positions = || marked.positions().iter();
    let cost: Decimal = positions().map(|row| shown(book, row.held.cost)).sum();
    let valued = positions().filter_map(|row| Some((shown(book, row.value?), shown(book, row.held.cost))));
    let (value, unrealised) = valued.fold((cash, Decimal::ZERO), |(value, gain), (worth, cost)| {
        (value + worth, gain + worth - cost)
    });
    let gains = Gains::of(marked.sums(), marked.totals().unvalued, &book.terms().base_currency, value);
    Sums {
        value: Exact(value),
        cost: Exact(cost),
        unvalued: Exact(gains.unvalued),
        cash: Exact(cash),
        unrealised: Exact(unrealised),
        realised: Exact(gains.realised),
        income: Exact(gains.income),
        fees: Exact(gains.fees),
        moved: Exact(gains.moved),
        currency_gain: Exact(gains.unrealised - unrealised),
        contributions: Exact(gains.contributions),
        withdrawals: Exact(gains.withdrawals),
        net_contributions: Exact(gains.contributions - gains.withdrawals),
        total_gain: Exact(gains.total),
    }
}

fn performance(inputs: &Inputs<'_>) -> Performance {
    let (book, at) = (inputs.book, inputs.marked.day());
    // Each day with a flow or a dividend, and the last one before it.
    let flows = book
        .postings()
        .iter()
        .filter(|one| matches!(one.entry, Entry::Flow | Entry::ClosingFlow | Entry::Income));
    let mut days: BTreeSet<NaiveDate> = flows.flat_map(|one| [Some(one.day), one.day.pred_opt()]).flatten().collect();
    days.insert(at);
    let first = book.postings().iter().map(|one| one.day).min();
    let days = days
        .into_iter()
        .filter(|day| first.is_some_and(|first| *day >= first) && *day <= at);
    let price = |_, symbol: &str, day: NaiveDate| inputs.prices.at(symbol, day).map(|found| found.price().into());
    let adjusted = |symbol: &str, day: NaiveDate| inputs.prices.at(symbol, day).is_some_and(|found| found.source == Source::Market);
    let values = day_values(book.terms(), book, days, inputs.rates, price, adjusted);
    let twr = twr(&values);
    let totals = inputs.marked.totals();
    let (rate, several, reason) = match mwr(book, at, totals.value + totals.unvalued) {
        Mwr::Rate(rate) => (Some(rate), vec![], None),
        Mwr::Several(rates) => (None, rates, Some("several rates fit")),
        Mwr::None(NoRate::NoTime) => (None, vec![], Some("all flows are on one day")),
        Mwr::None(NoRate::OneDirection) => (None, vec![], Some("money only went in, or only came out")),
        Mwr::None(NoRate::NoRoot) => (None, vec![], Some("no rate fits the flows")),
    };
    Performance {
        twr: exact(twr.as_ref().map(|twr| twr.total)),
        twr_annualised: exact(twr.and_then(|twr| twr.annualised)),
        mwr: exact(rate),
        mwr_several: several.into_iter().map(Exact).collect(),
        mwr_reason: reason,
    }
}

fn position(inputs: &Inputs<'_>, total: Decimal, row: &MarkedPosition, held: &BookPosition, name: String) -> Held {
    let cost = shown(inputs.book, row.held.cost);
    let value = row.value.map(|value| shown(inputs.book, value));
    let found = inputs.prices.at(&row.symbol, inputs.marked.day());
    Held {
        symbol: row.symbol.to_string(),
        name,
        quantity: Exact(row.held.quantity),
        cost: Exact(cost),
        price: exact(found.as_ref().map(|found| found.amount)),
        currency: found.as_ref().map(|found| found.currency.clone()),
        price_day: found.as_ref().map(|found| found.day),
        price_source: found.map(|found| found.source),
        rate: exact(row.rate.map(|rate| rate.now)),
        value: exact(value),
        unrealised: exact(value.map(|value| value - cost)),
        weight: exact(value.and_then(|value| percent_of(value, total))),
        realised: Exact(held.realised),
        income: Exact(held.income),
        fees: Exact(held.fees),
        moved: Exact(held.moved),
    }
}

fn open_lots(book: &Book, row: &MarkedPosition, held: &BookPosition, at: NaiveDate) -> Vec<OpenLot> {
    let id = |number| book.activity(number).map_or_else(String::new, |one| one.id.clone());
    let one_unit = row
        .price
        .as_ref()
        .zip(row.rate)
        .and_then(|(price, rate)| price.price.checked_mul(rate.now));
    let lots = held.lots.open().into_iter().map(|lot| {
        let quantity = if held.short { -lot.quantity } else { lot.quantity };
        let value = one_unit.and_then(|one| one.checked_mul(quantity)).map(|value| value.round_dp(12));
        OpenLot {
            symbol: row.symbol.to_string(),
            opened_by: id(lot.opened),
            opened: lot.day,
            quantity: Exact(quantity),
            cost: Exact(lot.cost),
            value: exact(value),
            unrealised: exact(value.map(|value| value - lot.cost)),
            days_held: (at - lot.day).num_days(),
        }
    });
    lots.collect()
}

fn closed_lots(book: &Book) -> Vec<Closed> {
    let id = |number| book.activity(number).map_or_else(String::new, |one| one.id.clone());
    let closed = book.closed_lots().iter().map(|lot| Closed {
        symbol: book
            .positions()
            .get(lot.position as usize)
            .map_or_else(String::new, |held| held.symbol.to_string()),
        opened_by: id(lot.opened),
        opened: lot.opened_on,
        closed_by: id(lot.closed),
        closed: lot.closed_on,
        quantity: Exact(lot.quantity),
        short: lot.short,
        cost: Exact(lot.cost),
        proceeds: Exact(lot.proceeds),
        gain: Exact(lot.gain()),
        days_held: lot.days_held(),
    });
    closed.collect()
}

/// The rates of the bookings and of the valuation, each once. What an activity states itself is not looked up.
fn used_rates(inputs: &Inputs<'_>) -> Vec<Used> {
    let at = inputs.marked.day();
    let booked = inputs.book.activities().iter().filter(|one| one.exchange_rate.is_none());
    let booked = booked.map(|one| (one.currency.clone(), one.day));
    let held = inputs
        .marked
        .positions()
        .iter()
        .filter_map(|row| Some((row.price.as_ref()?.currency.clone(), at)));
    let cash = inputs.marked.cash().iter().map(|cash| (cash.currency.clone(), at));
    let asked: BTreeSet<(String, NaiveDate)> = booked.chain(held).chain(cash).collect();
    let used = asked.into_iter().filter(|(currency, _)| currency != inputs.rates.base());
    let used = used.filter_map(|(currency, day)| {
        let rate = inputs.rates.of(&currency, day)?;
        Some(Used {
            currency,
            day,
            of_day: rate.day,
            rate: Exact(rate.rate),
            carried: rate.day < day,
        })
    });
    used.collect()
}

/// What the figures do not say of themselves.
fn remarks(inputs: &Inputs<'_>) -> Vec<String> {
    let (marked, at) = (inputs.marked, inputs.marked.day());
    let mut remarks = inputs.remarks.clone();
    for row in marked.positions().iter().filter(|row| !row.held.quantity.is_zero()) {
        let symbol = &row.symbol;
        match inputs.prices.at(symbol, at) {
            None => remarks.push(format!("{symbol}: no price is known. It counts at its cost, outside of the value.")),
            Some(found) if row.rate.is_none() => {
                let currency = &found.currency;
                remarks.push(format!(
                    "{symbol}: no rate for {currency} is known. It counts at its cost, outside of the value. A coin takes its rate from --price {currency}-USD=AMOUNT."
                ));
            }
            Some(found) if found.source == Source::Market => remarks.push(format!(
                "{symbol}: the price is the adjusted close of {}, which later splits and dividends have lowered.",
                found.day
            )),
            Some(found) if found.source == Source::Activity => {
                remarks.push(format!("{symbol}: the price is that of its latest activity, of {}.", found.day));
            }
            Some(_) => {}
        }
    }
    let unknown = marked.cash().iter().filter(|cash| cash.value.is_none());
    remarks.extend(unknown.map(|cash| {
        format!(
            "No rate for {} is known: its cash counts at its book value, outside of the value.",
            cash.currency
        )
    }));
    remarks
}
