//! Looks for instruments: among those that a person has, and those that the market lists.

use crate::market::search::Sought;
use crate::market::server::Market;
use crate::portfolio::described::DescribedInstrument;
use crate::portfolio::server::owned::listed;
use std::collections::HashSet;

/// What was found.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Found<T> {
    /// Something that the person has.
    Own(T),
    /// Something that only the market lists.
    Listed(DescribedInstrument),
}

/// The instruments that answer to `q`, the closest first, a person's own before the market's. Where nothing is looked for: all of their
/// own, as they came.
pub fn find<T>(market: &Market, own: Vec<T>, described: impl Fn(&T) -> &DescribedInstrument, q: &str) -> Vec<Found<T>> {
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
            Some(((rank(described(&one))?, false, symbol), Found::Own(one)))
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
        Some(((rank(&one)?, true, one.symbol.clone()), Found::Listed(one)))
    }));
    found.sort_by(|(one, _), (other, _)| one.cmp(other));
    found.into_iter().map(|(_, one)| one).collect()
}
