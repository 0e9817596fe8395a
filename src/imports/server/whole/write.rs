//! Writing the file of a whole account: a line an activity, an instrument, a price, so that a fault has a line of its own and two
//! files can be compared.

use super::{CONTAINS, VERSION, Whole};
use crate::imports::server::archive::{ArchivedPortfolio, normalize};
use serde::Serialize;
use serde_json::Error;

/// The bytes. Lists but that of the portfolios are sorted and numbers have no needless zeros: the same account is the same bytes,
/// whatever its portfolios are called inside of the server.
///
/// # Errors
/// None in practice: every key is a text.
pub fn bytes(whole: Whole) -> Result<Vec<u8>, Error> {
    let Whole { everything, mut columns } = whole;
    let mut out = vec![];
    line(
        &mut out,
        &format!("{{\n  \"finflow\": {VERSION},\n  \"contains\": \"{CONTAINS}\",\n  \"portfolios\": ["),
    );
    let mut is_first = true;
    for (settings, mut activities) in everything.portfolios {
        let head = ArchivedPortfolio::of(String::new(), &settings);
        line(
            &mut out,
            if is_first {
                "\n    {\n      \"name\": "
            } else {
                ",\n    {\n      \"name\": "
            },
        );
        is_first = false;
        serde_json::to_writer(&mut out, &head.name)?;
        line(&mut out, ",\n      \"base_currency\": ");
        serde_json::to_writer(&mut out, &head.base_currency)?;
        line(&mut out, ",\n      \"settings\": ");
        serde_json::to_writer(&mut out, &head.settings)?;
        line(&mut out, ",\n      \"activities\": ");
        activities.iter_mut().for_each(normalize);
        activities.sort_by(|a, b| (a.day, a.time, &a.id).cmp(&(b.day, b.time, &b.id)));
        list(&mut out, "      ", activities.iter())?;
        line(&mut out, "\n    }");
    }
    line(
        &mut out,
        if is_first {
            "],\n  \"instruments\": "
        } else {
            "\n  ],\n  \"instruments\": "
        },
    );
    let mut instruments = everything.instruments;
    instruments.sort_by(|a, b| a.symbol.cmp(&b.symbol));
    list(&mut out, "  ", instruments.iter())?;
    line(&mut out, ",\n  \"prices\": ");
    let mut prices = everything.prices;
    prices.iter_mut().for_each(|one| one.price = one.price.normalize());
    prices.sort_by(|a, b| (&a.symbol, a.day).cmp(&(&b.symbol, b.day)));
    list(&mut out, "  ", prices.iter())?;
    line(&mut out, ",\n  \"columns\": ");
    columns.sort_by(|a, b| a.0.cmp(&b.0));
    let columns = columns.iter().map(|(header, mapping)| Columns { header, mapping });
    list(&mut out, "  ", columns)?;
    line(&mut out, "\n}\n");
    Ok(out)
}

#[derive(Serialize)]
struct Columns<'a> {
    header: &'a str,
    mapping: &'a crate::imports::mapping::Mapping,
}

fn line(out: &mut Vec<u8>, text: &str) {
    out.extend_from_slice(text.as_bytes());
}

fn list<T: Serialize>(out: &mut Vec<u8>, indent: &str, items: impl Iterator<Item = T>) -> Result<(), Error> {
    line(out, "[");
    let mut is_empty = true;
    for item in items {
        line(out, if is_empty { "\n" } else { ",\n" });
        is_empty = false;
        line(out, indent);
        line(out, "  ");
        serde_json::to_writer(&mut *out, &item)?;
    }
    if !is_empty {
        line(out, "\n");
        line(out, indent);
    }
    line(out, "]");
    Ok(())
}
