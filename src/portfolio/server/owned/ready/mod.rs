//! A ledger ready to be told again and again: what its valuation on a day needs, in one piece, with all of its text that no tick
//! changes written already.
//!
//! `Owned::valuation` says what a portfolio is worth, and this says the same, as the wire has it. Thousands of portfolios that nobody
//! shares are told each second: what a valuation gathers from tables and texts all over the memory costs more than its arithmetic.

mod fields;
pub mod lines;
mod make;
mod tell;
mod whole;

pub use lines::Lines;

use crate::money::Decimal;
use crate::portfolio::book::{Cash, Sums};
use crate::portfolio::server::owned::{Owned, Priced};
use chrono::NaiveDate;
use lines::Line;
use std::ops::Range;
use std::sync::Arc;
use whole::Whole;

/// What a valuation of a day needs of a ledger.
#[derive(Debug)]
pub struct Ready {
    owned: Arc<Owned>,
    day: NaiveDate,
    /// What the market had listed.
    edition: usize,
    lines: Lines,
    /// ISO 4217 code of the base currency, and its decimal places.
    base: String,
    places: u32,
    /// The other currencies of prices and of cash, each with its decimal places.
    currencies: Vec<(String, u32)>,
    /// What is written already: the beginning, and the rows' own, one after the other.
    text: Vec<u8>,
    /// Whose figures they are, in the text.
    head: Range<u32>,
    rows: Vec<Row>,
    /// The cash in the base currency, in the text: its row, or nothing.
    cash: Range<u32>,
    /// Other cash, with the number of its currency.
    other_cash: Vec<(u32, Cash)>,
    /// What the books sum to, all together.
    sums: Sums,
    /// What no price and no rate decides.
    settled: Whole,
}

#[derive(Debug)]
enum Row {
    /// No price of the market and no rate changes it: as it is told, in the text.
    Settled(Range<u32>),
    /// What the market lists, by the number of its line, and until it is quoted its price without the market.
    Quoted(u32, Parts, Option<Box<Still>>),
    /// What the market does not list.
    Other(Parts, Box<Other>),
}

/// What of a row no price decides.
#[derive(Debug)]
struct Parts {
    /// Where its own begins in the text: label and name.
    from: u32,
    /// Where the units held begin.
    held: u32,
    /// Where their cost begins.
    cost: u32,
    /// Where that ends.
    to: u32,
    /// Which of the currencies the market's price is in; [`BASE`] where it is the base currency.
    currency: u32,
    /// Cost basis as it is shown.
    cost_shown: Decimal,
    first: Part,
    /// What other books hold of it.
    more: Box<[Part]>,
}

/// The number of the base currency.
const BASE: u32 = u32::MAX;

/// A price that stays, and the number of its currency.
#[derive(Debug)]
struct Still(Line, u32);

/// The price of what the market does not list.
#[derive(Debug)]
enum Other {
    /// As it was entered or paid last.
    Still(Line),
    /// What its owner lets move from there, by its label.
    Moves(String, Priced),
}

/// What a book has of a row.
#[derive(Debug)]
struct Part {
    quantity: Decimal,
    cost: Decimal,
    /// What the day's activities made of it; most have none.
    today: Option<Box<Today>>,
}

#[derive(Debug)]
struct Today {
    quantity_before: Decimal,
    paid_in: Decimal,
    /// These two count where the day change is known.
    income: Decimal,
    fees: Decimal,
}

impl Parts {
    fn parts(&self) -> impl Iterator<Item = &Part> {
        std::iter::once(&self.first).chain(&self.more)
    }

    fn quantity(&self) -> Decimal {
        self.parts().map(|part| part.quantity).sum()
    }
}

#[cfg(test)]
mod tests;
