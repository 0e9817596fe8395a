//! Holds docs/RELIABILITY.md to the tests: a row of it is a number, and a test that keeps it has the number in its name.

use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::path::Path;

/// How many rows there are.
const ROWS: u32 = 30;
/// Rows that nothing keeps yet.
const OPEN: [u32; 0] = [];

/// The number of a row that a test's name begins with.
fn row(name: &str) -> Option<u32> {
    let (number, rest) = name.strip_prefix("row_")?.split_once('_')?;
    number.parse().ok().filter(|_| number.len() == 2 && !rest.is_empty())
}

/// The tests of the sources that keep a row.
fn tests() -> BTreeSet<String> {
    fn walk(folder: &Path, found: &mut BTreeSet<String>) {
        for entry in fs::read_dir(folder).unwrap() {
            let path = entry.unwrap().path();
            if path.is_dir() {
                walk(&path, found);
            } else if path.extension().is_some_and(|extension| extension == "rs") {
                let text = fs::read_to_string(&path).unwrap();
                let names = text.lines().filter_map(|line| line.split_once("fn row_"));
                found.extend(names.filter_map(|(_, rest)| Some(format!("row_{}", rest.split_once('(')?.0))));
            }
        }
    }
    let (root, mut found) = (Path::new(env!("CARGO_MANIFEST_DIR")), BTreeSet::new());
    ["src", "tests", "xtask/src"]
        .iter()
        .for_each(|folder| walk(&root.join(folder), &mut found));
    found
}

/// The tests that each row of the document names.
fn document() -> BTreeMap<u32, BTreeSet<String>> {
    let text = fs::read_to_string(Path::new(env!("CARGO_MANIFEST_DIR")).join("docs/RELIABILITY.md")).unwrap();
    let rows = text.lines().filter_map(|line| {
        let number = line.strip_prefix("| ")?.split_once(" |")?.0.parse().ok()?;
        let names = line.split('`').filter(|name| name.starts_with("row_"));
        Some((number, names.map(str::to_owned).collect()))
    });
    rows.collect()
}

#[test]
fn each_row_is_kept_by_a_test_that_has_its_number() {
    let (tests, document) = (tests(), document());
    assert_eq!(document.keys().copied().collect::<Vec<_>>(), (1..=ROWS).collect::<Vec<_>>());
    for (number, named) in &document {
        assert!(!named.is_empty() || OPEN.contains(number), "nothing keeps row {number}");
        assert!(
            named.iter().all(|name| row(name) == Some(*number)),
            "row {number} names a test of another: {named:?}"
        );
    }
    let named: BTreeSet<_> = document.into_values().flatten().collect();
    let missing: Vec<_> = named.difference(&tests).collect();
    assert!(missing.is_empty(), "the document names what is not there: {missing:?}");
}

/// A crate with known faults fails the check of every change: the check asks for them, and no exception is made.
#[test]
fn row_30_the_check_asks_for_dependencies_with_known_faults() {
    let read = |path: &str| fs::read_to_string(Path::new(env!("CARGO_MANIFEST_DIR")).join(path)).unwrap();
    let (ci, check, deny) = (read(".ci/run"), read("xtask/src/check.rs"), read("xtask/src/deny.rs"));
    assert!(ci.lines().any(|line| line == "cargo xtask check"), "every change is checked");
    assert!(
        check.lines().any(|line| line.trim() == "deny::check()?;"),
        "the check asks cargo-deny, and fails with it"
    );
    for asked in ["bans", "licenses", "sources", "advisories"] {
        assert!(deny.contains(&format!("\"{asked}\"")), "{asked}");
    }
    let policy: toml::Table = read("deny.toml").parse().unwrap();
    let advisories = policy["advisories"].as_table().unwrap();
    assert_eq!(advisories["yanked"].as_str(), Some("deny"));
    assert!(!advisories.contains_key("ignore"), "no fault is looked away from");
}
