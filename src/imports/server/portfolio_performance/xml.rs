//! Portfolio Performance's own file. An element is written out where it first appears, however deep that is; elsewhere a
//! reference stands for it. So bookings are searched everywhere, and each is read once.

use super::reference::{Tree, plain_child};
use super::{Amounts, Booking, draft, label};
use crate::imports::mapping::{DateOrder, DecimalMark};
use crate::imports::preview::Fault;
use crate::imports::server::cell::Cell;
use crate::imports::server::currency::{self, Unit};
use crate::imports::server::place::{Lines, Place};
use crate::imports::server::sheet::{Read, Sheet};
use crate::imports::server::text::whole_file;
use crate::imports::server::{Options, limits, symbol, xml};
use crate::money::Decimal;
use crate::portfolio::described::{DescribedInstrument, InstrumentKind, KnownPrice};
use roxmltree::{Node, NodeId};
use std::collections::{HashMap, HashSet};

/// Elements that are bookings when they are written out.
const BOOKINGS: [&str; 6] = [
    "account-transaction",
    "accountTransaction",
    "portfolio-transaction",
    "portfolioTransaction",
    "transactionFrom",
    "transactionTo",
];

/// From this version on, everything names its currency; what does not is an index.
const FIRST_WITH_CURRENCIES: u32 = 29;

/// How a version writes its numbers.
struct Scales {
    /// Places of shares.
    shares: u32,
    /// Places of prices.
    prices: u32,
}

impl Scales {
    fn of(version: u32) -> Self {
        Self {
            shares: match version {
                0..=2 => 0,
                3..=25 => 5,
                26..=48 => 6,
                _ => 8,
            },
            prices: match version {
                0..=29 => 2,
                30..=48 => 4,
                _ => 8,
            },
        }
    }
}

struct Reader<'a, 'input> {
    lines: &'a Lines<'input>,
    tree: Tree<'a, 'input>,
    scales: Scales,
    /// The unit of a file from before it had currencies.
    unit: Option<Unit>,
    labels: HashMap<NodeId, String>,
}

/// Reads a file.
pub fn read(lines: &Lines<'_>, options: &Options, sheet: &mut Sheet<'_>) -> Result<(), Fault> {
    let document = xml::document(lines)?;
    let root = document.root_element();
    let version = plain_child(root, "version")
        .and_then(|node| node.text())
        .and_then(|text| text.trim().parse().ok());
    let version: u32 = version.ok_or_else(|| whole_file("has no <version>; expected a file of Portfolio Performance".to_owned()))?;
    let base = plain_child(root, "baseCurrency")
        .and_then(|node| node.text())
        .and_then(currency::read);
    if let Some(base) = &base {
        sheet.base_currency(base.code.clone());
    }
    let chosen = options.currency.as_deref().and_then(currency::read);
    let unit = base.or(chosen).unwrap_or(Unit {
        code: "EUR".to_owned(),
        divisor: Decimal::ONE,
    });
    if version < FIRST_WITH_CURRENCIES {
        sheet.note(format!(
            "version {version} knows no currencies: its amounts are taken as {}",
            unit.code
        ));
    }
    let mut reader = Reader {
        lines,
        tree: Tree::new(&document),
        scales: Scales::of(version),
        unit: (version < FIRST_WITH_CURRENCIES).then_some(unit),
        labels: HashMap::new(),
    };
    reader.securities(sheet)?;
    for node in document
        .descendants()
        .filter(|node| BOOKINGS.contains(&node.tag_name().name()) && node.attribute("reference").is_none())
    {
        let offset = node.range().start;
        if let Some(read) = reader.booking(node).transpose() {
            sheet.take(lines.line(offset), offset, read)?;
        }
    }
    Ok(())
}

impl<'a, 'input> Reader<'a, 'input> {
    fn place(&self, node: Node<'a, 'input>) -> Place<'a> {
        Place::Byte(node.range().start, self.lines)
    }

    /// A child's text. Where it is missing, an empty cell at the element.
    fn cell(&self, node: Node<'a, 'input>, name: &'a str) -> Cell<'a> {
        match self.tree.child(node, name) {
            Some(child) => {
                let start = child.first_child().map_or(child.range().start, |text| text.range().start);
                Cell::new(child.text().unwrap_or_default(), name, Place::Byte(start, self.lines))
            }
            None => Cell::new("", name, self.place(node)),
        }
    }

    fn securities(&mut self, sheet: &mut Sheet<'_>) -> Result<(), Fault> {
        let document = self.tree.document;
        let mut taken = HashSet::new();
        let mut splits = 0;
        let is_security = |node: &Node<'_, '_>| {
            node.has_tag_name("security") && node.attribute("reference").is_none() && plain_child(*node, "name").is_some()
        };
        for node in document.descendants().filter(is_security) {
            let [ticker, isin, wkn, name] = ["tickerSymbol", "isin", "wkn", "name"].map(|field| self.cell(node, field).text);
            let first = label([&ticker, &isin, &wkn, &name]).map(str::to_owned);
            let Some(first) = first.filter(|text| symbol::is_label(text)) else {
                let fault = self.cell(node, "name").unexpected("the name of a security");
                sheet.take(self.lines.line(node.range().start), node.range().start, Err(fault))?;
                continue;
            };
            let others = [isin.as_ref(), wkn.as_ref(), name.as_ref()]
                .into_iter()
                .filter(|text| symbol::is_label(text))
                .map(str::to_owned);
            let numbered = (2..).map(|number| format!("{first} ({number})"));
            let free = std::iter::once(first.clone())
                .chain(others)
                .chain(numbered)
                .find(|text| !taken.contains(text));
            let symbol = free.unwrap_or(first);
            taken.insert(symbol.clone());
            self.labels.insert(node.id(), symbol.clone());
            let unit = self.unit_of(node).ok();
            self.prices(node, &symbol, unit.as_ref(), sheet)?;
            splits += node
                .descendants()
                .filter(|node| node.has_tag_name("type") && node.text() == Some("STOCK_SPLIT"))
                .count();
            if plain_child(node, "targetCurrencyCode").is_some() {
                continue;
            }
            let manual = self.cell(node, "feed").text == "MANUAL";
            let has_currency = unit.is_some();
            sheet.instrument(DescribedInstrument {
                symbol,
                name: name.into_owned(),
                currency: unit.map(|unit| unit.code),
                isin: symbol::is_isin(&isin).then(|| isin.into_owned()),
                kind: match (has_currency, manual) {
                    (false, _) => InstrumentKind::Index,
                    (true, true) => InstrumentKind::Manual,
                    (true, false) => InstrumentKind::Unknown,
                },
                note: self.cell(node, "note").words()?,
                ..DescribedInstrument::default()
            });
        }
        if splits > 0 {
            sheet.note(format!(
                "{splits} splits stand in the file; its shares are counted after them, so they are no activities"
            ));
        }
        Ok(())
    }

    /// The last price; of a security that is valued by hand, every one.
    fn prices(&self, node: Node<'a, 'input>, symbol: &str, unit: Option<&Unit>, sheet: &mut Sheet<'_>) -> Result<(), Fault> {
        let Some(unit) = unit else { return Ok(()) };
        let is_manual = self.cell(node, "feed").text == "MANUAL";
        let quoted = plain_child(node, "prices")
            .into_iter()
            .flat_map(|prices| prices.children().filter(|price| price.has_tag_name("price")));
        for price in quoted.chain(plain_child(node, "latest")) {
            let attribute = |name: &'a str| Cell::new(price.attribute(name).unwrap_or_default(), name, self.place(price));
            let known = KnownPrice {
                symbol: symbol.to_owned(),
                day: attribute("t").day(DateOrder::DayFirst)?.0,
                price: unit.major(scaled(&attribute("v"), self.scales.prices)?),
                currency: Some(unit.code.clone()),
            };
            if is_manual {
                sheet.manual_price(known)
            } else {
                sheet.last_price(known)
            }
        }
        Ok(())
    }

    fn unit_of(&self, node: Node<'a, 'input>) -> Result<Unit, Fault> {
        let cell = self.cell(node, "currencyCode");
        match &self.unit {
            Some(unit) if cell.is_empty() => Ok(unit.clone()),
            _ => cell.currency(),
        }
    }

    /// `None` for the second half of a booking whose first half says everything.
    fn booking(&self, node: Node<'a, 'input>) -> Result<Option<Read>, Fault> {
        let kind = self.cell(node, "type");
        let booking = Booking::read(&kind.text).ok_or_else(|| kind.unexpected("a type of Portfolio Performance"))?;
        let cross = self.tree.child(node, "crossEntry");
        let class = plain_child(node, "crossEntry")
            .and_then(|entry| entry.attribute("class"))
            .or(cross.and_then(|entry| entry.attribute("class")));
        let is_account = match node.tag_name().name() {
            "account-transaction" | "accountTransaction" => true,
            "transactionFrom" | "transactionTo" => class != Some("portfolio-transfer"),
            _ => false,
        };
        match (booking, cross) {
            (Booking::Buy | Booking::Sell, Some(_)) if is_account => return Ok(None),
            (Booking::TransferIn, Some(_)) => return Ok(None),
            (Booking::TransferOut, Some(cross)) => return self.transfer(node, cross, is_account).map(Some),
            _ => {}
        }
        self.single(node, booking, is_account).map(Some)
    }

    fn single(&self, node: Node<'a, 'input>, booking: Booking, is_account: bool) -> Result<Read, Fault> {
        let when = self.cell(node, "date").day(DateOrder::DayFirst)?;
        let unit = self.unit_of(node)?;
        let amount = self.cell(node, "amount");
        let shares = self.cell(node, "shares");
        let amounts = Amounts {
            net: unit.major(scaled(&amount, 2)?),
            fees: unit.major(self.units(node, "FEE", "fees")?),
            taxes: unit.major(self.units(node, "TAX", "taxes")?),
            shares: if is_account || shares.is_empty() {
                Decimal::ZERO
            } else {
                scaled(&shares, self.scales.shares)?
            },
        };
        let security = plain_child(node, "security");
        let symbol = match security {
            None => None,
            Some(stands) => {
                let found = self.tree.resolve(stands).and_then(|security| self.labels.get(&security.id()));
                let unknown = || {
                    Cell::new(stands.attribute("reference").unwrap_or_default(), "security", self.place(stands))
                        .unexpected("a reference to a security of the file")
                };
                Some(found.ok_or_else(unknown)?.clone())
            }
        };
        let mut draft = draft(booking, when, &unit.code, symbol, &amounts).map_err(|reason| {
            if booking.moves_units() {
                shares.fault(reason)
            } else {
                amount.fault(reason)
            }
        })?;
        draft.note = self.cell(node, "note").words()?;
        draft.source_id = Some(self.cell(node, "uuid").text.into_owned()).filter(|id| !id.is_empty());
        draft.account = self.owner(node);
        Ok(draft.into())
    }

    /// Between two accounts of the file nothing changes, unless they have different currencies.
    fn transfer(&self, node: Node<'a, 'input>, cross: Node<'a, 'input>, is_account: bool) -> Result<Read, Fault> {
        let inside = || Read::Omitted("moves between two accounts of this file, which come in together".to_owned());
        if !is_account {
            return Ok(inside());
        }
        let to = self.tree.child(cross, "transactionTo");
        let to =
            to.ok_or_else(|| Cell::new("", "transactionTo", self.place(node)).fault("the other side of the transfer is not in the file"))?;
        if self.unit_of(node)? == self.unit_of(to)? {
            return Ok(inside());
        }
        let mut drafts = vec![];
        for (side, booking) in [(node, Booking::Removal), (to, Booking::Deposit)] {
            if let Read::Drafts(mut halves) = self.single(side, booking, true)? {
                halves
                    .iter_mut()
                    .for_each(|half| half.remark("one half of a change of currency between two accounts of this file"));
                drafts.append(&mut halves);
            }
        }
        Ok(Read::Drafts(drafts))
    }

    /// The sum of a booking's units of a kind; before version 29 they stood in an element.
    fn units(&self, node: Node<'a, 'input>, kind: &str, before: &'a str) -> Result<Decimal, Fault> {
        let mut sum = match self.cell(node, before) {
            cell if cell.is_empty() => Decimal::ZERO,
            cell => scaled(&cell, 2)?,
        };
        let units = self.tree.child(node, "units");
        for unit in units
            .iter()
            .flat_map(|units| units.children())
            .filter(|unit| unit.attribute("type") == Some(kind))
        {
            if let Some(amount) = self.tree.resolve(unit).and_then(|unit| self.tree.child(unit, "amount")) {
                let cell = Cell::new(amount.attribute("amount").unwrap_or_default(), "amount", self.place(amount));
                sum = sum.saturating_add(scaled(&cell, 2)?);
            }
        }
        Ok(sum)
    }

    /// Name of the account or depot that a booking belongs to.
    fn owner(&self, node: Node<'a, 'input>) -> Option<String> {
        let parent = node.parent_element()?;
        let owner = match (parent.tag_name().name(), node.tag_name().name()) {
            ("transactions", _) => parent.parent_element(),
            (_, "accountTransaction") => self.tree.child(parent, "account"),
            (_, "portfolioTransaction") => self.tree.child(parent, "portfolio"),
            (_, "transactionFrom") => self.tree.child(parent, "accountFrom"),
            _ => self.tree.child(parent, "accountTo"),
        };
        let name = self.cell(owner?, "name").text.into_owned();
        (!name.is_empty() && name.len() <= limits::FIELD_CHARACTERS).then_some(name)
    }
}

/// A whole number of the smallest unit as an amount.
fn scaled(cell: &Cell<'_>, places: u32) -> Result<Decimal, Fault> {
    let whole = cell.positive(DecimalMark::Point)?;
    let is_whole = !cell.is_empty() && whole.fract().is_zero();
    let amount = whole.checked_mul(Decimal::new(1, places));
    amount
        .filter(|_| is_whole)
        .map(|amount| amount.normalize())
        .ok_or_else(|| cell.unexpected("a whole number"))
}
