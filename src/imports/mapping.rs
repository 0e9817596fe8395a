//! How any table's columns are read. A mapping belongs to a header and can be remembered for it.

use crate::portfolio::activity::ActivityKind;
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;

/// What a column can hold.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Field {
    /// Identity that the source gives to the row.
    SourceId,
    /// The day, perhaps with a time.
    Date,
    /// The time of the day.
    Time,
    /// The word for what happened.
    Kind,
    /// Label of the instrument.
    Symbol,
    /// Its name.
    Name,
    /// Its ISIN.
    Isin,
    /// Units.
    Quantity,
    /// Price of a unit.
    Price,
    /// Money.
    Amount,
    /// Cost.
    Fee,
    /// Tax.
    Tax,
    /// ISO 4217 code.
    Currency,
    /// Units of the base currency for one of the row's currency.
    ExchangeRate,
    /// Text.
    Note,
    /// Words, with semicolons between them.
    Tags,
    /// Account or depot.
    Account,
}

/// The order of day, month and year. A date that begins with four digits is always year, month, day.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum DateOrder {
    /// 31.12.2024
    #[default]
    DayFirst,
    /// 12/31/2024
    MonthFirst,
}

/// The sign between whole and part.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum DecimalMark {
    /// 1,234.56
    #[default]
    Point,
    /// 1.234,56
    Comma,
}

/// How the columns of a table are read.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Mapping {
    /// The header's name of the column that holds a field.
    pub columns: BTreeMap<Field, String>,
    /// How dates are written.
    #[serde(default)]
    pub date_order: DateOrder,
    /// How numbers are written.
    #[serde(default)]
    pub decimal_mark: DecimalMark,
    /// The file's words for kinds. A word that is missing here is read as `Mapping::kind` says.
    #[serde(default)]
    pub kinds: BTreeMap<String, ActivityKind>,
    /// What a row is without a column of kinds. A negative quantity makes a purchase a sale.
    #[serde(default)]
    pub default_kind: Option<ActivityKind>,
    /// The currency of rows without one.
    #[serde(default)]
    pub default_currency: Option<String>,
}

impl Mapping {
    /// By what a mapping is remembered: the header's names in lower case, without outer spaces, in their order.
    pub fn key(header: &[String]) -> String {
        let names: Vec<_> = header.iter().map(|name| name.trim().to_lowercase()).collect();
        names.join("\u{1f}")
    }

    /// What a word of the file means: its own words first, then the usual English ones.
    pub fn kind(&self, word: &str) -> Option<ActivityKind> {
        let word = word.trim();
        let own = self.kinds.iter().find(|(name, _)| name.trim().eq_ignore_ascii_case(word));
        own.map(|(_, kind)| *kind).or_else(|| usual_kind(word))
    }

    /// A first proposal for a header, by the usual names of columns. Whoever maps can change it.
    pub fn propose(header: &[String]) -> Self {
        let mut mapping = Self::default();
        for name in header {
            let plain: String = name.to_lowercase().chars().filter(|c| c.is_alphanumeric()).collect();
            if let Some((_, field)) = USUAL_NAMES.iter().find(|(usual, _)| *usual == plain) {
                mapping.columns.entry(*field).or_insert_with(|| name.clone());
            }
        }
        mapping
    }
}

/// The usual English words for a kind, in any case.
pub fn usual_kind(word: &str) -> Option<ActivityKind> {
    use ActivityKind::*;
    let plain: String = word.to_lowercase().chars().filter(|c| c.is_alphanumeric()).collect();
    Some(match plain.as_str() {
        "buy" | "bought" | "purchase" => Buy,
        "sell" | "sold" | "sale" => Sell,
        "dividend" | "dividends" => Dividend,
        "interest" => Interest,
        "fee" | "fees" => Fee,
        "tax" | "taxes" | "withholdingtax" => Tax,
        "deposit" => Deposit,
        "withdrawal" | "withdraw" | "removal" => Withdrawal,
        "transferin" | "deliveryin" => TransferIn,
        "transferout" | "deliveryout" => TransferOut,
        "split" | "stocksplit" => Split,
        "returnofcapital" => ReturnOfCapital,
        _ => return None,
    })
}

const USUAL_NAMES: [(&str, Field); 38] = [
    ("id", Field::SourceId),
    ("transactionid", Field::SourceId),
    ("date", Field::Date),
    ("tradedate", Field::Date),
    ("datum", Field::Date),
    ("time", Field::Time),
    ("type", Field::Kind),
    ("action", Field::Kind),
    ("transactiontype", Field::Kind),
    ("activity", Field::Kind),
    ("typ", Field::Kind),
    ("symbol", Field::Symbol),
    ("ticker", Field::Symbol),
    ("code", Field::Symbol),
    ("name", Field::Name),
    ("description", Field::Name),
    ("security", Field::Name),
    ("isin", Field::Isin),
    ("quantity", Field::Quantity),
    ("shares", Field::Quantity),
    ("units", Field::Quantity),
    ("qty", Field::Quantity),
    ("price", Field::Price),
    ("unitprice", Field::Price),
    ("priceperunit", Field::Price),
    ("amount", Field::Amount),
    ("total", Field::Amount),
    ("fee", Field::Fee),
    ("fees", Field::Fee),
    ("commission", Field::Fee),
    ("tax", Field::Tax),
    ("taxes", Field::Tax),
    ("currency", Field::Currency),
    ("exchangerate", Field::ExchangeRate),
    ("note", Field::Note),
    ("comment", Field::Note),
    ("tags", Field::Tags),
    ("account", Field::Account),
];

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_header_is_known_again_whatever_its_case_and_spaces() {
        let header = |names: [&str; 2]| Mapping::key(&names.map(str::to_owned));
        assert_eq!(header(["Date", " Amount "]), header(["date", "AMOUNT"]));
        assert_ne!(header(["Date", "Amount"]), header(["Amount", "Date"]));
    }

    #[test]
    fn own_words_come_before_the_usual_ones() {
        let mapping = Mapping {
            kinds: [("Sell".to_owned(), ActivityKind::Withdrawal)].into(),
            ..Mapping::default()
        };
        assert_eq!(mapping.kind("sell"), Some(ActivityKind::Withdrawal));
        assert_eq!(mapping.kind("Transfer in"), Some(ActivityKind::TransferIn));
        assert_eq!(mapping.kind("Umtausch"), None);
    }

    #[test]
    fn a_proposal_takes_the_first_column_of_a_name() {
        let header = ["Trade Date", "Qty", "Date"].map(str::to_owned);
        let mapping = Mapping::propose(&header);
        assert_eq!(mapping.columns[&Field::Date], "Trade Date");
        assert_eq!(mapping.columns[&Field::Quantity], "Qty");
        assert!(!mapping.columns.contains_key(&Field::Price));
    }
}
