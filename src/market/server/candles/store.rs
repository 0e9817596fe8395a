//! Candles in the database: minutes that may still change as a row each, finished ones packed.

use super::minute;
use super::pack::{self, pack, unpack};
use crate::market::candle::bar::Bar;
use crate::market::candle::series::{self, MINUTE, Series};
use crate::market::candle::{Candle, Interval};
use crate::server::database::{Change, Database, StorageError};
use chrono::{DateTime, NaiveDate, TimeDelta, Utc};
use sqlx::{AnyConnection, AssertSqlSafe};
use std::collections::{BTreeSet, HashMap};
use std::ops::Range;

/// Rows in a statement.
const ROWS: usize = 50;

/// An instrument as it is kept: what is priced in another currency is another.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct Key {
    /// Label of the instrument.
    pub symbol: String,
    /// ISO 4217 code.
    pub currency: String,
}

/// A minute as it is kept.
#[derive(Clone, Debug)]
pub struct MinuteRow {
    /// Whose it is.
    pub key: Key,
    /// When it begins, in microseconds since 1970.
    pub minute: i64,
    /// Its text.
    pub bar: String,
}

/// What is known of the past of an instrument.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Known {
    /// The minute before which all are packed, in microseconds since 1970.
    pub packed_until: Option<i64>,
    /// The first and the last day that a provider brought.
    pub filled: Option<(NaiveDate, NaiveDate)>,
}

impl Known {
    /// Whether a provider was asked for the day that begins then.
    pub fn is_filled(&self, start: DateTime<Utc>) -> bool {
        self.filled
            .is_some_and(|(from, until)| (from..=until).contains(&start.date_naive()))
    }
}

/// The candles in a database. Cheap to clone.
#[derive(Clone, Debug)]
pub struct Store(pub Database);

/// The minutes of each instrument as they were kept.
pub type Loaded = HashMap<Key, Series>;

impl Store {
    /// All minutes that may still change, and how far each instrument is packed.
    ///
    /// # Errors
    /// The database does not answer.
    pub async fn load(&self) -> Result<Loaded, StorageError> {
        let mut reading = self.0.moment().await?;
        let known: Vec<(String, String, Option<i64>)> = sqlx::query_as("SELECT symbol, currency, packed_until FROM candle_series")
            .fetch_all(&mut *reading)
            .await?;
        let minutes: Vec<(String, String, i64, String)> =
            sqlx::query_as("SELECT symbol, currency, minute, bar FROM candle_minutes ORDER BY symbol, currency, minute")
                .fetch_all(&mut *reading)
                .await?;
        reading.rollback().await?;
        let mut loaded = Loaded::new();
        let mut forgotten: HashMap<Key, i64> = HashMap::new();
        for (symbol, currency, number, text) in minutes {
            let key = Key { symbol, currency };
            let Some(kept) = minute::read(&text) else {
                tracing::error!(key.symbol, number, "a minute's candle cannot be read and is left out");
                continue;
            };
            forgotten
                .entry(key.clone())
                .and_modify(|held| *held = (*held).max(kept.forgotten))
                .or_insert(kept.forgotten);
            loaded.entry(key).or_default().restore(number * MINUTE, kept.bar, kept.seen);
        }
        for (symbol, currency, packed_until) in known {
            let key = Key { symbol, currency };
            let until = packed_until.map(|minute| minute * MINUTE - 1);
            let last = until.into_iter().chain(forgotten.get(&key).copied()).max();
            forgotten.remove(&key);
            let series = loaded.entry(key).or_default();
            last.into_iter().for_each(|last| series.close(last));
        }
        for (key, last) in forgotten {
            loaded.entry(key).or_default().close(last);
        }
        Ok(loaded)
    }

    /// Keeps minutes as they are now.
    ///
    /// # Errors
    /// The database does not take them: none of them is kept.
    pub async fn keep(&self, rows: &[MinuteRow]) -> Result<(), StorageError> {
        if rows.is_empty() {
            return Ok(());
        }
        let mut change = self.0.write().await?;
        for rows in rows.chunks(ROWS) {
            let places = (0..rows.len()).map(|at| format!("(${}, ${}, ${}, ${})", at * 4 + 1, at * 4 + 2, at * 4 + 3, at * 4 + 4));
            let places = places.collect::<Vec<_>>().join(", ");
            let statement = format!(
                "INSERT INTO candle_minutes (symbol, currency, minute, bar) VALUES {places} \
                 ON CONFLICT (symbol, currency, minute) DO UPDATE SET bar = excluded.bar"
            );
            let mut query = sqlx::query(AssertSqlSafe(statement));
            for row in rows {
                query = query.bind(&row.key.symbol).bind(&row.key.currency);
                query = query.bind(row.minute.div_euclid(MINUTE)).bind(&row.bar);
            }
            query.execute(&mut *change).await?;
        }
        change.commit().await?;
        Ok(())
    }

    /// Packs the minutes before `until`, which are `minutes` and will not change, into candles of every length; all of it or nothing.
    ///
    /// # Errors
    /// The database does not take them.
    pub async fn pack(&self, key: &Key, minutes: &[Candle], until: i64) -> Result<(), StorageError> {
        let mut change = self.0.write().await?;
        let known = known(&mut change, key).await?;
        for interval in Interval::ALL {
            let wide = series::widened(minutes.iter().cloned(), interval);
            // A day that a provider brought is whole.
            let is_whole = |one: &Candle| interval == Interval::Day && known.is_filled(one.start);
            let (whole, wide): (Vec<_>, Vec<_>) = wide.into_iter().partition(is_whole);
            merge_into(&mut change, key, interval, whole, |_, _| {}).await?;
            merge_into(&mut change, key, interval, wide, |held, new| held.extend(new)).await?;
        }
        let until = until.div_euclid(MINUTE);
        sqlx::query(
            "INSERT INTO candle_series (symbol, currency, packed_until) VALUES ($1, $2, $3) \
             ON CONFLICT (symbol, currency) DO UPDATE SET packed_until = excluded.packed_until",
        )
        .bind(&key.symbol)
        .bind(&key.currency)
        .bind(until)
        .execute(&mut *change)
        .await?;
        sqlx::query("DELETE FROM candle_minutes WHERE symbol = $1 AND currency = $2 AND minute < $3")
            .bind(&key.symbol)
            .bind(&key.currency)
            .bind(until)
            .execute(&mut *change)
            .await?;
        change.commit().await?;
        Ok(())
    }

    /// Takes days that a provider brought. They stand in the place of what was recorded of them.
    ///
    /// # Errors
    /// The database does not take them: nothing was changed.
    pub async fn fill(&self, key: &Key, days: Vec<Candle>, filled: (NaiveDate, NaiveDate)) -> Result<(), StorageError> {
        let mut change = self.0.write().await?;
        merge_into(&mut change, key, Interval::Day, days, |held, new| *held = new.clone()).await?;
        sqlx::query(
            "INSERT INTO candle_series (symbol, currency, filled_from, filled_until) VALUES ($1, $2, $3, $4) \
             ON CONFLICT (symbol, currency) DO UPDATE SET filled_from = excluded.filled_from, filled_until = excluded.filled_until",
        )
        .bind(&key.symbol)
        .bind(&key.currency)
        .bind(day_number(filled.0))
        .bind(day_number(filled.1))
        .execute(&mut *change)
        .await?;
        change.commit().await?;
        Ok(())
    }

    /// How far the past of an instrument is known.
    ///
    /// # Errors
    /// The database does not answer.
    pub async fn known(&self, key: &Key) -> Result<Known, StorageError> {
        let mut reading = self.0.read().acquire().await?;
        known(&mut reading, key).await
    }

    /// The packed candles of an instrument that begin in a stretch, oldest first, and the minute before which nothing is missing there.
    ///
    /// # Errors
    /// The database does not answer.
    pub async fn candles(
        &self,
        key: &Key,
        interval: Interval,
        stretch: &Range<DateTime<Utc>>,
    ) -> Result<(Vec<Candle>, Known), StorageError> {
        if stretch.is_empty() {
            return Ok((vec![], Known::default()));
        }
        let length = interval.length().num_seconds();
        let mut reading = self.0.moment().await?;
        let known = known(&mut reading, key).await?;
        let rows: Vec<(String,)> = sqlx::query_as(
            "SELECT packed FROM candles WHERE symbol = $1 AND currency = $2 AND length = $3 AND chunk >= $4 AND chunk <= $5 ORDER BY chunk",
        )
        .bind(&key.symbol)
        .bind(&key.currency)
        .bind(length)
        .bind(chunk_of(stretch.start, length))
        .bind(chunk_of(stretch.end, length))
        .fetch_all(&mut *reading)
        .await?;
        reading.rollback().await?;
        let mut candles = vec![];
        for (packed,) in rows {
            candles.extend(read(&packed, length)?.into_iter().filter(|one| stretch.contains(&one.start)));
        }
        Ok((candles, known))
    }

    /// When the first packed candle of an instrument begins.
    ///
    /// # Errors
    /// The database does not answer.
    pub async fn first(&self, key: &Key, interval: Interval) -> Result<Option<DateTime<Utc>>, StorageError> {
        let length = interval.length().num_seconds();
        let row: Option<(String,)> =
            sqlx::query_as("SELECT packed FROM candles WHERE symbol = $1 AND currency = $2 AND length = $3 ORDER BY chunk LIMIT 1")
                .bind(&key.symbol)
                .bind(&key.currency)
                .bind(length)
                .fetch_optional(self.0.read())
                .await?;
        let Some((packed,)) = row else { return Ok(None) };
        Ok(read(&packed, length)?.first().map(|first| first.start))
    }

    /// Deletes rows of one length that end before a moment, and returns how many there were.
    ///
    /// # Errors
    /// The database does not take it.
    pub async fn forget(&self, key: &Key, interval: Interval, before: DateTime<Utc>) -> Result<u64, StorageError> {
        let length = interval.length().num_seconds();
        let mut change = self.0.write().await?;
        let done = sqlx::query("DELETE FROM candles WHERE symbol = $1 AND currency = $2 AND length = $3 AND chunk < $4")
            .bind(&key.symbol)
            .bind(&key.currency)
            .bind(length)
            .bind(chunk_of(before, length))
            .execute(&mut *change)
            .await?;
        change.commit().await?;
        Ok(done.rows_affected())
    }

    /// Deletes minutes that nobody packed before a moment: those of instruments that are watched no longer.
    ///
    /// # Errors
    /// The database does not take it.
    pub async fn forget_minutes(&self, before: DateTime<Utc>) -> Result<(), StorageError> {
        let mut change = self.0.write().await?;
        sqlx::query("DELETE FROM candle_minutes WHERE minute < $1")
            .bind(before.timestamp_micros().div_euclid(MINUTE))
            .execute(&mut *change)
            .await?;
        change.commit().await?;
        Ok(())
    }

    /// The days of which minutes of such instruments are known.
    ///
    /// # Errors
    /// The database does not answer.
    pub async fn minute_days(&self, wanted: impl Fn(&Key) -> bool) -> Result<BTreeSet<NaiveDate>, StorageError> {
        let mut rows: Vec<(String, String, i64)> = sqlx::query_as("SELECT symbol, currency, chunk FROM candles WHERE length = 60")
            .fetch_all(self.0.read())
            .await?;
        // A row has the minutes of a day.
        let fresh: Vec<(String, String, i64)> = sqlx::query_as("SELECT DISTINCT symbol, currency, minute / 1440 FROM candle_minutes")
            .fetch_all(self.0.read())
            .await?;
        rows.extend(fresh);
        let day = |(symbol, currency, day)| wanted(&Key { symbol, currency }).then(|| day_of(day)).flatten();
        Ok(rows.into_iter().filter_map(day).collect())
    }

    /// All instruments that have a past.
    ///
    /// # Errors
    /// The database does not answer.
    pub async fn keys(&self) -> Result<Vec<Key>, StorageError> {
        let rows: Vec<(String, String)> = sqlx::query_as("SELECT symbol, currency FROM candle_series ORDER BY symbol, currency")
            .fetch_all(self.0.read())
            .await?;
        Ok(rows.into_iter().map(|(symbol, currency)| Key { symbol, currency }).collect())
    }
}

/// Puts candles of one length, oldest first, among those that are there; `join` decides where one begins with another.
async fn merge_into(
    change: &mut Change,
    key: &Key,
    interval: Interval,
    new: Vec<Candle>,
    join: fn(&mut Candle, &Candle),
) -> Result<(), StorageError> {
    let length = interval.length().num_seconds();
    let mut new = new.into_iter().peekable();
    while let Some(chunk) = new.peek().map(|one| chunk_of(one.start, length)) {
        let held: Option<(String,)> =
            sqlx::query_as("SELECT packed FROM candles WHERE symbol = $1 AND currency = $2 AND length = $3 AND chunk = $4")
                .bind(&key.symbol)
                .bind(&key.currency)
                .bind(length)
                .bind(chunk)
                .fetch_optional(&mut **change)
                .await?;
        let mut candles = held.map_or(Ok(vec![]), |(packed,)| read(&packed, length))?;
        while let Some(one) = new.next_if(|one| chunk_of(one.start, length) == chunk) {
            match candles.binary_search_by_key(&one.start, |held| held.start) {
                Ok(place) => join(&mut candles[place], &one),
                Err(place) => candles.insert(place, one),
            }
        }
        let packed = pack(&candles, length).map_err(fault)?;
        sqlx::query(
            "INSERT INTO candles (symbol, currency, length, chunk, packed) VALUES ($1, $2, $3, $4, $5) \
             ON CONFLICT (symbol, currency, length, chunk) DO UPDATE SET packed = excluded.packed",
        )
        .bind(&key.symbol)
        .bind(&key.currency)
        .bind(length)
        .bind(chunk)
        .bind(packed)
        .execute(&mut **change)
        .await?;
    }
    Ok(())
}

async fn known(connection: &mut AnyConnection, key: &Key) -> Result<Known, StorageError> {
    let row: Option<(Option<i64>, Option<i64>, Option<i64>)> =
        sqlx::query_as("SELECT packed_until, filled_from, filled_until FROM candle_series WHERE symbol = $1 AND currency = $2")
            .bind(&key.symbol)
            .bind(&key.currency)
            .fetch_optional(connection)
            .await?;
    let (packed_until, from, until) = row.unwrap_or_default();
    Ok(Known {
        packed_until: packed_until.map(|minute| minute * MINUTE),
        filled: from.and_then(day_of).zip(until.and_then(day_of)),
    })
}

fn read(packed: &str, length: i64) -> Result<Vec<Candle>, StorageError> {
    unpack(packed, length).map_err(fault)
}

fn fault(error: anyhow::Error) -> StorageError {
    tracing::error!("candles: {error:#}");
    StorageError::Fault
}

/// The number of the row that a candle is in.
fn chunk_of(start: DateTime<Utc>, length: i64) -> i64 {
    start.timestamp().div_euclid(length * pack::MOST)
}

fn day_number(day: NaiveDate) -> i64 {
    day.signed_duration_since(NaiveDate::default()).num_days()
}

fn day_of(number: i64) -> Option<NaiveDate> {
    NaiveDate::default().checked_add_signed(TimeDelta::try_days(number)?)
}

/// The text of a minute, for [`MinuteRow`].
pub fn text_of(series: &Series, minute: i64, bar: &Bar) -> Option<String> {
    minute::write(bar, series.forgotten(), series.seen_in(minute))
}
