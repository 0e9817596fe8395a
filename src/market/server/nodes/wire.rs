//! A batch as it travels: compact JSON, amounts as exact text, moments as whole nanoseconds.

use crate::market::feed::Feed;
use crate::market::health::Health;
use crate::market::quote::Quote;
use crate::market::server::live_rates::LiveRate;
use crate::market::server::provider::{self, SHIPPED, replay, simulated};
use crate::money::Decimal;
use chrono::{DateTime, Utc};
use serde::{Deserialize, Serialize};
use std::collections::HashMap;

/// Which version of batches this program speaks. Fields that are new are ignored by who does not know them.
const VERSION: u32 = 1;
/// Who told a price, where this program does not know them.
const UNKNOWN: &str = "unknown";

/// What changed on the node that holds the feed.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct Batch {
    #[serde(rename = "v")]
    version: u32,
    /// The token of the holder's term.
    #[serde(rename = "t")]
    pub token: u64,
    /// Its number within the term, from 0.
    #[serde(rename = "n")]
    pub number: u64,
    /// Whether it is the whole picture.
    #[serde(rename = "w", default, skip_serializing_if = "is_false")]
    pub whole: bool,
    /// When the source began, in milliseconds since 1970.
    #[serde(rename = "b", default, skip_serializing_if = "Option::is_none")]
    pub began: Option<i64>,
    /// The feed, where it may have changed.
    #[serde(rename = "f", default, skip_serializing_if = "Option::is_none")]
    pub feed: Option<Feed>,
    /// All rates, where they changed.
    #[serde(rename = "r", default, skip_serializing_if = "Option::is_none")]
    rates: Option<Vec<RateOnWire>>,
    /// How the sources do.
    #[serde(rename = "h", default, skip_serializing_if = "Option::is_none")]
    pub health: Option<Health>,
    #[serde(rename = "q", default, skip_serializing_if = "Vec::is_empty")]
    quotes: Vec<QuoteOnWire>,
    #[serde(rename = "l", default, skip_serializing_if = "Vec::is_empty")]
    late: Vec<QuoteOnWire>,
}

fn is_false(what: &bool) -> bool {
    !what
}

/// Symbol, price, previous close, when it was made and came in nanoseconds since 1970, trade, size, source.
type QuoteOnWire = (String, Decimal, Option<Decimal>, i64, i64, Option<u64>, Option<Decimal>, String);
/// From, to, rate, source, when it came in nanoseconds since 1970.
type RateOnWire = (String, String, Decimal, String, i64);
/// Rates by pair.
type Rates = HashMap<(String, String), LiveRate>;

impl Batch {
    /// A batch of a term.
    pub fn new(token: u64, number: u64) -> Self {
        Self {
            version: VERSION,
            token,
            number,
            ..Self::default()
        }
    }

    /// Adds prices, and those that came too late.
    pub fn fill<'a>(&mut self, quotes: impl IntoIterator<Item = &'a Quote>, late: &[Quote]) {
        self.quotes.extend(quotes.into_iter().map(quote_out));
        self.late.extend(late.iter().map(quote_out));
    }

    /// Adds all rates.
    pub fn fill_rates(&mut self, rates: &Rates) {
        let out = rates
            .iter()
            .map(|((from, to), one)| (from.clone(), to.clone(), one.rate, one.source.to_owned(), nanos(one.received_at)));
        self.rates = Some(out.collect());
    }

    /// As it travels.
    pub fn encode(&self) -> Vec<u8> {
        // Decimals, strings and integers only: nothing in it can fail to serialise.
        serde_json::to_vec(self).unwrap_or_default()
    }

    /// Reads one.
    ///
    /// # Errors
    /// It is none, or of a version that this program does not know.
    pub fn decode(bytes: &[u8]) -> Result<Self, String> {
        #[derive(Deserialize)]
        struct Version {
            v: u32,
        }
        let Version { v } = serde_json::from_slice(bytes).map_err(|error| error.to_string())?;
        if v != VERSION {
            return Err(format!("it is of version {v}, and this program speaks {VERSION}"));
        }
        serde_json::from_slice(bytes).map_err(|error| error.to_string())
    }

    /// Its prices, in their order.
    pub fn quotes(&self) -> impl Iterator<Item = Quote> + '_ {
        self.quotes.iter().map(quote_in)
    }

    /// Its prices that came too late.
    pub fn late(&self) -> impl Iterator<Item = Quote> + '_ {
        self.late.iter().map(quote_in)
    }

    /// All rates, where they changed.
    pub fn rates(&self) -> Option<Rates> {
        let rates = self.rates.as_ref()?.iter().map(|(from, to, rate, source, received_at)| {
            let live = LiveRate {
                rate: *rate,
                source: source_named(source),
                received_at: moment(*received_at),
            };
            ((from.clone(), to.clone()), live)
        });
        Some(rates.collect())
    }
}

fn nanos(moment: DateTime<Utc>) -> i64 {
    moment.timestamp_nanos_opt().unwrap_or_default()
}

fn moment(nanos: i64) -> DateTime<Utc> {
    DateTime::from_timestamp_nanos(nanos)
}

fn quote_out(quote: &Quote) -> QuoteOnWire {
    (
        quote.symbol.clone(),
        quote.price,
        quote.previous_close,
        nanos(quote.quoted_at),
        nanos(quote.received_at),
        quote.trade,
        quote.size,
        quote.source.to_owned(),
    )
}

fn quote_in((symbol, price, previous_close, quoted_at, received_at, trade, size, source): &QuoteOnWire) -> Quote {
    Quote {
        symbol: symbol.clone(),
        price: *price,
        previous_close: *previous_close,
        quoted_at: moment(*quoted_at),
        received_at: moment(*received_at),
        trade: *trade,
        size: *size,
        source: source_named(source),
    }
}

/// The name of a source, for as long as the program runs.
fn source_named(name: &str) -> &'static str {
    let providers = provider::all().map(provider::Kind::name);
    let mut known = [SHIPPED, simulated::SOURCE, replay::SOURCE].into_iter().chain(providers);
    known.find(|known| *known == name).unwrap_or(UNKNOWN)
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    proptest! {
        #[test]
        fn what_is_told_is_what_is_heard(price in any::<(u64, u8)>(), at in 0i64..4_000_000_000_000_000_000, trade in any::<Option<u64>>(), late in any::<bool>()) {
            let price = Decimal::new((price.0 >> 1) as i64, u32::from(price.1 % 20));
            let quote = Quote {
                symbol: "BTC \"é\"".into(),
                price,
                previous_close: late.then_some(price),
                quoted_at: moment(at),
                received_at: moment(at + 1),
                trade,
                size: (!late).then_some(price),
                source: "kraken",
            };
            let mut batch = Batch::new(u64::MAX, 7);
            batch.fill([&quote], &if late { vec![quote.clone()] } else { vec![] });
            let rate = LiveRate { rate: price, source: "kraken", received_at: moment(at) };
            batch.fill_rates(&[(("EUR".to_owned(), "USD".to_owned()), rate)].into());
            let heard = Batch::decode(&batch.encode()).unwrap();
            prop_assert_eq!(&heard, &batch);
            let of = |quote: &Quote| (quote.clone(), quote.price.to_string());
            prop_assert_eq!(heard.quotes().map(|one| of(&one)).collect::<Vec<_>>(), vec![of(&quote)]);
            prop_assert_eq!(heard.late().count(), usize::from(late));
            prop_assert_eq!(heard.rates().unwrap().len(), 1);
        }

        #[test]
        fn row_28_no_bytes_panic(bytes in proptest::collection::vec(any::<u8>(), 0..200)) {
            let _ = Batch::decode(&bytes);
        }
    }

    #[test]
    fn another_version_is_refused_and_a_new_field_is_not() {
        assert!(Batch::decode(br#"{"v":2,"t":1,"n":0}"#).is_err_and(|why| why.contains("version 2")));
        assert_eq!(Batch::decode(br#"{"v":1,"t":1,"n":0,"new":[]}"#), Ok(Batch::new(1, 0)));
        assert_eq!(source_named("nobody"), UNKNOWN);
    }
}
