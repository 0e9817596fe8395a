//! What Alpaca lists: US shares and funds. It wants to know who asks, as its stream does.

use crate::market::server::provider::lister::{Bounds, Entry, Lister, Rows, page, share};
use crate::market::server::provider::venue::{Access, Malformed};
use http::{HeaderMap, HeaderName, HeaderValue};
use serde::Deserialize;
use std::borrow::Cow;
use std::time::Duration;

/// Its list.
#[derive(Debug)]
pub struct List;

#[derive(Deserialize)]
struct Share<'a> {
    #[serde(borrow)]
    symbol: Cow<'a, str>,
    #[serde(borrow, default)]
    name: Cow<'a, str>,
    #[serde(borrow)]
    status: Cow<'a, str>,
}

impl Lister for List {
    /// That of accounts with money; keys of paper accounts are good at `https://paper-api.alpaca.markets/v2`.
    fn address(&self) -> &'static str {
        "https://api.alpaca.markets/v2"
    }

    /// One request of 200 a minute. The answer is some megabytes.
    fn bounds(&self) -> Bounds {
        Bounds {
            between: Duration::from_secs(1),
            within: Duration::from_secs(60),
            largest: 24 << 20,
        }
    }

    fn pages(&self, at: &str, _access: &Access) -> Vec<String> {
        vec![format!("{at}/assets?status=active&asset_class=us_equity")]
    }

    fn who_asks(&self, access: &Access) -> HeaderMap {
        let named = [("apca-api-key-id", &access.key), ("apca-api-secret-key", &access.secret)];
        let said = named.into_iter().filter_map(|(name, value)| {
            let mut value = HeaderValue::from_str(value).ok()?;
            value.set_sensitive(true);
            Some((HeaderName::from_static(name), value))
        });
        said.collect()
    }

    fn decode(&self, pages: &[String]) -> Result<Vec<Entry>, Malformed> {
        let shares: Vec<Share> = serde_json::from_str::<Rows>(page(pages, 0))?.read()?;
        let active = shares.iter().filter(|one| one.status == "active");
        Ok(active.filter_map(|one| share(&one.symbol, &one.name, None)).collect())
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::market::server::provider::damage::survive;
    use proptest::prelude::*;

    const SHARES: &str = r#"[{"id":"b0b6dd9d-8b9b-48a9-ba46-b9d54906e415","class":"us_equity","exchange":"NASDAQ","symbol":"AAPL","name":"Apple Inc. Common Stock","status":"active","tradable":true,"marginable":true,"shortable":true,"easy_to_borrow":true,"fractionable":true},{"id":"1","class":"us_equity","exchange":"OTC","symbol":"GONE","name":"Gone Corp","status":"inactive","tradable":false}]"#;

    fn decode(text: &str) -> Result<Vec<Entry>, Malformed> {
        List.decode(&[text.to_owned()])
    }

    #[test]
    fn active_shares_have_names_and_who_asks_is_in_no_address() {
        let listed = decode(SHARES).unwrap();
        let told: Vec<_> = listed.iter().map(|one| (one.symbol.as_str(), one.name.as_str())).collect();
        assert_eq!(told, [("AAPL", "Apple Inc. Common Stock")]);
        assert!(decode(r#"{"message":"forbidden."}"#).is_err() && decode("").is_err());
        let access = Access {
            key: "planted-key".into(),
            secret: "planted-secret".into(),
            ..Access::default()
        };
        assert_eq!(
            List.pages("https://a/v2", &access),
            ["https://a/v2/assets?status=active&asset_class=us_equity"]
        );
        let who = List.who_asks(&access);
        assert_eq!(who["apca-api-secret-key"], "planted-secret");
        assert!(!format!("{who:?}").contains("planted"), "{who:?}");
    }

    proptest! {
        #[test]
        fn row_28_no_bytes_panic(bytes in proptest::collection::vec(any::<u8>(), 0..200), cut in 0..SHARES.len(), put in any::<u8>()) {
            survive(decode, &bytes, SHARES, cut, put);
        }
    }
}
