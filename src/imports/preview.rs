//! What a file becomes, before anything is saved: lines, faults, remarks, instruments, prices.

use crate::money::Decimal;
use crate::portfolio::activity::Activity;
use crate::portfolio::described::{DescribedInstrument, KnownPrice};
use serde::{Deserialize, Serialize};
use std::collections::HashSet;

/// A kind of file. Its name in snake case is part of an activity's identity and never changes.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Format {
    /// Our own JSON, which restores everything.
    FinflowJson,
    /// Our own table of activities.
    FinflowCsv,
    /// Ghostfolio's export.
    GhostfolioJson,
    /// Ghostfolio's table, with its header's synonyms.
    GhostfolioCsv,
    /// Wealthfolio's activities.
    WealthfolioActivities,
    /// Wealthfolio's holdings at days.
    WealthfolioHoldings,
    /// Portfolio Performance's table of transactions.
    PortfolioPerformanceCsv,
    /// Portfolio Performance's own file.
    PortfolioPerformanceXml,
    /// Yahoo's portfolio.
    YahooCsv,
    /// Interactive Brokers' Flex query as a table.
    FlexCsv,
    /// Interactive Brokers' Flex query as XML.
    FlexXml,
    /// Open Financial Exchange, 1 and 2.
    Ofx,
    /// Quicken Interchange Format.
    Qif,
    /// Any table, by a mapping of its columns.
    MappedCsv,
}

impl Format {
    /// The name that people know it by.
    pub fn title(self) -> &'static str {
        match self {
            Self::FinflowJson => "FinFlow JSON",
            Self::FinflowCsv => "FinFlow CSV",
            Self::GhostfolioJson => "Ghostfolio JSON",
            Self::GhostfolioCsv => "Ghostfolio CSV",
            Self::WealthfolioActivities => "Wealthfolio CSV (activities)",
            Self::WealthfolioHoldings => "Wealthfolio CSV (holdings)",
            Self::PortfolioPerformanceCsv => "Portfolio Performance CSV",
            Self::PortfolioPerformanceXml => "Portfolio Performance XML",
            Self::YahooCsv => "Yahoo portfolio CSV",
            Self::FlexCsv => "Interactive Brokers Flex CSV",
            Self::FlexXml => "Interactive Brokers Flex XML",
            Self::Ofx => "OFX",
            Self::Qif => "QIF",
            Self::MappedCsv => "CSV with mapped columns",
        }
    }

    /// The name that identities are made with.
    pub fn label(self) -> &'static str {
        match self {
            Self::FinflowJson => "finflow_json",
            Self::FinflowCsv => "finflow_csv",
            Self::GhostfolioJson => "ghostfolio_json",
            Self::GhostfolioCsv => "ghostfolio_csv",
            Self::WealthfolioActivities => "wealthfolio_activities",
            Self::WealthfolioHoldings => "wealthfolio_holdings",
            Self::PortfolioPerformanceCsv => "portfolio_performance_csv",
            Self::PortfolioPerformanceXml => "portfolio_performance_xml",
            Self::YahooCsv => "yahoo_csv",
            Self::FlexCsv => "flex_csv",
            Self::FlexXml => "flex_xml",
            Self::Ofx => "ofx",
            Self::Qif => "qif",
            Self::MappedCsv => "mapped_csv",
        }
    }
}

/// What is wrong in a file, and where.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Fault {
    /// Number of the line, from 1.
    pub line: u32,
    /// Of a table: number of the column, from 1. Of any other file: number of the character in its line, from 1.
    pub column: u32,
    /// Name of the field, as the file calls it.
    pub field: String,
    /// What is wrong, and what is accepted.
    pub reason: String,
}

impl std::fmt::Display for Fault {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "line {}, column {}, {}: {}", self.line, self.column, self.field, self.reason)
    }
}

/// What a line of the file becomes.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Outcome {
    /// An activity.
    Activity(Box<Activity>),
    /// Nothing: it cannot be read.
    Fault(Fault),
    /// Nothing, for this reason: it changes neither what is owned nor the cash.
    Omitted(String),
}

/// A line of the file. One that becomes two activities appears twice.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Line {
    /// Where it starts, from 1.
    pub number: u32,
    /// The account or depot that the file names for it.
    pub account: Option<String>,
    /// What it becomes.
    pub outcome: Outcome,
    /// What was read leniently.
    pub remarks: Vec<String>,
}

/// A wish to be told about a price.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct AlertHint {
    /// Label of the instrument.
    pub symbol: String,
    /// Tell when the price is at or above this.
    pub above: Option<Decimal>,
    /// Tell when the price is at or below this.
    pub below: Option<Decimal>,
    /// ISO 4217 code of the limits.
    pub currency: String,
}

/// A file that was read.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Parsed {
    /// What it is.
    pub format: Format,
    /// The currency that stated exchange rates lead to, where the file says. With another base currency they do not apply.
    pub base_currency: Option<String>,
    /// Its lines, in order.
    pub lines: Vec<Line>,
    /// The instruments that it describes or names.
    pub instruments: Vec<DescribedInstrument>,
    /// Of each instrument the last price with its day; of a manual one, every price.
    pub prices: Vec<KnownPrice>,
    /// Limits of prices.
    pub alerts: Vec<AlertHint>,
    /// What concerns the whole file.
    pub notes: Vec<String>,
}

impl Parsed {
    /// The activities, in the file's order.
    pub fn activities(&self) -> impl Iterator<Item = &Activity> {
        self.lines.iter().filter_map(|line| match &line.outcome {
            Outcome::Activity(activity) => Some(activity.as_ref()),
            _ => None,
        })
    }

    /// The faults, in the file's order.
    pub fn faults(&self) -> impl Iterator<Item = &Fault> {
        self.lines.iter().filter_map(|line| match &line.outcome {
            Outcome::Fault(fault) => Some(fault),
            _ => None,
        })
    }
}

/// A remark to a line.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Remark {
    /// Number of the line.
    pub line: u32,
    /// What was read leniently, or why the line becomes nothing.
    pub text: String,
}

/// An activity and the line that it comes from.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Numbered {
    /// Number of the line.
    pub line: u32,
    /// The account that the file names.
    pub account: Option<String>,
    /// What the line becomes.
    pub activity: Activity,
}

/// What applying a file would do. It is applied whole or, while a line is faulty, not at all.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Preview {
    /// What would come in.
    pub new: Vec<Numbered>,
    /// What is already there, by its identity.
    pub known: Vec<Numbered>,
    /// What cannot be read.
    pub faulty: Vec<Fault>,
    /// What was read leniently.
    pub remarks: Vec<Remark>,
    /// Lines that become nothing, with the reason.
    pub omitted: Vec<Remark>,
}

impl Preview {
    /// Compares a file with the identities that are there.
    pub fn new(parsed: &Parsed, there: &HashSet<String>) -> Self {
        let mut preview = Self::default();
        let mut seen = HashSet::new();
        for line in &parsed.lines {
            let remark = |text: &String| Remark {
                line: line.number,
                text: text.clone(),
            };
            preview.remarks.extend(line.remarks.iter().map(remark));
            match &line.outcome {
                Outcome::Fault(fault) => preview.faulty.push(fault.clone()),
                Outcome::Omitted(reason) => preview.omitted.push(remark(reason)),
                Outcome::Activity(activity) => {
                    let is_known = there.contains(&activity.id) || !seen.insert(&activity.id);
                    let numbered = Numbered {
                        line: line.number,
                        account: line.account.clone(),
                        activity: activity.as_ref().clone(),
                    };
                    if is_known {
                        preview.known.push(numbered);
                    } else {
                        preview.new.push(numbered);
                    }
                }
            }
        }
        preview
    }

    /// Whether it may be applied.
    pub fn is_sound(&self) -> bool {
        self.faulty.is_empty()
    }
}
