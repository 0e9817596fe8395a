//! What is said to Binance.

use serde::Serialize;

#[derive(Serialize)]
struct Request<'a> {
    method: &'a str,
    params: Vec<String>,
    id: u64,
}

/// Asks for the mini ticker of symbols, or no longer. Symbols go in lower case and come back in upper case.
pub fn message(method: &str, symbols: &[String], id: u64) -> String {
    let stream = |symbol: &String| format!("{}@miniTicker", symbol.to_ascii_lowercase());
    let request = Request {
        method,
        params: symbols.iter().map(stream).collect(),
        id,
    };
    serde_json::to_string(&request).unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_message_is_that_of_the_documentation() {
        let expected = r#"{"method":"SUBSCRIBE","params":["btcusdt@miniTicker"],"id":1}"#;
        assert_eq!(message("SUBSCRIBE", &["BTCUSDT".into()], 1), expected);
    }
}
