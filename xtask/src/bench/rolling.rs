//! Three nodes behind nginx, restarted in turn under their viewers.

use std::net::SocketAddr;
use std::sync::atomic::{AtomicBool, Ordering};
use std::thread;
use std::time::Duration;

use anyhow::{Result, anyhow};
use serde_json::{Value, json};

use super::contest::PER_ADDRESS;
use super::finflow::Settings;
use super::loadgen::Load;
use super::running::free_port;
use super::table::{Column, Rounds, Verdict};
use super::{Plan, tools};
use crate::http::ask;
use crate::nginx::Nginx;
use crate::postgres::Postgres;
use crate::redis::Redis;
use crate::shell::step;

const NODES: usize = 3;
const ROW: &str = "finflow, three nodes";
/// Until viewers are there, and from one restart to the next: longer than nginx leaves a node alone that failed.
const BETWEEN: Duration = Duration::from_secs(8);
/// The restarts and what follows them.
const WINDOW: f64 = 45.0;
/// Between two looks at a page.
const LOOK: Duration = Duration::from_millis(50);

/// Restarts each node once a round.
pub fn run(plan: &Plan) -> Result<()> {
    tools::build()?;
    let mut rounds = Rounds::default();
    for round in 1..=plan.rounds {
        step(&format!("round {round} of {}", plan.rounds));
        rounds.add(ROW, restarted(plan)?);
    }
    let columns = [
        Column("came back", "/returned", 1.0, 0),
        Column("back after p50, ms", "/back_ms/p50", 1.0, 0),
        Column("max", "/back_ms/max", 1.0, 0),
        Column("longest pause, ms", "/pause_ms/max", 1.0, 0),
        Column("handshakes that failed", "/failed", 1.0, 0),
        Column("numbers that went back or came twice", "/again", 1.0, 0),
        Column("pages", "/pages/seen", 1.0, 0),
        Column("of them in error", "/pages/faults", 1.0, 0),
        Column("nginx: answers of 500 and more", "/nginx_faults", 1.0, 0),
    ];
    let most = |path: &str| rounds.figures(ROW, path).into_iter().fold(0.0, f64::max);
    let verdicts = [
        Verdict::new("the last viewer back, ms", 10_000.0, most("/back_ms/max")),
        Verdict::new("longest pause of a viewer, ms", 10_000.0, most("/pause_ms/max")),
        Verdict::new("viewers missing at the end", 0.0, most("/missing")),
        Verdict::new("pages in error", 0.0, most("/pages/faults")),
        Verdict::new("answers of 500 and more", 0.0, most("/nginx_faults")),
    ];
    let title = format!("{} viewers of {NODES} nodes that are restarted in turn behind nginx", plan.viewers);
    rounds.tell("rolling", &title, &columns, &verdicts)
}

fn restarted(plan: &Plan) -> Result<Value> {
    let (postgres, redis) = (Postgres::start()?, Redis::start()?);
    let settings = (0..NODES).map(|_| -> Result<Settings> {
        let node = Settings {
            database: Some(postgres.url()),
            port: Some(free_port()?),
            ..Settings::default()
        };
        Ok(node
            .with("FINFLOW_REDIS_URL", redis.url())
            .with("FINFLOW_TRUSTED_PROXIES", "127.0.0.1"))
    });
    let settings = settings.collect::<Result<Vec<_>>>()?;
    let mut nodes = settings.iter().map(Settings::start).collect::<Result<Vec<_>>>()?;
    let addresses: Vec<_> = nodes.iter().map(|node| node.address).collect();
    let nginx = Nginx::before(&addresses, SocketAddr::from(([127, 0, 0, 1], free_port()?)))?;
    let load = Load {
        label: "rolling".into(),
        sockets: vec![format!("ws://{}/ws/portfolio/", nginx.address)],
        // The nodes are other processes after their restarts: their figures are not wanted.
        pids: Vec::new(),
        viewers: plan.viewers,
        interval_ms: 1_000,
        seconds: WINDOW,
        more: Vec::new(),
    };
    let load = load.with(&PER_ADDRESS).with(&["--rate", "2000", "--reconnect"]);
    let over = AtomicBool::new(false);
    let (report, pages) = thread::scope(|scope| -> Result<_> {
        let driving = scope.spawn(|| load.run());
        let looking = scope.spawn(|| look(nginx.address, &over));
        let done = (|| {
            for (settings, node) in settings.iter().zip(&mut nodes) {
                thread::sleep(BETWEEN);
                node.stop_in_place()?;
                *node = settings.start()?;
            }
            Ok(())
        })();
        let report = driving.join().map_err(|_| anyhow!("a thread panicked"))?;
        over.store(true, Ordering::Release);
        let pages = looking.join().map_err(|_| anyhow!("a thread panicked"))?;
        done.and(report).map(|report| (report, pages))
    })?;
    let count = |path: &str| report.pointer(path).and_then(Value::as_u64).unwrap_or(0);
    let mut told = report.clone();
    told["pages"] = pages;
    told["again"] = json!(count("/backwards") + count("/twice"));
    told["missing"] = json!(plan.viewers as u64 - count("/open_at_end"));
    told["nginx_faults"] = json!(nginx.faults());
    for node in nodes {
        node.stop()?;
    }
    Ok(told)
}

/// Asks for pages until it is `over`, as somebody does who looks around meanwhile.
fn look(address: SocketAddr, over: &AtomicBool) -> Value {
    let (mut seen, mut faults) = (0, 0);
    while !over.load(Ordering::Acquire) {
        for path in ["/live-portfolio/", "/api/v1/sample"] {
            let answer = ask(address, "GET", path, &[], "");
            seen += 1;
            faults += u64::from(!answer.is_ok_and(|answer| answer.status == 200));
        }
        thread::sleep(LOOK);
    }
    json!({"seen": seen, "faults": faults})
}
