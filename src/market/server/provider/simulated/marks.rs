//! Log prices of all shares at moments in a row, and what a stretch of such moments comes to.

use crate::market::candle::Candle;
use crate::market::server::provider::simulated::path::to_price;
use crate::money::Decimal;
use chrono::DateTime;

/// Log prices of all shares, one moment after the other. In one piece: a year of charts reads a hundred thousand moments.
#[derive(Clone, Debug)]
pub struct Marks {
    shares: usize,
    logs: Vec<f64>,
}

impl Marks {
    /// The first moment, with room for as many as there will be.
    pub fn starting(first: &[f64], room: usize) -> Self {
        let mut logs = Vec::with_capacity(first.len() * room);
        logs.extend_from_slice(first);
        Self { shares: first.len(), logs }
    }

    /// How many moments there are.
    pub fn len(&self) -> usize {
        self.logs.len() / self.shares.max(1)
    }

    /// The log prices of a moment.
    pub fn at(&self, moment: usize) -> &[f64] {
        &self.logs[moment * self.shares..(moment + 1) * self.shares]
    }

    /// Adds a moment: the next log price of each share, by its number and where it is.
    pub fn push(&mut self, next: impl Fn(usize, f64) -> f64) {
        let here = self.logs.len() - self.shares;
        for share in 0..self.shares {
            self.logs.push(next(share, self.logs[here + share]));
        }
    }

    /// What a share went through in a row of stretches, each of so many steps.
    pub fn swings(&self, share: usize, steps: usize) -> impl Iterator<Item = Swing> {
        let log = move |moment: usize| self.logs[moment * self.shares + share];
        (0..(self.len() - 1) / steps).map(move |number| {
            let mut swing = Swing::at(log(number * steps));
            (1..=steps).for_each(|step| swing.go(log(number * steps + step)));
            swing
        })
    }
}

/// The log prices that a share went through in a stretch of time, in four, and the units that were traded.
#[derive(Clone, Copy, Debug)]
pub struct Swing {
    open: f64,
    high: f64,
    low: f64,
    close: f64,
    /// Units that were traded.
    pub units: u64,
}

impl Swing {
    /// A share that is there.
    pub fn at(log: f64) -> Self {
        Self {
            open: log,
            high: log,
            low: log,
            close: log,
            units: 0,
        }
    }

    /// It goes there.
    pub fn go(&mut self, log: f64) {
        self.high = self.high.max(log);
        self.low = self.low.min(log);
        self.close = log;
    }

    /// As a candle that begins in that second: a price is higher where its logarithm is.
    pub fn candle(&self, second: i64) -> Option<Candle> {
        Some(Candle {
            start: DateTime::from_timestamp(second, 0)?,
            open: to_price(self.open),
            high: to_price(self.high),
            low: to_price(self.low),
            close: to_price(self.close),
            volume: Decimal::from(self.units),
        })
    }
}
