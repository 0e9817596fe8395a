//! What happened in a portfolio: the ledger's lines.

use crate::money::{Decimal, number};
use crate::portfolio::settings::{self, Invalid, SYMBOL_CHARACTERS};
use chrono::{NaiveDate, NaiveTime};
use serde::{Deserialize, Serialize};

/// What an activity does to cash, quantity, cost basis, contributions and income: docs/ACCOUNTING.md has the table.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum ActivityKind {
    /// Units come in for money.
    Buy,
    /// Units go out for money; beyond what is held it opens a short position.
    Sell,
    /// Money from an instrument.
    Dividend,
    /// Money from cash or from a bond.
    Interest,
    /// Money for a service.
    Fee,
    /// Money for the state.
    Tax,
    /// Money comes in from outside.
    Deposit,
    /// Money goes out.
    Withdrawal,
    /// Units come in from outside, with the basis they had there.
    TransferIn,
    /// Units go out, with their basis.
    TransferOut,
    /// Each unit becomes `quantity` units: a split of 4:1 says 4, a reverse split of 1:10 says 0.1; `ratio` is exact.
    Split,
    /// Money that lowers the cost basis.
    ReturnOfCapital,
}

/// A split of `new` units for each `old` ones.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct SplitRatio {
    /// Units afterwards.
    #[serde(with = "number")]
    pub new: Decimal,
    /// Units before.
    #[serde(with = "number")]
    pub old: Decimal,
}

/// A part of an open lot, named by the activity that opened it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct NamedLot {
    /// Identity of the activity that opened the lot.
    pub opened_by: String,
    /// Units taken from it; above zero.
    #[serde(with = "number")]
    pub quantity: Decimal,
}

/// A line of the ledger. Quantities, prices and amounts are zero or more; the kind says which way they go.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Activity {
    /// Identity, unique in its portfolio and kept for good.
    pub id: String,
    /// The day it counts for.
    pub day: NaiveDate,
    /// The time of that day, where one is known.
    pub time: Option<NaiveTime>,
    /// What happened.
    pub kind: ActivityKind,
    /// Label of the instrument; `None` for what concerns cash alone.
    pub symbol: Option<String>,
    /// Units, to twelve places; zero for what moves money alone.
    #[serde(with = "number")]
    pub quantity: Decimal,
    /// Price of a unit in `currency`, to twelve places; of a transfer in, what a unit had cost, where that is known.
    #[serde(with = "number::option", default)]
    pub price: Option<Decimal>,
    /// Money in `currency` before fee and tax: of an income, a fee, a tax, a deposit, a withdrawal, a return of capital; of a
    /// transfer, what the units were worth that day, where that is known. Of a trade it is `None`: quantity x price.
    #[serde(with = "number::option", default)]
    pub amount: Option<Decimal>,
    /// Cost of the activity in `currency`.
    #[serde(with = "number")]
    pub fee: Decimal,
    /// Tax on the activity in `currency`.
    #[serde(with = "number")]
    pub tax: Decimal,
    /// ISO 4217 code (major unit) of the money that moved.
    pub currency: String,
    /// Units of the portfolio's base currency for one of `currency`, where the source states it; else the day's rate counts.
    #[serde(with = "number::option", default)]
    pub exchange_rate: Option<Decimal>,
    /// Of a split.
    pub ratio: Option<SplitRatio>,
    /// Lots that a sale names; empty: the portfolio's method chooses.
    pub lots: Vec<NamedLot>,
    /// What its owner wrote to it.
    pub note: String,
    /// Its owner's words to find it by.
    pub tags: Vec<String>,
}

/// Characters of an identity.
const ID_CHARACTERS: usize = 200;
/// Characters of a note.
const NOTE_CHARACTERS: usize = 10_000;
/// Tags, and characters of each.
const TAGS: usize = 50;

impl ActivityKind {
    /// All of them, in the order of the table in docs/ACCOUNTING.md.
    pub const ALL: [Self; 12] = [
        Self::Buy,
        Self::Sell,
        Self::Dividend,
        Self::Interest,
        Self::Fee,
        Self::Tax,
        Self::Deposit,
        Self::Withdrawal,
        Self::TransferIn,
        Self::TransferOut,
        Self::Split,
        Self::ReturnOfCapital,
    ];

    /// Its name in snake case, as it is written in JSON.
    pub fn label(self) -> &'static str {
        match self {
            Self::Buy => "buy",
            Self::Sell => "sell",
            Self::Dividend => "dividend",
            Self::Interest => "interest",
            Self::Fee => "fee",
            Self::Tax => "tax",
            Self::Deposit => "deposit",
            Self::Withdrawal => "withdrawal",
            Self::TransferIn => "transfer_in",
            Self::TransferOut => "transfer_out",
            Self::Split => "split",
            Self::ReturnOfCapital => "return_of_capital",
        }
    }
}

impl Activity {
    /// Whether every field is within its bounds. What a kind needs, and what the lots allow, the book says.
    ///
    /// # Errors
    /// The first field that is not.
    pub fn check(&self) -> Result<(), Invalid> {
        settings::text("id", &self.id, 1, ID_CHARACTERS)?;
        settings::currency("currency", &self.currency)?;
        if let Some(symbol) = &self.symbol {
            settings::text("symbol", symbol, 1, SYMBOL_CHARACTERS)?;
        }
        let amounts = [
            ("quantity", Some(self.quantity)),
            ("price", self.price),
            ("amount", self.amount),
            ("fee", Some(self.fee)),
            ("tax", Some(self.tax)),
        ];
        for (field, amount) in amounts {
            if amount.is_some_and(|amount| amount < Decimal::ZERO) {
                return Err(Invalid::new(field, "below zero; the kind says which way it goes"));
            }
        }
        if self.exchange_rate.is_some_and(|rate| rate <= Decimal::ZERO) {
            return Err(Invalid::new("exchange_rate", "must be above zero"));
        }
        if self.note.chars().count() > NOTE_CHARACTERS {
            return Err(Invalid::new("note", format!("at most {NOTE_CHARACTERS} characters are accepted")));
        }
        if self.tags.len() > TAGS {
            return Err(Invalid::new("tags", format!("at most {TAGS} are accepted")));
        }
        self.tags
            .iter()
            .try_for_each(|tag| settings::text("tags", tag, 1, SYMBOL_CHARACTERS))
    }

    /// Symbol, note and tags in lower case: what a search looks through.
    pub fn words(&self) -> String {
        let parts = self.symbol.iter().chain([&self.note]).chain(&self.tags);
        parts.map(|part| part.to_lowercase()).collect::<Vec<_>>().join(" ")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_label_of_a_kind_is_its_name_in_json() {
        for kind in ActivityKind::ALL {
            assert_eq!(serde_json::to_value(kind).unwrap(), kind.label());
        }
    }
}
