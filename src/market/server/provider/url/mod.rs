//! A CSV or JSON file at an address of the operator's own: a table of the configuration says what stands where in it.
//! `url:NAME/SYMBOL` is the row of a symbol, `url:NAME` the one row of a file that names none.

mod decode;
mod limits;
mod request;

use super::poller::{Pace, Poller, Request, Said, Text};
use super::venue::{Access, Malformed};
use serde::Deserialize;
use std::collections::BTreeSet;

/// What stands where in a file. Of a CSV file columns by their headers, of JSON pointers as `/data/price`.
#[derive(Clone, Debug, Deserialize, PartialEq, Eq)]
#[serde(deny_unknown_fields)]
pub struct Table {
    /// Where the file is. Never printed: see [`Access`].
    pub address: Secret,
    /// What kind of file it is.
    pub format: Format,
    /// Of JSON: the pointer to the list of rows, where there is more than one.
    pub rows: Option<String>,
    /// What names the row.
    pub symbol: Option<String>,
    /// The price.
    pub price: String,
    /// Its moment.
    pub time: Option<String>,
    /// What names the currency.
    pub currency: Option<String>,
    /// The currency of all prices, where nothing in the file names it.
    pub priced_in: Option<String>,
    /// Of CSV: what stands between two columns; a comma where nothing is said.
    pub delimiter: Option<char>,
    /// Whether prices are written with a decimal comma.
    #[serde(default)]
    pub decimal_comma: bool,
}

/// An address that may hold a key: it prints as nothing.
#[derive(Clone, Default, Deserialize, PartialEq, Eq)]
#[serde(transparent)]
pub struct Secret(pub String);

impl std::fmt::Debug for Secret {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Secret(…)")
    }
}

/// The kinds of file.
#[derive(Clone, Copy, Debug, Deserialize, PartialEq, Eq)]
#[serde(rename_all = "lowercase")]
pub enum Format {
    /// A table with a header.
    Csv,
    /// A list of objects, or one.
    Json,
}

impl Table {
    /// Says what is wrong with a table.
    ///
    /// # Errors
    /// A field contradicts another; the error names it.
    pub fn check(&self) -> anyhow::Result<()> {
        use anyhow::ensure;
        ensure!(
            crate::server::fetch::is_address(&self.address.0),
            "address: expected one that begins with http:// or https://"
        );
        ensure!(
            self.currency.is_some() != self.priced_in.is_some(),
            "expected either currency, which names what holds it, or priced_in, like \"EUR\""
        );
        let code = |text: &String| text.len() == 3 && text.bytes().all(|letter| letter.is_ascii_alphabetic());
        ensure!(
            self.priced_in.as_ref().is_none_or(code),
            "priced_in: expected an ISO 4217 code like EUR"
        );
        let fields = [Some(&self.price), self.symbol.as_ref(), self.time.as_ref(), self.currency.as_ref()];
        match self.format {
            Format::Csv => {
                ensure!(self.rows.is_none(), "rows: a CSV file has none to name");
                ensure!(
                    self.delimiter.is_none_or(|delimiter| delimiter.is_ascii()),
                    "delimiter: expected one ASCII character"
                );
                ensure!(
                    fields.into_iter().flatten().all(|field| !field.trim().is_empty()),
                    "expected the names of columns"
                );
            }
            Format::Json => {
                ensure!(self.delimiter.is_none(), "delimiter: a JSON file has none");
                let pointers = fields.into_iter().flatten().chain(&self.rows);
                ensure!(
                    pointers.into_iter().all(|pointer| pointer.is_empty() || pointer.starts_with('/')),
                    "expected JSON pointers like \"/data/price\""
                );
            }
        }
        Ok(())
    }
}

/// The provider.
#[derive(Debug)]
pub struct OwnUrl;

/// The name of a file, and the symbol of a row of it.
fn parts(symbol: &str) -> (&str, Option<&str>) {
    match symbol.split_once('/') {
        Some((name, row)) => (name, Some(row)),
        None => (symbol, None),
    }
}

impl Poller for OwnUrl {
    fn name(&self) -> &'static str {
        "url"
    }

    fn address(&self) -> &'static str {
        ""
    }

    fn pace(&self) -> Pace {
        limits::PACE
    }

    fn symbol(&self, text: &str, access: &Access) -> Result<String, &'static str> {
        let (name, row) = parts(text);
        let table = access
            .files
            .get(name)
            .ok_or("the NAME of a [url.NAME], and where it names symbols /SYMBOL")?;
        match (&table.symbol, row) {
            (Some(_), Some(row)) if (1..=64).contains(&row.chars().count()) && !row.contains(char::is_control) => Ok(text.to_owned()),
            (Some(_), _) => Err("NAME/SYMBOL, because its table names what holds the symbol"),
            (None, Some(_)) => Err("NAME alone, because its table names nothing that holds a symbol"),
            (None, None) => Ok(text.to_owned()),
        }
    }

    fn currency(&self, symbol: &str, access: &Access) -> Option<String> {
        access.files.get(parts(symbol).0)?.priced_in.clone()
    }

    fn requests(&self, symbols: &BTreeSet<String>, access: &Access) -> Vec<Request> {
        request::all(symbols, access)
    }

    fn decode(&self, request: &Request, answer: &Text<'_>, access: &Access) -> Result<Vec<Said>, Malformed> {
        let table = access.files.get(&request.lane);
        let table = table.ok_or_else(|| Malformed("a file that is not described".into()))?;
        decode::file(table, request, answer)
    }
}
