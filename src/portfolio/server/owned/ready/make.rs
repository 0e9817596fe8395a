//! How a ledger is made ready: once, until another day, another listing or another ledger comes.

use super::fields::{CostField, HeadFields, HeldField, NamedFields, fields, put, row};
use super::lines::{Line, Lines};
use super::whole::{At, Whole};
use super::{BASE, Other, Part, Parts, Ready, Row, Still, Today};
use crate::market::server::Market;
use crate::money::{Decimal, minor_units, round};
use crate::portfolio::book::Sums;
use crate::portfolio::change::Change;
use crate::portfolio::mark::{Held, MarkRate, MarkedCash, count, posted};
use crate::portfolio::server::owned::{Owned, Priced};
use chrono::NaiveDate;
use serde::Serialize;
use std::collections::HashMap;
use std::ops::Range;
use std::sync::Arc;

impl Ready {
    /// A ledger, ready for a day.
    pub fn new(owned: &Arc<Owned>, market: &Market, lines: &Lines, day: NaiveDate) -> Self {
        let base = owned.base();
        let mut text = vec![];
        let head = write(
            &mut text,
            &HeadFields {
                portfolio_id: &owned.id,
                portfolio_name: &owned.settings.name,
                base_currency: base,
            },
        );
        let places = minor_units(base);
        let zero = round(Decimal::ZERO, places);
        let mut ready = Self {
            owned: owned.clone(),
            base: base.to_owned(),
            day,
            // Before the market is asked: what is listed meanwhile is an edition more.
            edition: market.edition(),
            lines: lines.clone(),
            places,
            currencies: vec![],
            text,
            head,
            rows: vec![],
            cash: 0..0,
            other_cash: vec![],
            sums: Sums::default(),
            settled: Whole {
                value: zero,
                change: zero,
                ..Whole::default()
            },
        };
        for (symbol, parts) in owned.parts_on(day, &mut ready) {
            let row = owned.ready_row(market, symbol, parts, &mut ready);
            ready.rows.push(row);
        }
        owned.ready_cash(&mut ready);
        ready
    }

    /// Whether it serves for a ledger on a day still.
    pub fn serves(&self, owned: &Arc<Owned>, market: &Market, lines: &Lines, day: NaiveDate) -> bool {
        Arc::ptr_eq(&self.owned, owned) && self.day == day && self.edition == market.edition() && self.lines.are(lines)
    }
}

impl Owned {
    /// What the books hold of each instrument on a day, in their order, never nothing; and what they sum to.
    fn parts_on(&self, day: NaiveDate, ready: &mut Ready) -> Vec<(&str, Vec<Part>)> {
        let mut at: HashMap<&str, usize> = HashMap::new();
        let mut rows: Vec<(&str, Vec<Part>)> = vec![];
        for book in &self.books {
            ready.sums.add(book.sums());
            let held = |number: u32| Held::on(book.positions().get(number as usize)?, day);
            let mut brought: HashMap<u32, Change> = HashMap::new();
            for posting in posted(book, day) {
                match posting.position.filter(|number| held(*number).is_some()) {
                    Some(number) => count(brought.entry(number).or_default(), posting, true),
                    None => count(&mut ready.settled.causes, posting, true),
                }
            }
            for (number, position) in (0..).zip(book.positions()) {
                let Some(held) = held(number) else { continue };
                let row = *at.entry(&position.symbol).or_insert(rows.len());
                if row == rows.len() {
                    rows.push((&position.symbol, vec![]));
                }
                let Change { income, fees, flows, .. } = brought.remove(&number).unwrap_or_default();
                // What came in or went out counts, whatever is known of it.
                ready.settled.causes.flows += flows;
                if let Some((_, parts)) = rows.get_mut(row) {
                    parts.push(Part::of(held, income, fees));
                }
            }
        }
        rows
    }

    fn ready_row(&self, market: &Market, symbol: &str, mut parts: Vec<Part>, ready: &mut Ready) -> Row {
        let (own, listed) = (self.name_of(symbol), self.listed(market, symbol));
        let name = listed.filter(|_| own == symbol).map_or(own, |listed| &listed.name);
        let cost_shown = round(parts.iter().map(|part| part.cost).sum(), ready.places);
        let quantity = parts.iter().map(|part| part.quantity).sum();
        let mut row = Parts {
            from: 0,
            held: 0,
            cost: 0,
            to: 0,
            currency: BASE,
            cost_shown,
            first: parts.remove(0),
            more: parts.into(),
        };
        let own = (
            &NamedFields { symbol, name },
            &HeldField { quantity },
            &CostField { cost: cost_shown },
        );
        let last = self.without_market(symbol, ready.day);
        if let Some(listed) = listed {
            row.write(own, &mut ready.text);
            row.currency = ready.currency(&listed.currency);
            let is_quoted = market.bus.read(|quotes| quotes.contains_key(&listed.symbol));
            let until = last.filter(|_| !is_quoted).map(|last| {
                let currency = ready.currency(&last.price.currency);
                Box::new(Still(Line::new(&last), currency))
            });
            return Row::Quoted(ready.lines.number(&listed.symbol), row, until);
        }
        let moves = last.as_ref().is_some_and(|last| self.moving(market, symbol, last).is_some());
        match last {
            Some(last) if moves || last.price.currency != self.base() => {
                row.write(own, &mut ready.text);
                row.currency = ready.currency(&last.price.currency);
                let other = if moves {
                    Other::Moves(symbol.to_owned(), last)
                } else {
                    Other::Still(Line::new(&last))
                };
                Row::Other(row, Box::new(other))
            }
            last => ready.settle(row, own, last.as_ref()),
        }
    }

    fn ready_cash(&self, ready: &mut Ready) {
        let base = self.base();
        let moved: Vec<_> = self
            .books
            .iter()
            .flat_map(|book| book.cash())
            .filter(|cash| cash.day.is_some())
            .collect();
        // Rows stand in the order in which their currencies come: what is written already must be the first.
        let settles = moved.first().is_some_and(|first| first.currency == base);
        let (of_base, others): (Vec<_>, Vec<_>) = moved.into_iter().partition(|cash| settles && cash.currency == base);
        let valued = |cash| Some(MarkedCash::of(cash, ready.day, |_| Some(MarkRate::ONE))?.0);
        let of_base: Vec<_> = of_base.into_iter().filter_map(valued).collect();
        of_base.iter().for_each(|cash| ready.settled.totals.count_cash(cash));
        let from = ready.text.len() as u32;
        for cash in self.cash(of_base.iter()) {
            ready.settled.show(Some(cash.value), cash.day_change);
            row(&mut ready.text, &cash);
        }
        ready.cash = from..ready.text.len() as u32;
        for cash in others {
            let currency = ready.currency(&cash.currency);
            ready.other_cash.push((currency, cash.clone()));
        }
    }
}

impl Part {
    fn of(held: Held, income: Decimal, fees: Decimal) -> Self {
        let Held {
            quantity,
            cost,
            quantity_before,
            paid_in,
        } = held;
        let nothing = quantity_before == quantity && [paid_in, income, fees].iter().all(Decimal::is_zero);
        let today = || {
            Box::new(Today {
                quantity_before,
                paid_in,
                income,
                fees,
            })
        };
        Self {
            quantity,
            cost,
            today: (!nothing).then(today),
        }
    }
}

/// A row's own, in the order in which it is written.
type Own<'a> = (&'a NamedFields<'a>, &'a HeldField, &'a CostField);

impl Parts {
    fn write(&mut self, (named, held, cost): Own, text: &mut Vec<u8>) {
        self.from = write(text, named).start;
        self.held = write(text, held).start;
        let cost = write(text, cost);
        (self.cost, self.to) = (cost.start, cost.end);
    }
}

impl Ready {
    /// The number of a currency.
    fn currency(&mut self, currency: &str) -> u32 {
        if currency == self.base {
            return BASE;
        }
        let known = self.currencies.iter().position(|(known, _)| known == currency);
        known.unwrap_or_else(|| {
            self.currencies.push((currency.to_owned(), minor_units(currency)));
            self.currencies.len() - 1
        }) as u32
    }

    /// A row that neither the market nor a rate changes.
    fn settle(&mut self, mut row: Parts, own: Own, last: Option<&Priced>) -> Row {
        let line = last.map(Line::new);
        let at = At {
            line: line.as_ref(),
            foreign: None,
            rate: line.as_ref().map(|_| MarkRate::ONE),
            base: &self.base,
            places: self.places,
        };
        let mut written = vec![];
        row.write(own, &mut written);
        let shown = self.settled.value(&row, &at);
        let from = self.text.len() as u32;
        shown.write(&row, &written, &at, &mut self.text);
        Row::Settled(from..self.text.len() as u32)
    }
}

/// Writes fields at the end of a text, and says where they are.
fn write(text: &mut Vec<u8>, part: &impl Serialize) -> Range<u32> {
    let from = text.len() as u32;
    put(text, &fields(part));
    from..text.len() as u32
}
