//! What Coinbase asks of its clients.

use crate::market::server::provider::venue::Limits;
use std::time::Duration;

/// Eight requests a second of an address, a burst of 20. Its heartbeat comes each second for each product.
pub const LIMITS: Limits = Limits {
    symbols_per_message: 50,
    symbols_per_connection: 500,
    between_messages: Duration::from_millis(150),
    beats_within: Some(Duration::from_secs(3)),
    life: None,
    refuses_whole: true,
};
