//! Which source gives an instrument its price, and which price is believed. No clock and no IO: moments come in.
//!
//! All sources are listened to. The first in order that is well gives the price; when it falls silent the next one takes over at
//! once with what it said last, and gives it back when the first brings something newer. A price never goes back in time.

use super::doubt::{Doubt, Verdict, near};
use super::file::{Plan, Sourced};
use crate::market::quote::Quote;
use crate::market::server::provider::VENUES;
use crate::market::server::provider::connection::{News, Report};
use crate::market::server::provider::venue::Tick;
use crate::money::Decimal;
use chrono::{DateTime, TimeDelta, Utc};
use std::collections::HashMap;

/// The shortest time between two lines in the log about doubtful prices of one instrument.
const LOGGED: TimeDelta = TimeDelta::minutes(1);

/// A price as one source told it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Heard {
    /// The price.
    pub price: Decimal,
    /// When the venue made it, by its clock, and not after it came.
    pub quoted_at: DateTime<Utc>,
    /// The number of its trade.
    pub trade: Option<u64>,
    /// How many units were traded.
    pub size: Option<Decimal>,
    /// When it came, or when the venue said last that it is still the last.
    pub received_at: DateTime<Utc>,
}

impl Heard {
    /// Whether it says something that `before`, of the same source, did not.
    pub fn follows(&self, before: &Self) -> bool {
        match (self.trade, before.trade) {
            (Some(trade), Some(before)) => trade > before,
            _ => self.quoted_at > before.quoted_at || (self.quoted_at == before.quoted_at && self.price != before.price),
        }
    }
}

/// What a page has.
#[derive(Clone, Copy, Debug)]
struct Shown {
    price: Decimal,
    quoted_at: DateTime<Utc>,
    previous_close: Option<Decimal>,
    /// When it came, or was said last to be still the last.
    received_at: DateTime<Utc>,
}

#[derive(Debug)]
struct Source {
    provider: usize,
    symbol: String,
    /// What it said on the connection that it has now. Silence and an end make it forgotten.
    heard: Option<Heard>,
}

#[derive(Debug)]
struct Tracked {
    symbol: String,
    stale: TimeDelta,
    sources: Vec<Source>,
    /// Whose price is shown, by its place in the order.
    current: usize,
    shown: Option<Shown>,
    doubt: Doubt,
    /// When a doubtful price was logged last.
    logged: Option<DateTime<Utc>>,
    /// What its source told too late to be shown: it is in the candles.
    late: Option<Quote>,
}

/// All instruments of a plan.
#[derive(Debug)]
pub struct Choice {
    instruments: Vec<Tracked>,
    /// Who is meant by a provider's symbol: instrument and source.
    routes: HashMap<(usize, String), Vec<(usize, usize)>>,
    /// What came too late to be shown, and belongs into the candles.
    pub late: Vec<Quote>,
}

impl Choice {
    /// Nothing was heard yet.
    pub fn new(plan: &Plan) -> Self {
        let mut choice = Self {
            instruments: plan.instruments.iter().map(Tracked::new).collect(),
            routes: HashMap::new(),
            late: vec![],
        };
        choice.route();
        choice
    }

    /// Takes other sources for the same instruments and adds the quotes that follow from it. What is shown stays where it has no
    /// other price, and so does what is known of a source that stays.
    pub fn adopt(&mut self, plan: &Plan, now: DateTime<Utc>, quotes: &mut Vec<Quote>) {
        for planned in &plan.instruments {
            let tracked = self.instruments.iter_mut().find(|one| one.symbol == planned.instrument.symbol);
            let Some(tracked) = tracked else { continue };
            let mut new = Tracked::new(planned);
            let current = &tracked.sources[tracked.current];
            let place = |one: &Source| one.provider == current.provider && one.symbol == current.symbol;
            let stays = new.sources.iter().position(place);
            new.current = stays.unwrap_or(new.current);
            for source in &mut new.sources {
                let before = tracked.sources.iter();
                let mut same = before.filter(|one| one.provider == source.provider && one.symbol == source.symbol);
                source.heard = same.next().and_then(|one| one.heard);
            }
            new.shown = tracked.shown;
            *tracked = new;
            quotes.extend(if stays.is_some() {
                tracked.take_over(now)
            } else {
                tracked.hand_over(now)
            });
        }
        self.route();
    }

    fn route(&mut self) {
        self.routes.clear();
        for (instrument, tracked) in self.instruments.iter().enumerate() {
            for (place, source) in tracked.sources.iter().enumerate() {
                let route = self.routes.entry((source.provider, source.symbol.clone())).or_default();
                route.push((instrument, place));
            }
        }
    }

    /// Takes news and adds the quotes that follow from it.
    pub fn take(&mut self, report: Report, quotes: &mut Vec<Quote>) {
        let Report { provider, at, news } = report;
        match news {
            News::Price(tick) => {
                let heard = Heard {
                    price: tick.price,
                    // A venue whose clock runs ahead would keep every other one from being newer.
                    quoted_at: tick.quoted_at.map_or(at, |quoted_at| quoted_at.min(at)),
                    trade: tick.trade,
                    size: tick.size,
                    received_at: at,
                };
                let Tick { symbol, .. } = tick;
                for (instrument, source) in self.routes.get(&(provider, symbol)).into_iter().flatten() {
                    let tracked = &mut self.instruments[*instrument];
                    quotes.extend(tracked.price(*source, heard));
                    self.late.extend(tracked.late.take());
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
            News::Opened | News::Speaks => {}
        }
    }

    /// The instruments whose price is too old, or comes from nobody that is well, in the order of the plan.
    pub fn stale(&self, now: DateTime<Utc>) -> Vec<&str> {
        let stale = self.instruments.iter().filter(|tracked| tracked.is_stale(now));
        stale.map(|tracked| tracked.symbol.as_str()).collect()
    }
}

impl Tracked {
    fn new(planned: &Sourced) -> Self {
        let source = |(provider, symbol): &(usize, String)| Source {
            provider: *provider,
            symbol: symbol.clone(),
            heard: None,
        };
        Self {
            symbol: planned.instrument.symbol.clone(),
            stale: TimeDelta::from_std(planned.stale).unwrap_or(TimeDelta::MAX),
            sources: planned.sources.iter().map(source).collect(),
            // The last: whoever speaks first takes over.
            current: planned.sources.len() - 1,
            shown: None,
            doubt: Doubt::default(),
            logged: None,
            late: None,
        }
    }

    fn is_well(&self, source: usize, now: DateTime<Utc>) -> bool {
        let heard = self.sources[source].heard;
        heard.is_some_and(|heard| now - heard.received_at <= self.stale)
    }

    fn is_stale(&self, now: DateTime<Utc>) -> bool {
        let old = |shown: Shown| now - shown.received_at > self.stale;
        self.best(now).is_none() || self.shown.is_none_or(old)
    }

    /// A venue says that what it told last is still the last.
    fn is_current(&mut self, source: usize, at: DateTime<Utc>) {
        // Not of what was held back: then it is another price that is the last.
        if self.doubt.holds(source) {
            return;
        }
        let Some(heard) = &mut self.sources[source].heard else {
            return;
        };
        heard.received_at = at;
        if let Some(shown) = self.shown.as_mut().filter(|_| source == self.current) {
            shown.received_at = at;
        }
    }

    /// The first source that is well.
    fn best(&self, now: DateTime<Utc>) -> Option<usize> {
        (0..self.sources.len()).find(|source| self.is_well(*source, now))
    }

    fn price(&mut self, source: usize, heard: Heard) -> Option<Quote> {
        if self.sources[source].heard.is_some_and(|before| !heard.follows(&before)) {
            let believed = self.shown.is_some_and(|shown| near(shown.price, heard.price));
            self.late = (source == self.current && believed).then(|| self.quote(source, heard, None));
            return None;
        }
        match self.doubt.hear(self.shown.map(|shown| shown.price), source, heard) {
            Verdict::Doubtful => {
                let (symbol, price, at) = (&self.symbol, heard.price, heard.received_at);
                if self.logged.is_none_or(|logged| at - logged > LOGGED) {
                    self.logged = Some(at);
                    tracing::warn!(symbol, %price, "a price far from the last is held back until it is confirmed");
                }
                None
            }
            Verdict::Believed => self.believe(source, heard),
            // The one that was held back counts from now on as well.
            Verdict::Confirmed(other, earlier) => {
                let first = (other != source).then(|| self.believe(other, earlier)).flatten();
                self.believe(source, heard).or(first)
            }
        }
    }

    fn believe(&mut self, source: usize, heard: Heard) -> Option<Quote> {
        self.sources[source].heard = Some(heard);
        let takes_over = source <= self.current || !self.is_well(self.current, heard.received_at);
        if takes_over { self.show(source, heard) } else { None }
    }

    /// A provider brings nothing any more, or nothing for one symbol.
    fn lose(&mut self, provider: usize, symbol: Option<&str>, at: DateTime<Utc>) -> Option<Quote> {
        for source in &mut self.sources {
            if source.provider == provider && symbol.is_none_or(|symbol| source.symbol == symbol) {
                source.heard = None;
            }
        }
        self.take_over(at)
    }

    /// Where the source of what is shown has nothing to say, the first that is well takes over.
    fn take_over(&mut self, at: DateTime<Utc>) -> Option<Quote> {
        if self.sources[self.current].heard.is_some() {
            return None;
        }
        self.hand_over(at)
    }

    fn hand_over(&mut self, at: DateTime<Utc>) -> Option<Quote> {
        let next = self.best(at)?;
        let heard = self.sources[next].heard?;
        let quote = self.show(next, heard);
        // Also where what it said last is older than what is shown: its next price is the one to show.
        self.current = next;
        quote
    }

    /// Shows a price, unless it is older than what is shown.
    fn show(&mut self, source: usize, heard: Heard) -> Option<Quote> {
        let previous_close = match self.shown {
            Some(shown) if shown.quoted_at > heard.quoted_at => return None,
            // The last price of the day before. Of no day before the first is one known.
            Some(shown) if shown.quoted_at.date_naive() < heard.quoted_at.date_naive() => Some(shown.price),
            Some(shown) => shown.previous_close,
            None => None,
        };
        self.current = source;
        self.shown = Some(Shown {
            price: heard.price,
            quoted_at: heard.quoted_at,
            previous_close,
            received_at: heard.received_at,
        });
        Some(self.quote(source, heard, previous_close))
    }

    fn quote(&self, source: usize, heard: Heard, previous_close: Option<Decimal>) -> Quote {
        Quote {
            symbol: self.symbol.clone(),
            price: heard.price,
            previous_close,
            quoted_at: heard.quoted_at,
            received_at: heard.received_at,
            trade: heard.trade,
            size: heard.size,
            source: VENUES[self.sources[source].provider].name(),
        }
    }
}

#[cfg(test)]
mod tests;
