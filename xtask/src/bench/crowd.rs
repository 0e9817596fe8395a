//! Crowds: what a viewer that is only open takes, what happens when all come at once, and what grows with their number.

use std::thread;
use std::time::Duration;

use anyhow::{Result, anyhow};
use serde_json::json;

use super::contest::{COST, LATE, OURS, PER_ADDRESS, USER, start};
use super::finflow::Settings;
use super::loadgen::Load;
use super::peers::Peer;
use super::running::{Running, free_port};
use super::table::{Column, Rounds, Verdict};
use super::{Plan, tools};
use crate::shell::step;

const FEW: usize = 1_000;
const MANY: usize = 10_000;
const RESIDENT: &str = "/server/begin/rss";
const GROWTH: &str = "/growth";

fn load(label: String, server: &Running, viewers: usize, interval_ms: u64, seconds: f64) -> Load {
    Load {
        label,
        sockets: vec![server.socket()],
        pids: vec![server.pid()],
        viewers,
        interval_ms,
        seconds,
        more: Vec::new(),
    }
    .with(&PER_ADDRESS)
}

/// Everybody's name and who it is; ours first.
fn contenders(peers: &[Peer]) -> Vec<(&'static str, Option<Peer>)> {
    let peers = peers.iter().map(|peer| (peer.name(), Some(*peer)));
    std::iter::once((OURS, None)).chain(peers).collect()
}

/// Growth of resident memory from 1,000 to 10,000 sockets that are only open, in bytes a socket.
pub fn memory(plan: &Plan) -> Result<()> {
    tools::build()?;
    let peers = plan.of(&[
        Peer::Handoff,
        Peer::Bun,
        Peer::Axum4k,
        Peer::Axum,
        Peer::Node,
        Peer::Picows,
        Peer::Django,
    ]);
    let mut rounds = Rounds::default();
    for round in 1..=plan.rounds {
        step(&format!("round {round} of {}", plan.rounds));
        for (row, peer) in contenders(&peers) {
            let mut resident = Vec::new();
            let mut last = json!(null);
            for viewers in [FEW, MANY] {
                let server = start(peer, 600_000)?;
                last = load(format!("memory {row} {viewers}"), &server, viewers, 0, 1.0)
                    .with(&["--idle", "--rate", "2000"])
                    .run()?;
                server.stop()?;
                resident.push(last.pointer(RESIDENT).and_then(serde_json::Value::as_f64).unwrap_or(f64::NAN));
            }
            last["growth"] = json!((resident[1] - resident[0]) / (MANY - FEW) as f64);
            rounds.add(row, last);
        }
    }
    let columns = [
        Column("KB a viewer", GROWTH, 0.001, 2),
        Column("resident at 10,000, MB", RESIDENT, 1e-6, 1),
        Column("kernel objects a viewer, both ends, KB", "/server/slab_per_connection", 0.001, 1),
    ];
    let ours = rounds.median(OURS, GROWTH);
    let verdicts = [
        Verdict::new("KB a viewer", 1.0, ours / 1_000.0),
        Verdict::new("of Bun's", 0.5, rounds.ratio(GROWTH, OURS, "bun")),
        Verdict::new("of axum's defaults", 0.01, rounds.ratio(GROWTH, OURS, "axum")),
    ];
    rounds.tell(
        "memory",
        "Idle viewers: growth of resident memory, 1,000 to 10,000",
        &columns,
        &verdicts,
    )
}

/// All come at once; then all are sent away by a restart, and come back as the protocol says.
pub fn storm(plan: &Plan) -> Result<()> {
    tools::build()?;
    let all = plan.viewers.to_string();
    let at_once = ["--rate", "0", "--inflight", all.as_str()];
    let peers = plan.of(&[Peer::Handoff, Peer::Bun, Peer::Axum4k, Peer::Node]);
    let mut rounds = Rounds::default();
    for round in 1..=plan.rounds {
        step(&format!("round {round} of {}", plan.rounds));
        for (row, peer) in contenders(&peers) {
            let server = start(peer, 1_000)?;
            let report = load(format!("storm {row}"), &server, plan.viewers, 1_000, 3.0)
                .with(&at_once)
                .run()?;
            server.stop()?;
            rounds.add(row, report);
        }
        rounds.add("finflow, restarted", restarted(plan, &at_once)?);
    }
    let columns = [
        Column("all have figures after, s", "/opening_s", 1.0, 2),
        Column("open p99, ms", "/open_ms/p99", 1.0, 0),
        Column("first figures after it, p50, ms", "/first_update_ms/p50", 1.0, 1),
        Column("p99", "/first_update_ms/p99", 1.0, 1),
        Column("max", "/first_update_ms/max", 1.0, 1),
        Column("failed", "/failed", 1.0, 0),
        Column("lost", "/lost", 1.0, 0),
        Column("came back", "/returned", 1.0, 0),
        Column("back after p50, ms", "/back_ms/p50", 1.0, 0),
        Column("max", "/back_ms/max", 1.0, 0),
    ];
    let verdicts = [
        Verdict::new("all open, of Bun's time", 1.0, rounds.ratio("/opening_s", OURS, "bun")),
        Verdict::new(
            "first figures after the upgrade, p99, ms",
            50.0,
            rounds.median(OURS, "/first_update_ms/p99"),
        ),
        Verdict::new(
            "back after a restart, the last, ms",
            10_000.0,
            rounds.median("finflow, restarted", "/back_ms/max"),
        ),
    ];
    rounds.tell("storm", &format!("{} viewers at once", plan.viewers), &columns, &verdicts)
}

/// Viewers that are told 1001 by a server that stops, and find the next one at the same address.
fn restarted(plan: &Plan, at_once: &[&str]) -> Result<serde_json::Value> {
    let settings = Settings {
        port: Some(free_port()?),
        ..Settings::default()
    };
    let server = settings.start()?;
    let mut load = load("storm finflow restarted".into(), &server, plan.viewers, 1_000, 20.0)
        .with(at_once)
        .with(&["--reconnect"]);
    // The next server is another process: its figures are not wanted.
    load.pids.clear();
    let driving = thread::spawn(move || load.run());
    thread::sleep(Duration::from_secs(8));
    let stopped = server.stop()?;
    let next = settings.start()?;
    let mut report = driving.join().map_err(|_| anyhow!("a thread panicked"))??;
    next.stop()?;
    report["stopped_s"] = json!(stopped.as_secs_f64());
    Ok(report)
}

/// What a frame and a viewer cost as they grow in number.
pub fn linear(plan: &Plan) -> Result<()> {
    const CROWDS: [usize; 4] = [1_000, 5_000, 10_000, 19_000];
    tools::build()?;
    let mut rounds = Rounds::default();
    let name = |viewers: usize| format!("finflow, {viewers}");
    for round in 1..=plan.rounds {
        step(&format!("round {round} of {}", plan.rounds));
        for viewers in CROWDS {
            let server = Settings::default().start()?;
            let report = load(format!("linear {viewers}"), &server, viewers, 1_000, plan.seconds)
                .with(&["--rate", "2000"])
                .run()?;
            server.stop()?;
            rounds.add(&name(viewers), report);
        }
    }
    let columns = [
        Column("open", "/open", 1.0, 0),
        Column("us a frame", COST, 1.0, 1),
        Column("of it user", USER, 1.0, 2),
        Column("cores", "/server/cpu", 1.0, 2),
        Column("KB a viewer", "/server/rss_per_connection", 0.001, 2),
        Column("resident, MB", "/server/end/rss", 1e-6, 1),
        Column("kernel objects a viewer, both ends, KB", "/server/slab_per_connection", 0.001, 1),
        Column("latency p99, ms", LATE, 1.0, 1),
        Column("first to last viewer, p50, ms", "/spread_ms/p50", 1.0, 1),
    ];
    let of = |path: &str| rounds.ratio(path, &name(19_000), &name(1_000));
    let verdicts = [
        Verdict::new("CPU a frame at 19,000, of that at 1,000", 1.25, of(COST)),
        Verdict::new("who is missing of 19,000", 0.0, 19_000.0 - rounds.median(&name(19_000), "/open")),
    ];
    rounds.tell("linear", "Viewers at 1 s, in number", &columns, &verdicts)
}
