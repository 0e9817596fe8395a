//! Wealthfolio's holdings at days. What happened between two days is not in the file: the differences come in as transfers,
//! so that on each day the quantities and the cash are what the file says.

use super::is_cash;
use crate::imports::mapping::{DateOrder, DecimalMark};
use crate::imports::preview::Fault;
use crate::imports::server::draft::Draft;
use crate::imports::server::sheet::{Read, Sheet};
use crate::imports::server::table::{Row, Table};
use crate::money::Decimal;
use crate::portfolio::activity::ActivityKind;
use crate::portfolio::described::KnownPrice;
use chrono::NaiveDate;
use std::collections::BTreeMap;

/// A symbol, or `None` for cash, in a currency.
type Asset = (Option<String>, String);

/// A row of the file.
struct Holding {
    line: u32,
    byte: usize,
    asset: Asset,
    quantity: Decimal,
    price: Option<Decimal>,
}

/// Reads a table.
pub fn read(text: &str, sheet: &mut Sheet<'_>) -> Result<(), Fault> {
    let table = Table::new(text)?;
    let [date, symbol, quantity, price, currency] =
        [&["date"][..], &["symbol"], &["quantity"], &["price"], &["currency"]].map(|names| table.column(names));
    let mark = table.decimal_mark(&[price, quantity]);
    let mut days: BTreeMap<NaiveDate, Vec<Holding>> = BTreeMap::new();
    table.rows(
        |row| match row.check(holding(row, [date, symbol, quantity, price, currency], mark)) {
            Ok((day, holding)) => {
                days.entry(day).or_default().push(holding);
                Ok(())
            }
            Err(fault) => sheet.take(row.line, row.byte, Err(fault)),
        },
    )?;
    if days.len() > 1 {
        sheet.note("what happened between two days is not in the file: the differences are transfers");
    }
    let mut held: BTreeMap<Asset, Decimal> = BTreeMap::new();
    for (day, holdings) in days {
        let is_first = held.is_empty();
        let mut now: BTreeMap<Asset, Decimal> = BTreeMap::new();
        let first = holdings.first().map_or((1, 0), |holding| (holding.line, holding.byte));
        for holding in holdings {
            let Holding {
                line,
                byte,
                asset,
                quantity,
                price,
            } = holding;
            if now.contains_key(&asset) {
                let fault = Fault {
                    line,
                    column: symbol.map_or(1, |at| u32::try_from(at + 1).unwrap_or(1)),
                    field: "symbol".to_owned(),
                    reason: format!("stands there a second time on {day}"),
                };
                sheet.take(line, byte, Err(fault))?;
                continue;
            }
            if let (Some(symbol), Some(price)) = (&asset.0, price) {
                sheet.last_price(KnownPrice {
                    symbol: symbol.clone(),
                    day,
                    price,
                    currency: Some(asset.1.clone()),
                });
            }
            let change = quantity.saturating_sub(held.get(&asset).copied().unwrap_or_default());
            let read = match change.is_zero() {
                true => Read::Omitted("as on the day before it".to_owned()),
                false => moved(&asset, change, price, day, is_first).into(),
            };
            now.insert(asset, quantity);
            sheet.take(line, byte, Ok(read))?;
        }
        for (asset, quantity) in held
            .iter()
            .filter(|(asset, quantity)| !now.contains_key(asset) && !quantity.is_zero())
        {
            let mut draft = moved(asset, Decimal::ZERO.saturating_sub(*quantity), None, day, false);
            draft.remark("no longer among the holdings of this day");
            sheet.take(first.0, first.1, Ok(draft.into()))?;
        }
        held = now;
    }
    Ok(())
}

fn holding(row: &Row<'_>, columns: [Option<usize>; 5], mark: DecimalMark) -> Result<(NaiveDate, Holding), Fault> {
    let [date, symbol, quantity, price, currency] = columns;
    let (day, _) = row.cell(date, "date").day(DateOrder::DayFirst)?;
    let unit = row.cell(currency, "currency").currency()?;
    let symbol = row.cell(symbol, "symbol");
    let is_cash = is_cash(&symbol.text);
    let number = row.cell(quantity, "quantity").number(mark)?;
    let price = row.cell(price, "price");
    let holding = Holding {
        line: row.line,
        byte: row.byte,
        asset: (if is_cash { None } else { Some(symbol.label()?) }, unit.code.clone()),
        quantity: if is_cash { unit.major(number) } else { number },
        price: if is_cash || price.is_empty() {
            None
        } else {
            Some(unit.major(price.positive(mark)?))
        },
    };
    Ok((day, holding))
}

fn moved(asset: &Asset, change: Decimal, price: Option<Decimal>, day: NaiveDate, is_first: bool) -> Draft {
    let comes_in = change > Decimal::ZERO;
    let kind = match (&asset.0, comes_in) {
        (Some(_), true) => ActivityKind::TransferIn,
        (Some(_), false) => ActivityKind::TransferOut,
        (None, true) => ActivityKind::Deposit,
        (None, false) => ActivityKind::Withdrawal,
    };
    let mut draft = Draft::new(kind, (day, None), &asset.1);
    draft.symbol = asset.0.clone();
    match draft.symbol {
        Some(_) => {
            draft.quantity = change.abs();
            draft.amount = price.and_then(|price| price.checked_mul(change.abs()));
        }
        None => draft.amount = Some(change.abs()),
    }
    if !is_first {
        draft.remark("the difference to the holdings of the day before it");
    }
    draft
}
