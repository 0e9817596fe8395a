//! Daily closes, as they are shipped: real ones, of 20 US shares and the index, 1990 to 2022.

use crate::market::server::quote_bus::{QuoteBus, Quotes};
use crate::money::Decimal;
use crate::server::clock::Clock;
use anyhow::{Context as _, bail, ensure};
use chrono::{NaiveDate, NaiveTime, TimeDelta};
use flate2::read::GzDecoder;
use std::collections::HashMap;
use std::io::Read;
use std::str::FromStr;
use std::sync::{Arc, PoisonError, RwLock};
use tokio_util::sync::CancellationToken;

const SHARES: &[u8] = include_bytes!("../../../data/market/sp500-20-adjusted-close-1990-2022.csv.gz");
const INDEX: &[u8] = include_bytes!("../../../data/market/sp500-index-close-1990-2022.csv.gz");

/// Closes by symbol, for days that all symbols share.
#[derive(Clone, Debug)]
pub struct DailyCloses {
    /// The days, oldest first.
    pub days: Vec<NaiveDate>,
    /// The symbols, in the order of the table.
    pub symbols: Vec<String>,
    /// Last day of real closes; what follows is made up.
    pub real_until: NaiveDate,
    closes: HashMap<String, Vec<Decimal>>,
}

impl DailyCloses {
    /// The shipped history of the shares.
    ///
    /// # Errors
    /// A table that is not one, with its line.
    pub fn shipped() -> anyhow::Result<Self> {
        Self::read(GzDecoder::new(SHARES))
    }

    /// The shipped history of the index, under the symbol `SP500`.
    ///
    /// # Errors
    /// A table that is not one, with its line.
    pub fn shipped_index() -> anyhow::Result<Self> {
        Self::read(GzDecoder::new(INDEX))
    }

    /// Reads a CSV table: a column `Date`, then one a symbol.
    fn read(source: impl Read) -> anyhow::Result<Self> {
        let mut table = csv::Reader::from_reader(source);
        let symbols: Vec<String> = table.headers()?.iter().skip(1).map(str::to_owned).collect();
        let mut days = Vec::new();
        let mut columns = vec![Vec::new(); symbols.len()];
        for row in table.records() {
            let row = row?;
            let line = row.position().map_or(0, csv::Position::line);
            let day = row.get(0).unwrap_or_default();
            days.push(NaiveDate::from_str(day).with_context(|| format!("line {line}: {day} is not a date"))?);
            for (column, text) in columns.iter_mut().zip(row.iter().skip(1)) {
                let close = Decimal::from_str_exact(text).with_context(|| format!("line {line}: {text} is not a price"))?;
                ensure!(close > Decimal::ZERO, "line {line}: the price {text} is not above zero");
                column.push(close);
            }
        }
        let Some(&real_until) = days.last() else { bail!("no row") };
        ensure!(days.is_sorted(), "the days are not in order");
        Ok(Self {
            days,
            closes: symbols.iter().cloned().zip(columns).collect(),
            symbols,
            real_until,
        })
    }

    /// The closes of a symbol, a day each; empty for one that is not in the table.
    pub fn of(&self, symbol: &str) -> &[Decimal] {
        self.closes.get(symbol).map_or(&[], Vec::as_slice)
    }

    /// The last `count` closes of a symbol, oldest first.
    pub fn last(&self, symbol: &str, count: usize) -> &[Decimal] {
        let all = self.of(symbol);
        &all[all.len().saturating_sub(count)..]
    }

    /// The last `most` days before `day`.
    pub fn before(&self, day: NaiveDate, most: usize) -> Self {
        let end = self.days.partition_point(|known| *known < day);
        let start = end.saturating_sub(most);
        let cut = |(symbol, closes): (&String, &Vec<Decimal>)| (symbol.clone(), closes[start..end].to_vec());
        Self {
            days: self.days[start..end].to_vec(),
            symbols: self.symbols.clone(),
            real_until: self.real_until,
            closes: self.closes.iter().map(cut).collect(),
        }
    }

    /// Adds a day after the last one; `close_of` knows each symbol's close.
    pub fn push(&mut self, day: NaiveDate, close_of: impl Fn(usize) -> Decimal) {
        self.days.push(day);
        for (index, symbol) in self.symbols.iter().enumerate() {
            if let Some(closes) = self.closes.get_mut(symbol) {
                closes.push(close_of(index));
            }
        }
    }
}

/// Closes that grow by a day each midnight. Cheap to clone.
#[derive(Clone, Debug)]
pub struct SharedCloses(Arc<RwLock<DailyCloses>>);

impl SharedCloses {
    /// Closes that will grow.
    pub fn new(closes: DailyCloses) -> Self {
        Self(Arc::new(RwLock::new(closes)))
    }

    /// Reads the closes. Keep it short: the next day waits for it.
    pub fn read<T>(&self, read: impl FnOnce(&DailyCloses) -> T) -> T {
        read(&self.0.read().unwrap_or_else(PoisonError::into_inner))
    }

    /// Takes the day that the quotes' previous closes belong to, once every share has one.
    fn take_previous(&self, quotes: &Quotes, day: NaiveDate) -> bool {
        let mut closes = self.0.write().unwrap_or_else(PoisonError::into_inner);
        let of_today = |symbol: &String| {
            quotes
                .get(symbol)
                .filter(|quote| quote.quoted_at.date_naive() > day)?
                .previous_close
        };
        let Some(previous) = closes.symbols.iter().map(of_today).collect::<Option<Vec<_>>>() else {
            return false;
        };
        if closes.days.last() < Some(&day) {
            closes.push(day, |share| previous[share]);
        }
        true
    }
}

/// Adds each day that ends, until the server stops.
pub async fn run(closes: SharedCloses, bus: QuoteBus, clock: Clock, stopping: CancellationToken) {
    loop {
        let day = clock.now().date_naive();
        let Some(midnight) = day.succ_opt().map(|next| next.and_time(NaiveTime::MIN).and_utc()) else {
            return;
        };
        let mut wake = midnight;
        loop {
            tokio::select! {
                () = clock.sleep_until(wake) => {}
                () = stopping.cancelled() => return,
            }
            // The first quotes of the new day come with midnight, or as soon as a busy machine gets to them.
            if bus.read(|quotes| closes.take_previous(quotes, day)) {
                break;
            }
            wake = clock.now() + TimeDelta::seconds(1);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::market::hours::is_trading_day;

    #[test]
    fn the_shipped_history_is_whole() {
        let shares = DailyCloses::shipped().expect("readable");
        assert_eq!((shares.days.len(), shares.symbols.len()), (8313, 20));
        assert_eq!(shares.real_until, NaiveDate::from_ymd_opt(2022, 12, 28).expect("a date"));
        assert!(shares.symbols.iter().all(|symbol| shares.of(symbol).len() == shares.days.len()));
        assert_eq!(shares.last("AAPL", 1)[0].to_string(), "125.674");
        let index = DailyCloses::shipped_index().expect("readable");
        assert_eq!(index.days, shares.days);
        // The calendar of the exchange knows all of them, and no more but days of mourning, of terror and of a storm.
        assert!(index.days.iter().all(|day| is_trading_day(*day)));
        let (first, last) = (index.days[0], shares.real_until);
        let calendar = first.iter_days().take_while(|day| *day <= last).filter(|day| is_trading_day(*day));
        let closed: Vec<_> = calendar
            .filter(|day| index.days.binary_search(day).is_err())
            .map(|day| day.to_string())
            .collect();
        let expected = "1994-04-27 2001-09-11 2001-09-12 2001-09-13 2001-09-14 2004-06-11 2007-01-02 2012-10-29 2012-10-30 2018-12-05";
        assert_eq!(closed, expected.split_whitespace().collect::<Vec<_>>());
        assert_eq!(index.last("SP500", 1)[0].to_string(), "3783.22");
    }

    #[test]
    fn a_broken_table_names_its_line() {
        let error = DailyCloses::read("Date,A\n2020-01-01,1\n2020-01-02,x\n".as_bytes()).expect_err("x is no price");
        assert!(format!("{error:#}").contains("line 3: x is not a price"), "{error:#}");
        assert!(DailyCloses::read("Date,A\n2020-01-01,0\n".as_bytes()).is_err());
        assert!(DailyCloses::read("Date,A\n".as_bytes()).is_err());
    }
}
