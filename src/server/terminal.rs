//! What commands print.

use std::io::{ErrorKind, Write as _};

/// Writes to standard output. A reader that went away, as `head` does, has seen enough.
///
/// # Errors
/// It takes nothing for another reason.
pub fn print(bytes: &[u8]) -> std::io::Result<()> {
    let mut out = std::io::stdout().lock();
    match out.write_all(bytes).and_then(|()| out.flush()) {
        Err(error) if error.kind() == ErrorKind::BrokenPipe => Ok(()),
        done => done,
    }
}

/// Lines with their columns below each other; nothing where there is none. The last column is as wide as it is.
pub fn table(heads: &[&str], rows: &[Vec<String>]) -> String {
    if rows.is_empty() {
        return String::new();
    }
    let clean = |cell: &String| cell.replace(|c: char| c.is_control(), " ");
    let rows: Vec<Vec<String>> = rows.iter().map(|row| row.iter().map(clean).collect()).collect();
    let width = |column: usize| {
        let cells = rows.iter().filter_map(|row| row.get(column)).map(|cell| cell.chars().count());
        cells.chain([heads[column].chars().count()]).max().unwrap_or_default()
    };
    let widths: Vec<usize> = (0..heads.len()).map(width).collect();
    let line = |cells: Vec<&str>| {
        let padded = cells.iter().zip(&widths).map(|(cell, &width)| format!("{cell:<width$}"));
        padded.collect::<Vec<_>>().join("  ").trim_end().to_owned() + "\n"
    };
    let body = rows.iter().map(|row| line(row.iter().map(String::as_str).collect()));
    line(heads.to_vec()) + &body.collect::<String>()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn columns_stand_below_each_other_and_nothing_moves_the_cursor() {
        let rows = [vec!["a".to_owned(), "\u{1b}[2Jx".into()], vec!["long".into(), "y".into()]];
        assert_eq!(table(&["N", "WHAT"], &rows), "N     WHAT\na      [2Jx\nlong  y\n");
        assert_eq!(table(&["N"], &[]), "");
    }
}
