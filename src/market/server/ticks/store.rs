//! Prices in the database: a row for each few seconds, which later become rows of [`MOST`] prices. Prices of an hour are counted, and that
//! number is what finds them: it stays when rows become one.

use super::pack::{pack, unpack};
use super::{MOST, Published, hour_of};
use crate::server::database::{Database, StorageError};
use chrono::{DateTime, NaiveDate, Utc};
use sqlx::AnyConnection;
use std::collections::BTreeMap;
use std::ops::Range;

/// Hours of a day.
pub const DAY: i64 = 24;

/// Prices of one hour, packed.
#[derive(Clone, Debug)]
pub struct Block {
    /// The hour of their publication, since 1970.
    pub hour: i64,
    /// How many they are.
    pub ticks: i64,
    /// How many after them came faster than they could be kept.
    pub missed: i64,
    /// Their text.
    pub packed: String,
}

/// What is kept of a day.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Count {
    /// How many prices.
    pub ticks: i64,
    /// How many came faster than they could be kept.
    pub missed: i64,
}

/// The prices in a database. Cheap to clone.
#[derive(Clone, Debug)]
pub struct Store(pub Database);

/// Makes rows of prices, in the order in which they were published: those of one hour, [`MOST`] at the most.
///
/// # Errors
/// The machine has no memory for it.
pub fn blocks(ticks: &[Published], missed: u64) -> anyhow::Result<Vec<Block>> {
    let mut blocks = vec![];
    for of_hour in ticks.chunk_by(|one, other| hour_of(one.at) == hour_of(other.at)) {
        for some in of_hour.chunks(MOST) {
            let Some(first) = some.first() else { continue };
            blocks.push(Block {
                hour: hour_of(first.at),
                ticks: some.len() as i64,
                missed: 0,
                packed: pack(some)?,
            });
        }
    }
    if let Some(last) = blocks.last_mut() {
        last.missed = i64::try_from(missed).unwrap_or(i64::MAX);
    }
    Ok(blocks)
}

/// Puts a row into an hour, whose first price is there the one with the number `place`.
async fn insert(change: &mut AnyConnection, hour: i64, place: i64, block: &Block) -> Result<(), StorageError> {
    sqlx::query("INSERT INTO tick_blocks (hour, place, ticks, missed, packed) VALUES ($1, $2, $3, $4, $5)")
        .bind(hour)
        .bind(place)
        .bind(block.ticks)
        .bind(block.missed)
        .bind(&block.packed)
        .execute(change)
        .await?;
    Ok(())
}

impl Store {
    /// Keeps prices behind those of their hour that are there already: all of them or none.
    ///
    /// # Errors
    /// The database does not take them.
    pub async fn append(&self, blocks: &[Block]) -> Result<(), StorageError> {
        let mut change = self.0.write().await?;
        let mut next: Option<(i64, i64)> = None;
        for block in blocks {
            let place = match next {
                Some((hour, place)) if hour == block.hour => place,
                _ => {
                    let last: Option<(i64,)> =
                        sqlx::query_as("SELECT place + ticks FROM tick_blocks WHERE hour = $1 ORDER BY place DESC LIMIT 1")
                            .bind(block.hour)
                            .fetch_optional(&mut *change)
                            .await?;
                    last.map_or(0, |(end,)| end)
                }
            };
            insert(&mut change, block.hour, place, block).await?;
            next = Some((block.hour, place + block.ticks));
        }
        change.commit().await?;
        Ok(())
    }

    /// The prices of an hour from the one with the number `place` on, as many as are in its row, and the number of the one that follows
    /// them; `None` where there is none yet.
    ///
    /// # Errors
    /// The database does not answer, or has what cannot be read.
    pub async fn read(&self, hour: i64, place: i64) -> Result<Option<(Vec<Published>, i64)>, StorageError> {
        let row: Option<(i64, String)> =
            sqlx::query_as("SELECT place, packed FROM tick_blocks WHERE hour = $1 AND place <= $2 AND place + ticks > $2 LIMIT 1")
                .bind(hour)
                .bind(place)
                .fetch_optional(self.0.read())
                .await?;
        let Some((first, packed)) = row else { return Ok(None) };
        let mut ticks = opened(packed).await?;
        let next = first + ticks.len() as i64;
        ticks.drain(..usize::try_from(place - first).unwrap_or(0).min(ticks.len()));
        Ok(Some((ticks, next)))
    }

    /// The first hour of a stretch that has prices.
    ///
    /// # Errors
    /// The database does not answer.
    pub async fn first_hour(&self, hours: Range<i64>) -> Result<Option<i64>, StorageError> {
        self.one_hour("SELECT MIN(hour) FROM tick_blocks WHERE hour >= $1 AND hour < $2", hours)
            .await
    }

    /// The last one.
    ///
    /// # Errors
    /// The database does not answer.
    pub async fn last_hour(&self, hours: Range<i64>) -> Result<Option<i64>, StorageError> {
        self.one_hour("SELECT MAX(hour) FROM tick_blocks WHERE hour >= $1 AND hour < $2", hours)
            .await
    }

    async fn one_hour(&self, statement: &'static str, hours: Range<i64>) -> Result<Option<i64>, StorageError> {
        let row: (Option<i64>,) = sqlx::query_as(statement)
            .bind(hours.start)
            .bind(hours.end)
            .fetch_one(self.0.read())
            .await?;
        Ok(row.0)
    }

    /// What is kept of each day.
    ///
    /// # Errors
    /// The database does not answer.
    pub async fn days(&self) -> Result<BTreeMap<NaiveDate, Count>, StorageError> {
        let rows: Vec<(i64, i64, i64)> =
            sqlx::query_as("SELECT hour / 24, CAST(SUM(ticks) AS BIGINT), CAST(SUM(missed) AS BIGINT) FROM tick_blocks GROUP BY hour / 24")
                .fetch_all(self.0.read())
                .await?;
        let day = |(day, ticks, missed): (i64, i64, i64)| {
            let start = DateTime::from_timestamp(day.checked_mul(86_400)?, 0)?;
            Some((start.date_naive(), Count { ticks, missed }))
        };
        Ok(rows.into_iter().filter_map(day).collect())
    }

    /// The hours that have more than one small row.
    ///
    /// # Errors
    /// The database does not answer.
    pub async fn loose_hours(&self) -> Result<Vec<i64>, StorageError> {
        let rows: Vec<(i64,)> = sqlx::query_as("SELECT hour FROM tick_blocks WHERE ticks < $1 GROUP BY hour HAVING COUNT(*) > 1")
            .bind(MOST as i64)
            .fetch_all(self.0.read())
            .await?;
        Ok(rows.into_iter().map(|(hour,)| hour).collect())
    }

    /// Makes one row of the first small rows of an hour that together have [`MOST`] prices, or where the hour `is_over` as many as follow
    /// each other. Says whether there were any.
    ///
    /// # Errors
    /// The database does not take it: nothing was changed.
    pub async fn join(&self, hour: i64, is_over: bool) -> Result<bool, StorageError> {
        let rows: Vec<(i64, i64, i64)> = sqlx::query_as("SELECT place, ticks, missed FROM tick_blocks WHERE hour = $1 ORDER BY place")
            .bind(hour)
            .fetch_all(self.0.read())
            .await?;
        let Some((from, to)) = run_of(&rows, is_over) else {
            return Ok(false);
        };
        let missed: i64 = rows.iter().filter(|(place, ..)| (from..=to).contains(place)).map(|row| row.2).sum();
        let texts: Vec<(String,)> =
            sqlx::query_as("SELECT packed FROM tick_blocks WHERE hour = $1 AND place >= $2 AND place <= $3 ORDER BY place")
                .bind(hour)
                .bind(from)
                .bind(to)
                .fetch_all(self.0.read())
                .await?;
        let joined = tokio::task::spawn_blocking(move || {
            let mut ticks = vec![];
            for (text,) in texts {
                ticks.extend(unpack(&text)?);
            }
            blocks(&ticks, u64::try_from(missed).unwrap_or(0))
        });
        let joined = joined.await.map_err(|_| StorageError::Fault)?.map_err(fault)?;
        let mut change = self.0.write().await?;
        sqlx::query("DELETE FROM tick_blocks WHERE hour = $1 AND place >= $2 AND place <= $3")
            .bind(hour)
            .bind(from)
            .bind(to)
            .execute(&mut *change)
            .await?;
        let mut place = from;
        for block in &joined {
            insert(&mut change, hour, place, block).await?;
            place += block.ticks;
        }
        change.commit().await?;
        Ok(true)
    }

    /// Deletes the prices of the hours before one.
    ///
    /// # Errors
    /// The database does not take it.
    pub async fn forget(&self, before: i64) -> Result<(), StorageError> {
        let mut change = self.0.write().await?;
        sqlx::query("DELETE FROM tick_blocks WHERE hour < $1")
            .bind(before)
            .execute(&mut *change)
            .await?;
        change.commit().await?;
        Ok(())
    }
}

/// The first small rows that follow each other and are worth being made one: the numbers of the first and the last of them.
fn run_of(rows: &[(i64, i64, i64)], is_over: bool) -> Option<(i64, i64)> {
    let is_small = |ticks: i64| ticks < MOST as i64;
    for run in rows.chunk_by(|one, other| is_small(one.1) && is_small(other.1)) {
        let mut sum = 0;
        let end = run.iter().position(|(_, ticks, _)| {
            sum += ticks;
            sum >= MOST as i64
        });
        let some = match end {
            Some(end) => run.get(..=end)?,
            None if is_over => run,
            None => continue,
        };
        if let [first, .., last] = some {
            return Some((first.0, last.0));
        }
    }
    None
}

/// The prices of a text, read where that keeps nobody waiting.
async fn opened(packed: String) -> Result<Vec<Published>, StorageError> {
    let read = tokio::task::spawn_blocking(move || unpack(&packed));
    read.await.map_err(|_| StorageError::Fault)?.map_err(fault)
}

fn fault(error: anyhow::Error) -> StorageError {
    tracing::error!("ticks: {error:#}");
    StorageError::Fault
}

/// The hours of a day.
pub fn hours_of(day: NaiveDate) -> Range<i64> {
    let first = hour_of(day.and_time(chrono::NaiveTime::MIN).and_utc());
    first..first + DAY
}

/// The first hour that is kept where so many days before today are.
pub fn oldest(days: u32, now: DateTime<Utc>) -> i64 {
    hours_of(now.date_naive()).start - i64::from(days) * DAY
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn small_rows_that_follow_each_other_become_one() {
        let most = MOST as i64;
        let rows = |ticks: &[i64]| {
            let mut place = 0;
            let row = |ticks: &i64| {
                let first = place;
                place += ticks;
                (first, *ticks, 0)
            };
            ticks.iter().map(row).collect::<Vec<_>>()
        };
        let run = |ticks: &[i64], is_over| run_of(&rows(ticks), is_over);
        assert_eq!((run(&[], true), run(&[5], true), run(&[most, most, 3], true)), (None, None, None));
        assert_eq!((run(&[5, 6], false), run(&[5, 6], true)), (None, Some((0, 5))));
        assert_eq!(run(&[most, 5, 6, 7], true), Some((most, most + 11)));
        assert_eq!(run(&[5, most, 6, 7], true), Some((5 + most, 11 + most)));
        assert_eq!(run(&[5, most - 5, 6], false), Some((0, 5)), "as soon as they fill a row");
        assert_eq!(run(&[most - 1, most - 1, 6], false), Some((0, most - 1)));
    }
}
