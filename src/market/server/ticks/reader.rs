//! The prices of a day in the order in which they were published, a few thousand at a time: each price as far as these are kept, and
//! before that the last price of each minute.

use super::store::{Store, hours_of};
use super::{Published, hour_of, start_of};
use crate::market::candle::{Candle, Interval};
use crate::market::quote::Quote;
use crate::market::server::candles::Past;
use crate::money::Decimal;
use crate::server::clock::Clock;
use crate::server::database::StorageError;
use chrono::{DateTime, NaiveTime, TimeDelta, Utc};
use std::collections::{BTreeMap, HashMap};
use std::ops::Range;
use std::sync::Arc;

/// Who tells the last price of a minute.
pub const CANDLES: &str = "candles";
/// Days before a day whose last close may be the previous one.
const KNOWN_DAYS: i64 = 7;
/// How long before this moment all that was published is kept, where the database takes it.
const KEPT: TimeDelta = TimeDelta::seconds(10);

/// Where a day is read.
#[derive(Debug)]
pub struct Reader {
    ticks: Store,
    past: Past,
    currencies: Arc<HashMap<String, Arc<str>>>,
    /// The clock of this server.
    clock: Clock,
    /// The hour whose prices come next, and how many of it have come.
    hour: i64,
    place: i64,
    /// From which moment the minutes come next, and where the prices begin.
    minute: DateTime<Utc>,
    ticks_from: DateTime<Utc>,
    /// Behind the last hour.
    end: i64,
    /// The close of the day before, by symbol.
    closes: HashMap<String, Decimal>,
    /// What is known before the first minute.
    first: Vec<Published>,
}

/// What came of a reading.
#[derive(Debug)]
pub enum Read {
    /// These come next.
    Ticks(Vec<Published>),
    /// Nothing more yet; all that was published by then has come.
    Until(DateTime<Utc>),
    /// There is nothing more.
    End,
}

impl Reader {
    /// Finds the place from which all is known of a moment of a day. `None` where the past is kept nowhere.
    ///
    /// # Errors
    /// The database does not answer.
    pub async fn open(past: &Past, from: DateTime<Utc>, clock: Clock) -> Result<Option<Self>, StorageError> {
        let Past::Kept { store, listing, .. } = past else {
            return Ok(None);
        };
        let ticks = Store(store.0.clone());
        let hours = hours_of(from.date_naive());
        let first = ticks.first_hour(hours.clone()).await?;
        let ticks_from = start_of(first.unwrap_or(hours.end));
        let now = hour_of(from);
        let hour = match first.filter(|first| *first <= now) {
            // Each hour begins with what was known at its beginning.
            Some(_) => ticks.last_hour(hours.start..now + 1).await?,
            None => first,
        };
        let currencies = listing.currencies().map(|(symbol, currency)| (symbol.to_owned(), currency.into()));
        let mut reader = Self {
            ticks,
            past: past.clone(),
            currencies: Arc::new(currencies.collect()),
            clock,
            hour: hour.unwrap_or(hours.end),
            place: 0,
            minute: Interval::Minute.start_of(from),
            ticks_from,
            end: hours.end,
            closes: HashMap::new(),
            first: vec![],
        };
        if from < ticks_from {
            reader.begin_with_minutes(from).await?;
        }
        Ok(Some(reader))
    }

    /// Whether the last price of each minute plays at a moment, and not each price.
    pub fn is_coarse(&self, at: DateTime<Utc>) -> bool {
        at < self.ticks_from
    }

    /// Instruments, or pairs of currencies, with their currency.
    pub fn currencies(&self) -> &HashMap<String, Arc<str>> {
        &self.currencies
    }

    /// What comes next.
    ///
    /// # Errors
    /// The database does not answer; nothing is left out when it is asked again.
    pub async fn next(&mut self) -> Result<Read, StorageError> {
        if !self.first.is_empty() {
            return Ok(Read::Ticks(std::mem::take(&mut self.first)));
        }
        let last = self.ticks_from.min(start_of(self.end));
        while self.minute < last {
            let now = Interval::Minute.start_of(self.clock.now());
            let hour = start_of(hour_of(self.minute) + 1);
            let until = hour.min(last).min(now);
            if until <= self.minute {
                return Ok(Read::Until(self.minute));
            }
            let minutes = self.minutes(&(self.minute..until)).await?;
            self.minute = until;
            if !minutes.is_empty() {
                return Ok(Read::Ticks(minutes));
            }
        }
        while self.hour < self.end {
            if let Some((mut ticks, next)) = self.ticks.read(self.hour, self.place).await? {
                self.place = next;
                ticks.retain(|one| self.currencies.get(&one.quote.symbol) == Some(&one.currency));
                return Ok(Read::Ticks(ticks));
            }
            match self.ticks.first_hour(self.hour + 1..self.end).await? {
                Some(hour) => (self.hour, self.place) = (hour, 0),
                None => break,
            }
        }
        let kept = self.clock.now() - KEPT;
        Ok(if kept > start_of(self.end) { Read::End } else { Read::Until(kept) })
    }

    /// What the minutes and days before a moment say.
    async fn begin_with_minutes(&mut self, from: DateTime<Utc>) -> Result<(), StorageError> {
        let today = from.date_naive().and_time(NaiveTime::MIN).and_utc();
        for (symbol, currency) in self.currencies.clone().iter() {
            let week = today - TimeDelta::days(KNOWN_DAYS)..today;
            let days = self.past.candles(symbol, Interval::Day, &week, from).await?;
            self.closes.extend(days.last().map(|day| (symbol.clone(), day.close)));
            let minutes = self.past.candles(symbol, Interval::Minute, &(today..self.minute), from).await?;
            let last = minutes.last().map(|one| (one, Interval::Minute));
            let last = last.or_else(|| days.last().map(|one| (one, Interval::Day)));
            let last = last.map(|(candle, interval)| self.published(symbol, currency, candle, interval));
            self.first.extend(last);
        }
        self.first
            .sort_by(|one, other| (one.at, &one.quote.symbol).cmp(&(other.at, &other.quote.symbol)));
        Ok(())
    }

    /// The last price of each minute that begins in a stretch.
    async fn minutes(&self, stretch: &Range<DateTime<Utc>>) -> Result<Vec<Published>, StorageError> {
        let mut all = vec![];
        for (symbol, currency) in self.currencies.iter() {
            let minutes = self.past.candles(symbol, Interval::Minute, stretch, stretch.end).await?;
            all.extend(minutes.iter().map(|one| self.published(symbol, currency, one, Interval::Minute)));
        }
        all.sort_by(|one, other| (one.at, &one.quote.symbol).cmp(&(other.at, &other.quote.symbol)));
        Ok(all)
    }

    /// The last price of a candle, when it was over; of the last of a day, still within it.
    fn published(&self, symbol: &str, currency: &Arc<str>, candle: &Candle, interval: Interval) -> Published {
        let at = candle.start + interval.length() - TimeDelta::milliseconds(1);
        Published {
            at,
            currency: currency.clone(),
            quote: Quote {
                symbol: symbol.to_owned(),
                price: candle.close,
                previous_close: self.closes.get(symbol).copied(),
                quoted_at: at,
                received_at: at,
                trade: None,
                size: None,
                source: CANDLES,
            },
        }
    }

    /// The prices at even distances before a moment, by symbol: what candles say of them.
    ///
    /// # Errors
    /// The database does not answer.
    pub async fn before(&self, times: &[DateTime<Utc>]) -> Result<Vec<HashMap<String, Decimal>>, StorageError> {
        let mut prices = vec![HashMap::new(); times.len()];
        let (Some(first), Some(last)) = (times.first(), times.last()) else {
            return Ok(prices);
        };
        let stretch = *first - TimeDelta::days(1)..*last;
        for symbol in self.currencies.keys() {
            let candles = self.past.candles(symbol, Interval::FiveMinutes, &stretch, *last).await?;
            let ends = candles
                .into_iter()
                .map(|one| (one.start + Interval::FiveMinutes.length(), one.close));
            let known: BTreeMap<DateTime<Utc>, Decimal> = ends.collect();
            for (time, prices) in times.iter().zip(&mut prices) {
                let price = known.range(..=*time).next_back();
                prices.extend(price.map(|(_, price)| (symbol.clone(), *price)));
            }
        }
        Ok(prices)
    }
}
