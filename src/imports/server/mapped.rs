//! Any table, by a mapping of its columns.

use crate::imports::mapping::{DecimalMark, Field, Mapping};
use crate::imports::preview::Fault;
use crate::imports::server::Options;
use crate::imports::server::cell::Cell;
use crate::imports::server::currency;
use crate::imports::server::draft::Draft;
use crate::imports::server::sheet::{Read, Sheet};
use crate::imports::server::symbol;
use crate::imports::server::table::{Row, Table};
use crate::imports::server::text::whole_file;
use crate::money::Decimal;
use crate::portfolio::activity::{ActivityKind, SplitRatio};
use crate::portfolio::described::DescribedInstrument;
use std::collections::BTreeMap;

struct Reader<'m> {
    mapping: &'m Mapping,
    columns: BTreeMap<Field, usize>,
    currency: Option<&'m str>,
}

/// Reads a table.
///
/// # Errors
/// Also where the mapping names a column that the table does not have, or none for the date.
pub fn read(text: &str, options: &Options, sheet: &mut Sheet<'_>) -> Result<(), Fault> {
    let table = Table::new(text)?;
    let default = Mapping::default();
    let mapping = options.mapping.as_ref().unwrap_or(&default);
    let mut columns = BTreeMap::new();
    for (field, name) in &mapping.columns {
        let at = table.column(&[&name.trim().to_lowercase()]);
        columns.insert(*field, at.ok_or_else(|| whole_file(format!("the table has no column \"{name}\"")))?);
    }
    if !columns.contains_key(&Field::Date) {
        return Err(whole_file("the mapping names no column for the date".to_owned()));
    }
    if !columns.contains_key(&Field::Kind) && mapping.default_kind.is_none() {
        return Err(whole_file(
            "the mapping names neither a column of kinds nor a kind for every row".to_owned(),
        ));
    }
    let reader = Reader {
        mapping,
        columns,
        currency: mapping.default_currency.as_deref().or(options.currency.as_deref()),
    };
    table.rows(|row| {
        let read = reader.read(row, sheet);
        sheet.take(row.line, row.byte, row.check(read))
    })
}

impl Reader<'_> {
    fn cell<'r>(&self, row: &Row<'r>, field: Field, name: &'r str) -> Cell<'r> {
        row.cell(self.columns.get(&field).copied(), name)
    }

    fn number(&self, row: &Row<'_>, field: Field, name: &str) -> Result<Option<Decimal>, Fault> {
        let cell = self.cell(row, field, name);
        if cell.is_empty() {
            Ok(None)
        } else {
            cell.number(self.mapping.decimal_mark).map(Some)
        }
    }

    fn read(&self, row: &Row<'_>, sheet: &mut Sheet<'_>) -> Result<Read, Fault> {
        let word = self.cell(row, Field::Kind, "type");
        let kind = match (word.is_empty(), self.mapping.default_kind) {
            (true, Some(kind)) => kind,
            _ => self
                .mapping
                .kind(&word.text)
                .ok_or_else(|| word.unexpected("a kind that the mapping knows"))?,
        };
        let mut when = self.cell(row, Field::Date, "date").day(self.mapping.date_order)?;
        let time = self.cell(row, Field::Time, "time");
        if !time.is_empty() {
            let mut both = time.clone();
            both.text = format!("{}T{}", when.0, time.text).into();
            when = both
                .day(self.mapping.date_order)
                .map_err(|_| time.unexpected("a time like 14:30 or 14:30:59"))?;
        }
        let quantity = self.number(row, Field::Quantity, "quantity")?;
        let currency = self.cell(row, Field::Currency, "currency");
        let unit = match (currency.is_empty(), self.currency.and_then(currency::read)) {
            (true, Some(unit)) => Some(unit),
            (true, None) if kind == ActivityKind::Split => None,
            _ => Some(currency.currency()?),
        };
        let major = |number: Option<Decimal>| number.map(|number| unit.as_ref().map_or(number, |unit| unit.major(number)).abs());
        let is_sale = kind == ActivityKind::Buy && quantity.is_some_and(|quantity| quantity.is_sign_negative());
        let kind = if is_sale { ActivityKind::Sell } else { kind };
        let mut draft = Draft::new(kind, when, unit.as_ref().map_or(currency::NONE, |unit| &unit.code));
        if is_sale {
            draft.remark("a negative quantity is a sale");
        }
        self.identify(row, &mut draft, sheet)?;
        let price_cell = self.cell(row, Field::Price, "price");
        let amount_cell = self.cell(row, Field::Amount, "amount");
        let price = major(self.number(row, Field::Price, "price")?);
        let amount = major(self.number(row, Field::Amount, "amount")?);
        let quantity = quantity.map(|quantity| quantity.abs());
        draft.fee = major(self.number(row, Field::Fee, "fee")?).unwrap_or_default();
        draft.tax = major(self.number(row, Field::Tax, "tax")?).unwrap_or_default();
        let product = price.zip(quantity).and_then(|(price, quantity)| price.checked_mul(quantity));
        let quantity_cell = self.cell(row, Field::Quantity, "quantity");
        let needed = || quantity_cell.unexpected("units");
        match kind {
            ActivityKind::Buy | ActivityKind::Sell => {
                draft.quantity = quantity.ok_or_else(needed)?;
                let divided = || amount?.checked_div(draft.quantity);
                draft.price = Some(
                    price
                        .or_else(divided)
                        .ok_or_else(|| price_cell.unexpected("a price, or an amount"))?,
                );
            }
            ActivityKind::TransferIn | ActivityKind::TransferOut => {
                draft.quantity = quantity.ok_or_else(needed)?;
                draft.price = price.filter(|_| kind == ActivityKind::TransferIn);
                draft.amount = amount;
            }
            ActivityKind::Split => {
                let ratio = quantity
                    .filter(|ratio| *ratio > Decimal::ZERO)
                    .ok_or_else(|| quantity_cell.unexpected("the ratio of a split"))?;
                draft.quantity = ratio;
                draft.ratio = Some(SplitRatio {
                    new: ratio,
                    old: Decimal::ONE,
                });
            }
            _ => draft.amount = Some(amount.or(product).ok_or_else(|| amount_cell.unexpected("an amount"))?),
        }
        let units_move = matches!(
            kind,
            ActivityKind::Buy | ActivityKind::Sell | ActivityKind::TransferIn | ActivityKind::TransferOut | ActivityKind::Split
        );
        if units_move && draft.symbol.is_none() {
            return Err(self.cell(row, Field::Symbol, "symbol").unexpected("the symbol of an instrument"));
        }
        Ok(draft.into())
    }

    fn identify(&self, row: &Row<'_>, draft: &mut Draft, sheet: &mut Sheet<'_>) -> Result<(), Fault> {
        let own = |field, name| {
            let text = self.cell(row, field, name).text.into_owned();
            Some(text).filter(|text| !text.is_empty())
        };
        let named = [(Field::Symbol, "symbol"), (Field::Isin, "isin"), (Field::Name, "name")];
        let label = named
            .into_iter()
            .map(|(field, name)| self.cell(row, field, name))
            .find(|cell| !cell.is_empty());
        draft.symbol = label.map(|cell| cell.label()).transpose()?;
        draft.source_id = own(Field::SourceId, "id");
        draft.account = own(Field::Account, "account");
        draft.note = self.cell(row, Field::Note, "note").words()?;
        draft.tags = own(Field::Tags, "tags")
            .iter()
            .flat_map(|tags| tags.split(';'))
            .map(|tag| tag.trim().to_owned())
            .filter(|tag| !tag.is_empty())
            .collect();
        let rate = self.cell(row, Field::ExchangeRate, "exchange rate");
        draft.exchange_rate = if rate.is_empty() {
            None
        } else {
            Some(rate.positive(self.mark())?).filter(|rate| !rate.is_zero())
        };
        if let Some(symbol) = &draft.symbol {
            sheet.instrument(DescribedInstrument {
                symbol: symbol.clone(),
                name: self.cell(row, Field::Name, "name").words()?,
                isin: own(Field::Isin, "isin").filter(|isin| symbol::is_isin(isin)),
                ..DescribedInstrument::default()
            });
        }
        Ok(())
    }

    fn mark(&self) -> DecimalMark {
        self.mapping.decimal_mark
    }
}
