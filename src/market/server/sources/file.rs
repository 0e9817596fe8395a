//! The file that names instruments and where their prices come from. Read whole, so that what is wrong is known at start.

mod access;
mod sourced;

pub use sourced::{Named, Sourced};

use super::growth::{CHOSEN, Declined};
use crate::market::instrument::Instrument;
use crate::market::server::provider::url::Table;
use crate::market::server::provider::venue::Access;
use crate::market::server::provider::{self, Kind};
use access::ProviderTable;
use anyhow::{Context as _, bail, ensure};
use serde::Deserialize;
use sourced::{InstrumentTable, PairTable};
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
    /// How each provider is reached, in the order of their places.
    pub access: Vec<Access>,
    /// Where each provider's own list is, of those that it names, that have one, and whose list is not turned off; by place.
    pub lists: Vec<Option<String>>,
    /// The instruments.
    pub instruments: Vec<Sourced>,
    /// Pairs of currencies whose live rate takes the place of the last reference rate.
    pub pairs: Vec<Sourced>,
    /// Without a sign of life for so long a provider is silent.
    pub silent: Duration,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct File {
    stale_seconds: Option<u64>,
    silent_ms: Option<u64>,
    #[serde(default)]
    provider: BTreeMap<String, ProviderTable>,
    #[serde(default)]
    url: BTreeMap<String, Table>,
    #[serde(default)]
    instrument: Vec<InstrumentTable>,
    #[serde(default)]
    pair: Vec<PairTable>,
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
    pub(in crate::market::server) fn read(text: &str) -> anyhow::Result<Self> {
        let file: File = toml::from_str(text)?;
        ensure!(!file.instrument.is_empty(), "it has no [[instrument]]");
        let stale_seconds = file.stale_seconds.unwrap_or(STALE_SECONDS);
        let silent_ms = file.silent_ms.unwrap_or(SILENT_MS);
        ensure!(
            (100..=60_000).contains(&silent_ms),
            "silent_ms is {silent_ms}: expected 100 to 60000"
        );
        let mut access: Vec<_> = provider::all()
            .map(|kind| Access {
                address: kind.address().into(),
                ..Access::default()
            })
            .collect();
        let mut lists = vec![None; provider::PROVIDERS];
        for (name, table) in &file.provider {
            let (Some(place), Some(kind)) = (place(name), place(name).and_then(Kind::at)) else {
                bail!("provider.{name}: expected one of {}", names())
            };
            access[place] = table.access(kind).with_context(|| format!("provider.{name}"))?;
            lists[place] = table.list(kind, &access[place]).with_context(|| format!("provider.{name}"))?;
        }
        let files = access::files(file.url)?;
        if let Some(own) = place("url").and_then(|place| access.get_mut(place)) {
            own.files = files;
        }
        let mut plan = Self {
            access,
            lists,
            instruments: vec![],
            pairs: vec![],
            silent: Duration::from_millis(silent_ms),
        };
        let mut seen = HashSet::new();
        for table in file.instrument {
            let symbol = table.symbol.clone();
            ensure!(seen.insert(symbol.clone()), "instrument {symbol}: it is there twice");
            let sourced = Sourced::read(table, stale_seconds, &plan.access);
            plan.instruments.push(sourced.with_context(|| format!("instrument {symbol:?}"))?);
        }
        for table in file.pair {
            let symbol = table.symbol();
            ensure!(seen.insert(symbol.clone()), "pair {symbol}: it is there twice");
            let sourced = table.instrument().and_then(|one| Sourced::read(one, stale_seconds, &plan.access));
            plan.pairs.push(sourced.with_context(|| format!("pair {symbol:?}"))?);
        }
        for (place, kind) in provider::all().enumerate() {
            let (name, wanted, most) = (kind.name(), plan.wanted(place).len(), most_of(kind));
            let lacks = match kind {
                Kind::Venue(venue) => venue.lacks(&plan.access[place]),
                Kind::Poller(_) => None,
            };
            ensure!(wanted <= most, "{wanted} symbols of {name}: it takes {most}");
            if let Some(expected) = lacks.filter(|_| wanted > 0) {
                bail!("{name} asks for a key: expected [provider.{name}] with {expected}");
            }
            // What is named as a source is switched on as well as what has a table.
            if wanted > 0 && !file.provider.contains_key(name) {
                plan.lists[place] = kind.lister().map(|lister| lister.address().to_owned());
            }
        }
        Ok(plan)
    }

    /// All that has sources: instruments, then pairs.
    pub fn tracked(&self) -> impl Iterator<Item = &Sourced> {
        self.instruments.iter().chain(&self.pairs)
    }

    /// Whether no provider is asked for more than it takes.
    pub fn is_within_limits(&self) -> bool {
        provider::all()
            .enumerate()
            .all(|(place, kind)| self.wanted(place).len() <= most_of(kind))
    }

    /// Takes what a person chose, where there is room for it.
    ///
    /// # Errors
    /// Something has its label, its provider has no key, or there is no room.
    pub fn admit(&mut self, one: Sourced) -> Result<(), Declined> {
        let label = one.instrument.symbol.clone();
        let lacks_key = one.sources.iter().any(|named| match Kind::at(named.provider) {
            Some(Kind::Venue(venue)) => venue.lacks(&self.access[named.provider]).is_some(),
            Some(Kind::Poller(_)) | None => false,
        });
        if lacks_key {
            return Err(Declined::Gone(label));
        }
        if self.tracked().any(|known| known.instrument.symbol == label) {
            return Err(Declined::Taken(label));
        }
        self.instruments.push(one);
        let chosen = self.instruments.iter().filter(|one| one.chosen).count();
        if chosen > CHOSEN || !self.is_within_limits() {
            self.instruments.pop();
            return Err(Declined::Full(label));
        }
        Ok(())
    }

    /// An instrument that is described the same, with its sources.
    pub fn of(&self, instrument: &Instrument) -> Option<&Sourced> {
        self.tracked().find(|one| one.instrument == *instrument)
    }

    /// The symbols that are wanted of a provider.
    pub fn wanted(&self, provider: usize) -> BTreeSet<String> {
        let sources = self.tracked().flat_map(|one| &one.sources);
        sources
            .filter(|named| named.provider == provider)
            .map(|named| named.symbol.clone())
            .collect()
    }
}

/// How many symbols a provider takes.
fn most_of(kind: Kind) -> usize {
    match kind {
        Kind::Venue(venue) => venue.limits().symbols_per_connection,
        Kind::Poller(poller) => poller.pace().symbols,
    }
}

/// A provider's place.
fn place(name: &str) -> Option<usize> {
    provider::all().position(|kind| kind.name() == name)
}

/// The names of all providers, for an error.
fn names() -> String {
    provider::all().map(Kind::name).collect::<Vec<_>>().join(", ")
}

#[cfg(test)]
mod tests {
    use super::access::filled;
    use super::*;
    use crate::market::server::directory::Offer;

    const EXAMPLE: &str = include_str!("../../../../data/live-market.example.toml");
    const ONE: &str = "[[instrument]]\nsymbol = \"BTC\"\nname = \"Bitcoin\"\ncurrency = \"USD\"\nsources = [\"coinbase:BTC-USD\"]\n";

    #[test]
    fn the_example_is_valid() {
        let plan = Plan::read(EXAMPLE).expect("valid");
        assert_eq!(plan.silent, Duration::from_millis(900));
        let bitcoin = &plan.instruments[0];
        assert_eq!((bitcoin.instrument.symbol.as_str(), bitcoin.sources.len()), ("BTC", 3));
        assert_eq!(
            (0..provider::PROVIDERS).map(|place| plan.wanted(place).len()).collect::<Vec<_>>(),
            [2, 2, 3, 0, 0, 0, 0, 0]
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

    #[test]
    fn only_who_is_named_is_asked_for_a_list_and_only_where_it_is() {
        let lists = |text: &str| -> Vec<Option<String>> {
            let plan = Plan::read(&(text.to_owned() + ONE)).expect("valid");
            plan.lists
        };
        let one = |at: &str, place: usize| {
            let mut all = vec![None; provider::PROVIDERS];
            all[place] = Some(at.to_owned());
            all
        };
        assert_eq!(
            lists(""),
            one("https://api.exchange.coinbase.com", 0),
            "it is a source, and nobody else is"
        );
        let coinbase = "[provider.coinbase]\n";
        let elsewhere = coinbase.to_owned() + "url = \"ws://mirror/\"\n";
        assert!(
            lists(&elsewhere).iter().all(Option::is_none),
            "another host is asked for nothing unsaid"
        );
        let said = elsewhere.clone() + "list_url = \"http://mirror/lists/\"\n";
        assert_eq!(lists(&said), one("http://mirror/lists", 0));
        assert!(
            lists(&(coinbase.to_owned() + "list_url = \"\"\n")).iter().all(Option::is_none),
            "off"
        );
        let finnhub = "[provider.coinbase]\nlist_url = \"\"\n[provider.finnhub]\nurl = \"wss://ws.finnhub.io?token=planted\"\n";
        assert_eq!(lists(finnhub), one("https://finnhub.io/api/v1", 3), "a table is enough");
        for (table, expected) in [
            (
                "[provider.coinbase]\nlist_url = \"wss://planted\"\n",
                "list_url: expected an address",
            ),
            ("[provider.yahoo]\nlist_url = \"https://planted\"\n", "list_url: it has no list"),
        ] {
            let error = format!("{:#}", Plan::read(&(table.to_owned() + ONE)).expect_err("wrong"));
            assert!(error.contains(expected) && !error.contains("planted"), "{error}");
        }
    }

    #[test]
    fn there_is_room_for_so_many_that_people_chose() {
        let mut plan = Plan::read(ONE).expect("valid");
        let offer = |number: usize, symbol: &str| Offer {
            instrument: Instrument {
                symbol: format!("C{number}-USD"),
                name: "A coin".into(),
                currency: "USD".into(),
                sector: "Crypto".into(),
                country: None,
            },
            isin: None,
            counts_as: None,
            provider: 0,
            symbol: symbol.to_owned(),
        };
        let chosen = |plan: &Plan, number: usize| Sourced::chosen(&offer(number, &format!("C{number}-USD")), &plan.access).expect("valid");
        for number in 0..CHOSEN {
            let one = chosen(&plan, number);
            plan.admit(one).expect("room");
        }
        let (again, more) = (chosen(&plan, 0), chosen(&plan, CHOSEN));
        assert_eq!(plan.admit(again), Err(Declined::Taken("C0-USD".into())));
        assert_eq!(plan.admit(more), Err(Declined::Full(format!("C{CHOSEN}-USD"))));
        assert_eq!(plan.instruments.len(), CHOSEN + 1, "what is refused is not there");
        assert!(Sourced::chosen(&offer(1, "C1-EUR"), &plan.access).is_err(), "another currency");
        let mut keyed = offer(2, "AAPL");
        keyed.provider = 3;
        let keyed = Sourced::chosen(&keyed, &plan.access).expect("a share");
        assert!(matches!(plan.admit(keyed), Err(Declined::Gone(_))), "without a key");
    }
}
