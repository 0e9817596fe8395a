//! A book at prices and rates: what it is worth, and what that is made of. One tick changes one row and the totals.

use crate::money::{Decimal, number, percent_of};
use crate::portfolio::book::exact::{self, TooLarge};
use crate::portfolio::book::{Book, Entry, Sums};
use crate::portfolio::change::Change;
use chrono::NaiveDate;
use serde::{Deserialize, Serialize};
use std::collections::HashMap;
use std::sync::{Arc, OnceLock};

/// The price of an instrument.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Price {
    /// Of one unit, in `currency`.
    #[serde(with = "number")]
    pub price: Decimal,
    /// The last price of the day before, for a unit of today: a split of today is already in it.
    #[serde(with = "number::option", default)]
    pub previous_close: Option<Decimal>,
    /// ISO 4217 code of both.
    pub currency: String,
}

/// The rate of a currency into the base currency, now and at the previous close.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct MarkRate {
    /// Now.
    #[serde(with = "number")]
    pub now: Decimal,
    /// At the previous close.
    #[serde(with = "number")]
    pub previous: Decimal,
}

/// A position at its price.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct MarkedPosition {
    /// Label of the instrument.
    pub symbol: Arc<str>,
    /// Units held; below zero when short.
    pub quantity: Decimal,
    /// Cost basis in the base currency.
    pub cost: Decimal,
    /// The price, where one is known.
    pub price: Option<Price>,
    /// The price's currency in the base currency, where that is known.
    pub rate: Option<MarkRate>,
    /// Value in the base currency; `None` without a price and a rate.
    pub value: Option<Decimal>,
    /// Value at the previous close, of the units held then.
    pub previous_value: Option<Decimal>,
    /// Value now less value at the previous close, without what was paid in or out since.
    pub day_change: Option<Decimal>,
    quantity_before: Decimal,
    paid_in: Decimal,
}

/// Cash in a currency at its rate.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct MarkedCash {
    /// ISO 4217 code.
    pub currency: String,
    /// The amount in it.
    pub amount: Decimal,
    /// The same in the base currency, each movement at its own day's rate.
    pub book: Decimal,
    /// Value in the base currency; `None` without a rate.
    pub value: Option<Decimal>,
    /// Value at the previous close, of what there was then.
    pub previous_value: Option<Decimal>,
    /// Value now less value at the previous close, without what came in or went out since: currency, interest and fees.
    pub day_change: Option<Decimal>,
}

/// The sums of a marked book in its base currency.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Totals {
    /// Value of positions and cash.
    pub value: Decimal,
    /// Value of the positions less their cost.
    pub unrealised: Decimal,
    /// Value of the cash less what its movements were at their own days' rates.
    pub currency_gain: Decimal,
    /// Cost of what has no price or no rate: in no value and in no gain.
    pub unvalued: Decimal,
    /// Day change of all that has a value now and at the previous close.
    pub day_change: Decimal,
    /// Value of that at the previous close.
    pub previous_value: Decimal,
}

/// A book at prices and rates of one instant.
///
/// Invariant, to the last digit: [`total_gain`](Self::total_gain) = value + unvalued + withdrawals - contributions.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct MarkedBook {
    day: NaiveDate,
    sums: Sums,
    positions: Vec<MarkedPosition>,
    places: Places,
    cash: Vec<MarkedCash>,
    totals: Totals,
    causes: Change,
}

/// Where each position is, by its label; made when somebody first asks for one.
#[derive(Clone, Debug, Default)]
struct Places(OnceLock<HashMap<Arc<str>, usize>>);

impl PartialEq for Places {
    /// What follows from the positions makes no difference.
    fn eq(&self, _: &Self) -> bool {
        true
    }
}

impl Eq for Places {}

impl MarkedBook {
    /// Values a book on a day. Prices and rates that are not known leave their rows without a value, never guessed. The base
    /// currency's rate is not asked for.
    pub fn new(book: &Book, day: NaiveDate, price_of: impl Fn(&str) -> Option<Price>, rate_of: impl Fn(&str) -> Option<MarkRate>) -> Self {
        let one = MarkRate {
            now: Decimal::ONE,
            previous: Decimal::ONE,
        };
        let base = &book.terms().base_currency;
        let rate_of = |currency: &str| if currency == base { Some(one) } else { rate_of(currency) };
        let mut marked = Self {
            day,
            sums: *book.sums(),
            positions: Vec::with_capacity(book.positions().len()),
            places: Places::default(),
            cash: vec![],
            totals: Totals::default(),
            causes: Change::default(),
        };
        for held in book.positions() {
            let today = held.latest.day == day;
            let quantity = held.quantity();
            let quantity_before = if today { held.latest.quantity_before } else { quantity };
            let paid_in = if today { held.latest.paid_in } else { Decimal::ZERO };
            if quantity.is_zero() && quantity_before.is_zero() && paid_in.is_zero() {
                continue;
            }
            let price = price_of(&held.symbol);
            let rate = price.as_ref().and_then(|price| rate_of(&price.currency));
            let mut position = MarkedPosition {
                symbol: held.symbol.clone(),
                quantity,
                cost: held.cost(),
                price,
                rate,
                value: None,
                previous_value: None,
                day_change: None,
                quantity_before,
                paid_in,
            };
            position.value();
            marked.causes.currency += position.moved_by_rates().unwrap_or_default();
            marked.totals.add(&position.figures());
            marked.positions.push(position);
        }
        for held in book.cash() {
            let Some(moved_on) = held.day else { continue };
            let (before, paid_in) = if moved_on == day {
                (held.before, held.paid_in)
            } else {
                (held.amount, Decimal::ZERO)
            };
            let rate = rate_of(&held.currency);
            let at = |amount: Decimal, rate: Option<Decimal>| worth(amount, rate, Some(Decimal::ONE));
            let value = at(held.amount, rate.map(|rate| rate.now));
            let previous_value = at(before, rate.map(|rate| rate.previous));
            let cash = MarkedCash {
                currency: held.currency.clone(),
                amount: held.amount,
                book: held.book,
                value,
                previous_value,
                day_change: value.zip(previous_value).map(|(now, then)| now - then - paid_in),
            };
            if let Some((rate, _)) = rate.zip(cash.day_change) {
                marked.causes.currency += exact::times(before, rate.now - rate.previous).unwrap_or_default();
            }
            marked.totals.count_cash(&cash);
            marked.cash.push(cash);
        }
        marked.count_postings(book);
        marked
    }

    /// What the day's activities brought, of all whose day change is known.
    fn count_postings(&mut self, book: &Book) {
        for posting in book.postings().iter().rev().take_while(|one| one.day >= self.day) {
            let symbol = posting.position.and_then(|at| Some(&book.positions().get(at as usize)?.symbol));
            let row = symbol.and_then(|symbol| self.positions.get(self.place_of(symbol)?));
            let is_known = row.is_none_or(|row| row.day_change.is_some());
            let causes = &mut self.causes;
            let counted = match posting.entry {
                Entry::Income => &mut causes.income,
                Entry::Fee => &mut causes.fees,
                Entry::Flow | Entry::ClosingFlow => &mut causes.flows,
                Entry::Moved => continue,
            };
            let is_flow = matches!(posting.entry, Entry::Flow | Entry::ClosingFlow);
            if posting.day == self.day && (is_flow || is_known) {
                *counted += posting.base;
            }
        }
    }

    /// Takes a tick: a new price in the currency of the old one. `false` where the book holds nothing of it or knew no price.
    pub fn set_price(&mut self, symbol: &str, price: Decimal) -> bool {
        let at = self.place_of(symbol).and_then(|at| self.positions.get_mut(at));
        let Some(position) = at else { return false };
        let before = position.figures();
        let Some(known) = &mut position.price else { return false };
        known.price = price;
        position.value();
        self.totals.add(&before.negated());
        self.totals.add(&position.figures());
        true
    }

    fn place_of(&self, symbol: &str) -> Option<usize> {
        let places = self.places.0.get_or_init(|| {
            let held = self.positions.iter().enumerate();
            held.map(|(at, position)| (position.symbol.clone(), at)).collect()
        });
        places.get(symbol).copied()
    }

    /// The day that it is valued on.
    pub fn day(&self) -> NaiveDate {
        self.day
    }

    /// The positions, in the book's order.
    pub fn positions(&self) -> &[MarkedPosition] {
        &self.positions
    }

    /// Cash by currency.
    pub fn cash(&self) -> &[MarkedCash] {
        &self.cash
    }

    /// The sums that prices decide.
    pub fn totals(&self) -> &Totals {
        &self.totals
    }

    /// The day change by its causes, with what came in and went out since the previous close. A tick changes the prices' part alone.
    pub fn causes(&self) -> Change {
        self.causes.with_gain(self.totals.day_change)
    }

    /// The sums that the ledger decides.
    pub fn sums(&self) -> &Sums {
        &self.sums
    }

    /// Realised + unrealised + income - fees + moved + currency gain of cash.
    pub fn total_gain(&self) -> Decimal {
        let (sums, totals) = (&self.sums, &self.totals);
        sums.realised + totals.unrealised + sums.income - sums.fees + sums.moved + totals.currency_gain
    }

    /// The day change in percent of the value at the previous close; `None` where that is zero.
    pub fn day_change_percent(&self) -> Option<Decimal> {
        percent_of(self.totals.day_change, self.totals.previous_value)
    }

    /// A value's share of the total value, in percent; `None` where that is zero.
    pub fn weight(&self, value: Decimal) -> Option<Decimal> {
        percent_of(value, self.totals.value)
    }
}

/// The figures of a row that totals are made of.
#[derive(Clone, Copy)]
struct Figures {
    cost: Decimal,
    value: Option<Decimal>,
    previous_value: Option<Decimal>,
    day_change: Option<Decimal>,
}

impl Figures {
    fn negated(self) -> Self {
        let negated = |amount: Option<Decimal>| amount.map(|amount| Decimal::ZERO - amount);
        Self {
            cost: Decimal::ZERO - self.cost,
            value: negated(self.value),
            previous_value: negated(self.previous_value),
            day_change: negated(self.day_change),
        }
    }
}

impl MarkedPosition {
    /// Value less cost; `None` without a value.
    pub fn unrealised(&self) -> Option<Decimal> {
        self.value.map(|value| value - self.cost)
    }

    /// What the rate did to the units held at the previous close; `None` where the day change is not known.
    fn moved_by_rates(&self) -> Option<Decimal> {
        let (close, rate) = (self.price.as_ref()?.previous_close?, self.rate?);
        self.day_change?;
        exact::times(exact::times(self.quantity_before, close).ok()?, rate.now - rate.previous).ok()
    }

    fn figures(&self) -> Figures {
        Figures {
            cost: self.cost,
            value: self.value,
            previous_value: self.previous_value,
            day_change: self.day_change,
        }
    }

    fn value(&mut self) {
        let price = self.price.as_ref();
        self.value = worth(self.quantity, price.map(|price| price.price), self.rate.map(|rate| rate.now));
        let close = price.and_then(|price| price.previous_close);
        self.previous_value = worth(self.quantity_before, close, self.rate.map(|rate| rate.previous));
        self.day_change = self.value.zip(self.previous_value).map(|(now, then)| now - then - self.paid_in);
    }
}

/// Quantity x price x rate; nothing is worth zero, whatever its price. `None` where a factor is unknown or the product too large.
fn worth(quantity: Decimal, price: Option<Decimal>, rate: Option<Decimal>) -> Option<Decimal> {
    if quantity.is_zero() {
        return Some(Decimal::ZERO);
    }
    let product = |price, rate| -> Result<Decimal, TooLarge> { exact::times(exact::times(quantity, price)?, rate) };
    product(price?, rate?).ok()
}

impl Totals {
    fn add(&mut self, row: &Figures) {
        let gain = self.count(row.value, row.cost, row.day_change.zip(row.previous_value));
        self.unrealised += gain;
    }

    fn count_cash(&mut self, cash: &MarkedCash) {
        let gain = self.count(cash.value, cash.book, cash.day_change.zip(cash.previous_value));
        self.currency_gain += gain;
    }

    /// Counts a value over what it is booked at, and returns the difference; without a value it stands at its book.
    fn count(&mut self, value: Option<Decimal>, book: Decimal, day: Option<(Decimal, Decimal)>) -> Decimal {
        if let Some((change, previous)) = day {
            self.day_change += change;
            self.previous_value += previous;
        }
        match value {
            Some(value) => {
                self.value += value;
                value - book
            }
            None => {
                self.unvalued += book;
                Decimal::ZERO
            }
        }
    }
}
