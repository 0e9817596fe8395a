//! What Alpaca says: lists of messages.

use crate::market::server::provider::venue::{Event, Malformed, Tick, bare_price, bare_size, told};
use crate::money::Decimal;
use chrono::{DateTime, Utc};
use serde::Deserialize;
use serde_json::value::RawValue;
use std::borrow::Cow;

#[derive(Deserialize)]
struct Message<'a> {
    #[serde(borrow, rename = "T")]
    kind: Cow<'a, str>,
    #[serde(borrow, default)]
    msg: Cow<'a, str>,
    #[serde(default)]
    code: u32,
}

#[derive(Deserialize)]
struct Trade<'a> {
    #[serde(borrow, rename = "S")]
    symbol: Cow<'a, str>,
    #[serde(rename = "p", deserialize_with = "bare_price")]
    price: Decimal,
    #[serde(rename = "t")]
    at: DateTime<Utc>,
    #[serde(rename = "s", default, deserialize_with = "bare_size")]
    size: Option<Decimal>,
}

/// What a message says.
pub fn message(text: &str) -> Result<Vec<Event>, Malformed> {
    let list: Vec<&RawValue> = serde_json::from_str(text)?;
    let events = list.into_iter().map(|one| event(one.get()));
    events.filter_map(Result::transpose).collect()
}

fn event(text: &str) -> Result<Option<Event>, Malformed> {
    let message: Message = serde_json::from_str(text)?;
    Ok(match &*message.kind {
        "t" => {
            let trade: Trade = serde_json::from_str(text)?;
            // Its numbers of trades are those of the exchanges: they do not order.
            Some(Event::Price(Tick {
                symbol: trade.symbol.into_owned(),
                price: trade.price,
                quoted_at: Some(trade.at),
                trade: None,
                size: trade.size,
            }))
        }
        "success" if message.msg == "authenticated" => Some(Event::Admitted),
        "error" => Some(match message.code {
            // Wrong key or secret; a feed that the plan does not have.
            402 | 409 => Event::Denied(told(&message.msg)),
            _ => Event::Refused {
                symbol: None,
                reason: told(&message.msg),
            },
        }),
        _ => None,
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::market::server::provider::damage::survive;
    use proptest::prelude::*;

    const TRADE: &str = r#"[{"T":"t","i":96921,"S":"AAPL","x":"D","p":126.55,"s":1,"t":"2021-02-22T15:51:44.208Z","c":["@","I"],"z":"C"}]"#;
    const BAR: &str = r#"[{"T":"b","S":"SPY","o":388.985,"h":389.13,"l":388.975,"c":389.12,"v":49378,"t":"2021-02-22T19:15:00Z"}]"#;

    #[test]
    fn a_recorded_trade_is_read_exactly() {
        let expected = Event::Price(Tick {
            symbol: "AAPL".into(),
            price: "126.55".parse().expect("a price"),
            quoted_at: Some("2021-02-22T15:51:44.208Z".parse().expect("a moment")),
            trade: None,
            size: Some(Decimal::ONE),
        });
        assert_eq!(message(TRADE), Ok(vec![expected.clone()]));
        let both = format!("{},{}", &TRADE[..TRADE.len() - 1], &BAR[1..]);
        assert_eq!(message(&both), Ok(vec![expected]), "a bar is no last price");
    }

    #[test]
    fn who_is_let_in_who_is_not_and_refusals_are_told_apart() {
        assert_eq!(message(r#"[{"T":"success","msg":"connected"}]"#), Ok(vec![]));
        assert_eq!(message(r#"[{"T":"success","msg":"authenticated"}]"#), Ok(vec![Event::Admitted]));
        assert_eq!(message(r#"[{"T":"subscription","trades":["AAPL"]}]"#), Ok(vec![]));
        let denied = Event::Denied("auth failed".into());
        assert_eq!(message(r#"[{"T":"error","code":402,"msg":"auth failed"}]"#), Ok(vec![denied]));
        let refused = Event::Refused {
            symbol: None,
            reason: "symbol limit exceeded".into(),
        };
        assert_eq!(
            message(r#"[{"T":"error","code":405,"msg":"symbol limit exceeded"}]"#),
            Ok(vec![refused])
        );
    }

    #[test]
    fn what_is_wrong_is_said() {
        for wrong in [
            "",
            "{}",
            "[{}]",
            "[7]",
            r#"[{"T":"t"}]"#,
            &TRADE.replace("126.55", "\"126.55\""),
            &TRADE.replace("126.55", "-126.55"),
            &TRADE.replace("126.55", "0"),
            &TRADE.replace("2021-02-22T", "yesterday "),
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
