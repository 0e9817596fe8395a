//! Our table of activities. A spreadsheet must not take a text for a formula, and reading it back must give the same text.

use crate::imports::server::archive::{ArchivedPortfolio, normalize};
use crate::money::Decimal;
use crate::portfolio::activity::Activity;
use csv::WriterBuilder;
use std::collections::HashMap;

/// The columns, in their order.
pub const COLUMNS: [&str; 18] = [
    "id",
    "date",
    "time",
    "type",
    "symbol",
    "name",
    "isin",
    "quantity",
    "price",
    "amount",
    "fee",
    "tax",
    "currency",
    "exchange_rate",
    "ratio",
    "lots",
    "note",
    "tags",
];

/// Puts an apostrophe before what a spreadsheet would compute, and before an apostrophe, so that it can be told again.
pub fn guard(text: &str) -> String {
    match text.starts_with(['=', '+', '-', '@', '\t', '\r', '\'']) {
        true => format!("'{text}"),
        false => text.to_owned(),
    }
}

/// Takes that apostrophe away.
pub fn unguard(text: &str) -> &str {
    match text.strip_prefix('\'') {
        Some(rest) if rest.starts_with(['=', '+', '-', '@', '\t', '\r', '\'']) => rest,
        _ => text,
    }
}

/// The table of a portfolio's activities, in order of their days.
///
/// # Errors
/// None in practice: it is written into memory.
pub fn bytes(portfolio: &ArchivedPortfolio) -> anyhow::Result<Vec<u8>> {
    let instruments: HashMap<_, _> = portfolio
        .instruments
        .iter()
        .map(|instrument| (instrument.symbol.as_str(), instrument))
        .collect();
    let mut activities: Vec<Activity> = portfolio.activities.clone();
    activities.iter_mut().for_each(normalize);
    activities.sort_by(|a, b| (a.day, a.time, &a.id).cmp(&(b.day, b.time, &b.id)));
    let mut writer = WriterBuilder::new().from_writer(vec![]);
    writer.write_record(COLUMNS)?;
    for activity in &activities {
        let symbol = activity.symbol.clone().unwrap_or_default();
        let instrument = instruments.get(symbol.as_str());
        let optional = |number: Option<Decimal>| number.map(|number| number.to_string()).unwrap_or_default();
        let kind = serde_json::to_value(activity.kind)?;
        let row = [
            activity.id.clone(),
            activity.day.to_string(),
            activity.time.map(|time| time.to_string()).unwrap_or_default(),
            kind.as_str().unwrap_or_default().to_owned(),
            symbol.clone(),
            instrument.map(|instrument| instrument.name.clone()).unwrap_or_default(),
            instrument.and_then(|instrument| instrument.isin.clone()).unwrap_or_default(),
            activity.quantity.to_string(),
            optional(activity.price),
            optional(activity.amount),
            activity.fee.to_string(),
            activity.tax.to_string(),
            activity.currency.clone(),
            optional(activity.exchange_rate),
            activity
                .ratio
                .map(|ratio| format!("{}:{}", ratio.new, ratio.old))
                .unwrap_or_default(),
            if activity.lots.is_empty() {
                String::new()
            } else {
                serde_json::to_string(&activity.lots)?
            },
            activity.note.clone(),
            if activity.tags.is_empty() {
                String::new()
            } else {
                serde_json::to_string(&activity.tags)?
            },
        ];
        writer.write_record(row.iter().map(|text| guard(text)))?;
    }
    Ok(writer.into_inner()?)
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn nothing_begins_like_a_formula() {
        for text in ["=1+1", "+1", "-1", "@SUM(A1)", "\tx", "'=1"] {
            assert!(guard(text).starts_with('\''), "{text}");
        }
        assert_eq!(guard("plain = text"), "plain = text");
    }

    proptest! {
        #[test]
        fn every_text_comes_back(text in "['=+@a\\-]{0,4}") {
            let guarded = guard(&text);
            prop_assert_eq!(unguard(&guarded), text);
        }
    }
}
