//! What Kraken lists: its pairs. It tells no names.

use crate::market::server::provider::lister::{Bounds, Entry, Lister, Rows, coin, page};
use crate::market::server::provider::venue::{Access, Malformed, told};
use serde::Deserialize;
use std::borrow::Cow;
use std::time::Duration;

/// Its list.
#[derive(Debug)]
pub struct List;

#[derive(Deserialize)]
struct Answer<'a> {
    #[serde(borrow, default)]
    error: Vec<Cow<'a, str>>,
    #[serde(borrow)]
    result: Option<Rows<'a>>,
}

#[derive(Deserialize)]
struct Pair<'a> {
    // Dark pools have none.
    #[serde(borrow)]
    wsname: Option<Cow<'a, str>>,
    // Not there in older answers.
    #[serde(borrow)]
    status: Option<Cow<'a, str>>,
}

impl Lister for List {
    fn address(&self) -> &'static str {
        "https://api.kraken.com"
    }

    /// Public requests: one a second of an address. The answer is about a megabyte.
    fn bounds(&self) -> Bounds {
        Bounds {
            between: Duration::from_secs(1),
            within: Duration::from_secs(20),
            largest: 8 << 20,
        }
    }

    fn pages(&self, at: &str, _: &Access) -> Vec<String> {
        vec![format!("{at}/0/public/AssetPairs")]
    }

    fn decode(&self, pages: &[String]) -> Result<Vec<Entry>, Malformed> {
        let answer: Answer = serde_json::from_str(page(pages, 0))?;
        let Some(rows) = answer.result.filter(|_| answer.error.is_empty()) else {
            return Err(Malformed(told(&answer.error.join(", "))));
        };
        let pairs: Vec<Pair> = rows.read()?;
        let traded = pairs
            .into_iter()
            .filter(|one| one.status.as_deref().is_none_or(|status| status == "online"));
        let entry = |one: Pair| {
            let name = one.wsname?;
            let (code, currency) = name.split_once('/')?;
            let (code, currency) = (current(code), current(currency));
            Some(coin(&format!("{code}/{currency}"), code, currency, ""))
        };
        Ok(traded.filter_map(entry).collect())
    }
}

/// What the older interface calls otherwise than the second version of the socket.
fn current(code: &str) -> &str {
    match code {
        "XBT" => "BTC",
        "XDG" => "DOGE",
        other => other,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::market::server::provider::damage::survive;
    use proptest::prelude::*;

    const PAIRS: &str = r#"{"error":[],"result":{"XXBTZUSD":{"altname":"XBTUSD","wsname":"XBT/USD","aclass_base":"currency","base":"XXBT","aclass_quote":"currency","quote":"ZUSD","lot":"unit","cost_decimals":5,"pair_decimals":1,"lot_decimals":8,"lot_multiplier":1,"leverage_buy":[2,3,4,5],"leverage_sell":[2,3,4,5],"fees":[[0,0.4],[10000,0.35]],"fees_maker":[[0,0.25]],"fee_volume_currency":"ZUSD","margin_call":80,"margin_stop":40,"ordermin":"0.00005","costmin":"0.5","tick_size":"0.1","status":"online","long_position_limit":250,"short_position_limit":200},"SOLEUR":{"altname":"SOLEUR","wsname":"SOL/EUR","base":"SOL","quote":"ZEUR","status":"online"},"XDGUSD":{"altname":"XDGUSD","wsname":"XDG/USD","base":"XXDG","quote":"ZUSD"},"OLDUSD":{"altname":"OLDUSD","wsname":"OLD/USD","status":"cancel_only"},"XBTUSD.d":{"altname":"XBTUSD.d","status":"online"}}}"#;

    fn decode(text: &str) -> Result<Vec<Entry>, Malformed> {
        List.decode(&[text.to_owned()])
    }

    #[test]
    fn pairs_are_named_as_their_prices_are() {
        let expected = vec![
            coin("BTC/USD", "BTC", "USD", ""),
            coin("SOL/EUR", "SOL", "EUR", ""),
            coin("DOGE/USD", "DOGE", "USD", ""),
        ];
        assert_eq!(decode(PAIRS), Ok(expected));
        let busy = decode(r#"{"error":["EGeneral:Too many requests"]}"#);
        assert_eq!(busy, Err(Malformed("EGeneral:Too many requests".into())));
        for wrong in ["", "[]", "{}", r#"{"error":[],"result":7}"#, &PAIRS[..PAIRS.len() - 1]] {
            assert!(decode(wrong).is_err(), "{wrong}");
        }
    }

    proptest! {
        #[test]
        fn row_28_no_bytes_panic(bytes in proptest::collection::vec(any::<u8>(), 0..200), cut in 0..PAIRS.len(), put in any::<u8>()) {
            survive(decode, &bytes, PAIRS, cut, put);
        }
    }
}
