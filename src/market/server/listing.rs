//! What a market lists: instruments, when they are traded, and in what their candles are kept. It only grows, so that what was found
//! in it stays where it is.

use crate::market::hours::Hours;
use crate::market::instrument::Instrument;
use crate::market::server::by_symbol::BySymbol;
use std::collections::HashMap;
use std::iter::successors;
use std::sync::{Arc, OnceLock};

/// All that a market lists. Cheap to clone; what is added is seen by each clone.
#[derive(Clone, Debug, Default)]
pub struct Listing(Arc<Part>);

/// What was listed at once.
#[derive(Debug, Default)]
pub struct Listed {
    /// Instruments, by symbol.
    pub instruments: BySymbol<Instrument>,
    /// When what a file names is traded.
    pub hours: HashMap<String, Hours>,
    /// The currency of what a file names, pairs of currencies among it.
    pub currencies: HashMap<String, String>,
}

/// What was listed at once, and what was later.
#[derive(Debug, Default)]
struct Part {
    listed: Listed,
    later: OnceLock<Box<Part>>,
}

impl Listing {
    /// What is listed at first.
    pub fn new(first: Listed) -> Self {
        Self(Arc::new(Part {
            listed: first,
            later: OnceLock::new(),
        }))
    }

    /// Lists more. What is listed already stays as it is.
    pub fn add(&self, mut more: Listed) {
        more.instruments.retain(|symbol, _| self.instrument(symbol).is_none());
        more.hours.retain(|symbol, _| self.hours(symbol).is_none());
        more.currencies.retain(|symbol, _| self.currency(symbol).is_none());
        let part = Part {
            listed: more,
            later: OnceLock::new(),
        };
        let (mut last, mut more) = (&*self.0, Box::new(part));
        while let Err(back) = last.later.set(more) {
            let Some(later) = last.later.get() else { return };
            (last, more) = (later, back);
        }
    }

    fn parts(&self) -> impl Iterator<Item = &Listed> {
        successors(Some(&*self.0), |one| one.later.get().map(|later| &**later)).map(|part| &part.listed)
    }

    /// How often something was listed.
    pub fn edition(&self) -> usize {
        self.parts().count()
    }

    /// All instruments, in no order.
    pub fn instruments(&self) -> impl Iterator<Item = &Instrument> {
        self.parts().flat_map(|part| part.instruments.values())
    }

    /// An instrument by its symbol.
    pub fn instrument(&self, symbol: &str) -> Option<&Instrument> {
        self.parts().find_map(|part| part.instruments.get(symbol))
    }

    /// When something that a file names is traded.
    pub fn hours(&self, symbol: &str) -> Option<Hours> {
        self.parts().find_map(|part| part.hours.get(symbol)).copied()
    }

    /// What a file names, and its currency, in no order.
    pub fn currencies(&self) -> impl Iterator<Item = (&str, &str)> {
        let all = self.parts().flat_map(|part| &part.currencies);
        all.map(|(symbol, currency)| (symbol.as_str(), currency.as_str()))
    }

    /// The currency of something that a file names.
    pub fn currency(&self, symbol: &str) -> Option<&str> {
        self.parts().find_map(|part| part.currencies.get(symbol)).map(String::as_str)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn listed(symbol: &str, name: &str) -> Listed {
        let instrument = Instrument {
            symbol: symbol.into(),
            name: name.into(),
            currency: "USD".into(),
            sector: "Other".into(),
            country: None,
        };
        Listed {
            instruments: [(symbol.into(), instrument)].into_iter().collect(),
            hours: [(symbol.into(), Hours::Always)].into(),
            currencies: [(symbol.into(), "USD".into())].into(),
        }
    }

    #[test]
    fn what_is_added_is_seen_by_each_clone_and_what_was_found_stays() {
        let listing = Listing::new(listed("A", "one"));
        let other = listing.clone();
        let found = other.instrument("A").unwrap();
        listing.add(listed("B", "two"));
        listing.add(listed("C", "three"));
        listing.add(listed("A", "another"));
        assert_eq!(found.name, "one");
        let mut names: Vec<_> = other.instruments().map(|one| one.name.as_str()).collect();
        names.sort_unstable();
        assert_eq!(names, ["one", "three", "two"], "each once");
        assert_eq!(
            (other.currency("C"), other.currency("D"), other.hours("B")),
            (Some("USD"), None, Some(Hours::Always))
        );
    }
}
