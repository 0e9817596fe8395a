//! Ghostfolio's tables, with the names that it takes for a column.

use super::{Entry, Label, MANUAL};
use crate::imports::preview::Fault;
use crate::imports::server::sheet::{Read, Sheet};
use crate::imports::server::table::Table;
use crate::portfolio::described::{DescribedInstrument, InstrumentKind};

/// Reads a table.
pub fn read(text: &str, sheet: &mut Sheet<'_>) -> Result<(), Fault> {
    let table = Table::new(text)?;
    let account = table.column(&["account", "accountid"]);
    let note = table.column(&["comment", "note"]);
    let currency = table.column(&["ccy", "currency", "currencyprimary"]);
    let source = table.column(&["datasource"]);
    let date = table.column(&["date", "tradedate"]);
    let fee = table.column(&["commission", "fee", "ibcommission"]);
    let quantity = table.column(&["qty", "quantity", "shares", "units"]);
    let symbol = table.column(&["code", "symbol", "ticker"]);
    let kind = table.column(&["action", "buy/sell", "type"]);
    let price = table.column(&["price", "tradeprice", "unitprice", "value"]);
    let mark = table.decimal_mark(&[price, quantity, fee]);
    table.rows(|row| {
        let entry = Entry {
            kind: row.cell(kind, "type"),
            date: row.cell(date, "date"),
            currency: row.cell(currency, "currency"),
            quantity: row.cell(quantity, "quantity"),
            price: row.cell(price, "price"),
            fee: row.cell(fee, "fee"),
            symbol: row.cell(symbol, "symbol"),
            source: row.cell(source, "dataSource"),
            note: row.cell(note, "note"),
            mark,
        };
        let mut read = entry.read(|_, _| Label::Named);
        if let Ok(Read::Drafts(drafts)) = &mut read {
            let name = row.cell(account, "account").text.into_owned();
            for draft in drafts {
                draft.account = Some(name.clone()).filter(|name| !name.is_empty());
                if let (true, Some(symbol)) = (entry.source.text.eq_ignore_ascii_case(MANUAL), &draft.symbol) {
                    sheet.instrument(DescribedInstrument {
                        symbol: symbol.clone(),
                        name: symbol.clone(),
                        currency: Some(draft.currency.clone()),
                        kind: InstrumentKind::Manual,
                        ..DescribedInstrument::default()
                    });
                }
            }
        }
        sheet.take(row.line, row.byte, row.check(read))
    })
}
