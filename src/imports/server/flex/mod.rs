//! Interactive Brokers' Flex queries: one meaning of a trade and of a movement of cash for tables and XML.

mod cash;
pub mod csv;
mod trade;
pub mod xml;

use crate::imports::mapping::{DateOrder, DecimalMark};
use crate::imports::preview::Fault;
use crate::imports::server::cell::Cell;
use crate::imports::server::draft::Draft;
use crate::imports::server::sheet::Sheet;
use crate::imports::server::symbol;
use crate::money::Decimal;
use crate::portfolio::described::{DescribedInstrument, InstrumentKind};
use chrono::{NaiveDate, NaiveTime};

const POINT: DecimalMark = DecimalMark::Point;

/// A row's cells by the names of the XML's attributes.
struct Record<'f, 'a> {
    get: &'f dyn Fn(&'static str) -> Cell<'a>,
    /// The currency of the account, where the file says it: what its rates lead to.
    base: Option<&'f str>,
}

/// Days are written as 20240131, 2024-01-31 or 01/31/2024.
fn day(cell: &Cell<'_>) -> Result<(NaiveDate, Option<NaiveTime>), Fault> {
    let mut cell = cell.clone();
    // A comma or semicolon stands before the time.
    cell.text = cell.text.replacen([',', ';'], "T", 1).replace("T ", "T").into();
    cell.day(DateOrder::MonthFirst)
}

impl<'a> Record<'_, 'a> {
    fn cell(&self, name: &'static str) -> Cell<'a> {
        (self.get)(name)
    }

    /// The first of these cells that is not empty; else the last one.
    fn first(&self, names: &[&'static str]) -> Cell<'a> {
        let mut cells = names.iter().map(|name| self.cell(name));
        let mut last = self.cell("");
        cells
            .by_ref()
            .find_map(|cell| {
                if cell.is_empty() {
                    last = cell;
                    None
                } else {
                    Some(cell)
                }
            })
            .unwrap_or(last)
    }

    /// The label of the instrument: its symbol, else its ISIN, CUSIP or description. `None` where nothing names one.
    fn label(&self) -> Result<Option<String>, Fault> {
        let cell = self.first(&["symbol", "isin", "cusip"]);
        if cell.is_empty() { Ok(None) } else { cell.label().map(Some) }
    }

    /// Tells the sheet what the row says about its instrument.
    fn describe(&self, sheet: &mut Sheet<'_>) -> Result<(), Fault> {
        let Some(symbol) = self.label()? else { return Ok(()) };
        let description = self.cell("description").words()?;
        let stated = self.cell("isin").text;
        let isin = if symbol::is_isin(&stated) {
            Some(stated.into_owned())
        } else {
            symbol::isin_in(&description).map(str::to_owned)
        };
        // Of a dividend the description begins with the ticker: "VT(US9220427424) CASH DIVIDEND".
        let ticker = description
            .split_once('(')
            .map(|(ticker, _)| ticker.trim())
            .filter(|ticker| symbol::is_ticker(ticker));
        let is_dividend = self.cell("buySell").is_empty();
        sheet.instrument(DescribedInstrument {
            alias: ticker.filter(|ticker| is_dividend && **ticker != symbol).map(str::to_owned),
            name: if is_dividend { String::new() } else { description.clone() },
            currency: self.cell("currency").currency().ok().map(|unit| unit.code),
            isin,
            kind: self.kind(),
            symbol,
            ..DescribedInstrument::default()
        });
        Ok(())
    }

    fn kind(&self) -> InstrumentKind {
        match (self.cell("assetCategory").text.as_ref(), self.cell("subCategory").text.as_ref()) {
            ("STK", "ETF") | ("FUND", _) => InstrumentKind::Fund,
            ("STK", _) => InstrumentKind::Equity,
            ("OPT" | "FOP" | "WAR", _) => InstrumentKind::Option,
            ("BOND" | "BILL", _) => InstrumentKind::Bond,
            ("CRYPTO", _) => InstrumentKind::Crypto,
            _ => InstrumentKind::Unknown,
        }
    }

    /// What every activity of the row has: source, account, rate.
    fn mark(&self, draft: &mut Draft) -> Result<(), Fault> {
        let id = self.first(&["transactionID", "tradeID"]).text;
        draft.source_id = Some(id.into_owned()).filter(|id| !id.is_empty());
        draft.account = Some(self.cell("accountId").text.into_owned()).filter(|account| !account.is_empty());
        let rate = self.cell("fxRateToBase");
        if let (Some(base), false) = (self.base, rate.is_empty()) {
            let rate = rate.number(POINT)?;
            draft.exchange_rate = Some(rate).filter(|rate| draft.currency != base && *rate > Decimal::ZERO);
        }
        Ok(())
    }

    /// Why a row is a sum or a detail of others, and so nothing of its own.
    fn repeats(&self) -> Option<String> {
        let level = self.cell("levelOfDetail").text;
        let is_own = matches!(level.to_ascii_uppercase().as_str(), "" | "EXECUTION" | "DETAIL");
        (!is_own).then(|| format!("the level of detail is {level}: its parts stand in rows of their own"))
    }
}
