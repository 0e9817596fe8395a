//! Our own table of activities, as `export::csv` writes it.

use crate::imports::mapping::{DateOrder, DecimalMark};
use crate::imports::preview::Fault;
use crate::imports::server::cell::Cell;
use crate::imports::server::currency;
use crate::imports::server::draft::Draft;
use crate::imports::server::export::csv::unguard;
use crate::imports::server::sheet::{Read, Sheet};
use crate::imports::server::symbol;
use crate::imports::server::table::{Row, Table};
use crate::money::Decimal;
use crate::portfolio::activity::{ActivityKind, SplitRatio};
use crate::portfolio::described::DescribedInstrument;

const POINT: DecimalMark = DecimalMark::Point;

/// Reads a table.
pub fn read(text: &str, sheet: &mut Sheet<'_>) -> Result<(), Fault> {
    let table = Table::new(text)?;
    table.rows(|row| {
        let read = activity(&table, row, sheet);
        sheet.take(row.line, row.byte, row.check(read))
    })
}

fn activity(table: &Table<'_>, row: &Row<'_>, sheet: &mut Sheet<'_>) -> Result<Read, Fault> {
    let cell = |name: &'static str| {
        let mut cell = row.cell(table.column(&[name]), name);
        cell.text = unguard(&cell.text).to_owned().into();
        cell
    };
    let optional = |name| -> Result<Option<Decimal>, Fault> {
        let cell = cell(name);
        if cell.is_empty() {
            Ok(None)
        } else {
            cell.positive(POINT).map(Some)
        }
    };
    let word = cell("type");
    let kind: ActivityKind = serde_json::from_value(serde_json::Value::String(word.text.to_string())).map_err(|_| {
        word.unexpected(
            "buy, sell, dividend, interest, fee, tax, deposit, withdrawal, transfer_in, transfer_out, split or return_of_capital",
        )
    })?;
    let mut when = cell("date").day(DateOrder::DayFirst)?;
    let time = cell("time");
    if !time.is_empty() {
        when.1 = Some(time.text.parse().map_err(|_| time.unexpected("a time like 14:30:59"))?);
    }
    let money = cell("currency");
    let code = if money.text == currency::NONE {
        currency::NONE.to_owned()
    } else {
        money.currency()?.code
    };
    let mut draft = Draft::new(kind, when, &code);
    draft.id = Some(cell("id").words()?).filter(|id| !id.is_empty());
    let label = cell("symbol");
    draft.symbol = if label.is_empty() { None } else { Some(label.label()?) };
    draft.quantity = optional("quantity")?.unwrap_or_default();
    draft.price = optional("price")?;
    draft.amount = optional("amount")?;
    draft.fee = optional("fee")?.unwrap_or_default();
    draft.tax = optional("tax")?.unwrap_or_default();
    draft.exchange_rate = optional("exchange_rate")?;
    draft.ratio = ratio(&cell("ratio"))?;
    draft.lots = listed(&cell("lots"))?;
    draft.note = cell("note").words()?;
    draft.tags = listed(&cell("tags"))?;
    if let Some(symbol) = draft.symbol.clone() {
        sheet.instrument(DescribedInstrument {
            symbol,
            name: cell("name").words()?,
            isin: Some(cell("isin").text.into_owned()).filter(|isin| symbol::is_isin(isin)),
            ..DescribedInstrument::default()
        });
    }
    Ok(draft.into())
}

fn ratio(cell: &Cell<'_>) -> Result<Option<SplitRatio>, Fault> {
    if cell.is_empty() {
        return Ok(None);
    }
    let part = |text: &str| Decimal::from_str_exact(text).ok().filter(|number| *number > Decimal::ZERO);
    let parts = cell.text.split_once(':').and_then(|(new, old)| Some((part(new)?, part(old)?)));
    parts
        .map(|(new, old)| Some(SplitRatio { new, old }))
        .ok_or_else(|| cell.unexpected("a ratio such as 4:1"))
}

/// Lots and tags stand as JSON in their cell.
fn listed<T: serde::de::DeserializeOwned>(cell: &Cell<'_>) -> Result<Vec<T>, Fault> {
    if cell.is_empty() {
        return Ok(vec![]);
    }
    serde_json::from_str(&cell.text).map_err(|_| cell.unexpected("a list in JSON"))
}
