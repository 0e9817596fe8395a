//! Flex queries as XML.

use super::{POINT, Record, cash, day, trade};
use crate::imports::preview::Fault;
use crate::imports::server::cell::Cell;
use crate::imports::server::currency;
use crate::imports::server::place::{Lines, Place};
use crate::imports::server::sheet::{Read, Sheet};
use crate::imports::server::xml;
use crate::portfolio::described::KnownPrice;
use roxmltree::Node;

/// Reads a file of one or more statements.
pub fn read(lines: &Lines<'_>, sheet: &mut Sheet<'_>) -> Result<(), Fault> {
    let document = xml::document(lines)?;
    for statement in document.descendants().filter(|node| node.has_tag_name("FlexStatement")) {
        let information = statement.children().find(|node| node.has_tag_name("AccountInformation"));
        let base = information
            .and_then(|node| node.attribute("currency"))
            .and_then(currency::read)
            .map(|unit| unit.code);
        if let Some(base) = &base {
            sheet.base_currency(base.clone());
        }
        for node in statement.descendants().filter(Node::is_element) {
            entry(lines, node, base.as_deref(), sheet)?;
        }
    }
    Ok(())
}

fn entry<'a>(lines: &'a Lines<'a>, node: Node<'a, 'a>, base: Option<&str>, sheet: &mut Sheet<'_>) -> Result<(), Fault> {
    let start = node.range().start;
    let get = |name: &'static str| match node.attribute_node(name) {
        Some(attribute) => Cell::new(attribute.value(), name, Place::Byte(attribute.range_value().start, lines)),
        None => Cell::new("", name, Place::Byte(start, lines)),
    };
    let record = Record { get: &get, base };
    let mut read = match node.tag_name().name() {
        "Trade" => trade::read(&record),
        "CashTransaction" => cash::read(&record),
        "CorporateAction" => cash::corporate_action(&record),
        "Transfer" => cash::transfer(&record),
        "OpenPosition" => return price(&record, sheet),
        _ => return Ok(()),
    };
    if let Ok(Read::Drafts(_)) = &read
        && let Err(fault) = record.describe(sheet)
    {
        read = Err(fault);
    }
    sheet.take(lines.line(start), start, read)
}

/// The price of a position on the day of the report.
fn price(record: &Record<'_, '_>, sheet: &mut Sheet<'_>) -> Result<(), Fault> {
    let (mark, date) = (record.cell("markPrice"), record.cell("reportDate"));
    if let (Some(symbol), false, false) = (record.label()?, mark.is_empty(), date.is_empty()) {
        let unit = record.cell("currency").currency()?;
        sheet.last_price(KnownPrice {
            symbol,
            day: day(&date)?.0,
            price: unit.major(mark.positive(POINT)?),
            currency: Some(unit.code),
        });
    }
    Ok(())
}
