//! A book at prices and rates: what it is worth, and what that is made of. One tick changes one row and the totals.

mod held;

pub use held::{Figures, Held, MarkedCash, count, posted};

use crate::money::{Decimal, number, percent_of};
use crate::portfolio::book::{Book, Sums};
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

impl MarkRate {
    /// Of a currency into itself.
    pub const ONE: Self = Self {
        now: Decimal::ONE,
        previous: Decimal::ONE,
    };
}

/// A position at its price.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct MarkedPosition {
    /// Label of the instrument.
    pub symbol: Arc<str>,
    /// What is held.
    pub held: Held,
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
        let base = &book.terms().base_currency;
        let rate_of = |currency: &str| if currency == base { Some(MarkRate::ONE) } else { rate_of(currency) };
        let mut marked = Self {
            day,
            sums: *book.sums(),
            positions: Vec::with_capacity(book.positions().len()),
            places: Places::default(),
            cash: vec![],
            totals: Totals::default(),
            causes: Change::default(),
        };
        for one in book.positions() {
            let Some(held) = Held::on(one, day) else { continue };
            let price = price_of(&one.symbol);
            let rate = price.as_ref().and_then(|price| rate_of(&price.currency));
            let mut position = MarkedPosition {
                symbol: one.symbol.clone(),
                held,
                price,
                rate,
                value: None,
                previous_value: None,
                day_change: None,
            };
            let figures = position.value();
            marked.causes.currency += position.moved_by_rates();
            marked.totals.add(&figures);
            marked.positions.push(position);
        }
        for one in book.cash() {
            let Some((cash, moved_by_rates)) = MarkedCash::of(one, day, rate_of) else {
                continue;
            };
            marked.causes.currency += moved_by_rates;
            marked.totals.count_cash(&cash);
            marked.cash.push(cash);
        }
        marked.count_postings(book);
        marked
    }

    /// What the day's activities brought, of all whose day change is known.
    fn count_postings(&mut self, book: &Book) {
        for posting in posted(book, self.day) {
            let symbol = posting.position.and_then(|at| Some(&book.positions().get(at as usize)?.symbol));
            let row = symbol.and_then(|symbol| self.positions.get(self.place_of(symbol)?));
            let is_known = row.is_none_or(|row| row.day_change.is_some());
            count(&mut self.causes, posting, is_known);
        }
    }

    /// Takes a tick: a new price in the currency of the old one. `false` where the book holds nothing of it or knew no price.
    pub fn set_price(&mut self, symbol: &str, price: Decimal) -> bool {
        let at = self.place_of(symbol).and_then(|at| self.positions.get_mut(at));
        let Some(position) = at else { return false };
        let before = position.figures();
        let Some(known) = &mut position.price else { return false };
        known.price = price;
        let after = position.value();
        self.totals.add(&before.negated());
        self.totals.add(&after);
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

impl MarkedPosition {
    /// Value less cost; `None` without a value.
    pub fn unrealised(&self) -> Option<Decimal> {
        self.value.map(|value| value - self.held.cost)
    }

    /// What the rate did to the units held at the previous close; nothing where the day change is not known.
    fn moved_by_rates(&self) -> Decimal {
        let close = self.price.as_ref().and_then(|price| price.previous_close);
        match self.day_change {
            Some(_) => self.held.moved_by_rates(close, self.rate),
            None => Decimal::ZERO,
        }
    }

    fn figures(&self) -> Figures {
        Figures {
            cost: self.held.cost,
            value: self.value,
            previous_value: self.previous_value,
            day_change: self.day_change,
        }
    }

    fn value(&mut self) -> Figures {
        let price = self.price.as_ref();
        let close = price.and_then(|price| price.previous_close);
        let figures = self.held.at(price.map(|price| price.price), close, self.rate);
        (self.value, self.previous_value, self.day_change) = (figures.value, figures.previous_value, figures.day_change);
        figures
    }
}

impl Totals {
    /// Counts a position in.
    pub fn add(&mut self, row: &Figures) {
        let gain = self.count(row.value, row.cost, row.day_change.zip(row.previous_value));
        self.unrealised += gain;
    }

    /// Counts cash in.
    pub fn count_cash(&mut self, cash: &MarkedCash) {
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
