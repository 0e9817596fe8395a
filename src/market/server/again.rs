//! A day of the market that plays again: its quotes as they were at each moment, by a clock of its own.

use crate::market::feed::{Feed, FeedStatus};
use crate::market::server::Market;
use crate::market::server::candles::Past;
use crate::market::server::candles::store::Key;
use crate::market::server::history::SharedCloses;
use crate::market::server::live_rates::LiveRates;
use crate::market::server::provider::SHIPPED;
use crate::market::server::provider::simulated::course::Course as Simulated;
use crate::market::server::quote_bus::QuoteBus;
use crate::market::server::recent::{RecentPrices, Sample};
use crate::market::server::ticks::course::{self, Ahead};
use crate::market::server::ticks::reader::Reader;
use crate::market::server::ticks::store::{Count, Store};
use crate::server::clock::Clock;
use crate::server::database::StorageError;
use crate::server::shutdown::Shutdown;
use chrono::{DateTime, NaiveDate, Utc};
use std::collections::BTreeMap;
use std::sync::{Arc, Mutex, PoisonError};
use tokio_util::sync::DropGuard;

/// Days before it whose closes are known: a year and what a sparkline shows.
const DAYS: usize = 400;

/// The market as it was. It stands where [`Again::read`] left it.
#[derive(Clone, Debug)]
pub struct Again {
    /// As it was: its clock, its quotes, the day before each moment, the closes until then.
    pub market: Market,
    /// Whether it shows the last price of each minute, and not each price.
    pub is_coarse: bool,
    course: Arc<Mutex<Course>>,
    /// Dropped with the last who plays it.
    _end: Option<Arc<DropGuard>>,
}

/// Where its prices come from.
#[derive(Debug)]
pub enum Course {
    /// They are a function of time.
    Simulated(Simulated),
    /// They are those that were published.
    Kept(Ahead),
}

/// What can play again.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Playable {
    /// Each moment from this one on.
    Since(DateTime<Utc>),
    /// These days.
    Days(BTreeMap<NaiveDate, Kept>),
}

/// What is kept of a day that can play again.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Kept {
    /// Each price, but for so many that came too fast.
    Ticks {
        /// How many.
        missed: i64,
    },
    /// The last price of each minute.
    Minutes,
}

impl Playable {
    /// Whether a day plays from a moment on.
    pub fn has(&self, from: DateTime<Utc>) -> bool {
        match self {
            Self::Since(first) => *first <= from,
            Self::Days(days) => days.contains_key(&from.date_naive()),
        }
    }
}

impl Market {
    /// What can play again: any day of the simulated market, and of exchanges those of which something is kept.
    ///
    /// # Errors
    /// The database does not answer.
    pub async fn playable(&self) -> Result<Playable, StorageError> {
        let (store, listing) = match &self.past {
            Past::Simulated(past) => {
                let first = DateTime::from_timestamp(past.first(), 0).unwrap_or_default();
                return Ok(Playable::Since(first));
            }
            Past::Recorded(_) => return Ok(Playable::Days(BTreeMap::new())),
            Past::Kept { store, listing, .. } => (store, listing),
        };
        let is_known = |Key { symbol, currency }: &Key| listing.currency(symbol) == Some(currency.as_str());
        let minutes = store.minute_days(is_known).await?;
        let mut days: BTreeMap<NaiveDate, Kept> = minutes.into_iter().map(|day| (day, Kept::Minutes)).collect();
        let ticks = Store(store.0.clone()).days().await?;
        let each = |(day, Count { missed, .. })| (day, Kept::Ticks { missed });
        days.extend(ticks.into_iter().map(each));
        days.retain(|day, _| *day <= self.now().date_naive());
        Ok(Playable::Days(days))
    }

    /// The market by a clock that goes through a day again, to its end; which must be one of [`Market::playable`].
    ///
    /// # Errors
    /// The database does not answer.
    pub async fn again(&self, clock: Clock, shutdown: &Shutdown) -> Result<Option<Again>, StorageError> {
        if let Past::Simulated(past) = &self.past {
            let (market, course) = (self.clone(), past.course());
            // A day that nobody asked for before takes a while.
            let made = tokio::task::spawn_blocking(move || market.simulated_again(clock, course));
            return made.await.map(Some).map_err(|error| {
                tracing::error!(%error, "a day that plays again");
                StorageError::Fault
            });
        }
        let from = clock.now();
        let Some(mut reader) = Reader::open(&self.past, from, self.clock).await? else {
            return Ok(None);
        };
        let times = RecentPrices::steps_before(from);
        let samples = times.iter().copied().zip(reader.before(&times).await?);
        let recent = RecentPrices::known(samples.map(|(time, prices)| Sample { time, prices }));
        let market = self.standing_at(clock, from.date_naive(), recent);
        let shipped = self.bus.read(|quotes| {
            let shipped = quotes.values().filter(|quote| quote.source == SHIPPED);
            shipped.cloned().collect::<Vec<_>>()
        });
        market.bus.publish(shipped);
        let mut ahead = Ahead::new(from, &market, &reader);
        course::begin(&mut ahead, &mut reader, &market).await?;
        let is_coarse = reader.is_coarse(from);
        let course = Arc::new(Mutex::new(Course::Kept(ahead)));
        let ended = shutdown.stopping().child_token();
        shutdown.spawn(course::run(course.clone(), reader, market.clone(), ended.clone()));
        Ok(Some(Again {
            market,
            is_coarse,
            course,
            _end: Some(Arc::new(ended.drop_guard())),
        }))
    }

    fn simulated_again(&self, clock: Clock, course: Simulated) -> Again {
        let now = clock.now();
        let recent = RecentPrices::backfilled(|time| course.prices_at(time), now);
        let again = Again {
            market: self.standing_at(clock, now.date_naive(), recent),
            is_coarse: false,
            course: Arc::new(Mutex::new(Course::Simulated(course))),
            _end: None,
        };
        again.read(|_| ());
        again
    }

    fn standing_at(&self, clock: Clock, day: NaiveDate, recent: RecentPrices) -> Self {
        Self {
            bus: QuoteBus::new(Feed {
                status: FeedStatus::Live,
                detail: None,
                ..self.bus.feed()
            }),
            closes: SharedCloses::new(self.closes.read(|closes| closes.before(day, DAYS))),
            recent,
            // A day has the rates that it had.
            live_rates: LiveRates::default(),
            clock,
            ..self.clone()
        }
    }
}

impl Again {
    /// Brings the market to the moment of its clock, as far as that day is known by now, and reads it while it stands there.
    pub fn read<T>(&self, read: impl FnOnce(DateTime<Utc>) -> T) -> T {
        let mut course = self.course.lock().unwrap_or_else(PoisonError::into_inner);
        let now = self.market.now();
        let at = match &mut *course {
            Course::Simulated(course) => {
                self.market.recent.advance(|time| course.prices_at(time), now);
                self.market.bus.publish(course.quotes_at(now));
                now
            }
            Course::Kept(ahead) => ahead.advance(&self.market, now),
        };
        read(at)
    }
}
