//! What a file of the operator's own says.

use super::{Format, Table, parts};
use crate::market::server::provider::poller::{Request, Said, Text};
use crate::market::server::provider::venue::{Malformed, Tick, price, told};
use chrono::{DateTime, NaiveDate, NaiveDateTime, NaiveTime, Utc};
use csv::StringRecord;
use serde_json::value::RawValue;
use std::borrow::Cow;
use std::collections::HashMap;

/// Most rows of a file.
const ROWS: usize = 100_000;

/// A row, each field as its text.
#[derive(Debug, Default)]
struct Row {
    symbol: Option<String>,
    price: Option<String>,
    time: Option<String>,
    currency: Option<String>,
}

/// The prices that a request is for.
pub fn file(table: &Table, request: &Request, answer: &Text<'_>) -> Result<Vec<Said>, Malformed> {
    if answer.status != 200 {
        return Err(Malformed(format!("an answer with status {}", answer.status)));
    }
    let rows = match table.format {
        Format::Csv => csv_rows(table, answer.body)?,
        Format::Json => json_rows(table, answer.body)?,
    };
    if table.symbol.is_none() {
        // The only row, or of a list the last, which is the newest.
        let symbol = request.symbols.first().cloned().unwrap_or_default();
        let row = rows.last().ok_or_else(|| Malformed("no row".into()))?;
        return Ok(vec![said(table, symbol, row)?]);
    }
    // The last row of a symbol counts.
    let rows: HashMap<&str, &Row> = rows.iter().filter_map(|row| Some((row.symbol.as_deref()?.trim(), row))).collect();
    let one = |symbol: &String| match parts(symbol).1.and_then(|name| rows.get(name)) {
        Some(row) => said(table, symbol.clone(), row),
        None => Ok(Said::Absent {
            symbol: symbol.clone(),
            reason: "the file has no such row".into(),
        }),
    };
    request.symbols.iter().map(one).collect()
}

fn said(table: &Table, symbol: String, row: &Row) -> Result<Said, Malformed> {
    let wrong = |what: &str, text: &Option<String>| {
        let text = text.as_deref().unwrap_or("nothing");
        Malformed(told(&format!("{symbol}: {what} {text:?}")))
    };
    let number = row.price.as_deref().and_then(|text| amount(text, table.decimal_comma));
    let number = number.ok_or_else(|| wrong("expected a price above zero, found", &row.price))?;
    let quoted_at = match &table.time {
        Some(_) => Some(
            row.time
                .as_deref()
                .and_then(moment)
                .ok_or_else(|| wrong("expected a moment, found", &row.time))?,
        ),
        None => None,
    };
    let currency = table.priced_in.as_ref().or(row.currency.as_ref());
    let currency = currency.map(|code| code.trim().to_owned()).filter(|code| code.len() == 3);
    let currency = currency.ok_or_else(|| wrong("expected a currency, found", &row.currency))?;
    let tick = Tick {
        symbol,
        price: number,
        quoted_at,
        trade: None,
        size: None,
    };
    Ok(Said::Price(tick, currency))
}

/// A price; spaces and marks of thousands that the decimal mark leaves no doubt about are taken away.
fn amount(text: &str, comma: bool) -> Option<crate::money::Decimal> {
    let (thousands, point) = if comma { ('.', ',') } else { (',', '.') };
    let text = text.trim();
    let (whole, places) = text.split_once(point).unwrap_or((text, ""));
    // 1,234.5 has groups of three; 1,23 has none, and may mean something else.
    let mut groups = whole.split(thousands);
    let first = groups.next()?;
    let grouped = groups.clone().count() > 0;
    if grouped && (!(1..=3).contains(&first.len()) || groups.any(|group| group.len() != 3)) {
        return None;
    }
    let whole: String = whole.chars().filter(|one| *one != thousands).collect();
    if text.contains(point) {
        price(&format!("{whole}.{places}"))
    } else {
        price(&whole)
    }
}

/// A moment: RFC 3339, a day, a day with a time of UTC, or seconds or milliseconds since 1970.
fn moment(text: &str) -> Option<DateTime<Utc>> {
    let text = text.trim();
    let midnight = |day: NaiveDate| day.and_time(NaiveTime::MIN).and_utc();
    if let Ok(number) = text.parse::<i64>() {
        return if number.unsigned_abs() < 100_000_000_000 {
            DateTime::from_timestamp(number, 0)
        } else {
            DateTime::from_timestamp_millis(number)
        };
    }
    let exact = DateTime::parse_from_rfc3339(text).map(|moment| moment.to_utc());
    let naive = |form: &str| NaiveDateTime::parse_from_str(text, form).map(|moment| moment.and_utc());
    let day = |form: &str| NaiveDate::parse_from_str(text, form).map(midnight);
    exact
        .or_else(|_| naive("%Y-%m-%d %H:%M:%S"))
        .or_else(|_| naive("%Y-%m-%dT%H:%M:%S"))
        .or_else(|_| day("%Y-%m-%d"))
        .or_else(|_| day("%d.%m.%Y"))
        .ok()
}

fn csv_rows(table: &Table, body: &str) -> Result<Vec<Row>, Malformed> {
    let wrong = |error: csv::Error| Malformed(told(&error.to_string()));
    let delimiter = table.delimiter.and_then(|one| u8::try_from(one).ok()).unwrap_or(b',');
    let mut reader = csv::ReaderBuilder::new()
        .delimiter(delimiter)
        .trim(csv::Trim::All)
        .flexible(true)
        .from_reader(body.trim_start_matches('\u{feff}').as_bytes());
    let headers = reader.headers().map_err(wrong)?.clone();
    let place = |name: &String| {
        let found = headers.iter().position(|header| header == name);
        found.ok_or_else(|| Malformed(told(&format!("no column {name:?}"))))
    };
    let symbol = table.symbol.as_ref().map(place).transpose()?;
    let price = Some(place(&table.price)?);
    let time = table.time.as_ref().map(place).transpose()?;
    let currency = table.currency.as_ref().map(place).transpose()?;
    let at = |record: &StringRecord, place: Option<usize>| place.and_then(|place| record.get(place)).map(str::to_owned);
    let mut rows = vec![];
    for record in reader.records().take(ROWS) {
        let record = record.map_err(wrong)?;
        rows.push(Row {
            symbol: at(&record, symbol),
            price: at(&record, price),
            time: at(&record, time),
            currency: at(&record, currency),
        });
    }
    Ok(rows)
}

/// The rows of JSON. A number keeps its text: it never becomes a float.
fn json_rows(table: &Table, body: &str) -> Result<Vec<Row>, Malformed> {
    let whole: &RawValue = serde_json::from_str(body)?;
    let list = at(whole, table.rows.as_deref().unwrap_or_default())?;
    let list = list.ok_or_else(|| Malformed("nothing stands where rows points to".into()))?;
    let rows: Vec<&RawValue> = if list.get().starts_with('[') {
        serde_json::from_str(list.get())?
    } else {
        vec![list]
    };
    let field = |row: &RawValue, pointer: Option<&String>| -> Result<Option<String>, Malformed> {
        let found = pointer.map(|pointer| at(row, pointer)).transpose()?.flatten();
        Ok(found.and_then(text))
    };
    let row = |row: &RawValue| {
        Ok(Row {
            symbol: field(row, table.symbol.as_ref())?,
            price: field(row, Some(&table.price))?,
            time: field(row, table.time.as_ref())?,
            currency: field(row, table.currency.as_ref())?,
        })
    };
    rows.into_iter().take(ROWS).map(row).collect()
}

/// What a pointer leads to. Only what lies on the way is read.
fn at<'a>(value: &'a RawValue, pointer: &str) -> Result<Option<&'a RawValue>, Malformed> {
    let mut value = value;
    for step in pointer.split('/').skip(1) {
        let step = step.replace("~1", "/").replace("~0", "~");
        let found = if value.get().starts_with('[') {
            let list: Vec<&RawValue> = serde_json::from_str(value.get())?;
            step.parse::<usize>().ok().and_then(|place| list.get(place).copied())
        } else if value.get().starts_with('{') {
            let fields: HashMap<Cow<str>, &RawValue> = serde_json::from_str(value.get())?;
            fields.get(step.as_str()).copied()
        } else {
            None
        };
        match found {
            Some(found) => value = found,
            None => return Ok(None),
        }
    }
    Ok(Some(value))
}

/// The text of a string or a number; of all else there is none.
fn text(value: &RawValue) -> Option<String> {
    match value.get().as_bytes().first()? {
        b'"' => serde_json::from_str(value.get()).ok(),
        b'-' | b'0'..=b'9' => Some(value.get().to_owned()),
        _ => None,
    }
}

#[cfg(test)]
pub mod tests {
    use super::*;
    use crate::market::server::provider::damage::survive;
    use proptest::prelude::*;

    /// A description whose address holds a secret.
    pub fn table(format: &str, more: &str) -> Table {
        let text = format!("address = \"https://a/?key=planted\"\nformat = \"{format}\"\n{more}\n");
        let text = if more.contains("price =") {
            text
        } else {
            text + "price = \"/p\"\npriced_in = \"EUR\"\n"
        };
        toml::from_str(&text).expect("a table")
    }

    const CSV: &str = "ISIN;Name;Kurs;Datum;Waehrung\nIE00B4L5Y983;World;1.091,25;24.11.2026;EUR\nLU0000000001;Other;7,5;23.11.2026;USD\n";
    const CSV_TABLE: &str =
        "symbol = \"ISIN\"\nprice = \"Kurs\"\ntime = \"Datum\"\ncurrency = \"Waehrung\"\ndelimiter = \";\"\ndecimal_comma = true";
    const JSON: &str = r#"{"data":{"items":[{"id":"A","q":{"last":1234.50000001},"at":1764028800,"ccy":"USD"},{"id":"B","q":{"last":"7.25"},"at":"2026-11-24T10:00:00Z","ccy":"EUR"},{"id":"C","q":{"last":null}}]}}"#;
    const JSON_TABLE: &str = "rows = \"/data/items\"\nsymbol = \"/id\"\nprice = \"/q/last\"\ntime = \"/at\"\ncurrency = \"/ccy\"";

    fn read(table: &Table, symbols: &[&str], body: &str) -> Result<Vec<String>, Malformed> {
        let request = Request {
            address: String::new(),
            lane: "f".into(),
            symbols: symbols.iter().map(|one| (*one).to_owned()).collect(),
        };
        let said = file(table, &request, &Text { status: 200, body })?;
        let line = |said| match said {
            Said::Price(tick, currency) => {
                let time = tick.quoted_at.map(|at| at.to_rfc3339()).unwrap_or_default();
                format!("{} {} {currency} {time}", tick.symbol, tick.price)
            }
            Said::Absent { symbol, reason } => format!("{symbol}: {reason}"),
        };
        Ok(said.into_iter().map(line).collect())
    }

    #[test]
    fn a_table_of_a_german_bank_is_read() {
        let table = table("csv", CSV_TABLE);
        table.check().expect("valid");
        assert_eq!(
            read(&table, &["f/IE00B4L5Y983", "f/LU0000000001", "f/GONE"], CSV).expect("prices"),
            [
                "f/IE00B4L5Y983 1091.25 EUR 2026-11-24T00:00:00+00:00",
                "f/LU0000000001 7.5 USD 2026-11-23T00:00:00+00:00",
                "f/GONE: the file has no such row",
            ]
        );
    }

    #[test]
    fn json_is_read_with_all_digits() {
        let described = table("json", JSON_TABLE);
        described.check().expect("valid");
        assert_eq!(
            read(&described, &["f/A", "f/B"], JSON).expect("prices"),
            [
                "f/A 1234.50000001 USD 2025-11-25T00:00:00+00:00",
                "f/B 7.25 EUR 2026-11-24T10:00:00+00:00"
            ]
        );
        assert!(read(&described, &["f/C"], JSON).is_err(), "a null is no price");
        let one = table("json", "price = \"/price\"\npriced_in = \"EUR\"");
        assert_eq!(
            read(&one, &["f"], "{\"price\": 9007199254740993.1}").expect("a price"),
            ["f 9007199254740993.1 EUR "]
        );
    }

    #[test]
    fn what_is_wrong_is_said() {
        let described = table("csv", CSV_TABLE);
        for (from, to) in [
            ("1.091,25", "1.0,25"),
            ("1.091,25", "-1"),
            ("24.11.2026", "today"),
            ("Kurs", "Price"),
            ("EUR", "Euro"),
        ] {
            assert!(read(&described, &["f/IE00B4L5Y983"], &CSV.replace(from, to)).is_err(), "{to}");
        }
        for wrong in [
            "price = \"a\"",
            "price = \"a\"\ncurrency = \"b\"\npriced_in = \"EUR\"",
            "price = \"a\"\npriced_in = \"Euro\"",
            "price = \"a\"\npriced_in = \"EUR\"\nrows = \"/a\"",
        ] {
            assert!(table("csv", wrong).check().is_err(), "{wrong}");
        }
        assert!(table("json", "price = \"a\"\npriced_in = \"EUR\"").check().is_err());
        assert_eq!((amount("1,23", false), amount("1.23", true)), (None, None));
    }

    proptest! {
        #[test]
        fn row_28_no_bytes_panic(bytes in proptest::collection::vec(any::<u8>(), 0..200), cut in 0..CSV.len().min(JSON.len()), put in any::<u8>()) {
            let (sheet, tree) = (table("csv", CSV_TABLE), table("json", JSON_TABLE));
            survive(|body| read(&sheet, &["f/IE00B4L5Y983", "f/X"], body).is_ok(), &bytes, CSV, cut, put);
            survive(|body| read(&tree, &["f/A", "f/B"], body).is_ok(), &bytes, JSON, cut, put);
        }
    }
}
