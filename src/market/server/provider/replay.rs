//! Recorded ticks from a CSV file, played again at a chosen speed.
//!
//! The header is `time,symbol,price`; times are RFC 3339. The first tick plays when the server starts. A quote's time is
//! the moment at which it plays, so that its age means what it means for any other source.

use super::{Provider, SHIPPED};
use crate::market::feed::{Feed, FeedStatus};
use crate::market::quote::Quote;
use crate::market::server::history::DailyCloses;
use crate::money::Decimal;
use anyhow::{Context as _, ensure};
use chrono::{DateTime, Days, NaiveDate, TimeDelta, Utc};
use std::collections::HashMap;
use std::fs::File;
use std::io::Read;
use std::path::Path;

/// Days after its last close at which a share's history no longer says what the previous close was.
const STILL_KNOWN: Days = Days::new(7);

/// The name of this source.
pub const SOURCE: &str = "replay";
/// When US exchanges close, after midnight UTC, in winter.
const AMERICAN_CLOSE: TimeDelta = TimeDelta::hours(21);

#[derive(Debug)]
struct Recorded {
    /// When it plays.
    plays_at: DateTime<Utc>,
    /// The day on which it was recorded.
    day: NaiveDate,
    symbol: String,
    price: Decimal,
}

/// What is known of the shipped shares without a market: their last closes, as old as they are.
pub fn last_closes(closes: &DailyCloses) -> Vec<Quote> {
    let closed_at = closes.real_until.and_time(chrono::NaiveTime::MIN).and_utc() + AMERICAN_CLOSE;
    let quotes = closes.symbols.iter().filter_map(|symbol| {
        let price = *closes.of(symbol).last()?;
        Some(Quote {
            symbol: symbol.clone(),
            price,
            previous_close: None,
            quoted_at: closed_at,
            received_at: closed_at,
            trade: None,
            size: None,
            source: SHIPPED,
        })
    });
    quotes.collect()
}

/// A recording under way.
#[derive(Debug)]
pub struct Replay {
    ticks: Vec<Recorded>,
    next: usize,
    /// Closes from before the recording, where they are recent enough to be the previous ones.
    before: HashMap<String, Decimal>,
    /// What is known of the shipped shares before the first tick: their last closes, as old as they are.
    known: Vec<Quote>,
    /// Latest known price and its day, and the close of the day before, by symbol, of what was given.
    latest: HashMap<String, (NaiveDate, Decimal, Option<Decimal>)>,
}

impl Replay {
    /// Reads a recording whole, so that what is wrong with it is known at once.
    ///
    /// # Errors
    /// The file cannot be read, or a line is wrong; the error names the line, the column and what was expected.
    pub fn open(file: &Path, speed: f64, closes: &DailyCloses, start: DateTime<Utc>) -> anyhow::Result<Self> {
        Self::read(File::open(file)?, speed, closes, start)
    }

    fn read(source: impl Read, speed: f64, closes: &DailyCloses, start: DateTime<Utc>) -> anyhow::Result<Self> {
        let mut table = csv::ReaderBuilder::new().trim(csv::Trim::All).from_reader(source);
        let header = table.headers()?;
        ensure!(
            header == vec!["time", "symbol", "price"],
            "line 1: the header must be time,symbol,price"
        );
        let mut recorded = Vec::new();
        for row in table.records() {
            let row = row?;
            let line = row.position().map_or(0, csv::Position::line);
            let (time, symbol, price) = (&row[0], &row[1], &row[2]);
            let time: DateTime<Utc> = time
                .parse()
                .with_context(|| format!("line {line}, column time: {time:?} is not an RFC 3339 time"))?;
            ensure!(
                !symbol.is_empty() && symbol.len() <= 64,
                "line {line}, column symbol: expected 1 to 64 characters"
            );
            let price = Decimal::from_str_exact(price).ok().filter(|price| *price > Decimal::ZERO);
            let price = price.with_context(|| format!("line {line}, column price: {:?} is not a number above zero", &row[2]))?;
            recorded.push((time, symbol.to_owned(), price));
        }
        recorded.sort_by_key(|(time, ..)| *time);
        let first = recorded.first().context("there is no tick in it")?.0;
        let known = closes
            .real_until
            .checked_add_days(STILL_KNOWN)
            .is_some_and(|until| (closes.real_until..=until).contains(&first.date_naive()));
        let before = closes
            .symbols
            .iter()
            .filter(|_| known)
            .filter_map(|symbol| Some((symbol.clone(), *closes.of(symbol).last()?)));
        let before = before.collect();
        let known = last_closes(closes);
        let ticks = recorded.into_iter().map(|(time, symbol, price)| {
            let micros = (time - first).num_microseconds().unwrap_or(i64::MAX) as f64 / speed;
            Recorded {
                plays_at: start + TimeDelta::microseconds(micros as i64),
                day: time.date_naive(),
                symbol,
                price,
            }
        });
        Ok(Self {
            ticks: ticks.collect(),
            next: 0,
            before,
            known,
            latest: HashMap::new(),
        })
    }

    fn take(&mut self, index: usize) -> Quote {
        let Recorded {
            plays_at,
            day,
            symbol,
            price,
        } = &self.ticks[index];
        let previous = match self.latest.get(symbol) {
            Some((last_day, last, _)) if last_day < day => Some(*last),
            Some((_, _, previous)) => *previous,
            None => self.before.get(symbol).copied(),
        };
        self.latest.insert(symbol.clone(), (*day, *price, previous));
        Quote {
            symbol: symbol.clone(),
            price: *price,
            previous_close: previous,
            quoted_at: *plays_at,
            received_at: *plays_at,
            trade: None,
            size: None,
            source: SOURCE,
        }
    }
}

impl Provider for Replay {
    fn feed(&self) -> Feed {
        Feed {
            source: SOURCE.into(),
            simulated: false,
            status: FeedStatus::Connecting,
            detail: None,
        }
    }

    fn quotes_at(&self, _time: DateTime<Utc>) -> Vec<Quote> {
        self.known.clone()
    }

    fn prices_at(&self, _time: DateTime<Utc>) -> HashMap<String, Decimal> {
        HashMap::new()
    }

    fn next(&mut self, _now: DateTime<Utc>) -> Option<(DateTime<Utc>, Vec<Quote>)> {
        let moment = self.ticks.get(self.next)?.plays_at;
        let end = self.next + self.ticks[self.next..].iter().take_while(|tick| tick.plays_at == moment).count();
        let quotes = (self.next..end).map(|index| self.take(index)).collect();
        self.next = end;
        Some((moment, quotes))
    }

    fn extend(&self, closes: DailyCloses) -> DailyCloses {
        closes
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const START: DateTime<Utc> = DateTime::UNIX_EPOCH;

    fn replay(text: &str, speed: f64) -> anyhow::Result<Replay> {
        Replay::read(text.as_bytes(), speed, &DailyCloses::shipped().expect("shipped"), START)
    }

    #[test]
    fn plays_in_order_at_its_speed_and_ends() {
        let text = "time,symbol,price\n2026-01-02T10:00:02Z,B,2.5\n2026-01-02T10:00:00Z,A,1\n2026-01-03T10:00:00Z,A,3\n";
        let mut replay = replay(text, 2.0).expect("valid");
        let (first, quotes) = replay.next(START).expect("a tick");
        assert_eq!((first, quotes[0].symbol.as_str(), quotes[0].previous_close), (START, "A", None));
        assert_eq!(replay.next(START).expect("a tick").0, START + TimeDelta::seconds(1));
        // A day later the last price of the day before is the previous close.
        assert_eq!(replay.next(START).expect("a tick").1[0].previous_close, Some(Decimal::ONE));
        assert_eq!(replay.next(START), None);
    }

    #[test]
    fn a_recording_right_after_the_history_knows_its_closes() {
        let mut replay = replay("time,symbol,price\n2022-12-29T15:00:00Z,AAPL,129.6\n", 1.0).expect("valid");
        assert_eq!(
            replay.next(START).expect("a tick").1[0]
                .previous_close
                .map(|close| close.to_string())
                .as_deref(),
            Some("125.674")
        );
    }

    #[test]
    fn what_is_wrong_is_named_with_its_line() {
        for (text, expected) in [
            ("when,symbol,price\n", "line 1: the header must be"),
            ("time,symbol,price\nyesterday,A,1\n", "line 2, column time"),
            ("time,symbol,price\n2026-01-01T00:00:00Z,,1\n", "line 2, column symbol"),
            ("time,symbol,price\n2026-01-01T00:00:00Z,A,-1\n", "line 2, column price"),
            ("time,symbol,price\n2026-01-01T00:00:00Z,A\n", "record 1"),
            ("time,symbol,price\n", "no tick"),
        ] {
            let error = format!("{:#}", replay(text, 1.0).expect_err(text));
            assert!(error.contains(expected), "{text:?}: {error}");
        }
    }
}
