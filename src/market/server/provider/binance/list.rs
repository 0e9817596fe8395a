//! What Binance lists: the symbols of its exchange information. It tells no names.

use crate::market::server::provider::lister::{Bounds, Entry, Lister, Rows, coin, page};
use crate::market::server::provider::venue::{Access, Malformed};
use serde::Deserialize;
use std::borrow::Cow;
use std::time::Duration;

/// Its list.
#[derive(Debug)]
pub struct List;

#[derive(Deserialize)]
struct Information<'a> {
    #[serde(borrow)]
    symbols: Rows<'a>,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Symbol<'a> {
    #[serde(borrow)]
    symbol: Cow<'a, str>,
    #[serde(borrow)]
    status: Cow<'a, str>,
    #[serde(borrow)]
    base_asset: Cow<'a, str>,
    #[serde(borrow)]
    quote_asset: Cow<'a, str>,
    #[serde(default = "yes")]
    is_spot_trading_allowed: bool,
}

fn yes() -> bool {
    true
}

impl Lister for List {
    /// As the stream: the host that has nothing but market data, and asks nobody who they are.
    fn address(&self) -> &'static str {
        "https://data-api.binance.vision"
    }

    /// It weighs 20 of 6,000 a minute. With all filters, which cannot be left out, it has some megabytes.
    fn bounds(&self) -> Bounds {
        Bounds {
            between: Duration::from_secs(1),
            within: Duration::from_secs(60),
            largest: 24 << 20,
        }
    }

    /// What is traded, without the permissions of accounts, which are most of its text.
    fn pages(&self, at: &str, _: &Access) -> Vec<String> {
        vec![format!("{at}/api/v3/exchangeInfo?symbolStatus=TRADING&showPermissionSets=false")]
    }

    fn decode(&self, pages: &[String]) -> Result<Vec<Entry>, Malformed> {
        let symbols: Vec<Symbol> = serde_json::from_str::<Information>(page(pages, 0))?.symbols.read()?;
        let traded = symbols
            .into_iter()
            .filter(|one| one.status == "TRADING" && one.is_spot_trading_allowed);
        Ok(traded.map(|one| coin(&one.symbol, &one.base_asset, &one.quote_asset, "")).collect())
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::market::server::provider::damage::survive;
    use proptest::prelude::*;

    const INFORMATION: &str = r#"{"timezone":"UTC","serverTime":1565246363776,"rateLimits":[{"rateLimitType":"REQUEST_WEIGHT","interval":"MINUTE","intervalNum":1,"limit":6000}],"exchangeFilters":[],"symbols":[{"symbol":"SOLUSDT","status":"TRADING","baseAsset":"SOL","baseAssetPrecision":8,"quoteAsset":"USDT","quotePrecision":8,"quoteAssetPrecision":8,"orderTypes":["LIMIT","MARKET"],"icebergAllowed":true,"ocoAllowed":true,"isSpotTradingAllowed":true,"isMarginTradingAllowed":true,"filters":[{"filterType":"PRICE_FILTER","minPrice":"0.01000000","maxPrice":"100000.00000000","tickSize":"0.01000000"}],"permissions":[],"permissionSets":[],"defaultSelfTradePreventionMode":"EXPIRE_MAKER"},{"symbol":"SOLEUR","status":"TRADING","baseAsset":"SOL","quoteAsset":"EUR","isSpotTradingAllowed":true},{"symbol":"VENBTC","status":"BREAK","baseAsset":"VEN","quoteAsset":"BTC","isSpotTradingAllowed":false}]}"#;

    fn decode(text: &str) -> Result<Vec<Entry>, Malformed> {
        List.decode(&[text.to_owned()])
    }

    #[test]
    fn what_is_traded_is_listed() {
        let expected = vec![coin("SOLUSDT", "SOL", "USDT", ""), coin("SOLEUR", "SOL", "EUR", "")];
        assert_eq!(decode(INFORMATION), Ok(expected));
        for wrong in [
            "",
            "[]",
            r#"{"code":-1003,"msg":"Too many requests"}"#,
            r#"{"symbols":[{}]}"#,
            &INFORMATION[..INFORMATION.len() - 1],
        ] {
            assert!(decode(wrong).is_err(), "{wrong}");
        }
    }

    proptest! {
        #[test]
        fn row_28_no_bytes_panic(bytes in proptest::collection::vec(any::<u8>(), 0..200), cut in 0..INFORMATION.len(), put in any::<u8>()) {
            survive(decode, &bytes, INFORMATION, cut, put);
        }
    }
}
