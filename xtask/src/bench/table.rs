//! Medians over rounds, as tables of Markdown; and what they are held against.

use std::collections::BTreeMap;
use std::time::{SystemTime, UNIX_EPOCH};

use anyhow::Result;
use serde_json::{Value, json};

use super::tools::results;
use crate::shell::step;

/// A column: its head, where its figure is in a report, what it is multiplied with, its decimals.
pub struct Column(pub &'static str, pub &'static str, pub f64, pub usize);

/// Reports of several rounds by row, in the order in which the rows first came.
#[derive(Debug, Default)]
pub struct Rounds {
    rows: Vec<(String, Vec<Value>)>,
}

impl Rounds {
    /// Takes in a row's report of one more round.
    pub fn add(&mut self, row: &str, report: Value) {
        match self.rows.iter_mut().find(|(name, _)| name == row) {
            Some((_, reports)) => reports.push(report),
            None => self.rows.push((row.to_owned(), vec![report])),
        }
    }

    /// A row's figures, a round each.
    pub fn figures(&self, row: &str, path: &str) -> Vec<f64> {
        let reports = self.rows.iter().find(|(name, _)| name == row).map(|(_, reports)| reports);
        let figures = reports.into_iter().flatten().filter_map(|report| report.pointer(path)?.as_f64());
        figures.collect()
    }

    /// The median of them; not a number where there is none.
    pub fn median(&self, row: &str, path: &str) -> f64 {
        median(self.figures(row, path))
    }

    /// A row's figure as a part of another's: the median of the rounds' ratios. A machine whose speed changes from one quarter of an hour to
    /// the next is the same within a round more often than over all of them.
    pub fn ratio(&self, path: &str, row: &str, other: &str) -> f64 {
        let (ours, theirs) = (self.figures(row, path), self.figures(other, path));
        median(ours.iter().zip(theirs).map(|(ours, theirs)| ours / theirs).collect())
    }

    /// The table: medians, and behind them each round where there were several.
    pub fn markdown(&self, columns: &[Column]) -> String {
        let mut text = columns
            .iter()
            .fold(String::from("| server |"), |text, column| text + &format!(" {} |", column.0));
        text += &format!("\n| --- |{}\n", " --- |".repeat(columns.len()));
        for (row, _) in &self.rows {
            text += &format!("| {row} |");
            for Column(_, path, factor, places) in columns {
                let figures: Vec<f64> = self.figures(row, path).into_iter().map(|figure| figure * factor).collect();
                let each: Vec<String> = figures.iter().map(|figure| format!("{figure:.places$}")).collect();
                text += &match each.len() {
                    0 => " - |".to_owned(),
                    1 => format!(" {} |", each[0]),
                    _ => format!(" {:.places$} ({}) |", median(figures), each.join(", ")),
                };
            }
            text += "\n";
        }
        text
    }

    /// Prints the table with the verdicts, and keeps all of it as JSON.
    pub fn tell(&self, name: &str, title: &str, columns: &[Column], verdicts: &[Verdict]) -> Result<()> {
        let mut text = format!("\n### {title}\n\n{}", self.markdown(columns));
        if !verdicts.is_empty() {
            text += "\n| target | at most | measured | |\n| --- | --- | --- | --- |\n";
            for verdict in verdicts {
                text += &format!(
                    "| {} | {:.3} | {:.3} | {} |\n",
                    verdict.what,
                    verdict.most,
                    verdict.measured,
                    verdict.word()
                );
            }
        }
        println!("{text}");
        let rows: BTreeMap<&str, &Vec<Value>> = self.rows.iter().map(|(row, reports)| (row.as_str(), reports)).collect();
        let told: Vec<Value> = verdicts.iter().map(Verdict::told).collect();
        let seconds = SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default().as_secs();
        let file = results()?.join(format!("{name}-{seconds}.json"));
        let report = json!({"measurement": name, "title": title, "at": seconds, "rows": rows, "targets": told, "markdown": text});
        std::fs::write(&file, serde_json::to_vec_pretty(&report)?)?;
        step(&format!("the reports lie in {}", file.display()));
        Ok(())
    }
}

/// A figure and what it may be at most.
#[derive(Clone, Debug)]
pub struct Verdict {
    what: String,
    most: f64,
    measured: f64,
}

impl Verdict {
    pub fn new(what: impl Into<String>, most: f64, measured: f64) -> Self {
        Self {
            what: what.into(),
            most,
            measured,
        }
    }

    fn word(&self) -> &'static str {
        match self.measured {
            measured if measured.is_nan() => "not measured",
            measured if measured <= self.most => "met",
            _ => "missed",
        }
    }

    fn told(&self) -> Value {
        json!({"what": self.what, "most": self.most, "measured": self.measured, "verdict": self.word()})
    }
}

/// The middle one; of an even number the mean of the two.
pub fn median(mut figures: Vec<f64>) -> f64 {
    figures.sort_by(f64::total_cmp);
    match figures.len() {
        0 => f64::NAN,
        odd if odd % 2 == 1 => figures[odd / 2],
        even => f64::midpoint(figures[even / 2 - 1], figures[even / 2]),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn medians_and_verdicts_are_told() {
        assert!((median(vec![3.0, 1.0, 2.0]) - 2.0).abs() < 1e-9 && (median(vec![4.0, 1.0]) - 2.5).abs() < 1e-9);
        let mut rounds = Rounds::default();
        for figure in [2.0, 9.0, 3.0] {
            rounds.add("ours", json!({"a": {"b": figure}}));
        }
        rounds.add("theirs", json!({"a": {}}));
        for figure in [2.0, 3.0, 2.0] {
            rounds.add("others", json!({"a": {"b": figure}}));
        }
        assert!((rounds.ratio("/a/b", "ours", "others") - 1.5).abs() < 1e-9);
        assert!(rounds.ratio("/a/b", "ours", "theirs").is_nan());
        let table = rounds.markdown(&[Column("b", "/a/b", 10.0, 1)]);
        assert_eq!(
            table,
            "| server | b |\n| --- | --- |\n| ours | 30.0 (20.0, 90.0, 30.0) |\n| theirs | - |\n| others | 20.0 (20.0, 30.0, 20.0) |\n"
        );
        assert_eq!(Verdict::new("x", 3.0, rounds.median("ours", "/a/b")).word(), "met");
        assert_eq!(Verdict::new("x", 2.9, rounds.median("ours", "/a/b")).word(), "missed");
        assert_eq!(Verdict::new("x", 2.9, rounds.median("theirs", "/a/b")).word(), "not measured");
    }
}
