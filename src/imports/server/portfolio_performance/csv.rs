//! Portfolio Performance's tables, with English and German labels.

use super::{Amounts, Booking, draft, label};
use crate::imports::mapping::{DateOrder, DecimalMark};
use crate::imports::preview::Fault;
use crate::imports::server::sheet::{Read, Sheet};
use crate::imports::server::symbol;
use crate::imports::server::table::{Row, Table};
use crate::money::Decimal;
use crate::portfolio::described::DescribedInstrument;
use std::collections::HashMap;

struct Columns {
    date: Option<usize>,
    time: Option<usize>,
    kind: Option<usize>,
    value: Option<usize>,
    currency: Option<usize>,
    fees: Option<usize>,
    taxes: Option<usize>,
    shares: Option<usize>,
    isin: Option<usize>,
    wkn: Option<usize>,
    ticker: Option<usize>,
    name: Option<usize>,
    note: Option<usize>,
    mark: DecimalMark,
}

/// What two ends of one transfer have in common.
type Transfer = (String, Option<String>, Decimal);

/// Reads a table.
pub fn read(text: &str, sheet: &mut Sheet<'_>) -> Result<(), Fault> {
    let table = Table::new(text)?;
    let value = table.column(&["value", "wert", "amount", "betrag"]);
    let shares = table.column(&["shares", "stück"]);
    let [fees, taxes] = [table.column(&["fees", "gebühren"]), table.column(&["taxes", "steuern"])];
    let columns = Columns {
        date: table.column(&["date", "datum"]),
        time: table.column(&["time", "uhrzeit"]),
        kind: table.column(&["type", "typ"]),
        value,
        currency: table.column(&["transaction currency", "buchungswährung", "currency", "währung"]),
        fees,
        taxes,
        shares,
        isin: table.column(&["isin"]),
        wkn: table.column(&["wkn"]),
        ticker: table.column(&["ticker symbol", "ticker-symbol", "ticker", "symbol"]),
        name: table.column(&["security name", "wertpapiername", "security", "wertpapier"]),
        note: table.column(&["note", "notiz", "notes"]),
        mark: table.decimal_mark(&[value, shares, fees, taxes]),
    };
    let mut ends: HashMap<Transfer, [u32; 2]> = HashMap::new();
    table.rows(|row| {
        if let Some((transfer, is_in)) = columns.transfer(row) {
            ends.entry(transfer).or_default()[usize::from(is_in)] += 1;
        }
        Ok(())
    })?;
    let mut pairs: HashMap<Transfer, [u32; 2]> = ends
        .into_iter()
        .map(|(transfer, [out, into])| (transfer, [out.min(into); 2]))
        .collect();
    table.rows(|row| {
        let end = columns.transfer(row);
        let left = end.and_then(|(transfer, is_in)| pairs.get_mut(&transfer).map(|left| &mut left[usize::from(is_in)]));
        let read = match left {
            Some(left) if *left > 0 => {
                *left -= 1;
                Ok(Read::Omitted(
                    "moves between two accounts of this file, which come in together".to_owned(),
                ))
            }
            _ => columns.read(row, sheet),
        };
        sheet.take(row.line, row.byte, row.check(read))
    })
}

impl Columns {
    /// One end of a transfer of units, and whether it is the receiving one.
    fn transfer(&self, row: &Row<'_>) -> Option<(Transfer, bool)> {
        let is_in = match Booking::read(&row.cell(self.kind, "").text)? {
            Booking::TransferIn => true,
            Booking::TransferOut => false,
            _ => return None,
        };
        let shares = row.cell(self.shares, "").number(self.mark).ok()?;
        let label = self.label(row).filter(|_| !shares.is_zero())?;
        Some(((row.cell(self.date, "").text.into_owned(), Some(label), shares), is_in))
    }

    fn label(&self, row: &Row<'_>) -> Option<String> {
        let [ticker, isin, wkn, name] = [self.ticker, self.isin, self.wkn, self.name].map(|column| row.cell(column, "").text);
        label([&ticker, &isin, &wkn, &name]).map(str::to_owned)
    }

    fn read(&self, row: &Row<'_>, sheet: &mut Sheet<'_>) -> Result<Read, Fault> {
        let kind = row.cell(self.kind, "Type");
        let booking = Booking::read(&kind.text).ok_or_else(|| kind.unexpected("a type of Portfolio Performance, such as Buy or Kauf"))?;
        let date = row.cell(self.date, "Date");
        let mut when = date.day(DateOrder::DayFirst)?;
        let time = row.cell(self.time, "Time");
        if !time.is_empty() {
            let mut both = date.clone();
            both.text = format!("{}T{}", when.0, time.text).into();
            when = both.day(DateOrder::DayFirst)?;
        }
        let unit = row.cell(self.currency, "Transaction Currency").currency()?;
        let value = row.cell(self.value, "Value");
        let shares = row.cell(self.shares, "Shares");
        let amounts = Amounts {
            net: unit.major(value.number(self.mark)?.abs()),
            fees: unit.major(row.cell(self.fees, "Fees").number_or_zero(self.mark)?.abs()),
            taxes: unit.major(row.cell(self.taxes, "Taxes").number_or_zero(self.mark)?.abs()),
            shares: shares.number_or_zero(self.mark)?.abs(),
        };
        let label = self.label(row);
        if let Some(text) = &label
            && !symbol::is_label(text)
        {
            return Err(row.cell(self.name, "Security Name").fault("is no name of a security"));
        }
        let mut draft = draft(booking, when, &unit.code, label.clone(), &amounts).map_err(|reason| {
            if booking.moves_units() {
                shares.fault(reason)
            } else {
                value.fault(reason)
            }
        })?;
        draft.note = row.cell(self.note, "Note").words()?;
        if let Some(symbol) = label {
            let isin = row.cell(self.isin, "ISIN").text;
            sheet.instrument(DescribedInstrument {
                symbol,
                name: row.cell(self.name, "Security Name").words()?,
                isin: symbol::is_isin(&isin).then(|| isin.into_owned()),
                ..DescribedInstrument::default()
            });
        }
        Ok(draft.into())
    }
}
