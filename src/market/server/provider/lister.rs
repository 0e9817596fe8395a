//! What a provider that lists what it prices is to the task that keeps such lists: what to ask for and what the answers say, as pure
//! functions, and the bounds of both.

use super::us_share;
use super::venue::{Access, Malformed};
use http::HeaderMap;
use serde::de::{Error as _, IgnoredAny, MapAccess, SeqAccess, Visitor};
use serde::{Deserialize, Deserializer};
use serde_json::value::RawValue;
use std::fmt::{Debug, Formatter};
use std::time::Duration;

/// Most rows of a list. The US shares of Finnhub are about half of it.
const MOST: usize = 60_000;
/// The longest name that is kept, in characters.
const NAME: usize = 120;

/// The sector of coins.
pub const CRYPTO: &str = "Crypto";

/// A provider's list of what it prices. Nothing here does IO: one task a provider keeps it.
pub trait Lister: Debug + Send + Sync {
    /// Where it is asked for, without what follows for a page; unless the configuration says otherwise.
    fn address(&self) -> &'static str;

    /// What is taken of it.
    fn bounds(&self) -> Bounds;

    /// What to ask for, each after the other: whole addresses, below `at`.
    fn pages(&self, at: &str, access: &Access) -> Vec<String>;

    /// What says who asks, beside the address.
    fn who_asks(&self, _access: &Access) -> HeaderMap {
        HeaderMap::new()
    }

    /// What all answers say, in the order of the pages. What is not traded now is left out, and so is a single row that nobody
    /// understands.
    ///
    /// # Errors
    /// It is no such list.
    fn decode(&self, pages: &[String]) -> Result<Vec<Entry>, Malformed>;
}

/// The bounds of a list.
#[derive(Clone, Copy, Debug)]
pub struct Bounds {
    /// The shortest time between two requests.
    pub between: Duration,
    /// The longest time that an answer may take.
    pub within: Duration,
    /// The largest answer in bytes.
    pub largest: usize,
}

/// Something that a provider lists.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Entry {
    /// The provider's own symbol, as its prices name it: `SOL-USD`, `SOLUSDT`, `AAPL`.
    pub symbol: String,
    /// What is traded: `SOL`, `AAPL`.
    pub code: String,
    /// What it is priced in. Not every one is a currency of ISO 4217: `USDT`.
    pub currency: String,
    /// Its name; empty where the provider tells none.
    pub name: String,
    /// Its International Securities Identification Number, where the provider tells it.
    pub isin: Option<String>,
    /// The sector that it counts to.
    pub sector: &'static str,
}

/// A pair of a coin and what it is priced in.
pub fn coin(symbol: &str, code: &str, currency: &str, name: &str) -> Entry {
    Entry {
        symbol: symbol.to_owned(),
        code: code.to_owned(),
        currency: currency.to_owned(),
        name: named(name),
        isin: None,
        sector: CRYPTO,
    }
}

/// A share or fund of the United States, priced in dollars; nothing where its label is none.
pub fn share(label: &str, name: &str, isin: Option<&str>) -> Option<Entry> {
    let symbol = us_share(label).ok()?;
    Some(Entry {
        code: symbol.clone(),
        symbol,
        currency: "USD".into(),
        name: named(name),
        isin: isin.map(named).filter(|isin| !isin.is_empty()),
        sector: "Other",
    })
}

/// A provider's name of something, short and on one line.
pub fn named(text: &str) -> String {
    let plain = text.trim().chars().filter(|one| !one.is_control());
    plain.take(NAME).collect()
}

/// The rows of a list, or the values of an object, each as it stands. More of them than a list may have is an error.
#[derive(Debug, Default)]
pub struct Rows<'a>(Vec<&'a RawValue>);

impl<'a> Rows<'a> {
    /// Those that can be read. A list of which none can be is none.
    ///
    /// # Errors
    /// There are rows, and none of them is what it should be.
    pub fn read<T: Deserialize<'a>>(&self) -> Result<Vec<T>, Malformed> {
        let mut wrong = None;
        let mut read = Vec::with_capacity(self.0.len());
        for row in &self.0 {
            match serde_json::from_str(row.get()) {
                Ok(one) => read.push(one),
                Err(error) => wrong = Some(error),
            }
        }
        match wrong {
            Some(error) if read.is_empty() => Err(error.into()),
            _ => Ok(read),
        }
    }
}

impl<'de: 'a, 'a> Deserialize<'de> for Rows<'a> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct Each;
        impl<'de> Visitor<'de> for Each {
            type Value = Vec<&'de RawValue>;

            fn expecting(&self, f: &mut Formatter<'_>) -> std::fmt::Result {
                f.write_str("a list of instruments")
            }

            fn visit_seq<A: SeqAccess<'de>>(self, mut rows: A) -> Result<Self::Value, A::Error> {
                let mut all = vec![];
                while let Some(row) = rows.next_element()? {
                    push(&mut all, row)?;
                }
                Ok(all)
            }

            fn visit_map<A: MapAccess<'de>>(self, mut rows: A) -> Result<Self::Value, A::Error> {
                let mut all = vec![];
                while let Some((IgnoredAny, row)) = rows.next_entry()? {
                    push(&mut all, row)?;
                }
                Ok(all)
            }
        }
        fn push<'a, E: serde::de::Error>(all: &mut Vec<&'a RawValue>, row: &'a RawValue) -> Result<(), E> {
            if all.len() == MOST {
                return Err(E::custom(format_args!("more than {MOST} instruments")));
            }
            all.push(row);
            Ok(())
        }
        deserializer.deserialize_any(Each).map(Self).map_err(D::Error::custom)
    }
}

/// Reads the page of a list at a place.
pub fn page(pages: &[String], place: usize) -> &str {
    pages.get(place).map_or("", String::as_str)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn rows_are_bounded_and_one_that_is_wrong_spoils_no_other() {
        let rows: Rows = serde_json::from_str("[1,\"a\",3]").unwrap();
        assert_eq!(rows.read::<u8>(), Ok(vec![1, 3]));
        let rows: Rows = serde_json::from_str("{\"x\":1,\"y\":2}").unwrap();
        assert_eq!(rows.read::<u8>(), Ok(vec![1, 2]));
        assert!(rows.read::<bool>().is_err() && serde_json::from_str::<Rows>("7").is_err());
        let many = |count: usize| format!("[{}0]", "0,".repeat(count - 1));
        assert!(serde_json::from_str::<Rows>(&many(MOST)).is_ok());
        let error = serde_json::from_str::<Rows>(&many(MOST + 1)).unwrap_err();
        assert!(error.to_string().contains("more than 60000 instruments"), "{error}");
        assert_eq!(named(" a\nb\u{1b} "), "ab");
    }
}
