//! Reading files of every format, and writing ours.
//!
//! Each format has a file or a folder. All read values through `cell`, collect through `sheet`, and end in `Parsed`.

pub mod archive;
pub mod bring;
mod cell;
pub mod command;
pub mod currency;
pub mod detect;
mod draft;
pub mod export;
mod finflow_csv;
mod flex;
mod ghostfolio;
mod json;
pub mod limits;
mod mapped;
pub mod mappings;
mod ofx;
mod place;
mod portfolio_performance;
mod qif;
pub mod sample;
mod sheet;
mod symbol;
mod table;
pub mod take_out;
mod text;
pub mod uploads;
pub mod value;
mod wealthfolio;
pub mod whole;
mod whose;
mod xml;
mod yahoo;

use crate::imports::mapping::Mapping;
use crate::imports::preview::{Fault, Format, Parsed};
use place::Lines;
use sheet::Sheet;

/// What a file itself does not say.
#[derive(Clone, Debug, Default)]
pub struct Options {
    /// The currency of amounts where the file names none: the portfolio's base currency.
    pub currency: Option<String>,
    /// How the columns of a table are read. With one, any table is read by it.
    pub mapping: Option<Mapping>,
}

/// Reads a file of any format. `progress` is told bytes read and bytes in all.
///
/// # Errors
/// What concerns the file as a whole: it is too large, no text, of no known format, or broken in a way that leaves no lines.
/// What is wrong in a line is in that line.
pub fn parse(bytes: &[u8], name: &str, options: &Options, progress: &mut dyn FnMut(usize, usize)) -> Result<Parsed, Fault> {
    let (text, remark) = text::decode(bytes)?;
    let format = match options.mapping {
        Some(_) => Format::MappedCsv,
        None => detect::detect(&text, name)?,
    };
    let lines = Lines::new(&text);
    let mut sheet = Sheet::new(format, text.len(), progress);
    if let Some(remark) = remark {
        sheet.note(remark);
    }
    match format {
        Format::FinflowJson => archive::read::lines(&lines, &mut sheet)?,
        Format::FinflowCsv => finflow_csv::read(&text, &mut sheet)?,
        Format::GhostfolioJson => ghostfolio::json::read(&lines, &mut sheet)?,
        Format::GhostfolioCsv => ghostfolio::csv::read(&text, &mut sheet)?,
        Format::WealthfolioActivities => wealthfolio::activities::read(&text, &mut sheet)?,
        Format::WealthfolioHoldings => wealthfolio::holdings::read(&text, &mut sheet)?,
        Format::PortfolioPerformanceCsv => portfolio_performance::csv::read(&text, &mut sheet)?,
        Format::PortfolioPerformanceXml => portfolio_performance::xml::read(&lines, options, &mut sheet)?,
        Format::YahooCsv => yahoo::read(&text, options, &mut sheet)?,
        Format::FlexCsv => flex::csv::read(&text, &mut sheet)?,
        Format::FlexXml => flex::xml::read(&lines, &mut sheet)?,
        Format::Ofx => ofx::read(&lines, options, &mut sheet)?,
        Format::Qif => qif::read(&lines, options, &mut sheet)?,
        Format::MappedCsv => mapped::read(&text, options, &mut sheet)?,
    }
    Ok(sheet.finish())
}

/// The names in a table's header, for whoever maps its columns.
///
/// # Errors
/// Where the file is no table.
pub fn header(bytes: &[u8]) -> Result<Vec<String>, Fault> {
    let (text, _) = text::decode(bytes)?;
    Ok(table::Table::new(&text)?.header)
}
