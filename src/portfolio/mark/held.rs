//! What is held of a book, at a price and a rate: the arithmetic of a row.

use crate::money::Decimal;
use crate::portfolio::book::exact::{self, TooLarge};
use crate::portfolio::book::{Book, BookPosition, Cash, Entry, Posting};
use crate::portfolio::change::Change;
use crate::portfolio::mark::MarkRate;
use chrono::NaiveDate;

/// What a valuation on a day needs of a position.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Held {
    /// Units held; below zero when short.
    pub quantity: Decimal,
    /// Cost basis in the base currency.
    pub cost: Decimal,
    /// Units held at the previous close, in units of the day.
    pub quantity_before: Decimal,
    /// Money that went into it on the day, less money that came out, in the base currency.
    pub paid_in: Decimal,
}

/// The figures of a row that totals are made of.
#[derive(Clone, Copy, Debug)]
pub struct Figures {
    /// Cost basis in the base currency.
    pub cost: Decimal,
    /// Value in the base currency; `None` without a price and a rate.
    pub value: Option<Decimal>,
    /// Value at the previous close, of the units held then.
    pub previous_value: Option<Decimal>,
    /// Value now less value at the previous close, without what was paid in or out since.
    pub day_change: Option<Decimal>,
}

impl Figures {
    /// What takes them off again.
    pub fn negated(self) -> Self {
        let negated = |amount: Option<Decimal>| amount.map(|amount| Decimal::ZERO - amount);
        Self {
            cost: Decimal::ZERO - self.cost,
            value: negated(self.value),
            previous_value: negated(self.previous_value),
            day_change: negated(self.day_change),
        }
    }
}

impl Held {
    /// What of a position counts on a day; `None` where nothing was held before it, nothing is held now, and no money moved.
    pub fn on(position: &BookPosition, day: NaiveDate) -> Option<Self> {
        let (quantity, latest) = (position.quantity(), &position.latest);
        let (quantity_before, paid_in) = if latest.day == day {
            (latest.quantity_before, latest.paid_in)
        } else {
            (quantity, Decimal::ZERO)
        };
        let counts = !(quantity.is_zero() && quantity_before.is_zero() && paid_in.is_zero());
        counts.then(|| Self {
            quantity,
            cost: position.cost(),
            quantity_before,
            paid_in,
        })
    }

    /// Its figures at the price and the previous close of a unit, and at the rate of their currency.
    pub fn at(&self, price: Option<Decimal>, close: Option<Decimal>, rate: Option<MarkRate>) -> Figures {
        let value = worth(self.quantity, price, rate.map(|rate| rate.now));
        let previous_value = worth(self.quantity_before, close, rate.map(|rate| rate.previous));
        Figures {
            cost: self.cost,
            value,
            previous_value,
            day_change: value.zip(previous_value).map(|(now, then)| now - then - self.paid_in),
        }
    }

    /// What the rate did to the units held at the previous close; nothing where that is too large to tell.
    pub fn moved_by_rates(&self, close: Option<Decimal>, rate: Option<MarkRate>) -> Decimal {
        let moved = |close, rate: MarkRate| exact::times(exact::times(self.quantity_before, close)?, rate.now - rate.previous);
        match close.zip(rate).filter(|(_, rate)| rate.now != rate.previous) {
            Some((close, rate)) => moved(close, rate).unwrap_or_default(),
            None => Decimal::ZERO,
        }
    }
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

impl MarkedCash {
    /// Cash of a book at its rate on a day, and what the rate did to what there was at the previous close, where that is known. `None`
    /// where nothing has moved it yet.
    pub fn of(held: &Cash, day: NaiveDate, rate_of: impl FnOnce(&str) -> Option<MarkRate>) -> Option<(Self, Decimal)> {
        let (before, paid_in) = if held.day? == day {
            (held.before, held.paid_in)
        } else {
            (held.amount, Decimal::ZERO)
        };
        let rate = rate_of(&held.currency);
        let at = |amount: Decimal, rate: Option<Decimal>| worth(amount, rate, Some(Decimal::ONE));
        let value = at(held.amount, rate.map(|rate| rate.now));
        let previous_value = at(before, rate.map(|rate| rate.previous));
        let cash = Self {
            currency: held.currency.clone(),
            amount: held.amount,
            book: held.book,
            value,
            previous_value,
            day_change: value.zip(previous_value).map(|(now, then)| now - then - paid_in),
        };
        let moved = rate
            .zip(cash.day_change)
            .map(|(rate, _)| exact::times(before, rate.now - rate.previous));
        Some((cash, moved.and_then(Result::ok).unwrap_or_default()))
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

/// What a book wrote down on a day.
pub fn posted(book: &Book, day: NaiveDate) -> impl Iterator<Item = &Posting> {
    let since = book.postings().iter().rev().take_while(move |one| one.day >= day);
    since.filter(move |one| one.day == day)
}

/// Counts a posting among the causes of a day's change. `is_known` is whether the day change of what it concerns is: what came in or
/// went out counts in any case.
pub fn count(causes: &mut Change, posting: &Posting, is_known: bool) {
    match posting.entry {
        Entry::Income if is_known => causes.income += posting.base,
        Entry::Fee if is_known => causes.fees += posting.base,
        Entry::Flow | Entry::ClosingFlow => causes.flows += posting.base,
        Entry::Income | Entry::Fee | Entry::Moved => {}
    }
}
