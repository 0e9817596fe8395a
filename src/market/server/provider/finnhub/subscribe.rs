//! What is said to Finnhub.

use serde::Serialize;

#[derive(Serialize)]
struct Request<'a> {
    #[serde(rename = "type")]
    kind: &'a str,
    symbol: &'a str,
}

/// Asks for the trades of a share, or no longer. A message holds one symbol.
pub fn message(kind: &str, symbols: &[String]) -> String {
    let symbol = symbols.first().map_or("", String::as_str);
    serde_json::to_string(&Request { kind, symbol }).unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_message_is_that_of_the_documentation() {
        assert_eq!(message("subscribe", &["AAPL".into()]), r#"{"type":"subscribe","symbol":"AAPL"}"#);
    }
}
