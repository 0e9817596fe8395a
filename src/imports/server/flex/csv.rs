//! Flex queries as tables.

use super::{Record, cash, trade};
use crate::imports::preview::Fault;
use crate::imports::server::sheet::{Read, Sheet};
use crate::imports::server::table::Table;
use std::collections::HashMap;

/// The names of the XML's attributes and those that columns have for them.
const NAMES: [(&str, &[&str]); 31] = [
    ("accountId", &["clientaccountid", "accountid"]),
    ("amount", &["amount"]),
    ("assetCategory", &["assetclass", "assetcategory"]),
    ("buySell", &["buy/sell", "buysell"]),
    ("currency", &["currencyprimary", "currency"]),
    ("cusip", &["cusip"]),
    ("date", &["date"]),
    ("dateTime", &["datetime", "date/time"]),
    ("description", &["description"]),
    ("fxRateToBase", &["fxratetobase"]),
    ("ibCommission", &["ibcommission"]),
    ("ibCommissionCurrency", &["ibcommissioncurrency"]),
    ("isin", &["isin"]),
    ("levelOfDetail", &["levelofdetail"]),
    ("multiplier", &["multiplier"]),
    ("proceeds", &["proceeds"]),
    ("quantity", &["quantity"]),
    ("reportDate", &["reportdate"]),
    ("securityID", &["securityid"]),
    ("settleDate", &["settledate"]),
    ("subCategory", &["subcategory"]),
    ("symbol", &["symbol"]),
    ("taxes", &["taxes"]),
    ("tradeDate", &["tradedate"]),
    ("tradeID", &["tradeid"]),
    ("tradeMoney", &["trademoney"]),
    ("tradePrice", &["tradeprice"]),
    ("tradeTime", &["tradetime"]),
    ("transactionID", &["transactionid"]),
    ("transactionType", &["transactiontype"]),
    ("type", &["type"]),
];

/// Reads a table of trades or of cash transactions.
pub fn read(text: &str, sheet: &mut Sheet<'_>) -> Result<(), Fault> {
    let table = Table::new(text)?;
    let columns: HashMap<&str, usize> = NAMES.iter().filter_map(|(name, own)| Some((*name, table.column(own)?))).collect();
    let has_trades = columns.contains_key("buySell");
    if columns.contains_key("fxRateToBase") {
        sheet.note("the file does not say which currency its rates lead to; they are not used");
    }
    table.rows(|row| {
        let get = |name: &'static str| row.cell(columns.get(name).copied(), name);
        let record = Record { get: &get, base: None };
        let mut read = if has_trades { trade::read(&record) } else { cash::read(&record) };
        if let Ok(Read::Drafts(_)) = &read
            && let Err(fault) = record.describe(sheet)
        {
            read = Err(fault);
        }
        sheet.take(row.line, row.byte, row.check(read))
    })
}
