//! What the server uses, looked at while it runs.

use std::fs::read_to_string;
use std::net::SocketAddr;
use std::time::Duration;

use anyhow::{Result, bail};
use serde_json::{Value, json};

use crate::http::ask;

/// A look.
#[derive(Clone, Debug)]
pub struct Sample {
    /// Seconds since the window began.
    pub at: f64,
    pub resident: f64,
    pub descriptors: f64,
    pub threads: f64,
    /// Tasks of the runtime, where the build tells them.
    pub tasks: Option<f64>,
}

/// One of the figures of a look.
pub struct Measured {
    pub name: &'static str,
    pub figure: fn(&Sample) -> Option<f64>,
    /// What it may vary by, beside its twentieth.
    pub slack: f64,
    pub may_be_missing: bool,
}

impl Measured {
    pub const ALL: [Self; 4] = [
        Self {
            name: "resident memory, bytes",
            figure: |sample| Some(sample.resident),
            slack: 1e6,
            may_be_missing: false,
        },
        Self {
            name: "descriptors",
            figure: |sample| Some(sample.descriptors),
            slack: 20.0,
            may_be_missing: false,
        },
        // The pool for blocking work keeps some for a while.
        Self {
            name: "threads",
            figure: |sample| Some(sample.threads),
            slack: 4.0,
            may_be_missing: false,
        },
        Self {
            name: "tasks",
            figure: |sample| sample.tasks,
            slack: 20.0,
            may_be_missing: true,
        },
    ];
}

/// The looks at a process.
pub struct Watched {
    pid: u32,
    metrics: SocketAddr,
    samples: Vec<Sample>,
}

impl Watched {
    pub fn of(pid: u32, metrics: SocketAddr) -> Self {
        Self {
            pid,
            metrics,
            samples: Vec::new(),
        }
    }

    #[cfg(test)]
    pub fn made(samples: Vec<Sample>) -> Self {
        let nowhere = SocketAddr::from(([127, 0, 0, 1], 1));
        Self {
            pid: 0,
            metrics: nowhere,
            samples,
        }
    }

    /// Looks once; an error where there is nothing to look at.
    pub fn look(&mut self, at: Duration) -> Result<()> {
        let status = read_to_string(format!("/proc/{}/status", self.pid)).unwrap_or_default();
        let line = |name: &str| {
            let found = status.lines().find_map(|line| line.strip_prefix(name));
            found.and_then(|rest| rest.split_whitespace().next()?.parse::<f64>().ok())
        };
        let (Some(resident), Some(threads)) = (line("VmRSS:"), line("Threads:")) else {
            bail!("the server is gone after {} s", at.as_secs());
        };
        let descriptors = std::fs::read_dir(format!("/proc/{}/fd", self.pid)).map_or(f64::NAN, |entries| entries.count() as f64);
        self.samples.push(Sample {
            at: at.as_secs_f64(),
            resident: resident * 1_024.0,
            descriptors,
            threads,
            tasks: tasks(self.metrics),
        });
        Ok(())
    }

    pub fn samples(&self) -> impl Iterator<Item = &Sample> {
        self.samples.iter()
    }

    /// As they stand in the report.
    pub fn told(&self) -> Value {
        let told = |sample: &Sample| json!([sample.at, sample.resident, sample.descriptors, sample.threads, sample.tasks]);
        json!({"columns": ["at", "rss", "fds", "threads", "tasks"], "rows": self.samples.iter().map(told).collect::<Vec<_>>()})
    }
}

/// The runtime's tasks, from the metrics of a build that has them.
fn tasks(metrics: SocketAddr) -> Option<f64> {
    let answer = ask(metrics, "GET", "/metrics", &[], "").ok()?;
    read_tasks(&answer.body)
}

/// The figure of the line of living tasks.
fn read_tasks(text: &str) -> Option<f64> {
    let mut lines = text.lines().filter_map(|line| line.strip_prefix("finflow_runtime_alive_tasks "));
    lines.next()?.trim().parse().ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn tasks_are_found_among_metrics() {
        let text = "# TYPE finflow_runtime_alive_tasks gauge\nfinflow_sockets 7\nfinflow_runtime_alive_tasks 42\n";
        assert_eq!(read_tasks(text), Some(42.0));
        assert_eq!(read_tasks("process_threads 3\n"), None);
    }

    #[test]
    fn a_look_at_this_process_has_figures_and_one_at_none_is_an_error() {
        let mut watched = Watched::of(std::process::id(), SocketAddr::from(([127, 0, 0, 1], 1)));
        watched.look(Duration::ZERO).unwrap();
        assert!(
            watched
                .samples()
                .all(|sample| sample.resident > 0.0 && sample.descriptors > 2.0 && sample.threads > 0.0)
        );
        assert!(Watched::of(0, SocketAddr::from(([127, 0, 0, 1], 1))).look(Duration::ZERO).is_err());
    }
}
