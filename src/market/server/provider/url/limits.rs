//! What an address of the operator's own is asked at most, where the configuration says nothing else.

use crate::market::server::provider::poller::Pace;
use std::time::Duration;

/// Each file once a minute.
pub const PACE: Pace = Pace {
    every: Duration::from_secs(60),
    between: Duration::from_millis(100),
    within: Duration::from_secs(10),
    largest: 4 << 20,
    symbols: 5_000,
};
