//! Whether what a server uses stays level: its last quarter against its second.

use std::time::Duration;

use super::watched::{Measured, Watched};
use crate::bench::median;

/// Something that must hold.
#[derive(Clone, Debug)]
pub struct Finding {
    what: String,
    measured: f64,
    bound: f64,
    at_least: bool,
}

impl Finding {
    /// It is `bound` at most.
    pub fn most(what: impl Into<String>, measured: f64, bound: f64) -> Self {
        Self {
            what: what.into(),
            measured,
            bound,
            at_least: false,
        }
    }

    /// It is `bound` at least.
    pub fn least(what: impl Into<String>, measured: f64, bound: f64) -> Self {
        Self {
            what: what.into(),
            measured,
            bound,
            at_least: true,
        }
    }

    /// What was not measured does not hold.
    pub fn holds(&self) -> bool {
        if self.at_least {
            self.measured >= self.bound
        } else {
            self.measured <= self.bound
        }
    }

    /// Its row.
    pub fn line(&self) -> String {
        let (side, word) = (
            if self.at_least { "at least" } else { "at most" },
            if self.holds() { "holds" } else { "does not hold" },
        );
        format!("| {} | {:.1} | {side} {:.1} | {word} |\n", self.what, self.measured, self.bound)
    }
}

/// Memory, descriptors, threads and tasks: in the last quarter no more than a twentieth above the second.
pub fn findings(watched: &Watched, window: Duration) -> Vec<Finding> {
    let quarter = window.as_secs_f64() / 4.0;
    let of = |measured: &Measured, from: f64, to: f64| {
        let within = watched
            .samples()
            .filter(|sample| (from * quarter..to * quarter).contains(&sample.at));
        median(within.filter_map(measured.figure).collect())
    };
    let mut findings = Vec::new();
    for measured in Measured::ALL {
        let (second, last) = (of(&measured, 1.0, 2.0), of(&measured, 3.0, 4.0));
        // A build that does not tell its tasks is not held to them.
        if measured.may_be_missing && second.is_nan() {
            continue;
        }
        let bound = second * 1.05 + measured.slack;
        findings.push(Finding::most(
            format!("{} in the last quarter ({second:.1} in the second)", measured.name),
            last,
            bound,
        ));
    }
    findings
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::soak::watched::Sample;

    #[test]
    fn what_grows_is_found_and_what_wavers_is_not() {
        let watched = |resident: fn(u32) -> f64| {
            let samples = (0..400).map(|at| Sample {
                at: f64::from(at),
                resident: resident(at),
                descriptors: 2_000.0,
                threads: 9.0,
                tasks: None,
            });
            Watched::made(samples.collect())
        };
        let window = Duration::from_secs(400);
        let holds = |watched: Watched| findings(&watched, window).iter().all(Finding::holds);
        assert!(holds(watched(|at| 50e6 + f64::from(at % 7) * 1e5)));
        assert!(!holds(watched(|at| 50e6 + f64::from(at) * 5e4)));
        // Nothing was seen at all: that is no sign of health.
        assert!(!holds(Watched::made(Vec::new())));
    }
}
