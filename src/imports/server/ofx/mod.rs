//! Open Financial Exchange: 1 (SGML, whose values have no end) and 2 (XML), by one reader.

mod bank;
mod element;
mod trade;

use crate::imports::mapping::{DateOrder, DecimalMark};
use crate::imports::preview::Fault;
use crate::imports::server::cell::Cell;
use crate::imports::server::currency::{self, Unit};
use crate::imports::server::draft::Draft;
use crate::imports::server::place::{Lines, Place};
use crate::imports::server::sheet::{Read, Sheet};
use crate::imports::server::{Options, symbol};
use crate::money::Decimal;
use crate::portfolio::described::{DescribedInstrument, InstrumentKind, KnownPrice};
use chrono::{NaiveDate, NaiveTime};
use element::{Elements, Id};
use std::collections::HashMap;

/// What the list of securities says about one.
#[derive(Clone)]
struct Security {
    label: String,
    /// Units of what lies under a contract.
    contract: Decimal,
    kind: InstrumentKind,
}

struct Reader<'a> {
    lines: &'a Lines<'a>,
    elements: &'a Elements<'a>,
    securities: HashMap<String, Security>,
    currency: Unit,
    account: Option<String>,
}

/// Reads a file of one or more statements.
pub fn read(lines: &Lines<'_>, options: &Options, sheet: &mut Sheet<'_>) -> Result<(), Fault> {
    let elements = Elements::new(lines)?;
    let currency = options.currency.as_deref().and_then(currency::read).unwrap_or(Unit {
        code: "USD".to_owned(),
        divisor: Decimal::ONE,
    });
    let mut reader = Reader {
        lines,
        elements: &elements,
        securities: HashMap::new(),
        currency,
        account: None,
    };
    for id in elements.all("SECINFO") {
        reader.security(id, sheet)?;
    }
    for name in ["INVSTMTRS", "STMTRS", "CCSTMTRS"] {
        for statement in elements.all(name) {
            reader.statement(statement, sheet)?;
        }
    }
    Ok(())
}

impl<'a> Reader<'a> {
    /// The first element of a name below another, as a cell; an empty one at the other where there is none.
    fn cell(&self, below: Id, name: &'static str) -> Cell<'a> {
        match self.elements.find(below, name) {
            Some(id) => {
                let element = self.elements.get(id);
                Cell {
                    text: element.value.clone(),
                    field: name,
                    place: Place::Byte(element.value_at, self.lines),
                }
            }
            None => Cell::new("", name, Place::Byte(self.elements.get(below).at, self.lines)),
        }
    }

    /// A number; its decimals stand behind a point or a comma, and thousands are not set apart.
    fn number(&self, below: Id, name: &'static str) -> Result<Decimal, Fault> {
        let cell = self.cell(below, name);
        let mark = if cell.text.contains(',') {
            DecimalMark::Comma
        } else {
            DecimalMark::Point
        };
        cell.number_or_zero(mark)
    }

    /// The day alone: brokers fill in the time.
    fn day(&self, below: Id, name: &'static str) -> Result<(NaiveDate, Option<NaiveTime>), Fault> {
        let mut cell = self.cell(below, name);
        let whole = cell.clone();
        cell.text = whole.text.chars().take(8).collect::<String>().into();
        cell.day(DateOrder::MonthFirst)
            .map(|(day, _)| (day, None))
            .map_err(|_| whole.unexpected("a date like 20241231 or 20241231120000"))
    }

    fn security(&mut self, id: Id, sheet: &mut Sheet<'_>) -> Result<(), Fault> {
        let unique = self.cell(id, "UNIQUEID");
        let (ticker, name) = (self.cell(id, "TICKER"), self.cell(id, "SECNAME"));
        let named = [&ticker.text, &unique.text].into_iter().find(|text| symbol::is_label(text));
        let Some(label) = named.map(|text| text.clone().into_owned()) else {
            return Ok(());
        };
        let parent = self.elements.parent(id);
        let kind = match parent.map(|parent| self.elements.get(parent).name.as_str()) {
            Some("STOCKINFO") => InstrumentKind::Equity,
            Some("MFINFO") => InstrumentKind::Fund,
            Some("DEBTINFO") => InstrumentKind::Bond,
            Some("OPTINFO") => InstrumentKind::Option,
            _ => InstrumentKind::Unknown,
        };
        let contract = parent.map_or(Ok(Decimal::ZERO), |parent| self.number(parent, "SHPERCTRCT"))?;
        let is_isin = symbol::is_isin(&unique.text);
        sheet.instrument(DescribedInstrument {
            symbol: label.clone(),
            name: name.words()?,
            isin: is_isin.then(|| unique.text.clone().into_owned()),
            alias: Some(unique.text.clone().into_owned()).filter(|alias| *alias != label && !is_isin),
            kind,
            ..DescribedInstrument::default()
        });
        let contract = if contract > Decimal::ZERO { contract } else { Decimal::ONE };
        self.securities.insert(unique.text.into_owned(), Security { label, contract, kind });
        Ok(())
    }

    /// The security that an element names.
    fn security_of(&self, id: Id) -> Result<Security, Fault> {
        let unique = self.cell(id, "UNIQUEID");
        match self.securities.get(unique.text.as_ref()) {
            Some(security) => Ok(security.clone()),
            None => Ok(Security {
                label: unique.label()?,
                contract: Decimal::ONE,
                kind: InstrumentKind::Unknown,
            }),
        }
    }

    fn statement(&mut self, statement: Id, sheet: &mut Sheet<'_>) -> Result<(), Fault> {
        let default = self.cell(statement, "CURDEF");
        if default.is_empty() {
            sheet.note(format!("a statement names no currency: taken as {}", self.currency.code));
        } else {
            self.currency = default.currency()?;
            sheet.base_currency(self.currency.code.clone());
        }
        self.account = Some(self.cell(statement, "ACCTID").text.into_owned()).filter(|account| !account.is_empty());
        let lists = ["INVTRANLIST", "BANKTRANLIST"];
        for list in lists.iter().flat_map(|name| self.elements.find(statement, name)) {
            for id in self.elements.children(list) {
                let name = self.elements.get(id).name.as_str();
                let read = match name {
                    "DTSTART" | "DTEND" => continue,
                    "STMTTRN" | "INVBANKTRAN" => self.bank(id),
                    _ => self.trade(id, name),
                };
                let at = self.elements.get(id).at;
                sheet.take(self.lines.line(at), at, read)?;
            }
        }
        for position in self
            .elements
            .find(statement, "INVPOSLIST")
            .into_iter()
            .flat_map(|list| self.elements.children(list))
        {
            self.position(position, sheet)?;
        }
        Ok(())
    }

    /// The price that the statement gives for what is held. How much is held follows from the activities.
    fn position(&self, id: Id, sheet: &mut Sheet<'_>) -> Result<(), Fault> {
        let price = self.number(id, "UNITPRICE")?;
        if !price.is_zero() && price.is_sign_positive() && !self.cell(id, "DTPRICEASOF").is_empty() {
            let (unit, _) = self.unit(id)?;
            let security = self.security_of(id)?;
            let price = if security.kind == InstrumentKind::Bond {
                price / Decimal::ONE_HUNDRED
            } else {
                price
            };
            sheet.last_price(KnownPrice {
                symbol: security.label,
                day: self.day(id, "DTPRICEASOF")?.0,
                price: unit.major(price),
                currency: Some(unit.code),
            });
        }
        sheet.note("the positions of the statement give prices only; what is held follows from the activities");
        Ok(())
    }

    /// The unit of an element's money, and its rate to the statement's currency where it has its own.
    fn unit(&self, id: Id) -> Result<(Unit, Option<Decimal>), Fault> {
        match self.elements.find(id, "CURRENCY") {
            None => Ok((self.currency.clone(), None)),
            Some(own) => {
                let rate = Some(self.number(own, "CURRATE")?).filter(|rate| *rate > Decimal::ZERO);
                Ok((self.cell(own, "CURSYM").currency()?, rate))
            }
        }
    }

    fn mark(&self, id: Id, draft: &mut Draft) {
        let fitid = self.cell(id, "FITID").text.into_owned();
        draft.source_id = Some(fitid).filter(|id| !id.is_empty());
        draft.account = self.account.clone();
    }
}

/// A movement that becomes one activity.
fn one(draft: Draft) -> Result<Read, Fault> {
    Ok(draft.into())
}
