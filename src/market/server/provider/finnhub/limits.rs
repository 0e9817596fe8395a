//! What Finnhub asks of its clients.

use crate::market::server::provider::venue::Limits;
use std::time::Duration;

/// One socket a key, and fifty symbols on it without a paid plan. While no share is traded it may be silent.
pub const LIMITS: Limits = Limits {
    symbols_per_message: 1,
    symbols_per_connection: 50,
    between_messages: Duration::from_millis(100),
    beats_within: None,
    life: None,
    refuses_whole: false,
};
