//! What Binance asks of its clients.

use crate::market::server::provider::venue::Limits;
use std::time::Duration;

/// Five messages a second, pings among them: at most three are of ours, and two are left for pings. A connection is ended after
/// 24 hours; it is renewed before, at a moment of our own. Its pings come each 20 s, which is too seldom to live by.
pub const LIMITS: Limits = Limits {
    symbols_per_message: 100,
    symbols_per_connection: 1_024,
    between_messages: Duration::from_millis(400),
    beats_within: None,
    life: Some(Duration::from_secs(23 * 3_600 + 1_800)),
    refuses_whole: true,
};
