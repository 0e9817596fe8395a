//! The head of a table, for whoever says what its columns mean.

use crate::imports::mapping::{Field, Mapping};
use crate::imports::server::table::Table;
use crate::imports::server::text;
use std::collections::BTreeSet;

/// Rows that are shown.
const ROWS: usize = 5;
/// Different words of the column of kinds that are collected.
const WORDS: usize = 40;
/// Characters of a cell that are shown.
const CELL: usize = 60;

/// The head of a table.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Sample {
    /// The names of its columns.
    pub header: Vec<String>,
    /// Its first rows; each has a cell for each column.
    pub rows: Vec<Vec<String>>,
    /// The words that stand in the column of kinds.
    pub words: BTreeSet<String>,
}

/// The head of a file that may be a table; `None` for what is none.
pub fn sample(bytes: &[u8], mapping: Option<&Mapping>) -> Option<Sample> {
    let (text, _) = text::decode(bytes).ok()?;
    if text.trim_start().starts_with(['{', '[', '<', '!']) {
        return None;
    }
    let table = Table::new(&text).ok().filter(|table| table.header.len() > 1)?;
    let proposed = Mapping::propose(&table.header);
    let kinds = mapping.unwrap_or(&proposed).columns.get(&Field::Kind);
    let kinds = kinds.and_then(|name| table.column(&[&name.trim().to_lowercase()]));
    let mut rows = vec![];
    let mut words = BTreeSet::new();
    let read = table.rows(|row| {
        let cell = |at| -> String { row.cell(Some(at), "").text.chars().take(CELL).collect() };
        if rows.len() < ROWS {
            rows.push((0..table.header.len()).map(cell).collect());
        }
        if let Some(at) = kinds {
            let word = cell(at);
            if words.len() < WORDS && !word.is_empty() {
                words.insert(word);
            }
        }
        if rows.len() >= ROWS && kinds.is_none() {
            // The only way to end the reading early.
            return Err(text::whole_file(String::new()));
        }
        Ok(())
    });
    // Ended early, or at its end: both are as good.
    let _ = read;
    Some(Sample {
        header: table.header.clone(),
        rows,
        words,
    })
}
