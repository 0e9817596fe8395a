//! Counts of tests, taken from what the runners themselves say.

use std::fmt;
use std::io::{BufRead, BufReader, Write};
use std::ops::AddAssign;
use std::path::Path;
use std::process::{Command, Stdio};

use anyhow::{Context, Result, anyhow};

use crate::shell::{describe, read};

/// How many tests ended how.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Tally {
    pub passed: u64,
    pub failed: u64,
    pub skipped: u64,
}

impl AddAssign for Tally {
    fn add_assign(&mut self, other: Self) {
        self.passed += other.passed;
        self.failed += other.failed;
        self.skipped += other.skipped;
    }
}

impl fmt::Display for Tally {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} passed, {} failed, {} skipped", self.passed, self.failed, self.skipped)
    }
}

impl Tally {
    /// Reads a closing line of `cargo test`: `test result: ok. 3 passed; 0 failed; 1 ignored; ...`.
    fn from_closing_line(line: &str) -> Option<Self> {
        let counts = line.strip_prefix("test result: ")?.split_once(". ")?.1;
        let count = |what: &str| counts.split("; ").find_map(|part| part.strip_suffix(what)?.trim().parse().ok());
        Some(Self {
            passed: count("passed")?,
            failed: count("failed")?,
            skipped: count("ignored")?,
        })
    }
}

/// Runs `cargo test`, shows all it prints, and counts; the flag says whether it succeeded.
pub fn cargo_test(command: &mut Command) -> Result<(Tally, bool)> {
    let name = describe(command);
    let mut child = command
        .stdout(Stdio::piped())
        .spawn()
        .with_context(|| format!("`{name}` did not start"))?;
    let output = child.stdout.take().ok_or_else(|| anyhow!("`{name}` has no output"))?;
    let mut tally = Tally::default();
    let mut ours = std::io::stdout();
    for line in BufReader::new(output).split(b'\n') {
        let line = line?;
        ours.write_all(&line)?;
        ours.write_all(b"\n")?;
        tally += Tally::from_closing_line(&String::from_utf8_lossy(&line)).unwrap_or_default();
    }
    Ok((tally, child.wait()?.success()))
}

/// Reads the JSON report of Playwright. A flaky test failed once: it counts as failed.
pub fn playwright(report: &Path) -> Result<Tally> {
    let report: serde_json::Value = serde_json::from_slice(&read(report)?)?;
    let count = |what: &str| {
        report["stats"][what]
            .as_u64()
            .ok_or_else(|| anyhow!("Playwright's report has no `{what}`"))
    };
    Ok(Tally {
        passed: count("expected")?,
        failed: count("unexpected")? + count("flaky")?,
        skipped: count("skipped")?,
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_closing_line_is_read() {
        let line = "test result: FAILED. 12 passed; 1 failed; 3 ignored; 0 measured; 0 filtered out; finished in 0.01s";
        assert_eq!(
            Tally::from_closing_line(line),
            Some(Tally {
                passed: 12,
                failed: 1,
                skipped: 3
            })
        );
        assert_eq!(Tally::from_closing_line("test live::stops_at_once ... ok"), None);
    }
}
