//! How prices read in the rows of those who hold them: written once for all of them, and anew when the quotes are others.

use super::fields::{MadeFields, NoteField, PriceFields, SaidFields, fields};
use crate::market::server::Market;
use crate::market::server::by_symbol::BySymbol;
use crate::market::server::quote_bus::Quotes;
use crate::money::{Decimal, percent_of};
use crate::portfolio::server::owned::Priced;
use crate::portfolio::server::owned::price::quoted;
use chrono::{DateTime, Utc};
use std::sync::{Arc, PoisonError, RwLock, RwLockReadGuard};

/// A price, and how the fields of a row (`Holding`) read that it decides alone.
#[derive(Debug)]
pub struct Line {
    /// Of one unit.
    pub price: Decimal,
    /// The previous close of a unit.
    pub close: Option<Decimal>,
    /// All of them, one after the other, and where each part ends. Thousands of portfolios are told each second, and each piece of
    /// memory more that one of them needs is to be waited for.
    text: Box<str>,
    ends: [u32; 4],
}

impl Line {
    /// How a price reads.
    pub fn new(priced: &Priced) -> Self {
        let Priced { price, of, told } = priced;
        let change = price.previous_close.and_then(|close| price.price.checked_sub(close));
        let percent = change.zip(price.previous_close);
        let figures = fields(&PriceFields {
            current_price: Some(price.price),
            change,
            change_percent: percent.and_then(|(change, close)| percent_of(change, close)),
        });
        let made = fields(&MadeFields {
            currency: &price.currency,
            quoted_at: Some(of.moment()),
        });
        let said = fields(&SaidFields {
            price_source: of.on_wire(),
            source: told.map(|told| told.source),
            received_at: told.map(|told| told.received_at),
            market_state: told.map(|told| told.market_state),
        });
        let mut text = String::new();
        let ends = [figures, made, said, fields(&NoteField { note: of.note() })].map(|part| {
            text.push_str(&part);
            text.len() as u32
        });
        Self {
            price: price.price,
            close: price.previous_close,
            text: text.into(),
            ends,
        }
    }

    fn part(&self, which: usize) -> &str {
        let from = which.checked_sub(1).map_or(0, |before| self.ends[before]);
        self.text.get(from as usize..self.ends[which] as usize).unwrap_or_default()
    }

    /// Price and change.
    pub fn figures(&self) -> &str {
        self.part(0)
    }

    /// Its currency, and when it was made.
    pub fn made(&self) -> &str {
        self.part(1)
    }

    /// Who says it.
    pub fn said(&self) -> &str {
        self.part(2)
    }

    /// What a person should know of it.
    pub fn note(&self) -> &str {
        self.part(3)
    }
}

/// The lines of what a market quotes, by numbers of their own. Cheap to clone.
#[derive(Clone, Debug, Default)]
pub struct Lines(Arc<RwLock<Quoted>>);

/// What was quoted.
#[derive(Debug, Default)]
pub struct Quoted {
    numbers: BySymbol<u32>,
    lines: Vec<Slot>,
}

#[derive(Debug)]
struct Slot {
    symbol: String,
    stamp: Option<Stamp>,
    /// The price, and how it reads; `None` without a quote.
    known: Option<(Priced, Line)>,
}

/// Until when a line reads the same: a market opens and closes at whole seconds.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
struct Stamp {
    edition: u64,
    second: i64,
}

impl Stamp {
    fn serves(&self, now: Self) -> bool {
        self.edition == now.edition && self.second >= now.second
    }
}

impl Quoted {
    /// How the price of a number reads.
    pub fn line(&self, number: u32) -> Option<&Line> {
        self.lines.get(number as usize)?.known.as_ref().map(|(_, line)| line)
    }

    fn serves(&self, number: u32, stamp: Stamp) -> bool {
        let slot = self.lines.get(number as usize);
        slot.is_none_or(|slot| slot.stamp.is_some_and(|known| known.serves(stamp)))
    }
}

impl Lines {
    /// Whether they are the same, not only alike.
    pub fn are(&self, others: &Self) -> bool {
        Arc::ptr_eq(&self.0, &others.0)
    }

    /// The number of an instrument of the market, by its symbol.
    pub fn number(&self, symbol: &str) -> u32 {
        let mut quoted = self.0.write().unwrap_or_else(PoisonError::into_inner);
        if let Some(number) = quoted.numbers.get(symbol) {
            return *number;
        }
        let number = quoted.lines.len() as u32;
        quoted.numbers.insert(symbol.to_owned(), number);
        quoted.lines.push(Slot {
            symbol: symbol.to_owned(),
            stamp: None,
            known: None,
        });
        number
    }

    /// The lines of some numbers at `quotes`, which are those of `market` at this moment.
    pub fn at(
        &self,
        market: &Market,
        quotes: &Quotes,
        now: DateTime<Utc>,
        numbers: impl Iterator<Item = u32> + Clone,
    ) -> RwLockReadGuard<'_, Quoted> {
        let stamp = Stamp {
            edition: market.bus.edition(),
            second: now.timestamp(),
        };
        let read = || self.0.read().unwrap_or_else(PoisonError::into_inner);
        let known = read();
        if numbers.clone().all(|number| known.serves(number, stamp)) {
            return known;
        }
        drop(known);
        let mut quoted_now = self.0.write().unwrap_or_else(PoisonError::into_inner);
        for number in numbers {
            // Another one may have written it meanwhile.
            if quoted_now.serves(number, stamp) {
                continue;
            }
            if let Some(slot) = quoted_now.lines.get_mut(number as usize) {
                let instrument = market.instrument(&slot.symbol);
                let priced = instrument.and_then(|instrument| quoted(market, quotes, instrument));
                // Most quotes are as they were when another one came.
                if slot.known.as_ref().map(|(known, _)| known) != priced.as_ref() {
                    slot.known = priced.map(|priced| {
                        let line = Line::new(&priced);
                        (priced, line)
                    });
                }
                slot.stamp = Some(stamp);
            }
        }
        drop(quoted_now);
        // The quotes stay as they are while they are read, and so do these.
        read()
    }
}
