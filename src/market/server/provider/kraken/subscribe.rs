//! What is said to Kraken.

use serde::Serialize;

#[derive(Serialize)]
struct Request<'a> {
    method: &'a str,
    params: Params<'a>,
    req_id: u64,
}

#[derive(Serialize)]
struct Params<'a> {
    channel: &'a str,
    symbol: &'a [String],
    event_trigger: &'a str,
    #[serde(skip_serializing_if = "Option::is_none")]
    snapshot: Option<bool>,
}

/// Asks for the ticker of pairs, with what it is now, or no longer.
pub fn message(method: &str, symbols: &[String], id: u64) -> String {
    let request = Request {
        method,
        params: Params {
            channel: "ticker",
            symbol: symbols,
            event_trigger: "trades",
            snapshot: (method == "subscribe").then_some(true),
        },
        req_id: id,
    };
    serde_json::to_string(&request).unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_message_is_that_of_the_documentation() {
        let expected = r#"{"method":"subscribe","params":{"channel":"ticker","symbol":["BTC/USD"],"event_trigger":"trades","snapshot":true},"req_id":1}"#;
        assert_eq!(message("subscribe", &["BTC/USD".into()], 1), expected);
    }
}
