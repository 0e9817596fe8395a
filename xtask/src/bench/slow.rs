//! Half of the viewers stop reading: what the others notice, what the server keeps for them, and when it lets them go.

use anyhow::Result;
use serde_json::{Value, json};

use super::contest::{LATE, OURS, PER_ADDRESS};
use super::finflow::Settings;
use super::loadgen::Load;
use super::peers::Peer;
use super::running::Running;
use super::table::{Column, Rounds, Verdict};
use super::{Plan, tools};
use crate::shell::step;

const VIEWERS: usize = 100;
const SLOW: usize = 50;
const INTERVAL_MS: u64 = 20;
/// Enough for what a kernel holds for a socket by default to fill.
const SECONDS: f64 = 20.0;

/// Runs with and without them, and once to see them closed.
pub fn run(plan: &Plan) -> Result<()> {
    tools::build()?;
    let peers = plan.of(&[Peer::Bun, Peer::Axum4k]);
    let mut rounds = Rounds::default();
    let ours = |stall: u64| Settings::default().with("FINFLOW_STALL_SECONDS", stall).start();
    for round in 1..=plan.rounds {
        step(&format!("round {round} of {}", plan.rounds));
        let contenders = std::iter::once(None).chain(peers.iter().copied().map(Some));
        for peer in contenders {
            let row = peer.map_or(OURS, Peer::name);
            let server = || match peer {
                // As long as it takes, so that what they hold is seen.
                None => ours(120),
                Some(peer) => peer.start(INTERVAL_MS),
            };
            let without = drive(row, server()?, VIEWERS - SLOW, &[])?;
            let mut with = drive(row, server()?, VIEWERS, &["--slow", "50"])?;
            with["ratio"] = json!(figure(&with, LATE) / figure(&without, LATE));
            with["rss_each"] = json!(figure(&with, "/server/rss_growth") / SLOW as f64);
            with["tcp_each"] = json!(figure(&with, "/server/tcp_growth") / SLOW as f64);
            rounds.add(row, with);
        }
        let mut closed = drive("finflow closes", ours(5)?, VIEWERS, &["--slow", "50", "--slow-seconds", "8"])?;
        closed["closed_4408"] = closed.pointer("/closes/slow 4408").cloned().unwrap_or(json!(0));
        rounds.add("finflow, closes after 5 s", closed);
    }
    let columns = [
        Column("others' latency p99, ms", LATE, 1.0, 2),
        Column("of that without them", "/ratio", 1.0, 2),
        Column("resident growth for each, KB", "/rss_each", 0.001, 2),
        Column("kernel's queues for each, KB", "/tcp_each", 0.001, 1),
        Column("closed with 4408", "/closed_4408", 1.0, 0),
    ];
    let closed = rounds.median("finflow, closes after 5 s", "/closed_4408");
    let verdicts = [
        Verdict::new("others' p99, of that without them", 1.1, rounds.median(OURS, "/ratio")),
        Verdict::new("resident growth for each, KB", 1.0, rounds.median(OURS, "/rss_each") / 1_000.0),
        Verdict::new("kernel's queues for each, KB", 64.0, rounds.median(OURS, "/tcp_each") / 1_000.0),
        Verdict::new("not closed with 4408", 0.0, SLOW as f64 - closed),
    ];
    let title = format!("{SLOW} of {VIEWERS} viewers at {INTERVAL_MS} ms stop reading for {SECONDS} s");
    rounds.tell("slow", &title, &columns, &verdicts)
}

fn drive(row: &str, server: Running, viewers: usize, more: &[&str]) -> Result<Value> {
    let load = Load {
        label: format!("slow {row} {viewers}"),
        sockets: vec![server.socket()],
        pids: vec![server.pid()],
        viewers,
        interval_ms: INTERVAL_MS,
        seconds: SECONDS,
        more: Vec::new(),
    };
    let report = load.with(&PER_ADDRESS).with(more).run();
    server.stop()?;
    report
}

fn figure(report: &Value, path: &str) -> f64 {
    report.pointer(path).and_then(Value::as_f64).unwrap_or(f64::NAN)
}
