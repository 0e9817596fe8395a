//! What Coinbase lists: its products, and the names of its currencies.

use crate::market::server::provider::lister::{Bounds, Entry, Lister, Rows, coin, page};
use crate::market::server::provider::venue::{Access, Malformed};
use serde::Deserialize;
use std::borrow::Cow;
use std::collections::HashMap;
use std::time::Duration;

/// Its list.
#[derive(Debug)]
pub struct List;

#[derive(Deserialize)]
struct Product<'a> {
    #[serde(borrow)]
    id: Cow<'a, str>,
    #[serde(borrow)]
    base_currency: Cow<'a, str>,
    #[serde(borrow)]
    quote_currency: Cow<'a, str>,
    #[serde(borrow)]
    status: Cow<'a, str>,
    #[serde(default)]
    trading_disabled: bool,
}

#[derive(Deserialize)]
struct Currency<'a> {
    #[serde(borrow)]
    id: Cow<'a, str>,
    #[serde(borrow, default)]
    name: Cow<'a, str>,
}

impl Lister for List {
    fn address(&self) -> &'static str {
        "https://api.exchange.coinbase.com"
    }

    /// Public requests: ten a second of an address. Both answers are below a megabyte.
    fn bounds(&self) -> Bounds {
        Bounds {
            between: Duration::from_millis(250),
            within: Duration::from_secs(20),
            largest: 4 << 20,
        }
    }

    fn pages(&self, at: &str, _: &Access) -> Vec<String> {
        vec![format!("{at}/products"), format!("{at}/currencies")]
    }

    fn decode(&self, pages: &[String]) -> Result<Vec<Entry>, Malformed> {
        let products: Vec<Product> = serde_json::from_str::<Rows>(page(pages, 0))?.read()?;
        let currencies: Vec<Currency> = serde_json::from_str::<Rows>(page(pages, 1))?.read()?;
        let names: HashMap<_, _> = currencies.into_iter().map(|one| (one.id, one.name)).collect();
        let traded = products.into_iter().filter(|one| one.status == "online" && !one.trading_disabled);
        let entry = |one: Product| {
            let name = names.get(&one.base_currency).map_or("", |name| name);
            coin(&one.id, &one.base_currency, &one.quote_currency, name)
        };
        Ok(traded.map(entry).collect())
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::market::server::provider::damage::survive;
    use proptest::prelude::*;

    const PRODUCTS: &str = r#"[{"id":"BTC-USD","base_currency":"BTC","quote_currency":"USD","quote_increment":"0.01","base_increment":"0.00000001","display_name":"BTC-USD","min_market_funds":"1","margin_enabled":false,"post_only":false,"limit_only":false,"cancel_only":false,"status":"online","status_message":"","trading_disabled":false,"fx_stablecoin":false,"max_slippage_percentage":"0.02000000","auction_mode":false,"high_bid_limit_percentage":""},{"id":"SOL-EUR","base_currency":"SOL","quote_currency":"EUR","quote_increment":"0.01","base_increment":"0.00000001","display_name":"SOL-EUR","min_market_funds":"0.84","status":"online","status_message":"","trading_disabled":false},{"id":"RGT-USD","base_currency":"RGT","quote_currency":"USD","status":"delisted","status_message":"","trading_disabled":true},{"id":7}]"#;
    const CURRENCIES: &str = r#"[{"id":"BTC","name":"Bitcoin","min_size":"0.00000001","status":"online","message":"","max_precision":"0.00000001","convertible_to":[],"details":{"type":"crypto","symbol":null,"network_confirmations":2},"default_network":"bitcoin"},{"id":"SOL","name":"Solana","min_size":"0.00000001","status":"online"}]"#;

    fn decode(products: &str, currencies: &str) -> Result<Vec<Entry>, Malformed> {
        List.decode(&[products.to_owned(), currencies.to_owned()])
    }

    #[test]
    fn what_is_traded_is_listed_with_its_name() {
        let expected = vec![coin("BTC-USD", "BTC", "USD", "Bitcoin"), coin("SOL-EUR", "SOL", "EUR", "Solana")];
        assert_eq!(decode(PRODUCTS, CURRENCIES), Ok(expected));
        assert_eq!(decode(PRODUCTS, "[]").unwrap()[1], coin("SOL-EUR", "SOL", "EUR", ""));
        assert_eq!(decode("[]", "[]"), Ok(vec![]));
        for wrong in ["", "null", "{\"message\":\"x\"}", "[{}]", &PRODUCTS[..PRODUCTS.len() - 1]] {
            assert!(decode(wrong, CURRENCIES).is_err(), "{wrong}");
        }
        assert!(List.decode(&[]).is_err());
    }

    proptest! {
        #[test]
        fn row_28_no_bytes_panic(bytes in proptest::collection::vec(any::<u8>(), 0..200), cut in 0..CURRENCIES.len(), put in any::<u8>()) {
            survive(|text| decode(text, CURRENCIES), &bytes, PRODUCTS, cut, put);
            survive(|text| decode(PRODUCTS, text), &bytes, CURRENCIES, cut, put);
        }
    }
}
