//! The prices of a stretch of past days, each instrument's in a row: a history asks for many, and this answers without a search.

use crate::market::server::Market;
use crate::money::Decimal;
use crate::portfolio::book::Book;
use crate::portfolio::mark::Price;
use crate::portfolio::performance::DayPrice;
use crate::portfolio::server::owned::Owned;
use chrono::NaiveDate;
use std::collections::HashMap;

/// A price a day, with the place of its currency; `None` before the first that is known.
type Line = Vec<Option<(Decimal, u16)>>;

/// Prices by instrument and day. The same as [`Owned::price_on`] says of each.
#[derive(Debug)]
pub struct Past {
    days: Vec<NaiveDate>,
    lines: HashMap<String, Line>,
    currencies: Vec<String>,
}

impl Past {
    /// The prices of all that `owned` has or had, on each of `days`, which are in order.
    pub fn of(owned: &Owned, market: &Market, days: Vec<NaiveDate>) -> Self {
        let mut past = Self {
            days,
            lines: HashMap::new(),
            currencies: vec![],
        };
        for position in owned.books.iter().flat_map(|book| book.positions()) {
            if !past.lines.contains_key(&*position.symbol) {
                let line = past.line(owned, market, &position.symbol);
                past.lines.insert(position.symbol.to_string(), line);
            }
        }
        past
    }

    /// The price of an instrument on a day.
    pub fn price(&self, symbol: &str, day: NaiveDate) -> Option<Price> {
        let price = self.on(self.lines.get(symbol)?, day)?;
        Some(Price {
            price: price.price,
            previous_close: None,
            currency: price.currency.into_owned(),
        })
    }

    /// Prices of what a book has or had, by the place of its position.
    pub fn of_book<'p>(&'p self, book: &Book) -> impl Fn(usize, &str, NaiveDate) -> Option<DayPrice<'p>> + use<'p> {
        let lines: Vec<_> = book.positions().iter().map(|one| self.lines.get(&*one.symbol)).collect();
        move |place, _, day| self.on((*lines.get(place)?)?, day)
    }

    fn on(&self, line: &Line, day: NaiveDate) -> Option<DayPrice<'_>> {
        let at = self.place(day)?;
        let (price, currency) = (*line.get(at)?)?;
        let currency = self.currencies.get(usize::from(currency))?.as_str().into();
        Some(DayPrice { price, currency })
    }

    /// Where a day is. Of days without a gap it is told at once.
    fn place(&self, day: NaiveDate) -> Option<usize> {
        let at = usize::try_from((day - *self.days.first()?).num_days()).ok()?;
        if self.days.get(at) == Some(&day) {
            return Some(at);
        }
        self.days.binary_search(&day).ok()
    }

    fn line(&mut self, owned: &Owned, market: &Market, symbol: &str) -> Line {
        let days = self.days.clone();
        let days = || days.iter().copied();
        // Prices of what was split must be told in units of their day.
        let listed = owned.listed(market, symbol).filter(|_| !owned.splits.contains_key(symbol));
        let Some(listed) = listed else {
            let price = |day| {
                let price = owned.price_on(market, symbol, day)?;
                Some((price.price, self.currency(&price.currency)))
            };
            return days().map(price).collect();
        };
        let currency = self.currency(&listed.currency);
        let closes: Vec<Option<(Decimal, NaiveDate)>> = market.closes.read(|closes| {
            let mut all = closes.days.iter().zip(closes.of(&listed.symbol)).peekable();
            let mut newest = None;
            let close_on = |day| {
                while let Some((of, close)) = all.next_if(|(of, _)| **of <= day) {
                    newest = Some((*close, *of));
                }
                newest
            };
            days().map(close_on).collect()
        });
        let known = owned.known.get(symbol).map_or(&[][..], Vec::as_slice);
        let price = |(day, close): (NaiveDate, Option<(Decimal, NaiveDate)>)| {
            // What its owner entered counts where it is newer than the market's close.
            let entered = known
                .partition_point(|one| one.day <= day)
                .checked_sub(1)
                .and_then(|at| known.get(at));
            match (entered, close) {
                (Some(entered), close) if close.is_none_or(|(_, of)| of < entered.day) => {
                    let (price, _) = owned.known_on(symbol, day)?;
                    Some((price.price, self.currency(&price.currency)))
                }
                (_, Some((close, _))) => Some((close, currency)),
                (_, None) => None,
            }
        };
        days().zip(closes).map(price).collect()
    }

    fn currency(&mut self, code: &str) -> u16 {
        let at = self.currencies.iter().position(|known| known == code).unwrap_or_else(|| {
            self.currencies.push(code.to_owned());
            self.currencies.len() - 1
        });
        u16::try_from(at).unwrap_or(u16::MAX)
    }
}
