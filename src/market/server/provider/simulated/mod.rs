//! The simulated market: real history, and from its last close on a correlated geometric Brownian motion.
//!
//! Prices are a pure function of the seed and the moment. A server that restarts goes on where the market is now, and two
//! servers with one seed agree. The market never closes: a day is 24 hours of UTC, on weekends too.

pub mod course;
mod marks;
mod model;
pub mod past;
mod path;
pub mod walk;

use super::Provider;
use crate::market::feed::{Feed, FeedStatus};
use crate::market::quote::Quote;
use crate::market::server::history::DailyCloses;
use crate::money::Decimal;
use chrono::{DateTime, TimeDelta, Utc};
use model::Model;
use past::Past;
use path::{Path, Tick};
use std::collections::HashMap;
use walk::Walk;

/// The name of this source.
pub const SOURCE: &str = "simulated";
/// How long a machine may sleep before the ticks that it missed are left out.
const CATCH_UP: TimeDelta = TimeDelta::seconds(2);

/// The simulated market.
#[derive(Debug)]
pub struct Simulated {
    symbols: Vec<String>,
    path: Path,
    /// How what no market lists may move beside it.
    pub walk: Walk,
    /// The second whose ticks are given next, since 1970.
    second: i64,
    /// What is left of that second, the next tick last.
    due: Vec<Tick>,
}

impl Simulated {
    /// A market that goes on from the last of `closes`.
    ///
    /// # Errors
    /// A history too short or too even to measure volatility and correlation from.
    pub fn new(closes: &DailyCloses, seed: u64, now: DateTime<Utc>) -> anyhow::Result<Self> {
        let model = Model::measure(closes)?;
        let walk = Walk::new(&model, seed);
        Ok(Self {
            symbols: closes.symbols.clone(),
            path: Path::new(model, closes.real_until, seed),
            walk,
            second: now.timestamp(),
            due: vec![],
        })
    }

    /// The candles of this market, from the same function of time.
    pub fn past(&self) -> Past {
        Past::new(self.symbols.clone(), self.path.clone())
    }

    fn quote(&self, tick: &Tick, previous: Decimal) -> Quote {
        quote(&self.symbols[tick.share], tick, previous)
    }
}

/// The latest quotes at a moment.
fn quotes_at(symbols: &[String], path: &Path, time: DateTime<Utc>) -> Vec<Quote> {
    let closes = path.previous_closes(time);
    let ticks = path.latest_ticks(time);
    ticks
        .iter()
        .map(|tick| quote(&symbols[tick.share], tick, closes[tick.share]))
        .collect()
}

/// Prices by symbol at a moment.
fn prices_at(symbols: &[String], path: &Path, time: DateTime<Utc>) -> HashMap<String, Decimal> {
    symbols.iter().cloned().zip(path.prices(time)).collect()
}

/// A tick, and the close of the day before it.
fn quote(symbol: &str, tick: &Tick, previous: Decimal) -> Quote {
    Quote {
        symbol: symbol.to_owned(),
        price: tick.price,
        previous_close: Some(previous),
        quoted_at: tick.time,
        received_at: tick.time,
        trade: None,
        size: (!tick.size.is_zero()).then_some(tick.size),
        source: SOURCE,
    }
}

impl Provider for Simulated {
    fn feed(&self) -> Feed {
        Feed {
            source: SOURCE.into(),
            simulated: true,
            status: FeedStatus::Connecting,
            detail: None,
        }
    }

    fn quotes_at(&self, time: DateTime<Utc>) -> Vec<Quote> {
        quotes_at(&self.symbols, &self.path, time)
    }

    fn prices_at(&self, time: DateTime<Utc>) -> HashMap<String, Decimal> {
        prices_at(&self.symbols, &self.path, time)
    }

    fn next(&mut self, now: DateTime<Utc>) -> Option<(DateTime<Utc>, Vec<Quote>)> {
        if now.timestamp() - self.second > CATCH_UP.num_seconds() {
            self.second = now.timestamp();
            self.due = vec![];
            return Some((now, self.quotes_at(now)));
        }
        while self.due.is_empty() {
            self.due = self.path.ticks(self.second);
            self.due.reverse();
            self.second += 1;
            if self.second - 1 == path::day_start(self.second - 1) {
                // A new day: every share gets its new previous close at once.
                let midnight = DateTime::from_timestamp(self.second - 1, 0)?;
                return Some((midnight, self.opening_quotes(midnight)));
            }
        }
        let tick = self.due.pop()?;
        let previous = self.path.previous_closes(tick.time)[tick.share];
        Some((tick.time, vec![self.quote(&tick, previous)]))
    }

    fn extend(&self, mut closes: DailyCloses) -> DailyCloses {
        for (day, prices) in self.path.closes_until(self.second) {
            closes.push(day, |share| prices[share]);
        }
        closes
    }
}

impl Simulated {
    /// Every share at the first moment of a day.
    fn opening_quotes(&self, midnight: DateTime<Utc>) -> Vec<Quote> {
        let closes = self.path.previous_closes(midnight);
        let prices = self.path.prices(midnight).into_iter().enumerate();
        prices
            .map(|(share, price)| {
                self.quote(
                    &Tick {
                        time: midnight,
                        share,
                        price,
                        size: Decimal::ZERO,
                    },
                    closes[share],
                )
            })
            .collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn market(seed: u64, now: DateTime<Utc>) -> Simulated {
        Simulated::new(&DailyCloses::shipped().expect("shipped"), seed, now).expect("measurable")
    }

    fn at(text: &str) -> DateTime<Utc> {
        text.parse().expect("a moment")
    }

    fn run(market: &mut Simulated, now: DateTime<Utc>, ticks: usize) -> Vec<(DateTime<Utc>, Vec<Quote>)> {
        (0..ticks).map_while(|_| market.next(now)).collect()
    }

    #[test]
    fn the_same_seed_and_clock_give_the_same_prices() {
        let now = at("2026-03-01T10:00:00Z");
        let (one, two) = (run(&mut market(7, now), now, 200), run(&mut market(7, now), now, 200));
        assert_eq!(one, two);
        assert_ne!(one, run(&mut market(8, now), now, 200));
        assert!(one.is_sorted_by_key(|(time, _)| *time));
    }

    #[test]
    fn a_restart_goes_on_where_the_market_is() {
        let (start, later) = (at("2026-03-01T10:00:00Z"), at("2026-03-01T10:10:00Z"));
        let mut seen = HashMap::new();
        let mut running = market(7, start);
        let mut moment = start;
        loop {
            let (time, quotes) = running.next(moment).expect("never ends");
            if time > later {
                break;
            }
            moment = time;
            seen.extend(quotes.into_iter().map(|quote| (quote.symbol.clone(), quote)));
        }
        let fresh: HashMap<_, _> = market(7, later)
            .quotes_at(later)
            .into_iter()
            .map(|quote| (quote.symbol.clone(), quote))
            .collect();
        assert_eq!(seen.len(), 20);
        assert_eq!(seen, fresh);
    }

    #[test]
    fn some_ten_ticks_a_second_over_all_shares() {
        let now = at("2026-03-01T10:00:00Z");
        let ticks = run(&mut market(3, now), now, 6_000);
        let (first, last) = (ticks[0].0, ticks[ticks.len() - 1].0);
        let rate = ticks.len() as f64 / (last - first).as_seconds_f64();
        assert!((8.0..12.0).contains(&rate), "{rate} ticks a second");
    }

    #[test]
    fn a_new_day_brings_new_previous_closes() {
        let evening = at("2026-03-01T23:59:58Z");
        let mut market = market(7, evening);
        let opening = (0..200)
            .find_map(|_| market.next(evening).filter(|(_, quotes)| quotes.len() == 20))
            .expect("midnight comes");
        assert_eq!(opening.0, at("2026-03-02T00:00:00Z"));
        // At midnight the price is the close of the day that ended.
        assert!(opening.1.iter().all(|quote| quote.previous_close == Some(quote.price)));
    }

    #[test]
    fn the_closes_go_on_from_the_real_ones_to_yesterday() {
        let now = at("2023-01-02T12:00:00Z");
        let real = DailyCloses::shipped().expect("shipped");
        let closes = market(7, now).extend(real.clone());
        assert_eq!(closes.days.len(), real.days.len() + 4);
        assert_eq!(closes.days.last().map(ToString::to_string).as_deref(), Some("2023-01-01"));
        let yesterday = closes.last("AAPL", 1)[0];
        let quotes = market(7, now).quotes_at(now);
        assert_eq!(
            quotes.iter().find(|quote| quote.symbol == "AAPL").expect("there").previous_close,
            Some(yesterday)
        );
    }

    #[test]
    fn prices_are_rounded_to_the_cent_and_above_zero() {
        let now = at("2026-03-01T10:00:00Z");
        for (_, quotes) in run(&mut market(3, now), now, 2_000) {
            assert!(quotes.iter().all(|quote| quote.price.scale() == 2 && quote.price > Decimal::ZERO));
        }
    }
}
