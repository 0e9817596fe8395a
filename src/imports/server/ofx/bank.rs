//! Movements of cash.

use super::element::Id;
use super::{Reader, one};
use crate::imports::preview::Fault;
use crate::imports::server::draft::Draft;
use crate::imports::server::sheet::Read;
use crate::money::Decimal;
use crate::portfolio::activity::ActivityKind;

impl Reader<'_> {
    /// Reads a movement. Its type tells interest, dividends and fees; of any other, the sign tells which way the money went.
    pub(super) fn bank(&self, id: Id) -> Result<Read, Fault> {
        let (unit, rate) = self.unit(id)?;
        let amount = unit.major(self.number(id, "TRNAMT")?);
        let word = self.cell(id, "TRNTYPE");
        let comes_in = amount > Decimal::ZERO;
        let kind = match word.text.as_ref() {
            "INT" => ActivityKind::Interest,
            "DIV" => ActivityKind::Dividend,
            "FEE" | "SRVCHG" => ActivityKind::Fee,
            "CREDIT" | "DEBIT" | "DEP" | "ATM" | "POS" | "XFER" | "CHECK" | "PAYMENT" | "CASH" | "DIRECTDEP" | "DIRECTDEBIT"
            | "REPEATPMT" | "HOLD" | "OTHER" => match comes_in {
                true => ActivityKind::Deposit,
                false => ActivityKind::Withdrawal,
            },
            _ => return Err(word.unexpected("a type of OFX such as CREDIT, DEBIT, DEP, INT, DIV, FEE or XFER")),
        };
        if amount.is_zero() {
            return Ok(Read::Omitted("moves no money".to_owned()));
        }
        let mut draft = Draft::new(kind, self.day(id, "DTPOSTED")?, &unit.code);
        draft.exchange_rate = rate;
        draft.amount = Some(amount.abs());
        let words = [self.cell(id, "NAME").words()?, self.cell(id, "MEMO").words()?];
        draft.note = words.into_iter().filter(|text| !text.is_empty()).collect::<Vec<_>>().join(": ");
        self.mark(id, &mut draft);
        match kind {
            ActivityKind::Fee if comes_in => draft.turn_around("a fee that was given back"),
            ActivityKind::Interest | ActivityKind::Dividend if !comes_in => draft.turn_around("income below zero"),
            _ => {}
        }
        one(draft)
    }
}
