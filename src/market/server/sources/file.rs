//! The file that names instruments and where their prices come from. Read whole, so that what is wrong is known at start.

use crate::market::instrument::Instrument;
use crate::market::server::provider::VENUES;
use crate::market::server::provider::venue::{Access, Venue};
use anyhow::{Context as _, bail, ensure};
use serde::Deserialize;
use std::collections::{BTreeMap, BTreeSet, HashSet};
use std::path::Path;
use std::time::Duration;

/// Seconds after which a price is stale, where nothing is said.
const STALE_SECONDS: u64 = 60;
/// Milliseconds without a sign of life after which a provider is silent, where nothing is said.
const SILENT_MS: u64 = 900;

/// What a file says.
#[derive(Clone, Debug)]
pub struct Plan {
    /// How each of [`VENUES`] is reached, in their order.
    pub access: Vec<Access>,
    /// The instruments.
    pub instruments: Vec<Sourced>,
    /// Without a sign of life for so long a provider is silent.
    pub silent: Duration,
}

/// An instrument and where its price comes from.
#[derive(Clone, Debug)]
pub struct Sourced {
    /// The instrument.
    pub instrument: Instrument,
    /// Its sources, the first the best: the provider's place in [`VENUES`], and its own symbol.
    pub sources: Vec<(usize, String)>,
    /// The age at which its price is stale.
    pub stale: Duration,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct File {
    stale_seconds: Option<u64>,
    silent_ms: Option<u64>,
    #[serde(default)]
    provider: BTreeMap<String, ProviderTable>,
    #[serde(default)]
    instrument: Vec<InstrumentTable>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct ProviderTable {
    url: Option<String>,
    #[serde(default)]
    key: String,
    #[serde(default)]
    secret: String,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct InstrumentTable {
    symbol: String,
    name: String,
    currency: String,
    sector: Option<String>,
    sources: Vec<String>,
    stale_seconds: Option<u64>,
    #[serde(default)]
    counts_as: Vec<String>,
}

impl Plan {
    /// Reads a file.
    ///
    /// # Errors
    /// It cannot be read, or says what cannot be; the error names the line, or the instrument and the field.
    pub fn open(path: &Path) -> anyhow::Result<Self> {
        let read = || Self::read(&std::fs::read_to_string(path)?);
        read().with_context(|| format!("FINFLOW_MARKET names the file {}", path.display()))
    }

    /// Reads its text.
    pub(super) fn read(text: &str) -> anyhow::Result<Self> {
        let file: File = toml::from_str(text)?;
        ensure!(!file.instrument.is_empty(), "it has no [[instrument]]");
        let stale_seconds = file.stale_seconds.unwrap_or(STALE_SECONDS);
        let silent_ms = file.silent_ms.unwrap_or(SILENT_MS);
        ensure!(
            (100..=60_000).contains(&silent_ms),
            "silent_ms is {silent_ms}: expected 100 to 60000"
        );
        let mut access = VENUES.map(|venue| Access {
            address: venue.address().into(),
            ..Access::default()
        });
        for (name, table) in &file.provider {
            let Some(place) = place(name) else {
                bail!("provider.{name}: expected one of {}", names())
            };
            access[place] = table.access(VENUES[place]).with_context(|| format!("provider.{name}"))?;
        }
        let mut plan = Self {
            access: access.into(),
            instruments: vec![],
            silent: Duration::from_millis(silent_ms),
        };
        let mut seen = HashSet::new();
        for table in file.instrument {
            let symbol = table.symbol.clone();
            ensure!(seen.insert(symbol.clone()), "instrument {symbol}: it is there twice");
            let sourced = Sourced::read(table, stale_seconds);
            plan.instruments.push(sourced.with_context(|| format!("instrument {symbol:?}"))?);
        }
        for (place, venue) in VENUES.iter().enumerate() {
            let (name, most) = (venue.name(), venue.limits().symbols_per_connection);
            let wanted = plan.wanted(place).len();
            ensure!(wanted <= most, "{wanted} symbols of {name}: it takes {most} on a connection");
            let lacks = venue.lacks(&plan.access[place]).filter(|_| wanted > 0);
            if let Some(expected) = lacks {
                bail!("{name} asks for a key: expected [provider.{name}] with {expected}");
            }
        }
        Ok(plan)
    }

    /// An instrument that is described the same, with its sources.
    pub fn of(&self, instrument: &Instrument) -> Option<&Sourced> {
        self.instruments.iter().find(|one| one.instrument == *instrument)
    }

    /// The symbols that are wanted of a provider.
    pub fn wanted(&self, provider: usize) -> BTreeSet<String> {
        let sources = self.instruments.iter().flat_map(|one| &one.sources);
        sources
            .filter(|(place, _)| *place == provider)
            .map(|(_, symbol)| symbol.clone())
            .collect()
    }
}

impl Sourced {
    fn read(table: InstrumentTable, stale_seconds: u64) -> anyhow::Result<Self> {
        let plain =
            |text: &str, most| (1..=most).contains(&text.chars().count()) && text.trim() == text && !text.contains(char::is_control);
        ensure!(plain(&table.symbol, 64), "symbol: expected 1 to 64 characters");
        ensure!(plain(&table.name, 200), "name: expected 1 to 200 characters");
        let currency = &table.currency;
        ensure!(
            currency.len() == 3 && currency.bytes().all(|letter| letter.is_ascii_uppercase()),
            "currency: expected an ISO 4217 code like USD"
        );
        let stale_seconds = table.stale_seconds.unwrap_or(stale_seconds);
        ensure!((1..=604_800).contains(&stale_seconds), "stale_seconds: expected 1 to 604800");
        ensure!(
            !table.sources.is_empty(),
            "sources: expected at least one, like \"coinbase:BTC-USD\""
        );
        let mut sources = vec![];
        for source in &table.sources {
            let (name, symbol) = source.split_once(':').unwrap_or((source, ""));
            let Some(place) = place(name) else {
                bail!("sources: {name:?} is none of {}", names())
            };
            let venue = VENUES[place];
            let symbol = venue.symbol(symbol);
            let symbol = symbol.map_err(|expected| anyhow::anyhow!("sources: {source:?}: expected {expected} after {name}:"))?;
            let priced_in = venue.currency(&symbol);
            ensure!(
                priced_in == currency || table.counts_as.iter().any(|other| other == priced_in),
                "sources: {source:?} is priced in {priced_in} and the instrument in {currency}; where a unit of one is a unit of the other \
                 to you, say counts_as = [\"{priced_in}\"]"
            );
            let source = (place, symbol);
            ensure!(!sources.contains(&source), "sources: {name} is there twice");
            sources.push(source);
        }
        let instrument = Instrument {
            symbol: table.symbol,
            name: table.name,
            currency: table.currency,
            sector: table.sector.unwrap_or_else(|| "Other".into()),
            country: None,
        };
        Ok(Self {
            instrument,
            sources,
            stale: Duration::from_secs(stale_seconds),
        })
    }
}

impl ProviderTable {
    fn access(&self, venue: &dyn Venue) -> anyhow::Result<Access> {
        let filled = |text: &str| filled(text, |name| std::env::var(name).ok());
        let access = Access {
            address: filled(self.url.as_deref().unwrap_or(venue.address()))?,
            key: filled(&self.key)?,
            secret: filled(&self.secret)?,
        };
        // The address itself is not repeated: it may hold a secret.
        let url = url::Url::parse(&access.address).ok();
        ensure!(
            url.is_some_and(|url| ["ws", "wss"].contains(&url.scheme()) && url.has_host()),
            "url: expected an address that begins with ws:// or wss://"
        );
        Ok(access)
    }
}

/// A text with the variables of the environment that it names: a key need not stand in a file.
fn filled(text: &str, variable: impl Fn(&str) -> Option<String>) -> anyhow::Result<String> {
    let (mut filled, mut rest) = (String::new(), text);
    while let Some((before, name, after)) = rest.split_once("${").and_then(|(before, after)| {
        let (name, after) = after.split_once('}')?;
        Some((before, name, after))
    }) {
        let value = variable(name).filter(|value| !value.is_empty());
        filled += before;
        filled += &value.with_context(|| format!("the environment has no {name}"))?;
        rest = after;
    }
    Ok(filled + rest)
}

fn place(name: &str) -> Option<usize> {
    VENUES.iter().position(|venue| venue.name() == name)
}

fn names() -> String {
    VENUES.map(Venue::name).join(", ")
}

#[cfg(test)]
mod tests {
    use super::*;

    const EXAMPLE: &str = include_str!("../../../../data/live-market.example.toml");
    const ONE: &str = "[[instrument]]\nsymbol = \"BTC\"\nname = \"Bitcoin\"\ncurrency = \"USD\"\nsources = [\"coinbase:BTC-USD\"]\n";

    #[test]
    fn the_example_is_valid() {
        let plan = Plan::read(EXAMPLE).expect("valid");
        assert_eq!(plan.silent, Duration::from_millis(900));
        let bitcoin = &plan.instruments[0];
        assert_eq!((bitcoin.instrument.symbol.as_str(), bitcoin.sources.len()), ("BTC", 3));
        assert_eq!(
            (0..VENUES.len()).map(|place| plan.wanted(place).len()).collect::<Vec<_>>(),
            [2, 2, 3, 0, 0]
        );
    }

    #[test]
    fn what_is_wrong_is_named() {
        for (from, to, expected) in [
            (
                "coinbase:BTC-USD",
                "coinbase:BTCUSD",
                "expected a product like BTC-USD after coinbase:",
            ),
            ("coinbase:BTC-USD", "kraken:XBT/USD", "expected a pair like BTC/USD (BTC, not XBT)"),
            ("coinbase:BTC-USD", "kraken:BTC/EUR", "is priced in EUR and the instrument in USD"),
            ("coinbase:BTC-USD", "binance:BTCUSDT", "counts_as = [\"USDT\"]"),
            (
                "coinbase:BTC-USD",
                "gemini:BTCUSD",
                "\"gemini\" is none of coinbase, binance, kraken",
            ),
            ("coinbase:BTC-USD", "coinbase:BTC-USD\", \"coinbase:btc-usd", "is there twice"),
            ("\"coinbase:BTC-USD\"", "", "expected at least one"),
            ("\"USD\"", "\"usd\"", "ISO 4217"),
            ("\"BTC\"", "\"\"", "symbol: expected 1 to 64"),
            ("sources", "source", "unknown field `source`"),
            ("[[instrument]]", "stale_seconds = 0\n[[instrument]]", "stale_seconds: expected"),
            ("[[instrument]]", "silent_ms = 5\n[[instrument]]", "silent_ms is 5"),
            (
                "[[instrument]]",
                "[provider.gemini]\nurl = \"ws://a\"\n[[instrument]]",
                "expected one of",
            ),
            (
                "[[instrument]]",
                "[provider.kraken]\nurl = \"https://secret\"\n[[instrument]]",
                "begins with ws://",
            ),
        ] {
            let error = Plan::read(&ONE.replace(from, to)).expect_err(to);
            assert!(format!("{error:#}").contains(expected), "{error:#}");
            assert!(!format!("{error:#}").contains("secret"));
        }
        assert!(Plan::read("").is_err());
        assert!(format!("{:#}", Plan::read(&(ONE.to_owned() + ONE)).expect_err("twice")).contains("it is there twice"));
    }

    #[test]
    fn a_key_comes_from_the_environment_and_a_venue_without_its_key_is_refused() {
        let variable = |name: &str| (name == "KEY").then(|| "k7".to_owned());
        assert_eq!(
            filled("wss://a?token=${KEY}&b=${KEY}", variable).expect("known"),
            "wss://a?token=k7&b=k7"
        );
        assert_eq!(filled("wss://a?token=${", variable).expect("nothing to fill"), "wss://a?token=${");
        let error = filled("wss://a?token=${OTHER}", variable).expect_err("unknown");
        assert_eq!(error.to_string(), "the environment has no OTHER");
        let text = ONE.replace("coinbase:BTC-USD", "finnhub:AAPL");
        let error = Plan::read(&text).expect_err("no key");
        assert!(error.to_string().contains("expected [provider.finnhub] with url"), "{error:#}");
        let keyed = "[provider.finnhub]\nurl = \"wss://ws.finnhub.io?token=planted-key\"\n".to_owned() + &text;
        let plan = Plan::read(&keyed).expect("a key");
        assert!(!format!("{plan:?}").contains("planted-key"));
        assert!(Plan::read(&keyed.replace("finnhub:AAPL", "finnhub:MUV2.DE")).is_err());
        let text = ONE.replace("coinbase:BTC-USD", "alpaca:AAPL");
        assert!(Plan::read(&text).expect_err("no key").to_string().contains("${ALPACA_SECRET}"));
        let keyed = "[provider.alpaca]\nkey = \"planted-key\"\nsecret = \"planted-secret\"\n".to_owned() + &text;
        assert!(!format!("{:?}", Plan::read(&keyed).expect("keys")).contains("planted"));
    }

    #[test]
    fn another_currency_counts_where_the_operator_says_so() {
        let text = ONE.replace("coinbase:BTC-USD", "binance:btcusdt") + "counts_as = [\"USDT\"]\n";
        assert_eq!(Plan::read(&text).expect("valid").wanted(1), ["BTCUSDT".to_owned()].into());
    }
}
