//! Floods, broken frames, nonsense: what the viewers beside them notice.

use anyhow::Result;
use serde_json::{Value, json};

use super::contest::{LATE, OURS, PER_ADDRESS};
use super::finflow::Settings;
use super::loadgen::Load;
use super::table::{Column, Rounds, Verdict};
use super::{Plan, tools};
use crate::shell::step;

const VIEWERS: usize = 1_000;
const GARBAGE: usize = 32;
const INTERVAL_MS: u64 = 200;

/// Runs with and without them.
pub fn run(plan: &Plan) -> Result<()> {
    tools::build()?;
    let mut rounds = Rounds::default();
    for round in 1..=plan.rounds {
        step(&format!("round {round} of {}", plan.rounds));
        let without = drive(plan, 0)?;
        let mut with = drive(plan, GARBAGE)?;
        let late = |report: &Value| report.pointer(LATE).and_then(Value::as_f64).unwrap_or(f64::NAN);
        with["ratio"] = json!(late(&with) / late(&without));
        rounds.add("finflow, alone", without);
        rounds.add(OURS, with);
    }
    let columns = [
        Column("latency p50, ms", "/latency_ms/p50", 1.0, 1),
        Column("latency p99, ms", LATE, 1.0, 1),
        Column("cores", "/server/cpu", 1.0, 2),
        Column("resident, MB", "/server/end/rss", 1e-6, 1),
        Column("viewers lost", "/lost", 1.0, 0),
    ];
    let verdicts = [
        Verdict::new("viewers' p99, of that without them", 1.1, rounds.median(OURS, "/ratio")),
        Verdict::new("viewers lost", 0.0, rounds.median(OURS, "/lost")),
    ];
    let title = format!("{GARBAGE} that misbehave beside {VIEWERS} viewers at {INTERVAL_MS} ms");
    rounds.tell("mischief", &title, &columns, &verdicts)
}

fn drive(plan: &Plan, garbage: usize) -> Result<Value> {
    let server = Settings::default().start()?;
    let load = Load {
        label: format!("mischief {garbage}"),
        sockets: vec![server.socket()],
        pids: vec![server.pid()],
        viewers: VIEWERS + garbage,
        interval_ms: INTERVAL_MS,
        seconds: plan.seconds,
        more: Vec::new(),
    };
    let report = load.with(&PER_ADDRESS).with(&["--garbage", &garbage.to_string()]).run();
    server.stop()?;
    report
}
