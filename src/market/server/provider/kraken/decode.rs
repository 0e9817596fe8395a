//! What Kraken says.

use crate::market::server::provider::venue::{Event, Malformed, Tick, bare_price, told};
use crate::money::Decimal;
use chrono::{DateTime, Utc};
use serde::Deserialize;
use serde_json::value::RawValue;
use std::borrow::Cow;

/// A message of a channel, or an answer to a method.
#[derive(Deserialize)]
struct Envelope<'a> {
    #[serde(borrow)]
    channel: Option<Cow<'a, str>>,
    #[serde(borrow)]
    data: Option<&'a RawValue>,
    #[serde(borrow)]
    method: Option<Cow<'a, str>>,
    success: Option<bool>,
    #[serde(borrow)]
    error: Option<Cow<'a, str>>,
    #[serde(borrow)]
    symbol: Option<Cow<'a, str>>,
}

#[derive(Deserialize)]
struct Ticker<'a> {
    #[serde(borrow)]
    symbol: Cow<'a, str>,
    #[serde(deserialize_with = "bare_price")]
    last: Decimal,
    timestamp: Option<DateTime<Utc>>,
}

/// What a message says.
pub fn message(text: &str) -> Result<Vec<Event>, Malformed> {
    let envelope: Envelope = serde_json::from_str(text)?;
    match envelope.channel.as_deref() {
        Some("ticker") => {
            let data = envelope.data.ok_or_else(|| Malformed("a ticker without data".into()))?;
            let tickers: Vec<Ticker> = serde_json::from_str(data.get())?;
            Ok(tickers.into_iter().map(price).collect())
        }
        Some("heartbeat") => Ok(vec![Event::Beat(None)]),
        Some(_) => Ok(vec![]),
        // Asked for twice is asked for.
        None if envelope
            .error
            .as_deref()
            .is_some_and(|error| error.starts_with("Already subscribed")) =>
        {
            Ok(vec![])
        }
        None if envelope.success == Some(false) || envelope.error.is_some() => Ok(vec![Event::Refused {
            symbol: envelope.symbol.as_deref().map(told),
            reason: told(envelope.error.as_deref().unwrap_or("it gave no reason")),
        }]),
        None if envelope.method.is_some() => Ok(vec![]),
        None => Err(Malformed("neither a channel nor a method".into())),
    }
}

fn price(ticker: Ticker) -> Event {
    Event::Price(Tick {
        symbol: ticker.symbol.into_owned(),
        price: ticker.last,
        quoted_at: ticker.timestamp,
        trade: None,
        size: None,
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::market::server::provider::damage::survive;
    use proptest::prelude::*;

    const TICKER: &str = r#"{"channel":"ticker","type":"snapshot","data":[{"symbol":"BTC/USD","bid":105944.20,"ask":105944.30,"last":105899.40,"volume":163.28908096,"low":104711.00,"high":106613.10,"change":250.00,"change_pct":0.24,"timestamp":"2022-12-25T09:30:59.123456Z"}]}"#;

    #[test]
    fn a_recorded_ticker_is_read_exactly() {
        let expected = Event::Price(Tick {
            symbol: "BTC/USD".into(),
            price: "105899.40".parse().expect("a price"),
            quoted_at: Some("2022-12-25T09:30:59.123456Z".parse().expect("a moment")),
            trade: None,
            size: None,
        });
        let read = message(TICKER);
        assert_eq!(read, Ok(vec![expected.clone()]));
        assert_eq!(message(&TICKER.replace("snapshot", "update")), Ok(vec![expected]));
        let [Event::Price(tick)] = &read.expect("read")[..] else {
            panic!("a price")
        };
        assert_eq!(tick.price.to_string(), "105899.40", "with the digits that were sent");
    }

    #[test]
    fn a_number_that_no_float_holds_is_read_exactly() {
        let events = message(&TICKER.replace("105899.40", "9007199254740993.12345678")).expect("read");
        let Event::Price(tick) = &events[0] else { panic!("a price") };
        assert_eq!(tick.price.to_string(), "9007199254740993.12345678");
    }

    #[test]
    fn heartbeats_answers_and_refusals_are_told_apart() {
        assert_eq!(message(r#"{"channel":"heartbeat"}"#), Ok(vec![Event::Beat(None)]));
        assert_eq!(
            message(r#"{"channel":"status","type":"update","data":[{"system":"online"}]}"#),
            Ok(vec![])
        );
        assert_eq!(message(r#"{"method":"pong","req_id":42}"#), Ok(vec![]));
        assert_eq!(message(r#"{"method":"subscribe","result":{},"success":true}"#), Ok(vec![]));
        let text = r#"{"error":"Currency pair not supported ABC/USD","method":"subscribe","req_id":1,"success":false,"symbol":"ABC/USD"}"#;
        let refused = Event::Refused {
            symbol: Some("ABC/USD".into()),
            reason: "Currency pair not supported ABC/USD".into(),
        };
        assert_eq!(message(text), Ok(vec![refused]));
        let twice = text.replace("Currency pair not supported ABC/USD", "Already subscribed to one ticker channel");
        assert_eq!(message(&twice), Ok(vec![]));
    }

    #[test]
    fn what_is_wrong_is_said() {
        for wrong in [
            "",
            "[]",
            "{}",
            r#"{"channel":"ticker"}"#,
            r#"{"channel":"ticker","data":{}}"#,
            &TICKER.replace("\"last\":105899.40", "\"last\":\"105899.40\""),
            &TICKER.replace("\"last\":105899.40", "\"last\":-105899.40"),
            &TICKER.replace("\"last\":105899.40", "\"last\":0"),
            &TICKER.replace("\"last\":105899.40", "\"last\":null"),
            &TICKER.replace("\"last\"", "\"first\""),
            &TICKER.replace("2022-12-25T", "yesterday "),
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
