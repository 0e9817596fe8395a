//! A table by label, looked into for each row of each valuation.

use foldhash::fast::RandomState;
use std::collections::HashMap;

/// By label of an instrument. Its hash is a quick one, seeded anew by each process: it does not withstand who may try many labels and
/// time each, and needs not, for whoever brings labels fills a table of their own.
pub type BySymbol<T, K = String> = HashMap<K, T, RandomState>;
