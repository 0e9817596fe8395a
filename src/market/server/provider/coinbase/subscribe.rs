//! What is said to Coinbase.

use serde::Serialize;

#[derive(Serialize)]
struct Request<'a> {
    #[serde(rename = "type")]
    kind: &'a str,
    product_ids: &'a [String],
    channels: [&'a str; 2],
}

/// Asks for the ticker and the heartbeat of products, or no longer.
pub fn message(kind: &str, symbols: &[String]) -> String {
    let request = Request {
        kind,
        product_ids: symbols,
        channels: ["ticker", "heartbeat"],
    };
    serde_json::to_string(&request).unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_message_is_that_of_the_documentation() {
        let expected = r#"{"type":"subscribe","product_ids":["ETH-USD"],"channels":["ticker","heartbeat"]}"#;
        assert_eq!(message("subscribe", &["ETH-USD".into()]), expected);
    }
}
