//! What Yahoo is asked at most. It publishes no limits, and answers 429 where it feels them crossed.

use crate::market::server::provider::poller::Pace;
use std::time::Duration;

/// A request a symbol, two a second, each minute.
pub const PACE: Pace = Pace {
    every: Duration::from_secs(60),
    between: Duration::from_millis(500),
    within: Duration::from_secs(10),
    largest: 4 << 20,
    symbols: 100,
};
