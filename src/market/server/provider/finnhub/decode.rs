//! What Finnhub says.

use crate::market::server::provider::venue::{Event, Malformed, Tick, bare_price, bare_size, told};
use crate::money::Decimal;
use chrono::DateTime;
use serde::Deserialize;
use serde_json::value::RawValue;
use std::borrow::Cow;

#[derive(Deserialize)]
struct Envelope<'a> {
    #[serde(borrow, rename = "type")]
    kind: Cow<'a, str>,
    #[serde(borrow)]
    data: Option<&'a RawValue>,
    #[serde(borrow, default)]
    msg: Cow<'a, str>,
}

#[derive(Deserialize)]
struct Trade<'a> {
    #[serde(borrow, rename = "s")]
    symbol: Cow<'a, str>,
    #[serde(rename = "p", deserialize_with = "bare_price")]
    price: Decimal,
    #[serde(rename = "t")]
    at: i64,
    #[serde(rename = "v", default, deserialize_with = "bare_size")]
    size: Option<Decimal>,
}

/// What a message says.
pub fn message(text: &str) -> Result<Vec<Event>, Malformed> {
    let envelope: Envelope = serde_json::from_str(text)?;
    match &*envelope.kind {
        "trade" => {
            let data = envelope.data.ok_or_else(|| Malformed("a trade without data".into()))?;
            let trades: Vec<Trade> = serde_json::from_str(data.get())?;
            trades.into_iter().map(price).collect()
        }
        "ping" => Ok(vec![Event::Beat(None)]),
        "error" => Ok(vec![Event::Refused {
            symbol: None,
            reason: told(&envelope.msg),
        }]),
        _ => Ok(vec![]),
    }
}

fn price(trade: Trade) -> Result<Event, Malformed> {
    let quoted_at = DateTime::from_timestamp_millis(trade.at);
    Ok(Event::Price(Tick {
        symbol: trade.symbol.into_owned(),
        price: trade.price,
        quoted_at: Some(quoted_at.ok_or_else(|| Malformed("t is no moment".into()))?),
        trade: None,
        size: trade.size,
    }))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::market::server::provider::damage::survive;
    use proptest::prelude::*;

    const TRADE: &str = r#"{"type":"trade","data":[{"s":"TSLA","p":122.1,"t":1672348887195,"v":1,"c":["1","8"]},{"s":"TSLA","p":122.105,"t":1672348887196,"v":2,"c":null}]}"#;

    #[test]
    fn recorded_trades_are_read_exactly() {
        let tick = |price: &str, at, size: i64| {
            Event::Price(Tick {
                symbol: "TSLA".into(),
                price: price.parse().expect("a price"),
                quoted_at: DateTime::from_timestamp_millis(at),
                trade: None,
                size: Some(size.into()),
            })
        };
        let expected = vec![tick("122.1", 1_672_348_887_195, 1), tick("122.105", 1_672_348_887_196, 2)];
        assert_eq!(message(TRADE), Ok(expected));
    }

    #[test]
    fn pings_and_errors_are_told_apart() {
        assert_eq!(message(r#"{"type":"ping"}"#), Ok(vec![Event::Beat(None)]));
        assert_eq!(message(r#"{"type":"news","data":[]}"#), Ok(vec![]));
        let refused = Event::Refused {
            symbol: None,
            reason: "Invalid symbol".into(),
        };
        assert_eq!(message(r#"{"type":"error","msg":"Invalid symbol"}"#), Ok(vec![refused]));
    }

    #[test]
    fn what_is_wrong_is_said() {
        for wrong in [
            "",
            "[]",
            "{}",
            r#"{"type":"trade"}"#,
            r#"{"type":"trade","data":{}}"#,
            &TRADE.replace("122.1,", "\"122.1\","),
            &TRADE.replace("122.1,", "-122.1,"),
            &TRADE.replace("122.1,", "0,"),
            &TRADE.replace("\"p\"", "\"P\""),
            &TRADE.replace("1672348887195", "9223372036854775807"),
            &TRADE[..TRADE.len() - 1],
        ] {
            assert!(message(wrong).is_err(), "{wrong}");
        }
    }

    proptest! {
        #[test]
        fn row_28_no_bytes_panic(bytes in proptest::collection::vec(any::<u8>(), 0..200), cut in 0..TRADE.len(), put in any::<u8>()) {
            survive(message, &bytes, TRADE, cut, put);
        }
    }
}
