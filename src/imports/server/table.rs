//! Tables: delimiter, header, rows and their cells.

use crate::imports::mapping::DecimalMark;
use crate::imports::preview::Fault;
use crate::imports::server::cell::Cell;
use crate::imports::server::limits;
use crate::imports::server::place::Place;
use csv::{ReaderBuilder, StringRecord};

/// The signs that may part columns.
const DELIMITERS: [u8; 4] = [b',', b';', b'\t', b'|'];

/// A text with a header.
pub struct Table<'a> {
    text: &'a str,
    /// The header's names as they stand there.
    pub header: Vec<String>,
    /// The same in lower case, to find them by.
    lower: Vec<String>,
    /// The sign between columns.
    pub delimiter: u8,
}

/// A row of a table.
pub struct Row<'r> {
    record: &'r StringRecord,
    header: &'r [String],
    /// The line that it starts on.
    pub line: u32,
    /// The byte that it starts at.
    pub byte: usize,
}

impl<'r> Row<'r> {
    /// The cell of a column; an empty one where the row is too short or the table has no such column.
    pub fn cell(&self, column: Option<usize>, otherwise: &'r str) -> Cell<'r> {
        let text = column.and_then(|at| self.record.get(at)).unwrap_or_default();
        let field = column.and_then(|at| self.header.get(at)).map_or(otherwise, String::as_str);
        let number = column.map_or(1, |at| u32::try_from(at + 1).unwrap_or(u32::MAX));
        Cell::new(text, field, Place::Cell(self.line, number))
    }

    /// How many cells it has.
    pub fn len(&self) -> usize {
        self.record.len()
    }

    /// What was read of it, unless something stands beyond the header: then a cell may be in the wrong column.
    pub fn check<T>(&self, read: Result<T, Fault>) -> Result<T, Fault> {
        let extra = (self.header.len()..self.len())
            .map(|at| self.cell(Some(at), "row"))
            .find(|cell| !cell.is_empty());
        match extra {
            Some(cell) => {
                let (cells, columns) = (self.len(), self.header.len());
                Err(cell.fault(format!(
                    "the row has {cells} cells and the header {columns}; a text with a delimiter needs quotation marks"
                )))
            }
            None => read,
        }
    }

    /// Whether nothing stands in it.
    pub fn is_empty(&self) -> bool {
        self.record.iter().all(|cell| cell.trim().is_empty())
    }

    /// Whether it is the header once more, as in files that were joined.
    pub fn is_header(&self) -> bool {
        self.record.len() == self.header.len() && self.record.iter().zip(self.header).all(|(cell, name)| cell.trim() == name)
    }
}

impl<'a> Table<'a> {
    /// Reads the header of a text.
    ///
    /// # Errors
    /// Where there is none, or one with too many columns.
    pub fn new(text: &'a str) -> Result<Self, Fault> {
        let first = text.lines().find(|line| !line.trim().is_empty()).unwrap_or_default();
        let delimiter = delimiter_of(first);
        let mut record = StringRecord::new();
        let is_there = reader(text, delimiter).read_record(&mut record).unwrap_or(false);
        let fault = |reason: String| Fault {
            line: 1,
            column: 1,
            field: "header".to_owned(),
            reason,
        };
        if !is_there {
            return Err(fault("the table has no header".to_owned()));
        }
        if record.len() > limits::COLUMNS {
            return Err(fault(format!(
                "the table has {} columns; at most {} are read",
                record.len(),
                limits::COLUMNS
            )));
        }
        let header: Vec<_> = record.iter().map(|name| name.trim().to_owned()).collect();
        let lower = header.iter().map(|name| name.to_lowercase()).collect();
        Ok(Self {
            text,
            header,
            lower,
            delimiter,
        })
    }

    /// The first column that has one of these names, in any case; the names' order counts.
    pub fn column(&self, names: &[&str]) -> Option<usize> {
        names.iter().find_map(|name| self.lower.iter().position(|own| own == name))
    }

    /// Hands over each row that is not empty.
    ///
    /// # Errors
    /// What `take` answers ends the reading.
    pub fn rows(&self, mut take: impl FnMut(&Row<'_>) -> Result<(), Fault>) -> Result<(), Fault> {
        let mut reader = reader(self.text, self.delimiter);
        let mut record = StringRecord::new();
        let mut is_first = true;
        // The text is UTF-8 and rows may have any length, so nothing is left that this reader calls an error.
        while reader.read_record(&mut record).unwrap_or(false) {
            let at = record.position();
            let row = Row {
                record: &record,
                header: &self.header,
                line: at.map_or(1, |at| u32::try_from(at.line()).unwrap_or(u32::MAX)),
                byte: at.map_or(0, |at| usize::try_from(at.byte()).unwrap_or(usize::MAX)),
            };
            if !std::mem::take(&mut is_first) && !row.is_empty() && !row.is_header() {
                take(&row)?;
            }
        }
        Ok(())
    }

    /// The sign before the decimals, as the first number of these columns that leaves no doubt has it. Without one, a table
    /// with semicolons has commas.
    pub fn decimal_mark(&self, columns: &[Option<usize>]) -> DecimalMark {
        let mut found = None;
        let mut rows_left = 10_000;
        // Ending the reading early is this closure's only error.
        let _ = self.rows(|row| {
            rows_left -= 1;
            found = columns.iter().find_map(|column| mark_of(&row.cell(*column, "").text));
            if found.is_some() || rows_left == 0 {
                Err(row.cell(None, "").fault("enough"))
            } else {
                Ok(())
            }
        });
        found.unwrap_or(if self.delimiter == b';' {
            DecimalMark::Comma
        } else {
            DecimalMark::Point
        })
    }
}

/// The mark that a number must have: it is the last one and no group of three follows, or both stand there.
pub fn mark_of(text: &str) -> Option<DecimalMark> {
    let at = text.rfind(['.', ','])?;
    let (before, mark_and_after) = text.split_at(at);
    let has_both = before.contains(['.', ',']) && !before.contains(&mark_and_after[..1]);
    let is_decimal = mark_and_after.len() != 4 || has_both || before.trim_start_matches('-') == "0";
    let mark = if mark_and_after.starts_with(',') {
        DecimalMark::Comma
    } else {
        DecimalMark::Point
    };
    is_decimal.then_some(mark)
}

fn reader(text: &str, delimiter: u8) -> csv::Reader<&[u8]> {
    ReaderBuilder::new()
        .has_headers(false)
        .flexible(true)
        .delimiter(delimiter)
        .from_reader(text.as_bytes())
}

/// The delimiter that stands most often in a line, outside of quotation marks.
fn delimiter_of(line: &str) -> u8 {
    let mut counts = [0usize; DELIMITERS.len()];
    let mut is_quoted = false;
    for byte in line.bytes() {
        is_quoted ^= byte == b'"';
        if let (false, Some(at)) = (is_quoted, DELIMITERS.iter().position(|sign| *sign == byte)) {
            counts[at] += 1;
        }
    }
    let most = counts.iter().copied().max().unwrap_or(0);
    let at = counts.iter().position(|count| *count == most).unwrap_or(0);
    DELIMITERS[at]
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn rows_know_their_line_and_cells_their_column() {
        let table = Table::new("a;b;c\n1;\"two\nlines\";3\n\n;;\na;b;c\n4;5\n").unwrap();
        let mut seen = vec![];
        table
            .rows(|row| {
                let cell = row.cell(Some(2), "none");
                seen.push((row.line, cell.text.to_string(), cell.field.to_owned(), cell.place.position().1));
                Ok(())
            })
            .unwrap();
        assert_eq!(seen, [(2, "3".into(), "c".into(), 3), (7, String::new(), "c".into(), 3)]);
    }

    #[test]
    fn the_decimal_mark_is_found() {
        let mark = |text| Table::new(text).unwrap().decimal_mark(&[Some(1)]);
        assert_eq!(mark("a;b\nx;1.234\ny;1,5"), DecimalMark::Comma);
        assert_eq!(mark("a;b\nx;1.5"), DecimalMark::Point);
        assert_eq!(mark("a;b\nx;1.234"), DecimalMark::Comma);
        assert_eq!(mark("a,b\nx,\"1,234\""), DecimalMark::Point);
        assert_eq!(mark("a\tb\nx\t1.234,5"), DecimalMark::Comma);
    }

    #[test]
    fn the_delimiter_is_the_sign_that_parts_most() {
        assert_eq!(delimiter_of("\"a,b,c\";d;e"), b';');
        assert_eq!(delimiter_of("a\tb,c\td"), b'\t');
        assert_eq!(delimiter_of("single"), b',');
    }
}
