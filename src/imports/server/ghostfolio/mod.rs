//! Ghostfolio: one meaning of an entry for its JSON and its tables.

pub mod csv;
pub mod json;

use crate::imports::mapping::{DateOrder, DecimalMark};
use crate::imports::preview::Fault;
use crate::imports::server::cell::Cell;
use crate::imports::server::draft::Draft;
use crate::imports::server::sheet::Read;
use crate::imports::server::symbol;
use crate::money::Decimal;
use crate::portfolio::activity::ActivityKind;

/// The source of prices for what its owner values by hand.
const MANUAL: &str = "MANUAL";

/// An entry's values.
struct Entry<'a> {
    kind: Cell<'a>,
    date: Cell<'a>,
    currency: Cell<'a>,
    quantity: Cell<'a>,
    price: Cell<'a>,
    fee: Cell<'a>,
    symbol: Cell<'a>,
    source: Cell<'a>,
    note: Cell<'a>,
    mark: DecimalMark,
}

/// What a symbol is known as.
enum Label {
    /// The file describes it, under this label.
    Described(String),
    /// Only the entry names it.
    Named,
}

impl Entry<'_> {
    fn read(&self, label: impl Fn(&str, bool) -> Label) -> Result<Read, Fault> {
        let word = self.kind.text.to_ascii_uppercase();
        let kind = match word.as_str() {
            "BUY" | "ITEM" => ActivityKind::Buy,
            "SELL" => ActivityKind::Sell,
            "DIVIDEND" => ActivityKind::Dividend,
            "INTEREST" => ActivityKind::Interest,
            "FEE" => ActivityKind::Fee,
            "LIABILITY" => {
                return Ok(Read::Omitted(
                    "a liability is nothing that is owned; add it by hand as you see fit".to_owned(),
                ));
            }
            _ => return Err(self.kind.unexpected("BUY, SELL, DIVIDEND, INTEREST, FEE or LIABILITY")),
        };
        let when = self.date.day(DateOrder::DayFirst)?;
        let unit = self.currency.currency()?;
        let quantity = self.quantity.required(self.mark)?;
        let price = self.price.required(self.mark)?;
        let fee = unit.major(self.fee.positive(self.mark)?);
        let price_major = unit.major(price);
        let mut draft = Draft::new(kind, when, &unit.code);
        draft.note = self.note.words()?;
        self.name(&mut draft, label)?;
        let product = quantity
            .checked_mul(price_major)
            .ok_or_else(|| self.quantity.fault("quantity x price is beyond what can be counted"))?;
        match kind {
            ActivityKind::Buy | ActivityKind::Sell => {
                draft.quantity = quantity;
                draft.price = Some(price_major);
                draft.fee = fee;
                if quantity.is_zero() {
                    draft.remark("has no quantity and moves nothing");
                }
            }
            ActivityKind::Fee => draft.amount = Some(product.saturating_add(fee)),
            _ => {
                draft.amount = Some(product);
                draft.fee = fee;
            }
        }
        if unit.divisor != Decimal::ONE {
            draft.remark(format!("{} are hundredths of {}", self.currency.text, unit.code));
        }
        Ok(draft.into())
    }

    /// Gives the instrument, or for a fee or interest that has none, its words as the note.
    fn name(&self, draft: &mut Draft, label: impl Fn(&str, bool) -> Label) -> Result<(), Fault> {
        let is_manual = self.source.text.eq_ignore_ascii_case(MANUAL);
        let is_cash = matches!(draft.kind, ActivityKind::Fee | ActivityKind::Interest);
        let is_ticker = symbol::is_ticker(&self.symbol.text);
        let text = match label(&self.symbol.text, is_manual) {
            Label::Described(text) => text,
            Label::Named if is_manual || self.source.is_empty() => self.symbol.label()?,
            Label::Named if is_ticker => self.symbol.text.clone().into_owned(),
            Label::Named => {
                let source = &self.source.text;
                return Err(self
                    .symbol
                    .unexpected(&format!("a symbol that {source} can know; the file does not describe it either")));
            }
        };
        if is_cash && (is_manual || !is_ticker) {
            draft.note = match draft.note.is_empty() {
                true => text,
                false => format!("{text}: {}", draft.note),
            };
            return Ok(());
        }
        if !is_manual && !is_ticker {
            draft.remark("is no ticker: kept as an instrument of its own");
        }
        draft.symbol = Some(text);
        Ok(())
    }
}
