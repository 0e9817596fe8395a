//! What a portfolio decides about its own accounting. Each can be changed later: the book is then made anew.

use serde::{Deserialize, Serialize};

/// Which lots a sale takes.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Method {
    /// First in, first out.
    #[default]
    Fifo,
    /// Last in, first out.
    Lifo,
    /// Highest cost a unit in the base currency first.
    Hifo,
    /// Each unit costs the average of those held. The first in still leave first, for their holding period.
    Average,
}

impl Method {
    /// All of them, the usual one first.
    pub const ALL: [Self; 4] = [Self::Fifo, Self::Lifo, Self::Hifo, Self::Average];

    /// Its name as it is written in JSON.
    pub fn label(self) -> &'static str {
        match self {
            Self::Fifo => "fifo",
            Self::Lifo => "lifo",
            Self::Hifo => "hifo",
            Self::Average => "average",
        }
    }
}

/// How a portfolio is accounted for.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Terms {
    /// ISO 4217 code of the totals.
    pub base_currency: String,
    /// Which lots a sale takes, where it names none.
    pub method: Method,
    /// Whether the ledger books money too. Else each activity brings or takes its own, and deposits and withdrawals move nothing.
    pub cash_tracked: bool,
}

impl Terms {
    /// The usual terms in a currency: first in, first out, with cash.
    pub fn in_currency(base_currency: &str) -> Self {
        Self {
            base_currency: base_currency.to_owned(),
            method: Method::default(),
            cash_tracked: true,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_label_of_a_method_is_its_name_in_json() {
        for method in Method::ALL {
            assert_eq!(serde_json::to_value(method).unwrap(), method.label());
        }
    }
}
