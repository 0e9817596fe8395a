//! Looks for instruments: among those that a person has, those that the market lists, and those that providers list.

use crate::market::instrument::Instrument;
use crate::market::search::{Match, Sought};
use crate::market::server::Market;
use crate::market::server::directory::Offer;
use crate::market::server::provider::lister::CRYPTO;
use crate::portfolio::described::{DescribedInstrument, InstrumentKind};
use crate::portfolio::server::owned::listed;
use std::collections::HashSet;

/// What was found.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Found<T> {
    /// Something that the person has.
    Own(T),
    /// Something that only the market lists.
    Listed(DescribedInstrument),
    /// Something that only a provider lists.
    Offered(Offer),
}

/// The instruments that answer to `q`, the closest first, a person's own before the market's, and these before what providers `offer`,
/// which keeps its order. Where nothing is looked for: all of their own, as they came.
pub fn find<T>(
    market: &Market,
    own: Vec<T>,
    described: impl Fn(&T) -> &DescribedInstrument,
    q: &str,
    offers: Vec<(Match, Offer)>,
) -> Vec<Found<T>> {
    let sought = Sought::new(q);
    if sought.is_empty() {
        return own.into_iter().map(Found::Own).collect();
    }
    let rank = |one: &DescribedInstrument| {
        let named = |name: &str| {
            let labels = [Some(&one.symbol), one.alias.as_ref(), one.isin.as_ref()];
            sought.matches(labels.into_iter().flatten().map(String::as_str), name)
        };
        // What its owner gave no name is known by the market's.
        let listed = listed(market, &one.symbol, Some(one)).and_then(|listed| named(&listed.name));
        [named(&one.name), listed].into_iter().flatten().min()
    };
    let known: HashSet<String> = own.iter().map(|one| described(one).symbol.clone()).collect();
    let mut found: Vec<_> = own
        .into_iter()
        .filter_map(|one| {
            let symbol = described(&one).symbol.clone();
            Some(((rank(described(&one))?, 0, symbol), Found::Own(one)))
        })
        .collect();
    let others = market.instruments().filter(|one| !known.contains(&one.symbol));
    found.extend(others.filter_map(|one| {
        let one = DescribedInstrument {
            symbol: one.symbol.clone(),
            name: one.name.clone(),
            currency: Some(one.currency.clone()),
            sector: one.sector.clone(),
            country: one.country.clone(),
            ..DescribedInstrument::default()
        };
        Some(((rank(&one)?, 1, one.symbol.clone()), Found::Listed(one)))
    }));
    // They are in order among themselves, and the sort leaves them so.
    found.extend(
        offers
            .into_iter()
            .map(|(close, one)| ((close, 2, String::new()), Found::Offered(one))),
    );
    found.sort_by(|(one, _), (other, _)| one.cmp(other));
    found.into_iter().map(|(_, one)| one).collect()
}

/// What a provider lists, as a person would describe it.
pub fn described(offer: &Offer) -> DescribedInstrument {
    let instrument = &offer.instrument;
    DescribedInstrument {
        symbol: instrument.symbol.clone(),
        name: instrument.name.clone(),
        currency: Some(instrument.currency.clone()),
        isin: offer.isin.clone(),
        kind: if instrument.sector == CRYPTO {
            InstrumentKind::Crypto
        } else {
            InstrumentKind::Unknown
        },
        sector: instrument.sector.clone(),
        ..DescribedInstrument::default()
    }
}

/// Who calls something otherwise than the market does has the market's label as an alias.
pub fn called(one: &mut DescribedInstrument, listed: Instrument) {
    if listed.symbol != one.symbol && one.alias.is_none() {
        one.alias = Some(listed.symbol);
    }
}
