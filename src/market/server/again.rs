//! A day of the market that plays again: its quotes as they were at each moment, by a clock of its own.

use crate::market::feed::{Feed, FeedStatus};
use crate::market::server::Market;
use crate::market::server::candles::Past;
use crate::market::server::history::SharedCloses;
use crate::market::server::live_rates::LiveRates;
use crate::market::server::provider::simulated::course::Course;
use crate::market::server::quote_bus::QuoteBus;
use crate::market::server::recent::RecentPrices;
use crate::server::clock::Clock;
use chrono::{DateTime, Utc};

/// Days before it whose closes are known: a year and what a sparkline shows.
const DAYS: usize = 400;

/// The market as it was. It stands where [`Again::catch_up`] left it.
#[derive(Clone, Debug)]
pub struct Again {
    /// As it was: its clock, its quotes, the day before each moment, the closes until then.
    pub market: Market,
    course: Course,
}

impl Market {
    /// The first moment that can play again; `None` where the ticks of no day are known: those of exchanges and of recordings are not
    /// kept.
    pub fn plays_from(&self) -> Option<DateTime<Utc>> {
        match &self.past {
            Past::Simulated(past) => DateTime::from_timestamp(past.first(), 0),
            Past::Recorded(_) | Past::Kept { .. } => None,
        }
    }

    /// The market by a clock that goes through a day again, which begins not before [`Market::plays_from`].
    pub fn again(&self, clock: Clock) -> Option<Again> {
        let Past::Simulated(past) = &self.past else { return None };
        let course = past.course();
        let now = clock.now();
        let market = Self {
            bus: QuoteBus::new(Feed {
                status: FeedStatus::Live,
                detail: None,
                ..self.bus.feed()
            }),
            closes: SharedCloses::new(self.closes.read(|closes| closes.before(now.date_naive(), DAYS))),
            recent: RecentPrices::backfilled(|time| course.prices_at(time), now),
            // A day has the reference rates that it had.
            live_rates: LiveRates::default(),
            clock,
            ..self.clone()
        };
        let again = Again { market, course };
        again.catch_up();
        Some(again)
    }
}

impl Again {
    /// Brings the market to the moment of its clock, and tells it: at a great speed the clock is far ahead before all is valued.
    pub fn catch_up(&self) -> DateTime<Utc> {
        let now = self.market.now();
        self.market.recent.advance(|time| self.course.prices_at(time), now);
        self.market.bus.publish(self.course.quotes_at(now));
        now
    }
}
