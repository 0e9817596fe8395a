//! How a figure came about, as data: its inputs, its formula, its sum. A page shows it; nothing here decides how.

use crate::money::{Decimal, number};
use crate::portfolio::book::{Book, Entry};
use crate::portfolio::mark::MarkedBook;
use crate::portfolio::performance::{Twr, mwr_flows};
use crate::portfolio::ratio::xirr::{Mwr, xirr};
use chrono::NaiveDate;
use serde::{Deserialize, Serialize};

/// A figure that can be explained.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Figure {
    /// What positions and cash are worth.
    Value,
    /// What is held has cost.
    Cost,
    /// Gain of what was sold.
    Realised,
    /// Gain of what is held.
    Unrealised,
    /// Dividends and interest.
    Income,
    /// Fees and taxes that are in no lot's cost.
    Fees,
    /// All gains together.
    TotalGain,
    /// Value now less value at the previous close.
    DayChange,
    /// What came in from outside, less what went out.
    Contributions,
    /// The time-weighted return.
    Twr,
    /// The money-weighted return.
    Mwr,
}

impl Figure {
    /// All of them, the largest first.
    pub const ALL: [Self; 11] = [
        Self::Value,
        Self::DayChange,
        Self::TotalGain,
        Self::Realised,
        Self::Unrealised,
        Self::Income,
        Self::Fees,
        Self::Cost,
        Self::Contributions,
        Self::Twr,
        Self::Mwr,
    ];

    /// Its name in an address.
    pub fn label(self) -> &'static str {
        match self {
            Self::Value => "value",
            Self::Cost => "cost",
            Self::Realised => "realised",
            Self::Unrealised => "unrealised",
            Self::Income => "income",
            Self::Fees => "fees",
            Self::TotalGain => "total-gain",
            Self::DayChange => "day-change",
            Self::Contributions => "contributions",
            Self::Twr => "twr",
            Self::Mwr => "mwr",
        }
    }

    /// The figure of a name.
    pub fn of_label(label: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|one| one.label() == label)
    }
}

/// An input of a figure.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Part {
    /// What it is: an instrument, a currency, a term, a day.
    pub label: String,
    /// Its amount in the base currency; of a time-weighted return the return of a sub-period.
    #[serde(with = "number")]
    pub amount: Decimal,
    /// Identity of the activity that it comes from, where it is one.
    #[serde(default)]
    pub activity: Option<String>,
    /// Identity of that activity's portfolio.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub portfolio: Option<String>,
    /// The day it counts for, where it has one.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub day: Option<NaiveDate>,
    /// How its amount came about, for a person; empty: it is given.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub inputs: String,
}

/// The explanation of a figure.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Derivation {
    /// Which figure.
    pub figure: Figure,
    /// How the parts make the sum.
    pub formula: String,
    /// The inputs, in the order in which they count.
    pub parts: Vec<Part>,
    /// The figure itself; `None` where it is not defined.
    #[serde(with = "number::option", default)]
    pub sum: Option<Decimal>,
}

fn part(label: &str, amount: Decimal) -> Part {
    Part {
        label: label.to_owned(),
        amount,
        ..Part::default()
    }
}

impl Derivation {
    /// A figure that is the sum of its parts.
    pub fn sum_of(figure: Figure, formula: &str, parts: Vec<Part>) -> Self {
        let sum = parts.iter().try_fold(Decimal::ZERO, |sum, part| sum.checked_add(part.amount));
        Self {
            figure,
            formula: formula.to_owned(),
            parts,
            sum,
        }
    }

    /// The value: each position, and the cash of each currency.
    pub fn value(marked: &MarkedBook) -> Self {
        let positions = marked.positions().iter().filter_map(|row| Some(part(&row.symbol, row.value?)));
        let cash = marked.cash().iter().filter_map(|row| Some(part(&row.currency, row.value?)));
        let formula = "sum of quantity x price x rate, and of cash x rate";
        Self::sum_of(Figure::Value, formula, positions.chain(cash).collect())
    }

    /// The cost: each position's lots.
    pub fn cost(marked: &MarkedBook) -> Self {
        let positions = marked.positions().iter().map(|row| part(&row.symbol, row.held.cost));
        Self::sum_of(Figure::Cost, "sum of the cost of all open lots", positions.collect())
    }

    /// The unrealised gain: each position that has a value.
    pub fn unrealised(marked: &MarkedBook) -> Self {
        let positions = marked
            .positions()
            .iter()
            .filter_map(|row| Some(part(&row.symbol, row.unrealised()?)));
        Self::sum_of(Figure::Unrealised, "sum of value - cost", positions.collect())
    }

    /// The realised gain: each closed lot, with the activity that closed it.
    pub fn realised(book: &Book) -> Self {
        let closed = book.closed_lots().iter().map(|lot| Part {
            label: book
                .positions()
                .get(lot.position as usize)
                .map_or_else(String::new, |held| held.symbol.to_string()),
            amount: lot.gain(),
            activity: book.activity(lot.closed).map(|activity| activity.id.clone()),
            day: Some(lot.closed_on),
            inputs: lot.proceeds.normalize().to_string() + " \u{2212} " + &lot.cost.normalize().to_string(),
            ..Part::default()
        });
        Self::sum_of(Figure::Realised, "sum of proceeds - cost of all closed lots", closed.collect())
    }

    /// The income: each dividend and interest.
    pub fn income(book: &Book) -> Self {
        Self::posted(book, Figure::Income, Entry::Income, "sum of amount - fee - tax")
    }

    /// The fees: each fee and tax that is in no lot's cost.
    pub fn fees(book: &Book) -> Self {
        Self::posted(
            book,
            Figure::Fees,
            Entry::Fee,
            "sum of the fees and taxes that are in no lot's cost",
        )
    }

    /// What came in from outside (above zero) and what went out (below), each.
    pub fn contributions(book: &Book) -> Self {
        let mut sums = Self::posted(book, Figure::Contributions, Entry::Flow, "sum of what came in - what went out");
        sums.parts
            .extend(Self::posted(book, Figure::Contributions, Entry::ClosingFlow, "").parts);
        sums.parts.sort_by_key(|part| part.day);
        Self::sum_of(Figure::Contributions, &sums.formula, sums.parts)
    }

    fn posted(book: &Book, figure: Figure, entry: Entry, formula: &str) -> Self {
        let one = |posting: &crate::portfolio::book::Posting| {
            let activity = book.activity(posting.activity);
            let symbol = activity.and_then(|activity| activity.symbol.clone());
            Part {
                label: symbol.unwrap_or_else(|| book.currency(posting.local.currency).to_owned()),
                amount: posting.base,
                activity: activity.map(|activity| activity.id.clone()),
                day: Some(posting.day),
                inputs: if posting.local.amount == posting.base {
                    String::new()
                } else {
                    posting.local.amount.normalize().to_string() + " " + book.currency(posting.local.currency)
                },
                ..Part::default()
            }
        };
        Self::sum_of(figure, formula, book.postings_of(entry).map(one).collect())
    }

    /// The total gain: its terms.
    pub fn total_gain(marked: &MarkedBook) -> Self {
        let (sums, totals) = (marked.sums(), marked.totals());
        let parts = vec![
            part("realised", sums.realised),
            part("unrealised", totals.unrealised),
            part("income", sums.income),
            part("fees", Decimal::ZERO - sums.fees),
            part("moved with transfers", sums.moved),
            part("currency gain of cash", totals.currency_gain),
        ];
        let formula = "realised + unrealised + income - fees + moved + currency gain of cash";
        Self::sum_of(Figure::TotalGain, formula, parts)
    }

    /// The time-weighted return: each sub-period's own.
    pub fn twr(twr: &Twr) -> Self {
        let periods = twr.periods.iter().map(|period| part(&period.day.to_string(), period.rate));
        Self {
            figure: Figure::Twr,
            formula: "product of (1 + r) over the sub-periods, less 1".to_owned(),
            parts: periods.collect(),
            sum: Some(twr.total),
        }
    }

    /// The money-weighted return: each flow as its owner sees it, the value of `day` at last.
    pub fn mwr(book: &Book, day: NaiveDate, value: Decimal) -> Self {
        let flows = mwr_flows(book, day, value);
        let sum = match xirr(&flows) {
            Mwr::Rate(rate) => Some(rate),
            Mwr::Several(_) | Mwr::None(_) => None,
        };
        Self {
            figure: Figure::Mwr,
            formula: "the rate r with sum of flow / (1 + r)^(days / 365) = 0".to_owned(),
            parts: flows.iter().map(|(day, amount)| part(&day.to_string(), *amount)).collect(),
            sum,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::portfolio::activity::ActivityKind as Kind;
    use crate::portfolio::book::Terms;
    use crate::portfolio::book::sample::{buy, d, day, money, on, sell};
    use crate::portfolio::mark::Price;
    use crate::portfolio::rate::NoRates;

    #[test]
    fn each_derivation_sums_to_its_figure() {
        let ledger = vec![
            money("in", Kind::Deposit, None, "1000"),
            buy("b", "A", "10", "50"),
            on(2, money("v", Kind::Dividend, Some("A"), "8")),
            on(3, sell("s", "A", "4", "60")),
            on(4, money("f", Kind::Fee, None, "3")),
        ];
        let book = Book::new(Terms::in_currency("USD"), ledger, &NoRates);
        let price = |_: &str| {
            Some(Price {
                price: d("55"),
                previous_close: None,
                currency: "USD".to_owned(),
            })
        };
        let marked = MarkedBook::new(&book, day(366), price, |_| None);
        let totals = marked.totals();
        for (derivation, figure) in [
            (Derivation::value(&marked), totals.value),
            (Derivation::cost(&marked), book.sums().cost),
            (Derivation::unrealised(&marked), totals.unrealised),
            (Derivation::realised(&book), book.sums().realised),
            (Derivation::income(&book), d("8")),
            (Derivation::fees(&book), d("3")),
            (Derivation::contributions(&book), book.net_contributions()),
            (Derivation::total_gain(&marked), marked.total_gain()),
            (Derivation::mwr(&book, day(366), totals.value), d("0.075")),
        ] {
            assert_eq!(derivation.sum, Some(figure), "{:?}", derivation.figure);
        }
        assert_eq!(marked.total_gain(), d("75"));
        for figure in Figure::ALL {
            assert_eq!(Figure::of_label(figure.label()), Some(figure));
        }
        assert_eq!(Derivation::realised(&book).parts[0].activity.as_deref(), Some("s"));
        let text = serde_json::to_string(&Derivation::fees(&book)).expect("writes");
        assert_eq!(serde_json::from_str::<Derivation>(&text).expect("reads"), Derivation::fees(&book));
    }
}
