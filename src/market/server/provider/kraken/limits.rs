//! What Kraken asks of its clients.

use crate::market::server::provider::venue::Limits;
use std::time::Duration;

/// Kraken names no exact rate for public channels; five messages a second are far below what it cuts off. When nothing else is
/// to be said, its heartbeat comes about each second.
pub const LIMITS: Limits = Limits {
    symbols_per_message: 50,
    symbols_per_connection: 500,
    between_messages: Duration::from_millis(200),
    beats_within: Some(Duration::from_secs(3)),
    life: None,
    refuses_whole: false,
};
