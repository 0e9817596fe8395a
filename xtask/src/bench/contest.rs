//! Ours beside each peer at one load: what a frame costs.

use anyhow::Result;
use serde_json::Value;

use super::finflow::Settings;
use super::loadgen::Load;
use super::peers::Peer;
use super::running::Running;
use super::table::{Column, Rounds, Verdict};
use super::{Plan, tools};
use crate::shell::step;

pub const OURS: &str = "finflow";
/// Ours to viewers who agreed to get changed fields.
const CHANGES: &str = "finflow, changed fields";
/// Ours and Django Channels' at a load that the second can bear.
const OURS_LIGHT: &str = "finflow, 1,000 viewers";
const DJANGO_LIGHT: &str = "django, 1,000 viewers";

/// From an address no more sockets than a server admits by default.
pub const PER_ADDRESS: [&str; 2] = ["--per-address", "50"];

pub const COST: &str = "/server/us_per_frame";
pub const USER: &str = "/server/user_us_per_frame";
const SPREAD: &str = "/spread_ms/p50";
pub const LATE: &str = "/latency_ms/p99";

const COLUMNS: [Column; 8] = [
    Column("us a frame", COST, 1.0, 1),
    Column("of it user", USER, 1.0, 2),
    Column("KB a viewer", "/server/rss_per_connection", 0.001, 1),
    Column("first to last viewer, p50, ms", SPREAD, 1.0, 1),
    Column("latency p50, ms", "/latency_ms/p50", 1.0, 1),
    Column("latency p99, ms", LATE, 1.0, 1),
    Column("bytes a frame", "/bytes_per_frame", 1.0, 0),
    Column("load generator, cores", "/own_cpu", 1.0, 2),
];

/// Starts ours, or a peer.
pub fn start(peer: Option<Peer>, interval_ms: u64) -> Result<Running> {
    match peer {
        Some(peer) => peer.start(interval_ms),
        None => Settings::default().start(),
    }
}

/// Drives a server with viewers, and stops it.
fn drive(plan: &Plan, row: &str, server: Running, viewers: usize, interval_ms: u64) -> Result<Value> {
    let load = Load {
        label: format!("table {row}"),
        sockets: vec![server.socket()],
        pids: vec![server.pid()],
        viewers,
        interval_ms,
        seconds: plan.seconds,
        more: Vec::new(),
    }
    .with(&PER_ADDRESS)
    .with(&["--rate", "2000"]);
    let load = if row == CHANGES {
        load.with(&["--subprotocol", "finflow.v1.changes"])
    } else {
        load
    };
    let report = load.run();
    server.stop()?;
    report
}

/// The table, with what it is held against.
pub fn run(plan: &Plan) -> Result<()> {
    const INTERVAL_MS: u64 = 200;
    tools::build()?;
    let peers = plan.of(&Peer::FAST);
    let django = !plan.of(&[Peer::Django]).is_empty();
    let mut rounds = Rounds::default();
    for round in 1..=plan.rounds {
        step(&format!("round {round} of {}", plan.rounds));
        for row in [OURS, CHANGES] {
            let server = start(None, INTERVAL_MS)?;
            rounds.add(row, drive(plan, row, server, plan.viewers, INTERVAL_MS)?);
        }
        for peer in &peers {
            let server = start(Some(*peer), INTERVAL_MS)?;
            rounds.add(peer.name(), drive(plan, peer.name(), server, plan.viewers, INTERVAL_MS)?);
        }
        if django {
            let light = plan.viewers.min(1_000);
            for (row, peer) in [(OURS_LIGHT, None), (DJANGO_LIGHT, Some(Peer::Django))] {
                rounds.add(row, drive(plan, row, start(peer, INTERVAL_MS)?, light, INTERVAL_MS)?);
            }
        }
    }
    let title = format!(
        "{} viewers at {INTERVAL_MS} ms, medians of {} rounds of {} s",
        plan.viewers, plan.rounds, plan.seconds
    );
    rounds.tell("table", &title, &COLUMNS, &verdicts(&rounds))
}

fn verdicts(rounds: &Rounds) -> Vec<Verdict> {
    vec![
        Verdict::new("user CPU a frame, us", 0.5, rounds.median(OURS, USER)),
        Verdict::new("user CPU a frame, of Bun's", 1.0, rounds.ratio(USER, OURS, "bun")),
        Verdict::new("CPU a frame, of Bun's", 0.9, rounds.ratio(COST, OURS, "bun")),
        Verdict::new("CPU a frame, of the hand-off's", 1.1, rounds.ratio(COST, OURS, "handoff")),
        Verdict::new(
            "CPU a frame, of Django Channels'",
            1.0 / 15.0,
            rounds.ratio(COST, OURS_LIGHT, DJANGO_LIGHT),
        ),
        Verdict::new("first to last viewer, p50, of Bun's", 0.7, rounds.ratio(SPREAD, OURS, "bun")),
        Verdict::new("latency p99, of Bun's", 0.7, rounds.ratio(LATE, OURS, "bun")),
    ]
}
