//! What Finnhub lists: US shares and funds. Its key is that of the stream.

use crate::market::server::provider::lister::{Bounds, Entry, Lister, Rows, page, share};
use crate::market::server::provider::venue::{Access, Malformed};
use serde::Deserialize;
use std::borrow::Cow;
use std::time::Duration;
use url::Url;

/// Its list.
#[derive(Debug)]
pub struct List;

#[derive(Deserialize)]
struct Share<'a> {
    #[serde(borrow)]
    symbol: Cow<'a, str>,
    #[serde(borrow)]
    currency: Cow<'a, str>,
    #[serde(borrow, default)]
    description: Cow<'a, str>,
    #[serde(borrow)]
    isin: Option<Cow<'a, str>>,
}

impl Lister for List {
    fn address(&self) -> &'static str {
        "https://finnhub.io/api/v1"
    }

    /// One request of 60 a minute. The answer is some megabytes.
    fn bounds(&self) -> Bounds {
        Bounds {
            between: Duration::from_secs(1),
            within: Duration::from_secs(60),
            largest: 24 << 20,
        }
    }

    fn pages(&self, at: &str, access: &Access) -> Vec<String> {
        let Ok(mut address) = Url::parse(&format!("{at}/stock/symbol?exchange=US")) else {
            return vec![];
        };
        let stream = Url::parse(&access.address).ok();
        let mut said = stream.iter().flat_map(Url::query_pairs);
        if let Some((_, token)) = said.find(|(name, _)| name == "token") {
            address.query_pairs_mut().append_pair("token", &token);
        }
        vec![address.into()]
    }

    fn decode(&self, pages: &[String]) -> Result<Vec<Entry>, Malformed> {
        let shares: Vec<Share> = serde_json::from_str::<Rows>(page(pages, 0))?.read()?;
        let in_dollars = shares.iter().filter(|one| one.currency == "USD");
        Ok(in_dollars
            .filter_map(|one| share(&one.symbol, &one.description, one.isin.as_deref()))
            .collect())
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::market::server::provider::damage::survive;
    use proptest::prelude::*;

    const SHARES: &str = r#"[{"currency":"USD","description":"APPLE INC","displaySymbol":"AAPL","figi":"BBG000B9Y5X2","isin":null,"mic":"XNAS","shareClassFIGI":"BBG001S5N8V8","symbol":"AAPL","symbol2":"","type":"Common Stock"},{"currency":"USD","description":"BERKSHIRE HATHAWAY INC-CL B","displaySymbol":"BRK.B","figi":"BBG000DWG505","isin":"US0846707026","mic":"XNYS","symbol":"BRK.B","symbol2":"","type":"Common Stock"},{"currency":"","description":"A WARRANT","displaySymbol":"XYZ+","symbol":"XYZ+","type":"Equity WRT"}]"#;

    fn decode(text: &str) -> Result<Vec<Entry>, Malformed> {
        List.decode(&[text.to_owned()])
    }

    #[test]
    fn shares_have_names_and_the_key_is_that_of_the_stream() {
        let listed = decode(SHARES).unwrap();
        let told: Vec<_> = listed
            .iter()
            .map(|one| (one.symbol.as_str(), one.name.as_str(), one.isin.as_deref()))
            .collect();
        assert_eq!(
            told,
            [
                ("AAPL", "APPLE INC", None),
                ("BRK.B", "BERKSHIRE HATHAWAY INC-CL B", Some("US0846707026"))
            ]
        );
        assert!(decode(r#"{"error":"Invalid API key"}"#).is_err() && decode("").is_err());
        let access = Access {
            address: "wss://ws.finnhub.io?token=k%267".into(),
            ..Access::default()
        };
        assert_eq!(
            List.pages("https://a/v1", &access),
            ["https://a/v1/stock/symbol?exchange=US&token=k%267"]
        );
    }

    proptest! {
        #[test]
        fn row_28_no_bytes_panic(bytes in proptest::collection::vec(any::<u8>(), 0..200), cut in 0..SHARES.len(), put in any::<u8>()) {
            survive(decode, &bytes, SHARES, cut, put);
        }
    }
}
