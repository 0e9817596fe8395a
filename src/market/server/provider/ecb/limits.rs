//! What the bank is asked at most: its files change once a day.

use crate::market::server::provider::poller::Pace;
use std::time::Duration;

/// One file each half hour.
pub const PACE: Pace = Pace {
    every: Duration::from_secs(1_800),
    between: Duration::from_secs(1),
    within: Duration::from_secs(20),
    largest: 1 << 20,
    symbols: 500,
};
