//! Drives a server with the load generator, and reads its report.

use std::process::Stdio;

use anyhow::{Context, Result, bail};
use serde_json::Value;

use super::tools::{built, results};
use crate::shell::{command, describe};

/// A run of the load generator.
#[derive(Clone, Debug, Default)]
pub struct Load {
    pub label: String,
    pub sockets: Vec<String>,
    pub pids: Vec<u32>,
    pub viewers: usize,
    pub interval_ms: u64,
    pub seconds: f64,
    /// What else it is told.
    pub more: Vec<String>,
}

impl Load {
    /// With further arguments, of which each is a word.
    pub fn with(mut self, words: &[&str]) -> Self {
        self.more.extend(words.iter().map(|word| (*word).to_owned()));
        self
    }

    /// The command, and where its report will be.
    pub fn command(&self) -> Result<(std::process::Command, std::path::PathBuf)> {
        let file = results()?.join(format!("{}.json", self.label.replace([' ', ','], "-")));
        let mut loadgen = command(built("loadgen"));
        for socket in &self.sockets {
            loadgen.args(["--url", socket]);
        }
        for pid in &self.pids {
            loadgen.args(["--pid", &pid.to_string()]);
        }
        loadgen
            .args([
                "--connections",
                &self.viewers.to_string(),
                "--interval",
                &self.interval_ms.to_string(),
            ])
            .args(["--seconds", &self.seconds.to_string(), "--label", &self.label])
            .args(&self.more)
            .arg("--out")
            .arg(&file);
        Ok((loadgen, file))
    }

    /// Runs it to the end.
    pub fn run(&self) -> Result<Value> {
        let (mut loadgen, file) = self.command()?;
        let status = loadgen
            .stdout(Stdio::null())
            .status()
            .context("the load generator does not start")?;
        if !status.success() {
            bail!("`{}` failed ({status})", describe(&loadgen));
        }
        read(&file)
    }
}

/// A report.
pub fn read(file: &std::path::Path) -> Result<Value> {
    let text = std::fs::read(file).with_context(|| format!("cannot read {}", file.display()))?;
    Ok(serde_json::from_slice(&text)?)
}
