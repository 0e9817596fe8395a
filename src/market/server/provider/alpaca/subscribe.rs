//! What is said to Alpaca.

use crate::market::server::provider::venue::Access;
use serde::Serialize;

#[derive(Serialize)]
struct WhoAsks<'a> {
    action: &'a str,
    key: &'a str,
    secret: &'a str,
}

#[derive(Serialize)]
struct Request<'a> {
    action: &'a str,
    trades: &'a [String],
}

/// Says who asks.
pub fn who_asks(access: &Access) -> String {
    let message = WhoAsks {
        action: "auth",
        key: &access.key,
        secret: &access.secret,
    };
    serde_json::to_string(&message).unwrap_or_default()
}

/// Asks for the trades of shares, or no longer.
pub fn message(action: &str, symbols: &[String]) -> String {
    let trades = symbols;
    serde_json::to_string(&Request { action, trades }).unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_messages_are_those_of_the_documentation() {
        assert_eq!(
            message("subscribe", &["AAPL".into()]),
            r#"{"action":"subscribe","trades":["AAPL"]}"#
        );
        let access = Access {
            key: "K".into(),
            secret: "S".into(),
            ..Access::default()
        };
        assert_eq!(who_asks(&access), r#"{"action":"auth","key":"K","secret":"S"}"#);
    }
}
