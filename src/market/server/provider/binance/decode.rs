//! What Binance says.

use crate::market::server::provider::venue::{Event, Malformed, Tick, quoted_price, told};
use crate::money::Decimal;
use chrono::DateTime;
use serde::Deserialize;
use serde_json::value::RawValue;
use std::borrow::Cow;

/// A message of a stream, or an answer.
#[derive(Deserialize)]
struct Envelope<'a> {
    #[serde(borrow)]
    data: Option<&'a RawValue>,
    #[serde(borrow)]
    error: Option<Refusal<'a>>,
    #[serde(borrow, rename = "e")]
    kind: Option<Cow<'a, str>>,
    id: Option<u64>,
}

#[derive(Deserialize)]
struct Refusal<'a> {
    #[serde(borrow, default)]
    msg: Cow<'a, str>,
}

#[derive(Deserialize)]
struct Kind<'a> {
    #[serde(borrow, rename = "e")]
    kind: Cow<'a, str>,
}

#[derive(Deserialize)]
struct MiniTicker<'a> {
    #[serde(rename = "E")]
    at: i64,
    #[serde(borrow, rename = "s")]
    symbol: Cow<'a, str>,
    #[serde(rename = "c", deserialize_with = "quoted_price")]
    price: Decimal,
}

/// What a message says.
pub fn message(text: &str) -> Result<Vec<Event>, Malformed> {
    let envelope: Envelope = serde_json::from_str(text)?;
    if let Some(refusal) = envelope.error {
        return Ok(vec![Event::Refused {
            symbol: None,
            reason: told(&refusal.msg),
        }]);
    }
    match (envelope.data, &envelope.kind) {
        (Some(data), _) => event(data.get()),
        (None, Some(_)) => event(text),
        (None, None) if envelope.id.is_some() => Ok(vec![]),
        (None, None) => Err(Malformed("neither a stream nor an answer".into())),
    }
}

fn event(text: &str) -> Result<Vec<Event>, Malformed> {
    match &*serde_json::from_str::<Kind>(text)?.kind {
        "24hrMiniTicker" => {
            let ticker: MiniTicker = serde_json::from_str(text)?;
            let quoted_at = DateTime::from_timestamp_millis(ticker.at);
            Ok(vec![Event::Price(Tick {
                symbol: ticker.symbol.into_owned(),
                price: ticker.price,
                quoted_at: Some(quoted_at.ok_or_else(|| Malformed("E is no moment".into()))?),
                trade: None,
                size: None,
            })])
        }
        "serverShutdown" => Ok(vec![Event::Leaving]),
        _ => Ok(vec![]),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::market::server::provider::damage::survive;
    use proptest::prelude::*;

    const TICKER: &str = r#"{"stream":"btcusdt@miniTicker","data":{"e":"24hrMiniTicker","E":1672515782136,"s":"BNBBTC","c":"0.0025","o":"0.0010","h":"0.0025","l":"0.0010","v":"10000","q":"18"}}"#;

    #[test]
    fn a_recorded_ticker_is_read_exactly() {
        let expected = Tick {
            symbol: "BNBBTC".into(),
            price: "0.0025".parse().expect("a price"),
            quoted_at: DateTime::from_timestamp_millis(1_672_515_782_136),
            trade: None,
            size: None,
        };
        assert_eq!(message(TICKER), Ok(vec![Event::Price(expected.clone())]));
        // A connection to one stream has no envelope.
        let bare = TICKER.split_once("\"data\":").expect("an envelope").1;
        assert_eq!(message(&bare[..bare.len() - 1]), Ok(vec![Event::Price(expected)]));
    }

    #[test]
    fn answers_shutdowns_and_refusals_are_told_apart() {
        assert_eq!(message(r#"{"result":null,"id":1}"#), Ok(vec![]));
        assert_eq!(message(r#"{"e":"serverShutdown","E":1770123456789}"#), Ok(vec![Event::Leaving]));
        assert_eq!(message(r#"{"stream":"x","data":{"e":"of tomorrow"}}"#), Ok(vec![]));
        let refused = Event::Refused {
            symbol: None,
            reason: "Invalid request: no such stream".into(),
        };
        let text = r#"{"error":{"code":2,"msg":"Invalid request: no such stream"},"id":3}"#;
        assert_eq!(message(text), Ok(vec![refused]));
    }

    #[test]
    fn what_is_wrong_is_said() {
        for wrong in [
            "",
            "[]",
            "{}",
            r#"{"data":7}"#,
            r#"{"stream":"x","data":{}}"#,
            &TICKER.replace("\"0.0025\",\"o\"", "0.0025,\"o\""),
            &TICKER.replace("\"c\":\"0.0025\"", "\"c\":\"-0.0025\""),
            &TICKER.replace("\"c\":\"0.0025\"", "\"c\":\"0\""),
            &TICKER.replace("\"c\"", "\"C\""),
            &TICKER.replace("1672515782136", "9223372036854775807"),
            &TICKER.replace("1672515782136", "\"now\""),
            &TICKER[..TICKER.len() - 1],
        ] {
            assert!(message(wrong).is_err(), "{wrong}");
        }
    }

    proptest! {
        #[test]
        fn row_28_no_bytes_panic(bytes in proptest::collection::vec(any::<u8>(), 0..200), cut in 0..TICKER.len(), put in any::<u8>()) {
            survive(message, &bytes, TICKER, cut, put);
        }
    }
}
