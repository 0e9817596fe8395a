//! What the operator's own addresses are asked.

use super::parts;
use crate::market::server::provider::poller::Request;
use crate::market::server::provider::venue::Access;
use std::collections::{BTreeMap, BTreeSet};

/// One request a file, for all of its symbols.
pub fn all(symbols: &BTreeSet<String>, access: &Access) -> Vec<Request> {
    let mut files: BTreeMap<&str, Vec<String>> = BTreeMap::new();
    for symbol in symbols {
        files.entry(parts(symbol).0).or_default().push(symbol.clone());
    }
    let requests = files.into_iter().filter_map(|(name, symbols)| {
        Some(Request {
            address: access.files.get(name)?.address.0.clone(),
            lane: name.to_owned(),
            symbols,
        })
    });
    requests.collect()
}

#[cfg(test)]
mod tests {
    use super::super::decode::tests::table;
    use super::*;

    #[test]
    fn a_file_is_asked_for_once() {
        let access = Access {
            files: [("funds".to_owned(), table("csv", "")), ("one".to_owned(), table("json", ""))].into(),
            ..Access::default()
        };
        let symbols = ["funds/A", "funds/B", "one", "gone/C"].map(str::to_owned).into();
        let requests = all(&symbols, &access);
        let lanes: Vec<_> = requests.iter().map(|one| (one.lane.as_str(), one.symbols.len())).collect();
        assert_eq!(lanes, [("funds", 2), ("one", 1)]);
        assert!(!format!("{requests:?} {:?}", access.files).contains("planted"));
    }
}
