//! The simulated market at any moment that was: what a day that plays again is made of.

use super::path::Path;
use super::{prices_at, quotes_at};
use crate::market::quote::Quote;
use crate::money::Decimal;
use chrono::{DateTime, Utc};
use std::collections::HashMap;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

/// All quotes and prices as a function of time. Cheap to clone; who reads has a walk of their own.
#[derive(Clone, Debug)]
pub struct Course {
    symbols: Arc<[String]>,
    path: Arc<Mutex<Path>>,
}

impl Course {
    pub(super) fn new(symbols: Arc<[String]>, path: Path) -> Self {
        Self {
            symbols,
            path: Arc::new(Mutex::new(path)),
        }
    }

    fn path(&self) -> MutexGuard<'_, Path> {
        self.path.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// The latest quotes at a moment, as they were then.
    pub fn quotes_at(&self, time: DateTime<Utc>) -> Vec<Quote> {
        quotes_at(&self.symbols, &self.path(), time)
    }

    /// Prices by symbol at a moment.
    pub fn prices_at(&self, time: DateTime<Utc>) -> HashMap<String, Decimal> {
        prices_at(&self.symbols, &self.path(), time)
    }
}
