//! A ledger that is ready, valued at the quotes of a moment and written as the wire has it.

use super::fields::{TotalFields, end, fields, put, row};
use super::lines::{Line, Quoted};
use super::whole::{At, Shown, Whole};
use super::{BASE, Other, Parts, Ready, Row};
use crate::market::server::Market;
use crate::money::{percent_of, round};
use crate::portfolio::mark::{MarkRate, MarkedCash};
use crate::portfolio::valuation::Gains;
use chrono::{DateTime, Utc};
use std::ops::Range;

impl Ready {
    /// Writes what the ledger is worth at this moment: the same as `Owned::valuation` would say, as one JSON object. `begin` writes what
    /// stands before it, and is told the moment.
    pub fn tell(&self, market: &Market, text: &mut Vec<u8>, begin: impl FnOnce(&mut Vec<u8>, DateTime<Utc>)) {
        let moving = self.moved_lines(market);
        let numbers = self.rows.iter().filter_map(|row| match row {
            Row::Quoted(number, ..) => Some(*number),
            Row::Settled(_) | Row::Other(..) => None,
        });
        // The market is asked once for all, so that the prices are of one moment.
        market.bus.read(|quotes| {
            let now = market.now();
            let quoted = self.lines.at(market, quotes, now, numbers);
            begin(text, now);
            self.write(market, (&quoted, &moving), text);
        });
    }

    /// The prices of what moves because its owner lets it, in the order of the rows.
    fn moved_lines(&self, market: &Market) -> Vec<Line> {
        let moving = self.rows.iter().filter_map(|row| match row {
            Row::Other(_, other) => match &**other {
                Other::Moves(symbol, last) => Some((symbol, last)),
                Other::Still(_) => None,
            },
            Row::Settled(_) | Row::Quoted(..) => None,
        });
        moving
            .map(|(symbol, last)| Line::new(&self.owned.moved(market, symbol, self.day, last.clone())))
            .collect()
    }

    fn write(&self, market: &Market, (quoted, moving): (&Quoted, &[Line]), text: &mut Vec<u8>) {
        let (base, places) = (self.base.as_str(), self.places);
        let rates = self
            .currencies
            .iter()
            .map(|(currency, _)| self.owned.rate_now(market, currency, self.day));
        let rates: Vec<Option<MarkRate>> = rates.collect();
        let rate = |currency: u32| match currency {
            BASE => Some(MarkRate::ONE),
            other => rates.get(other as usize).copied().flatten(),
        };
        let at = |line: Option<_>, currency: u32| {
            let foreign = self.currencies.get(currency as usize);
            At {
                line,
                foreign: foreign.map(|(currency, places)| (currency.as_str(), *places)),
                rate: line.and_then(|_| rate(currency)),
                base,
                places,
            }
        };
        let (mut whole, mut moving) = (self.settled, moving.iter());
        let rows: Vec<Told> = self
            .rows
            .iter()
            .map(|row| {
                let (parts, at) = match row {
                    Row::Settled(written) => return Told::Settled(written.clone()),
                    Row::Quoted(number, parts, until) => match (quoted.line(*number), until) {
                        (None, Some(until)) => (parts, at(Some(&until.0), until.1)),
                        (line, _) => (parts, at(line, parts.currency)),
                    },
                    Row::Other(parts, other) => match &**other {
                        Other::Still(line) => (parts, at(Some(line), parts.currency)),
                        Other::Moves(..) => (parts, at(moving.next(), parts.currency)),
                    },
                };
                Told::Valued(parts, at, whole.value(parts, &at))
            })
            .collect();
        let mut others = vec![];
        for (currency, held) in &self.other_cash {
            if let Some((cash, moved)) = MarkedCash::of(held, self.day, |_| rate(*currency)) {
                whole.totals.count_cash(&cash);
                whole.causes.currency += moved;
                others.push(cash);
            }
        }
        let cash = if others.is_empty() {
            vec![]
        } else {
            self.owned.cash(others.iter())
        };
        cash.iter().for_each(|row| whole.show(Some(row.value), row.day_change));
        text.push(b'{');
        text.extend_from_slice(self.at(&self.head));
        put(text, &fields(&self.total_fields(&whole)));
        put(text, "\"investments\":[");
        for row in &rows {
            match row {
                Told::Settled(written) => text.extend_from_slice(self.at(written)),
                Told::Valued(parts, at, shown) => shown.write(parts, &self.text, at, text),
            }
        }
        text.extend_from_slice(self.at(&self.cash));
        cash.iter().for_each(|cash| row(text, cash));
        end(text, "]}");
    }

    fn total_fields(&self, whole: &Whole) -> TotalFields {
        let Whole {
            totals,
            causes,
            value,
            change,
        } = *whole;
        TotalFields {
            total_value: value,
            total_change: change,
            total_change_percent: percent_of(change, round(totals.previous_value, self.places)),
            gains: Gains::of(&self.sums, totals.unvalued, &self.base, value),
            change_by: causes.rounded(&self.base, change),
        }
    }
}

/// A row at the prices of a moment.
enum Told<'r> {
    Settled(Range<u32>),
    Valued(&'r Parts, At<'r>, Shown),
}

impl Ready {
    fn at(&self, range: &Range<u32>) -> &[u8] {
        self.text.get(range.start as usize..range.end as usize).unwrap_or_default()
    }
}
