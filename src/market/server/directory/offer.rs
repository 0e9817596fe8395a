//! What a provider lists and the house does not have: as it would be listed here, and how it is found.

use crate::market::instrument::Instrument;
use crate::market::search::{Match, Sought};
use crate::market::server::Market;
use crate::market::server::exchange;
use crate::market::server::provider::Kind;
use crate::market::server::provider::lister::Entry;
use crate::market::server::provider::venue::Access;
use crate::market::server::sources::file::{Named, Plan};
use std::collections::{BTreeMap, HashSet};

/// Most that one search tells of.
pub const MOST: usize = 200;

/// What the house has of what providers list, and how it reads their lists.
#[derive(Debug, Default)]
pub(super) struct House {
    /// Providers' symbols that are sources of something.
    sources: HashSet<(usize, String)>,
    /// What the operator's file says of units that are as good as those of a currency: `USDT`, `USD`.
    counts_as: BTreeMap<String, String>,
    /// Providers that lack a key.
    lacking: HashSet<usize>,
}

impl House {
    /// What a plan has.
    pub(super) fn of(plan: &Plan) -> Self {
        let named = |one: &Named| (one.provider, one.symbol.clone());
        let lacks = |(place, access): (usize, &Access)| match Kind::at(place)? {
            Kind::Venue(venue) => venue.lacks(access).map(|_| place),
            Kind::Poller(_) => None,
        };
        let mut counts_as = BTreeMap::new();
        for one in &plan.instruments {
            for unit in &one.counts_as {
                counts_as.entry(unit.clone()).or_insert_with(|| one.instrument.currency.clone());
            }
        }
        Self {
            sources: plan.tracked().flat_map(|one| &one.sources).map(named).collect(),
            counts_as,
            lacking: plan.access.iter().enumerate().filter_map(lacks).collect(),
        }
    }

    /// What an entry would be here; `None` for what cannot be valued, and for what is money itself.
    fn offer(&self, provider: usize, entry: &Entry) -> Option<Offer> {
        let known = |code: &str| exchange::shipped().knows(code);
        let money = |code: &'_ str| known(code).then(|| code.to_owned());
        let currency = money(&entry.currency).or_else(|| self.counts_as.get(&entry.currency).cloned())?;
        let is_money = known(&entry.code) || self.counts_as.contains_key(&entry.code);
        // A coin is a pair, whatever a provider calls it; a share is its own label.
        let is_pair = entry.code != entry.symbol;
        if is_pair && is_money || self.lacking.contains(&provider) {
            return None;
        }
        let symbol = match Kind::at(provider)? {
            Kind::Venue(venue) => venue
                .symbol(&entry.symbol)
                .ok()
                .filter(|symbol| venue.currency(symbol) == entry.currency)?,
            Kind::Poller(_) => return None,
        };
        let label = if is_pair {
            format!("{}-{currency}", entry.code)
        } else {
            entry.code.clone()
        };
        let name = if entry.name.is_empty() { &entry.code } else { &entry.name };
        Some(Offer {
            instrument: Instrument {
                symbol: label,
                name: name.clone(),
                sector: entry.sector.to_owned(),
                country: None,
                currency: currency.clone(),
            },
            isin: entry.isin.clone(),
            counts_as: (currency != entry.currency).then(|| entry.currency.clone()),
            provider,
            symbol,
        })
    }
}

/// An instrument that a provider lists and nobody has chosen yet.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Offer {
    /// As the market would list it.
    pub instrument: Instrument,
    /// Its International Securities Identification Number, where the provider tells it.
    pub isin: Option<String>,
    /// What the provider prices it in, where the operator says that a unit of it is as good as one of the currency.
    pub counts_as: Option<String>,
    /// The place of the provider.
    pub provider: usize,
    /// The provider's own symbol.
    pub symbol: String,
}

impl Offer {
    /// Its source as the operator's file would name it: `coinbase:SOL-USD`.
    pub fn source(&self) -> String {
        let provider = Kind::at(self.provider).map_or("", Kind::name);
        format!("{provider}:{}", self.symbol)
    }
}

/// What was found in the lists.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Offers {
    /// The closest first, each with how close it is; at most `MOST`.
    pub closest: Vec<(Match, Offer)>,
    /// How many more there are.
    pub more: usize,
}

impl Market {
    /// What providers list that answers to `q` and is not in the house yet, by symbol, name and ISIN. Of what is as close as another,
    /// what is priced in `currency` comes first, then by its label. Empty where nothing is looked for, and where no provider is asked.
    pub async fn offers(&self, q: &str, currency: &str) -> Offers {
        let sought = Sought::new(q);
        if sought.is_empty() {
            return Offers::default();
        }
        let (market, currency) = (self.clone(), currency.to_owned());
        // Tens of thousands of names: a runtime's thread has others to serve.
        let found = tokio::task::spawn_blocking(move || market.offered(&sought, &currency)).await;
        found.unwrap_or_default()
    }

    fn offered(&self, sought: &Sought, currency: &str) -> Offers {
        let (house, lists) = self.directory.all();
        let mut found = vec![];
        for (provider, entries) in &lists {
            for entry in entries.iter() {
                let compact = format!("{}{}", entry.code, entry.currency);
                let labels = [Some(&entry.code), Some(&entry.symbol), Some(&compact), entry.isin.as_ref()];
                let labels = labels.into_iter().flatten().map(String::as_str);
                let Some(close) = sought.matches(labels, &entry.name) else {
                    continue;
                };
                let offer = house.offer(*provider, entry);
                found.extend(offer.filter(|offer| self.is_new(&house, offer)).map(|offer| (close, offer)));
            }
        }
        // Among so many tickers one that differs by a letter is not what was meant, where another does not.
        let best = found.iter().map(|(close, _)| *close).min();
        if best.is_some_and(|best| best < Match::Fuzzy) {
            found.retain(|(close, _)| *close < Match::Fuzzy);
        }
        let key = |(close, one): &(Match, Offer)| {
            let other = one.instrument.currency != currency;
            (*close, other, one.instrument.symbol.clone(), one.provider, one.symbol.clone())
        };
        found.sort_by_cached_key(key);
        let more = found.len().saturating_sub(MOST);
        found.truncate(MOST);
        Offers { closest: found, more }
    }

    /// Whether the house has nothing of it, and could list it.
    fn is_new(&self, house: &House, offer: &Offer) -> bool {
        let Instrument { symbol, currency, .. } = &offer.instrument;
        let sourced = |label: &str| self.listing.currency(label) == Some(currency);
        let code = symbol.split_once('-').map_or(symbol.as_str(), |(code, _)| code);
        !house.sources.contains(&(offer.provider, offer.symbol.clone()))
            && !sourced(symbol)
            && !sourced(code)
            && self.listing.instrument(symbol).is_none_or(|known| known.currency == *currency)
    }

    /// What a provider lists under a source's name, `coinbase:SOL-USD`, whether the house has it or not.
    pub fn offer(&self, source: &str) -> Option<Offer> {
        let (provider, symbol) = source.split_once(':')?;
        let (house, lists) = self.directory.all();
        let is_of = |place: &usize| Kind::at(*place).is_some_and(|kind| kind.name() == provider);
        let (place, entries) = lists.iter().find(|(place, _)| is_of(place))?;
        let entry = entries.iter().find(|entry| entry.symbol == symbol)?;
        house.offer(*place, entry)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::market::server::provider::lister::coin;

    fn house() -> House {
        let text = "[[instrument]]\nsymbol = \"BTC\"\nname = \"Bitcoin\"\ncurrency = \"USD\"\ncounts_as = [\"USDT\"]\nsources = [\"binance:BTCUSDT\"]\n";
        House::of(&Plan::read(text).unwrap())
    }

    #[test]
    fn a_coin_is_a_pair_in_money_whose_rate_is_known() {
        let house = house();
        let offered = |provider: usize, entry: &Entry| {
            let offer = house.offer(provider, entry)?;
            Some((offer.instrument.symbol.clone(), offer.instrument.name.clone(), offer.source()))
        };
        let told = |label: &str, name: &str, source: &str| Some((label.to_owned(), name.to_owned(), source.to_owned()));
        assert_eq!(
            offered(0, &coin("SOL-USD", "SOL", "USD", "Solana")),
            told("SOL-USD", "Solana", "coinbase:SOL-USD")
        );
        assert_eq!(
            offered(1, &coin("SOLUSDT", "SOL", "USDT", "")),
            told("SOL-USD", "SOL", "binance:SOLUSDT")
        );
        assert_eq!(
            offered(2, &coin("SOL/EUR", "SOL", "EUR", "")),
            told("SOL-EUR", "SOL", "kraken:SOL/EUR")
        );
        for (provider, entry) in [
            (0, coin("SOL-BTC", "SOL", "BTC", "in a coin")),
            (0, coin("SOL-USDC", "SOL", "USDC", "what nobody says is as good as money")),
            (2, coin("EUR/USD", "EUR", "USD", "money")),
            (2, coin("USDT/USD", "USDT", "USD", "as good as money")),
            (1, coin("SOLUSDT", "SOL", "USD", "not what its symbol says")),
            (0, coin("SOL USD", "SOL", "USD", "no symbol of the venue")),
        ] {
            assert_eq!(offered(provider, &entry), None, "{entry:?}");
        }
        let share = Entry {
            code: "AAPL".into(),
            sector: "Other",
            ..coin("AAPL", "AAPL", "USD", "APPLE INC")
        };
        assert_eq!(offered(3, &share), None, "there is no key");
    }
}
