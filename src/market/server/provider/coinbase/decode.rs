//! What Coinbase says.

use crate::market::server::provider::venue::{Event, Malformed, Tick, quoted_price, quoted_size, told};
use crate::money::Decimal;
use chrono::{DateTime, Utc};
use serde::Deserialize;
use std::borrow::Cow;

#[derive(Deserialize)]
struct Kind<'a> {
    #[serde(borrow, rename = "type")]
    kind: Cow<'a, str>,
}

#[derive(Deserialize)]
struct Ticker<'a> {
    #[serde(borrow)]
    product_id: Cow<'a, str>,
    #[serde(deserialize_with = "quoted_price")]
    price: Decimal,
    // A market without a trade in its first moments has neither.
    time: Option<DateTime<Utc>>,
    trade_id: Option<u64>,
    #[serde(default, deserialize_with = "quoted_size")]
    last_size: Option<Decimal>,
}

#[derive(Deserialize)]
struct Heartbeat<'a> {
    #[serde(borrow)]
    product_id: Cow<'a, str>,
    last_trade_id: u64,
}

#[derive(Deserialize)]
struct Refusal<'a> {
    #[serde(borrow, default)]
    message: Cow<'a, str>,
    #[serde(borrow, default)]
    reason: Cow<'a, str>,
}

/// What a message says. Types that are not known are ignored, as the documentation asks.
pub fn message(text: &str) -> Result<Vec<Event>, Malformed> {
    let event = match &*serde_json::from_str::<Kind>(text)?.kind {
        "ticker" => {
            let ticker: Ticker = serde_json::from_str(text)?;
            Event::Price(Tick {
                symbol: ticker.product_id.into_owned(),
                price: ticker.price,
                quoted_at: ticker.time,
                trade: ticker.trade_id,
                size: ticker.last_size,
            })
        }
        "heartbeat" => {
            let beat: Heartbeat = serde_json::from_str(text)?;
            Event::Beat(Some((beat.product_id.into_owned(), beat.last_trade_id)))
        }
        "error" => {
            let refusal: Refusal = serde_json::from_str(text)?;
            // "BTC-XYZ is not a valid product": the whole message is refused for one product.
            let symbol = refusal.reason.strip_suffix(" is not a valid product");
            Event::Refused {
                symbol: symbol.map(told),
                reason: told(&format!("{} {}", refusal.message, refusal.reason)),
            }
        }
        _ => return Ok(vec![]),
    };
    Ok(vec![event])
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::market::server::provider::damage::survive;
    use proptest::prelude::*;

    const TICKER: &str = r#"{"type":"ticker","sequence":37475248783,"product_id":"ETH-USD","price":"1285.22","open_24h":"1310.79","volume_24h":"245532.79269678","low_24h":"1280.52","high_24h":"1313.8","best_bid":"1285.04","best_ask":"1285.27","side":"buy","time":"2022-10-19T23:28:22.061769Z","trade_id":370843401,"last_size":"11.4396987"}"#;

    #[test]
    fn a_recorded_ticker_is_read_exactly() {
        let expected = Tick {
            symbol: "ETH-USD".into(),
            price: "1285.22".parse().expect("a price"),
            quoted_at: Some("2022-10-19T23:28:22.061769Z".parse().expect("a moment")),
            trade: Some(370_843_401),
            size: Some("11.4396987".parse().expect("a size")),
        };
        assert_eq!(message(TICKER), Ok(vec![Event::Price(expected)]));
    }

    #[test]
    fn a_heartbeat_names_the_last_trade() {
        let text = r#"{"type":"heartbeat","sequence":90,"last_trade_id":20,"product_id":"BTC-USD","time":"2014-11-07T08:19:28.464459Z"}"#;
        assert_eq!(message(text), Ok(vec![Event::Beat(Some(("BTC-USD".into(), 20)))]));
    }

    #[test]
    fn a_refusal_names_its_product() {
        let text = r#"{"type":"error","message":"Failed to subscribe","reason":"BTC-XYZ is not a valid product"}"#;
        let refused = Event::Refused {
            symbol: Some("BTC-XYZ".into()),
            reason: "Failed to subscribe BTC-XYZ is not a valid product".into(),
        };
        assert_eq!(message(text), Ok(vec![refused]));
    }

    #[test]
    fn what_is_not_known_is_ignored_and_what_is_wrong_is_said() {
        assert_eq!(message(r#"{"type":"subscriptions","channels":[]}"#), Ok(vec![]));
        assert_eq!(message(r#"{"type":"of tomorrow"}"#), Ok(vec![]));
        for wrong in [
            "",
            "[]",
            "null",
            "{}",
            r#"{"type":7}"#,
            &TICKER.replace("\"1285.22\"", "1285.22"),
            &TICKER.replace("1285.22", "-1285.22"),
            &TICKER.replace("1285.22", "0"),
            &TICKER.replace("1285.22", "NaN"),
            &TICKER.replace("\"product_id\"", "\"product\""),
            &TICKER.replace("2022-10-19T", "yesterday "),
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
