//! Three nodes over one Redis and one PostgreSQL, beside one of them alone.

use anyhow::Result;

use super::contest::{COST, LATE, PER_ADDRESS, USER};
use super::finflow::Settings;
use super::loadgen::Load;
use super::running::Running;
use super::table::{Column, Rounds, Verdict};
use super::{Plan, tools};
use crate::postgres::Postgres;
use crate::redis::Redis;
use crate::shell::step;

/// Each number of nodes at the same load, all of them alone on the machine.
pub fn run(plan: &Plan) -> Result<()> {
    const INTERVAL_MS: u64 = 200;
    tools::build()?;
    let mut rounds = Rounds::default();
    for round in 1..=plan.rounds {
        step(&format!("round {round} of {}", plan.rounds));
        for (row, count) in [("one node", 1), ("three nodes", 3)] {
            let (postgres, redis) = (Postgres::start()?, Redis::start()?);
            let settings = Settings {
                database: Some(postgres.url()),
                ..Settings::default()
            }
            .with("FINFLOW_REDIS_URL", redis.url());
            let nodes = (0..count).map(|_| settings.start()).collect::<Result<Vec<_>>>()?;
            let load = Load {
                label: format!("nodes {count}"),
                sockets: nodes.iter().map(Running::socket).collect(),
                pids: nodes.iter().map(Running::pid).collect(),
                viewers: plan.viewers,
                interval_ms: INTERVAL_MS,
                seconds: plan.seconds,
                more: Vec::new(),
            };
            let report = load.with(&PER_ADDRESS).with(&["--rate", "2000"]).run();
            for node in nodes {
                node.stop()?;
            }
            rounds.add(row, report?);
        }
    }
    let columns = [
        Column("us a frame, all nodes", COST, 1.0, 1),
        Column("of it user", USER, 1.0, 2),
        Column("cores", "/server/cpu", 1.0, 2),
        Column("latency p99, ms", LATE, 1.0, 1),
        Column("lost", "/lost", 1.0, 0),
    ];
    let ratio = rounds.ratio(COST, "three nodes", "one node");
    let title = format!(
        "{} viewers at {INTERVAL_MS} ms over nodes that share Redis and PostgreSQL",
        plan.viewers
    );
    rounds.tell("nodes", &title, &columns, &[Verdict::new("CPU a frame, of one node's", 1.1, ratio)])
}
