//! What Alpaca asks of its clients.

use crate::market::server::provider::venue::Limits;
use std::time::Duration;

/// One socket an account, and thirty symbols on it without a paid plan: what is beyond that it refuses itself. While no share is
/// traded it may be silent.
pub const LIMITS: Limits = Limits {
    symbols_per_message: 30,
    symbols_per_connection: 1_000,
    between_messages: Duration::from_millis(200),
    beats_within: None,
    life: None,
    refuses_whole: true,
};
