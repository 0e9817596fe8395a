//! Which source gives an instrument its price, and which price is believed. No clock and no IO: moments come in.
//!
//! All sources are listened to. The first in order that is well gives the price; when it falls silent the next one takes over at
//! once with what it said last, and gives it back when the first brings something newer. A price never goes back in time.

mod tracked;

pub use tracked::Heard;

use super::file::Plan;
use crate::market::health::InstrumentHealth;
use crate::market::quote::Quote;
use crate::market::server::candles::LastDays;
use crate::market::server::live_rates::LiveRate;
use crate::market::server::provider::connection::{News, Report};
use crate::market::server::provider::venue::Tick;
use chrono::{DateTime, Utc};
use std::collections::HashMap;
use tracked::Tracked;

/// All instruments of a plan.
#[derive(Debug)]
pub struct Choice {
    instruments: Vec<Tracked>,
    /// How many of them are instruments; pairs of currencies follow.
    listed: usize,
    /// Who is meant by a provider's symbol: instrument and source.
    routes: HashMap<(usize, String), Vec<(usize, usize)>>,
    /// What came too late to be shown, and belongs into the candles.
    pub late: Vec<Quote>,
}

impl Choice {
    /// Nothing was heard yet.
    pub fn new(plan: &Plan) -> Self {
        let mut choice = Self {
            instruments: plan.tracked().map(Tracked::new).collect(),
            listed: plan.instruments.len(),
            routes: HashMap::new(),
            late: vec![],
        };
        choice.route();
        choice
    }

    /// The same, with the last days that are known of an instrument.
    pub fn knowing(mut self, before: &HashMap<String, LastDays>) -> Self {
        for tracked in &mut self.instruments {
            tracked.before = before.get(&tracked.symbol).cloned().unwrap_or_default();
        }
        self
    }

    /// Takes other sources, and instruments that are new, and adds the quotes that follow from it. What is shown stays where it has no
    /// other price, and so does what is known of a source that stays. `before` has the last days that are known of what is new.
    pub fn adopt(&mut self, plan: &Plan, before: &HashMap<String, LastDays>, now: DateTime<Utc>, quotes: &mut Vec<Quote>) {
        for (place, planned) in plan.tracked().enumerate() {
            let tracked = self.instruments.iter_mut().find(|one| one.symbol == planned.instrument.symbol);
            if let Some(tracked) = tracked {
                quotes.extend(tracked.adopt(planned, now));
                continue;
            }
            let mut tracked = Tracked::new(planned);
            tracked.before = before.get(&tracked.symbol).cloned().unwrap_or_default();
            if place < plan.instruments.len() {
                // Behind the instruments that are there, and before the pairs.
                self.instruments.insert(self.listed, tracked);
                self.listed += 1;
            } else {
                self.instruments.push(tracked);
            }
        }
        self.route();
    }

    fn route(&mut self) {
        self.routes.clear();
        for (instrument, tracked) in self.instruments.iter().enumerate() {
            for (place, source) in tracked.sources.iter().enumerate() {
                let route = self.routes.entry((source.named.provider, source.named.symbol.clone())).or_default();
                route.push((instrument, place));
            }
        }
    }

    /// Takes news and adds the quotes that follow from it.
    pub fn take(&mut self, report: Report, quotes: &mut Vec<Quote>) {
        let Report { provider, at, news } = report;
        match news {
            News::Price(tick) => {
                let heard = heard(&tick, at);
                for (instrument, source) in self.routes.get(&(provider, tick.symbol)).into_iter().flatten() {
                    let tracked = &mut self.instruments[*instrument];
                    quotes.extend(tracked.price(*source, heard));
                    self.late.extend(tracked.late.take());
                }
            }
            News::Polled { tick, currency } => {
                let heard = heard(&tick, at);
                for (instrument, source) in self.routes.get(&(provider, tick.symbol)).into_iter().flatten() {
                    quotes.extend(self.instruments[*instrument].polled(*source, heard, &currency));
                }
            }
            News::Failing { symbols, .. } => {
                for symbol in symbols {
                    for (instrument, source) in self.routes.get(&(provider, symbol)).into_iter().flatten() {
                        quotes.extend(self.instruments[*instrument].fails(*source, at));
                    }
                }
            }
            News::Current(symbol) => {
                for (instrument, source) in self.routes.get(&(provider, symbol)).into_iter().flatten() {
                    self.instruments[*instrument].is_current(*source, at);
                }
            }
            News::Silent | News::Ended(_) => {
                for tracked in &mut self.instruments {
                    quotes.extend(tracked.lose(provider, None, at));
                }
            }
            News::Refused { symbol, .. } => {
                for tracked in &mut self.instruments {
                    quotes.extend(tracked.lose(provider, Some(&symbol), at));
                }
            }
            News::Opened | News::Speaks | News::Missed | News::Answered { .. } | News::Waits { .. } => {}
        }
    }

    /// The instruments whose price is too old, or comes from nobody that is well, in the order of the plan.
    pub fn stale(&self, now: DateTime<Utc>) -> Vec<&str> {
        let stale = self
            .instruments
            .iter()
            .take(self.listed)
            .filter(|tracked| tracked.spoils_the_feed(now));
        stale.map(|tracked| tracked.symbol.as_str()).collect()
    }

    /// What the sources of instruments say against each other or against the file, for a person.
    pub fn complaints(&self, now: DateTime<Utc>) -> Vec<String> {
        let pairs = self.instruments.iter().skip(self.listed).filter(|pair| pair.is_stale(now));
        let pairs = pairs.map(|pair| format!("There is no live rate of {}: the last reference rate counts.", pair.symbol));
        let complaints = self.instruments.iter().filter_map(|tracked| tracked.complaint(now));
        complaints.chain(pairs).collect()
    }

    /// The rates of pairs that are fresh.
    pub fn live_rates(&self, now: DateTime<Utc>) -> HashMap<(String, String), LiveRate> {
        let pairs = self.instruments.iter().skip(self.listed);
        let rates = pairs.filter_map(|pair| {
            let (from, to) = pair.symbol.split_once('/')?;
            Some(((from.to_owned(), to.to_owned()), pair.rate(now)?))
        });
        rates.collect()
    }

    /// How the sources of each instrument do.
    pub fn health(&self, now: DateTime<Utc>) -> Vec<InstrumentHealth> {
        self.instruments.iter().map(|tracked| tracked.health(now)).collect()
    }
}

/// A price as it is kept. A venue whose clock runs ahead would keep every other one from being newer.
fn heard(tick: &Tick, at: DateTime<Utc>) -> Heard {
    Heard {
        price: tick.price,
        quoted_at: tick.quoted_at.map_or(at, |quoted_at| quoted_at.min(at)),
        trade: tick.trade,
        size: tick.size,
        received_at: at,
    }
}

#[cfg(test)]
mod tests;
