//! Quicken Interchange Format: a line a field, told by its first letter, and `^` at a record's end.

use crate::imports::mapping::{DateOrder, DecimalMark};
use crate::imports::preview::Fault;
use crate::imports::server::Options;
use crate::imports::server::cell::Cell;
use crate::imports::server::currency::{self, Unit};
use crate::imports::server::draft::Draft;
use crate::imports::server::place::{Lines, Place};
use crate::imports::server::sheet::{Read, Sheet};
use crate::imports::server::table::mark_of;
use crate::money::Decimal;
use crate::portfolio::activity::{ActivityKind, SplitRatio};
use crate::portfolio::described::DescribedInstrument;
use chrono::{NaiveDate, NaiveTime};
use std::collections::HashMap;

/// What a part of the file lists.
#[derive(Clone, Copy, PartialEq)]
enum Part {
    Investments,
    Bank,
    Securities,
    Accounts,
    Other,
}

/// A record: where it begins and the first line of each letter.
struct Record<'a> {
    at: usize,
    fields: HashMap<char, Cell<'a>>,
    lines: &'a Lines<'a>,
}

impl<'a> Record<'a> {
    fn cell(&self, letter: char, field: &'static str) -> Cell<'a> {
        let empty = || Cell::new("", field, Place::Byte(self.at, self.lines));
        let mut cell = self.fields.get(&letter).cloned().unwrap_or_else(empty);
        cell.field = field;
        cell
    }
}

struct Reader {
    order: DateOrder,
    unit: Unit,
    account: Option<String>,
    /// Names of securities and their symbols.
    symbols: HashMap<String, String>,
}

/// Reads a file.
pub fn read(lines: &Lines<'_>, options: &Options, sheet: &mut Sheet<'_>) -> Result<(), Fault> {
    let chosen = options.currency.as_deref().and_then(currency::read);
    let unit = chosen.unwrap_or(Unit {
        code: "USD".to_owned(),
        divisor: Decimal::ONE,
    });
    sheet.note(format!("QIF names no currency: amounts are taken as {}", unit.code));
    let (order, is_told) = order_of(lines.text);
    if !is_told {
        sheet.note("its dates do not tell whether day or month comes first: read as month first");
    }
    let mut reader = Reader {
        order,
        unit,
        account: None,
        symbols: HashMap::new(),
    };
    records(lines, |part, record| {
        let read = match part {
            Part::Investments => reader.investment(&record),
            Part::Bank => reader.bank(&record),
            Part::Securities => return reader.security(&record, sheet),
            Part::Accounts => {
                reader.account = Some(record.cell('N', "N").words()?).filter(|name| !name.is_empty());
                return Ok(());
            }
            Part::Other => return Ok(()),
        };
        sheet.take(lines.line(record.at), record.at, read)
    })
}

fn records<'a>(lines: &'a Lines<'a>, mut take: impl FnMut(Part, Record<'a>) -> Result<(), Fault>) -> Result<(), Fault> {
    let mut part = Part::Other;
    let mut record: Option<Record<'a>> = None;
    for line in lines.text.lines() {
        let at = lines.offset_of(line);
        let trimmed = line.trim();
        if let Some(header) = trimmed.strip_prefix('!') {
            part = match header.trim().to_ascii_lowercase().as_str() {
                "type:invst" => Part::Investments,
                "type:bank" | "type:cash" | "type:ccard" => Part::Bank,
                "type:security" => Part::Securities,
                "account" => Part::Accounts,
                // Switches say nothing about what follows.
                switch if switch.starts_with("option:") || switch.starts_with("clear:") => part,
                _ => Part::Other,
            };
        } else if trimmed.starts_with('^') {
            if let Some(record) = record.take() {
                take(part, record)?;
            }
        } else if let Some(letter) = trimmed.chars().next() {
            let record = record.get_or_insert_with(|| Record {
                at,
                fields: HashMap::new(),
                lines,
            });
            let value = trimmed.get(letter.len_utf8()..).unwrap_or_default();
            let place = Place::Byte(lines.offset_of(value), lines);
            record.fields.entry(letter).or_insert_with(|| Cell::new(value, "field", place));
        }
    }
    record.map_or(Ok(()), |record| take(part, record))
}

/// Whether day or month comes first: a number beyond twelve tells. Quicken's own order is month first.
fn order_of(text: &str) -> (DateOrder, bool) {
    let mut is_year_first = false;
    for date in text.lines().filter_map(|line| line.trim().strip_prefix('D')) {
        let date = tidy(date);
        let mut parts = date.split(['/', '-', '.']).map(|part| part.parse::<u32>().ok());
        match (parts.next().flatten(), parts.next().flatten()) {
            (Some(13..=31), Some(1..=12)) => return (DateOrder::DayFirst, true),
            (Some(1..=12), Some(13..=31)) => return (DateOrder::MonthFirst, true),
            (Some(1900..), _) => is_year_first = true,
            _ if date.contains('.') => return (DateOrder::DayFirst, true),
            _ => {}
        }
    }
    (DateOrder::MonthFirst, is_year_first)
}

/// `1/ 2'24` as `1/2/2024`: an apostrophe begins a year of this century; two digits from 50 on are of the last.
fn tidy(date: &str) -> String {
    let plain = date.trim().replace(' ', "");
    let (is_new, plain) = (plain.contains('\''), plain.replace('\'', "/"));
    let is_year_first = plain.find(['/', '-', '.']) == Some(4);
    match plain.rsplit_once(['/', '-', '.']) {
        Some((before, year)) if year.len() <= 2 && !is_year_first => {
            let mark = plain.chars().nth(before.chars().count()).unwrap_or('/');
            let number = year.parse::<u32>().unwrap_or(u32::MAX);
            let century = if is_new || number < 50 { "20" } else { "19" };
            // A mixture of marks comes from the apostrophe.
            let before = before.replace(['/', '-', '.'], &mark.to_string());
            format!("{before}{mark}{century}{year:0>2}")
        }
        Some((before, year)) if is_new => format!("{}/{year}", before.replace(['-', '.'], "/")),
        _ => plain,
    }
}

/// QIF follows the language of the program that wrote it. Without a sign of another, decimals stand behind a point.
fn mark(cell: &Cell<'_>) -> DecimalMark {
    mark_of(&cell.text).unwrap_or_default()
}

impl Reader {
    fn day(&self, record: &Record<'_>) -> Result<(NaiveDate, Option<NaiveTime>), Fault> {
        let cell = record.cell('D', "D");
        let mut tidied = cell.clone();
        tidied.text = tidy(&cell.text).into();
        tidied
            .day(self.order)
            .map_err(|_| cell.unexpected("a date like 12/31/2024, 12/31'24 or 31.12.2024"))
    }

    fn number(&self, record: &Record<'_>, letter: char, field: &'static str) -> Result<Decimal, Fault> {
        let cell = record.cell(letter, field);
        cell.number_or_zero(mark(&cell))
    }

    fn security(&mut self, record: &Record<'_>, sheet: &mut Sheet<'_>) -> Result<(), Fault> {
        let (name, symbol) = (record.cell('N', "N").words()?, record.cell('S', "S"));
        if !symbol.is_empty() {
            let symbol = symbol.label()?;
            sheet.instrument(DescribedInstrument {
                symbol: symbol.clone(),
                name: name.clone(),
                ..DescribedInstrument::default()
            });
            self.symbols.insert(name, symbol);
        }
        Ok(())
    }

    fn draft(&self, record: &Record<'_>, kind: ActivityKind) -> Result<Draft, Fault> {
        let mut draft = Draft::new(kind, self.day(record)?, &self.unit.code);
        draft.note = record.cell('M', "M").words()?;
        draft.account = self.account.clone();
        Ok(draft)
    }

    fn bank(&self, record: &Record<'_>) -> Result<Read, Fault> {
        let cell = record.cell('T', "T");
        let amount = cell.number(mark(&cell))?;
        let kind = if amount.is_sign_negative() {
            ActivityKind::Withdrawal
        } else {
            ActivityKind::Deposit
        };
        let mut draft = self.draft(record, kind)?;
        draft.amount = Some(amount.abs());
        if draft.note.is_empty() {
            draft.note = record.cell('P', "P").words()?;
        }
        Ok(draft.into())
    }

    fn investment(&self, record: &Record<'_>) -> Result<Read, Fault> {
        use ActivityKind::{Buy, Deposit, Dividend, Fee, Interest, ReturnOfCapital, Sell, Split, TransferIn, TransferOut, Withdrawal};
        let word = record.cell('N', "N");
        let action = word.text.to_ascii_lowercase();
        // An X at the end: the money comes from or goes to another account.
        let (action, with_cash) = match action.strip_suffix('x') {
            Some(plain) if !matches!(plain, "contrib" | "withdrw") => (plain, true),
            _ => (action.as_str(), false),
        };
        let kind = match action {
            "buy" | "cvrshrt" => Buy,
            "sell" | "shtsell" => Sell,
            "div" | "cglong" | "cgshort" | "cgmid" | "reinvdiv" | "reinvlg" | "reinvsh" | "reinvmd" => Dividend,
            "intinc" | "miscinc" | "reinvint" => Interest,
            "miscexp" | "margint" => Fee,
            "rtrncap" => ReturnOfCapital,
            "shrsin" => TransferIn,
            "shrsout" => TransferOut,
            "stksplit" => Split,
            "xin" | "contribx" => Deposit,
            "xout" | "withdrwx" => Withdrawal,
            "cash" => return self.bank(record),
            "reminder" => return Ok(Read::Omitted("is a reminder".to_owned())),
            _ => return Err(word.unexpected("an action of QIF such as Buy, Sell, Div, IntInc, ReinvDiv, ShrsIn, StkSplit or XIn")),
        };
        let mut draft = self.draft(record, kind)?;
        let security = record.cell('Y', "Y");
        if !security.is_empty() && !matches!(kind, Deposit | Withdrawal) {
            let label = security.label()?;
            draft.symbol = Some(self.symbols.get(&label).cloned().unwrap_or(label));
        } else if matches!(kind, Buy | Sell | TransferIn | TransferOut | Split) {
            return Err(security.unexpected("the name of a security"));
        }
        let cash = record.cell('T', "T");
        let total = if cash.is_empty() {
            self.number(record, 'U', "U")?
        } else {
            cash.number(mark(&cash))?
        };
        let quantity_cell = record.cell('Q', "Q");
        match kind {
            Buy | Sell | TransferIn | TransferOut => self.fill_units(record, &mut draft, total.abs())?,
            Split => {
                let ratio = SplitRatio {
                    new: quantity_cell.number(mark(&quantity_cell))?,
                    old: Decimal::TEN,
                };
                draft.quantity = ratio
                    .new
                    .checked_div(ratio.old)
                    .filter(|ratio| *ratio > Decimal::ZERO)
                    .ok_or_else(|| quantity_cell.unexpected("the ratio of a split"))?;
                draft.ratio = Some(ratio);
                draft.currency = currency::NONE.to_owned();
            }
            _ => {
                draft.amount = Some(total.abs());
                if total.is_sign_negative() {
                    draft.turn_around("an amount below zero");
                }
            }
        }
        let mut drafts = vec![draft];
        if action.starts_with("reinv") {
            let mut buy = self.draft(record, Buy)?;
            buy.symbol = drafts.first().and_then(|draft| draft.symbol.clone());
            self.fill_units(record, &mut buy, total.abs())?;
            buy.remark("bought with the income beside it");
            drafts.push(buy);
        }
        if with_cash {
            let kind = if matches!(kind, Buy | Fee) { Deposit } else { Withdrawal };
            let mut other = self.draft(record, kind)?;
            other.amount = Some(total.abs());
            other.remark(format!("the money of {} comes from or goes to another account", word.text));
            drafts.push(other);
        }
        Ok(Read::Drafts(drafts))
    }

    /// Units, price and commission. Without a price, the total tells it.
    fn fill_units(&self, record: &Record<'_>, draft: &mut Draft, total: Decimal) -> Result<(), Fault> {
        let quantity = record.cell('Q', "Q");
        draft.quantity = quantity.number(mark(&quantity))?.abs();
        draft.fee = self.number(record, 'O', "O")?.abs();
        let price = record.cell('I', "I");
        let gross = if draft.kind == ActivityKind::Sell {
            total.saturating_add(draft.fee)
        } else {
            total.saturating_sub(draft.fee)
        };
        draft.price = match price.is_empty() {
            false => Some(price.positive(mark(&price))?),
            true => gross
                .max(Decimal::ZERO)
                .checked_div(draft.quantity)
                .filter(|price| !price.is_zero()),
        };
        if draft.price.is_none() && matches!(draft.kind, ActivityKind::Buy | ActivityKind::Sell) {
            return Err(price.unexpected("a price, or a total in T"));
        }
        if draft.kind == ActivityKind::TransferOut {
            draft.price = None;
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn dates_of_every_writing_are_tidied() {
        for (date, plain) in [
            ("1/ 2'24", "1/2/2024"),
            ("12/31/99", "12/31/1999"),
            ("12/31/2024", "12/31/2024"),
            ("31.12.24", "31.12.2024"),
            ("1/2' 5", "1/2/2005"),
            ("2024-01-31", "2024-01-31"),
            ("", ""),
        ] {
            assert_eq!(tidy(date), plain);
        }
        assert_eq!(order_of("D31/12/2024\n"), (DateOrder::DayFirst, true));
        assert_eq!(order_of("D1/2/24\nD1/13/24\n"), (DateOrder::MonthFirst, true));
        assert_eq!(order_of("D1/2/24\n"), (DateOrder::MonthFirst, false));
    }
}
