//! Takes every quote that is published, until it is kept. The bus itself calls it: nothing is lost between them, and all that it costs
//! the feed is a copy. Where prices come faster than they can be kept, it counts those that it leaves out.

use super::{Published, hour_of, start_of, whole};
use crate::market::quote::Quote;
use crate::market::server::provider::SHIPPED;
use crate::market::server::quote_bus::Quotes;
use crate::server::clock::Clock;
use chrono::{DateTime, Utc};
use std::collections::HashMap;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

/// Prices that may wait to be kept: some ten megabytes.
pub const WAITING: usize = 65_536;

/// What was published and is not kept yet. Cheap to clone.
#[derive(Clone, Debug)]
pub struct TickLog(Arc<Mutex<Waiting>>);

/// What a log holds.
#[derive(Debug)]
pub struct Waiting {
    clock: Clock,
    currencies: HashMap<String, Arc<str>>,
    ticks: Vec<Published>,
    /// How many found no room since they were taken last.
    missed: u64,
    /// The moment of what is being published.
    now: DateTime<Utc>,
    most: usize,
    /// Whether another node keeps the prices.
    rests: bool,
}

impl TickLog {
    /// One for the instruments that have a currency, with room for `most` prices.
    pub fn new(currencies: &HashMap<String, String>, clock: Clock, most: usize) -> Self {
        let currencies = currencies
            .iter()
            .map(|(symbol, currency)| (symbol.clone(), currency.as_str().into()));
        Self(Arc::new(Mutex::new(Waiting {
            clock,
            currencies: currencies.collect(),
            ticks: vec![],
            missed: 0,
            now: whole(clock.now()),
            most,
            rests: false,
        })))
    }

    /// Whether it takes prices from now on. What waits is forgotten.
    pub fn takes(&self, takes: bool) {
        let mut waiting = self.lock();
        waiting.rests = !takes;
        (waiting.ticks, waiting.missed) = (vec![], 0);
    }

    /// Takes the prices of one more instrument from now on.
    pub fn add(&self, symbol: &str, currency: &str) {
        self.lock().currencies.entry(symbol.to_owned()).or_insert_with(|| currency.into());
    }

    /// Holds it. Keep it short: publishing waits for it.
    pub fn lock(&self) -> MutexGuard<'_, Waiting> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// What waits, in the order in which it was published, and how many found no room after it.
    pub fn drain(&self) -> (Vec<Published>, u64) {
        let mut waiting = self.lock();
        (std::mem::take(&mut waiting.ticks), std::mem::take(&mut waiting.missed))
    }
}

impl Waiting {
    /// Something is published now, and `held` are the latest quotes before it. With each hour these begin anew, so that nobody has to
    /// read further back to know them.
    pub fn begin(&mut self, held: &Quotes) {
        let now = whole(self.clock.now()).max(self.now);
        let hour = hour_of(now);
        if hour > hour_of(self.now) {
            self.now = start_of(hour);
            let mut symbols: Vec<_> = held.keys().collect();
            symbols.sort();
            symbols.into_iter().for_each(|symbol| self.take(&held[symbol]));
        }
        self.now = now;
    }

    /// Takes a quote of this moment, unless it is one of another time that ships with the program.
    pub fn take(&mut self, quote: &Quote) {
        if self.rests {
            return;
        }
        let Some(currency) = self.currencies.get(&quote.symbol).filter(|_| quote.source != SHIPPED) else {
            return;
        };
        if self.ticks.len() >= self.most {
            self.missed += 1;
            return;
        }
        self.ticks.push(Published {
            at: self.now,
            currency: currency.clone(),
            quote: Quote {
                quoted_at: whole(quote.quoted_at),
                received_at: whole(quote.received_at),
                ..quote.clone()
            },
        });
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::market::feed::{Feed, FeedStatus};
    use crate::market::server::quote_bus::QuoteBus;
    use crate::money::Decimal;

    #[tokio::test(start_paused = true)]
    async fn each_hour_begins_with_what_is_known() {
        let start: DateTime<Utc> = "2026-03-01T09:59:58Z".parse().unwrap();
        let clock = Clock::starting_at(start);
        let currencies = ["A", "B"].map(|symbol| (symbol.to_owned(), "USD".to_owned()));
        let log = TickLog::new(&currencies.into(), clock, WAITING);
        let bus = QuoteBus::new(Feed {
            source: "t".into(),
            simulated: false,
            status: FeedStatus::Live,
            detail: None,
        });
        bus.log(log.clone());
        let quote = |symbol: &str, price: i64, source: &'static str| Quote {
            symbol: symbol.into(),
            price: price.into(),
            previous_close: None,
            quoted_at: clock.now(),
            received_at: clock.now(),
            trade: None,
            size: None,
            source,
        };
        bus.publish([quote("B", 1, "t"), quote("A", 2, "t"), quote("C", 3, "t"), quote("A", 4, SHIPPED)]);
        tokio::time::advance(std::time::Duration::from_secs(3)).await;
        bus.publish([quote("B", 5, "t")]);
        let (ticks, missed) = log.drain();
        let told: Vec<_> = ticks
            .iter()
            .map(|one| (one.at.timestamp() - start.timestamp(), one.quote.symbol.as_str(), one.quote.price))
            .collect();
        let d = Decimal::from;
        assert_eq!(
            told,
            [(0, "B", d(1)), (0, "A", d(2)), (2, "B", d(1)), (3, "B", d(5))],
            "A ships in between"
        );
        assert_eq!((missed, log.drain()), (0, (vec![], 0)));
    }
}
