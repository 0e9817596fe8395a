//! One instrument of the file, or one pair of currencies, and where its price comes from.

use super::{names, place};
use crate::market::hours::Hours;
use crate::market::instrument::Instrument;
use crate::market::server::directory::Offer;
use crate::market::server::provider::Kind;
use crate::market::server::provider::venue::Access;
use anyhow::{bail, ensure};
use serde::Deserialize;
use std::time::Duration;

/// The age in seconds at which the price of something is stale that a person chose: many coins are seldom traded.
const STALE_SECONDS: u64 = 86_400;
/// The same where the market closes: over a long weekend.
const STALE_CLOSED: Duration = Duration::from_secs(4 * 86_400);

/// An instrument and where its price comes from.
#[derive(Clone, Debug)]
pub struct Sourced {
    /// The instrument.
    pub instrument: Instrument,
    /// Its sources, the first the best.
    pub sources: Vec<Named>,
    /// Currencies of which a unit is as good as one of the instrument's.
    pub counts_as: Vec<String>,
    /// Whether a person chose it from what its provider lists; else the file names it.
    pub chosen: bool,
}

/// A source as the file names it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Named {
    /// The provider's place.
    pub provider: usize,
    /// Its own symbol.
    pub symbol: String,
    /// The age at which its price is stale.
    pub stale: Duration,
}

/// What is said of an instrument.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub struct InstrumentTable {
    /// Its label.
    pub symbol: String,
    name: String,
    currency: String,
    sector: Option<String>,
    country: Option<String>,
    sources: Vec<String>,
    stale_seconds: Option<u64>,
    #[serde(default)]
    counts_as: Vec<String>,
}

/// What is said of a pair of currencies.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub struct PairTable {
    from: String,
    to: String,
    sources: Vec<String>,
    stale_seconds: Option<u64>,
    #[serde(default)]
    counts_as: Vec<String>,
}

impl PairTable {
    /// The label of its rate.
    pub fn symbol(&self) -> String {
        format!("{}/{}", self.from, self.to)
    }

    /// Its rate as something with a price.
    pub fn instrument(self) -> anyhow::Result<InstrumentTable> {
        let Self { from, to, .. } = &self;
        ensure!(is_code(from), "from: expected an ISO 4217 code like EUR");
        ensure!(is_code(to) && from != to, "to: expected another ISO 4217 code, like USD");
        Ok(InstrumentTable {
            symbol: self.symbol(),
            name: format!("1 {from} in {to}"),
            currency: self.to,
            sector: Some("Currencies".into()),
            country: None,
            sources: self.sources,
            stale_seconds: self.stale_seconds,
            counts_as: self.counts_as,
        })
    }
}

fn is_code(text: &str) -> bool {
    text.len() == 3 && text.bytes().all(|letter| letter.is_ascii_uppercase())
}

impl Sourced {
    /// When it is traded: what all of its sources say.
    pub fn hours(&self) -> Hours {
        let of = |named: &Named| Kind::at(named.provider).map_or(Hours::Unknown, |kind| kind.hours(&named.symbol));
        let mut all = self.sources.iter().map(of);
        let first = all.next().unwrap_or(Hours::Unknown);
        if all.all(|one| one == first) { first } else { Hours::Unknown }
    }

    /// Reads what is said of an instrument.
    pub fn read(table: InstrumentTable, stale_seconds: u64, access: &[Access]) -> anyhow::Result<Self> {
        let plain =
            |text: &str, most| (1..=most).contains(&text.chars().count()) && text.trim() == text && !text.contains(char::is_control);
        ensure!(plain(&table.symbol, 64), "symbol: expected 1 to 64 characters");
        ensure!(plain(&table.name, 200), "name: expected 1 to 200 characters");
        ensure!(is_code(&table.currency), "currency: expected an ISO 4217 code like USD");
        ensure!(
            table
                .country
                .as_deref()
                .is_none_or(|code| rust_iso3166::from_alpha2(code).is_some()),
            "country: expected two letters of ISO 3166 like US"
        );
        let own = table.stale_seconds.unwrap_or(stale_seconds);
        ensure!((1..=604_800).contains(&own), "stale_seconds: expected 1 to 604800");
        ensure!(
            !table.sources.is_empty(),
            "sources: expected at least one, like \"coinbase:BTC-USD\""
        );
        let mut sources: Vec<Named> = vec![];
        for source in &table.sources {
            let named = table.source(source, own, access)?;
            let twice = sources
                .iter()
                .any(|one| one.provider == named.provider && one.symbol == named.symbol);
            ensure!(!twice, "sources: {source:?} is there twice");
            sources.push(named);
        }
        Ok(Self {
            instrument: Instrument {
                symbol: table.symbol,
                name: table.name,
                currency: table.currency,
                sector: table.sector.unwrap_or_else(|| "Other".into()),
                country: table.country,
            },
            sources,
            counts_as: table.counts_as,
            chosen: false,
        })
    }

    /// Reads what a person chose, as if the file named it.
    ///
    /// # Errors
    /// Its provider does not know such a symbol, or prices it in something else.
    pub fn chosen(offer: &Offer, access: &[Access]) -> anyhow::Result<Self> {
        let instrument = offer.instrument.clone();
        let table = InstrumentTable {
            symbol: instrument.symbol,
            name: instrument.name,
            currency: instrument.currency,
            sector: Some(instrument.sector),
            country: instrument.country,
            sources: vec![offer.source()],
            stale_seconds: None,
            counts_as: offer.counts_as.iter().cloned().collect(),
        };
        let mut one = Self::read(table, STALE_SECONDS, access)?;
        if one.hours() != Hours::Always {
            for source in &mut one.sources {
                source.stale = STALE_CLOSED;
            }
        }
        one.chosen = true;
        Ok(one)
    }
}

impl InstrumentTable {
    fn source(&self, source: &str, stale_seconds: u64, access: &[Access]) -> anyhow::Result<Named> {
        let (name, symbol) = source.split_once(':').unwrap_or((source, ""));
        let (Some(place), Some(kind)) = (place(name), place(name).and_then(Kind::at)) else {
            bail!("sources: {name:?} is none of {}", names())
        };
        let access = &access[place];
        let symbol = match kind {
            Kind::Venue(venue) => venue.symbol(symbol),
            Kind::Poller(poller) => poller.symbol(symbol, access),
        };
        let symbol = symbol.map_err(|expected| anyhow::anyhow!("sources: {source:?}: expected {expected} after {name}:"))?;
        let (priced_in, every) = match kind {
            Kind::Venue(venue) => (Some(venue.currency(&symbol).to_owned()), Duration::ZERO),
            Kind::Poller(poller) => (poller.currency(&symbol, access), access.every.unwrap_or(poller.pace().every)),
        };
        if let Some(priced_in) = priced_in {
            let currency = &self.currency;
            ensure!(
                priced_in == *currency || self.counts_as.contains(&priced_in),
                "sources: {source:?} is priced in {priced_in} and the instrument in {currency}; where a unit of one is a unit of the other \
                 to you, say counts_as = [\"{priced_in}\"]"
            );
        }
        let stale = Duration::from_secs(stale_seconds);
        // What is asked each minute is not stale before it could be asked again, and once more.
        let least = if self.stale_seconds.is_none() {
            every * 5 / 2
        } else {
            Duration::ZERO
        };
        Ok(Named {
            provider: place,
            symbol,
            stale: stale.max(least),
        })
    }
}
