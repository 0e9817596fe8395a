//! `cargo xtask soak`: an hour of churn, mischief and restarts; what grows or is lost makes it fail.

mod flat;
mod ledger;
mod trouble;
mod watched;
mod writing;

use std::net::SocketAddr;
use std::process::{Child, Stdio};
use std::thread::sleep;
use std::time::{Duration, Instant};

use anyhow::{Context, Result, bail};
use serde_json::{Value, json};

use crate::bench::{self, Load, Settings, free_port, read, results};
use crate::postgres::Postgres;
use crate::redis::Redis;
use crate::shell::step;
use flat::Finding;
use ledger::Ledger;
use trouble::Trouble;
use watched::Watched;
use writing::Writing;

const HELP: &str = "\
cargo xtask soak [OPTIONS]

  --minutes N   how long (60)
  --viewers N   viewers who watch and come and go (2000); a twentieth more stop reading, a fortieth misbehave
  --churn N     of them that leave and come back a second (20)

PostgreSQL and Redis are stopped in turn, each for some seconds. FINFLOW_BIN names a program; else the release is built.";

/// Between two looks.
const LOOK: Duration = Duration::from_secs(1);

struct Plan {
    minutes: u64,
    viewers: usize,
    churn: usize,
}

/// Runs it, tells what was found, and fails where something grew or was lost.
pub fn run(arguments: &[String]) -> Result<()> {
    if arguments.first().is_some_and(|word| word == "help") {
        println!("{HELP}");
        return Ok(());
    }
    let plan = plan(arguments)?;
    bench::build()?;
    let mut postgres = Postgres::start()?;
    let mut redis = Redis::start()?;
    let metrics = SocketAddr::from(([127, 0, 0, 1], free_port()?));
    let settings = Settings {
        database: Some(postgres.url()),
        ..Settings::default()
    }
    .with("FINFLOW_REDIS_URL", redis.url())
    .with("FINFLOW_METRICS_ADDR", metrics)
    .with("FINFLOW_MIN_INTERVAL_MS", 250)
    .with("FINFLOW_STALL_SECONDS", 10);
    let server = settings.start()?;
    let ledger = Ledger::open(server.address, &postgres.url())?;
    let mut watched = Watched::of(server.pid(), metrics);

    let window = Duration::from_secs(plan.minutes * 60);
    let mut driving = Driving::start(&plan, &server.socket(), window)?;
    step(&format!("{} minutes, {} viewers; a line each minute", plan.minutes, plan.viewers));
    // Opening and warming up are no part of what has to be flat.
    driving.wait_for_the_window()?;
    let began = Instant::now();
    let mut trouble = Trouble::over(window);
    let writing = Writing::begin(ledger);
    while began.elapsed() < window {
        trouble.due(began.elapsed(), &mut postgres, &mut redis)?;
        writing.tell(trouble.is_under_way());
        watched.look(began.elapsed())?;
        driving.still_there()?;
        sleep(LOOK);
    }
    trouble.end(&mut postgres, &mut redis)?;
    let report = driving.finish()?;
    let mut findings = flat::findings(&watched, window);
    findings.extend(writing.end()?.findings()?);
    findings.extend(of_viewers(&report));
    server.stop()?;
    tell(&plan, &report, &watched, &findings)
}

/// The load generator, beside us.
struct Driving {
    child: Child,
    file: std::path::PathBuf,
    opening: Duration,
}

impl Driving {
    fn start(plan: &Plan, socket: &str, window: Duration) -> Result<Self> {
        let (slow, garbage) = (plan.viewers / 20, (plan.viewers / 40).max(16));
        let number = |number: usize| number.to_string();
        let load = Load {
            label: "soak".into(),
            sockets: vec![socket.to_owned()],
            viewers: plan.viewers + slow + garbage,
            interval_ms: 1_000,
            seconds: window.as_secs_f64(),
            ..Load::default()
        }
        .with(&[
            "--per-address",
            "40",
            "--rate",
            "500",
            "--warm-up",
            "10",
            "--reconnect",
            "--progress",
            "60",
        ])
        .with(&[
            "--slow",
            &number(slow),
            "--slow-seconds",
            "25",
            "--garbage",
            &number(garbage),
            "--churn",
            &number(plan.churn),
        ]);
        let (mut command, file) = load.command()?;
        let child = command.stdout(Stdio::null()).spawn().context("the load generator does not start")?;
        let opening = Duration::from_secs(10 + load.viewers as u64 / 500 + 2);
        Ok(Self { child, file, opening })
    }

    fn wait_for_the_window(&mut self) -> Result<()> {
        sleep(self.opening);
        self.still_there()
    }

    fn still_there(&mut self) -> Result<()> {
        match self.child.try_wait()? {
            Some(status) if !status.success() => bail!("the load generator ended ({status})"),
            _ => Ok(()),
        }
    }

    fn finish(mut self) -> Result<Value> {
        let status = self.child.wait()?;
        if !status.success() {
            bail!("the load generator ended ({status})");
        }
        read(&self.file)
    }
}

impl Drop for Driving {
    fn drop(&mut self) {
        // It has ended, or it ends here: an error means that there is nothing left to end.
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

/// What must hold of viewers who did nothing wrong.
fn of_viewers(report: &Value) -> Vec<Finding> {
    let number = |path: &str| report.pointer(path).and_then(Value::as_f64).unwrap_or(f64::NAN);
    let missing = number("/connections") - number("/garbage") - number("/open_at_end");
    vec![
        Finding::most("viewers that the server closed", number("/lost"), 0.0),
        Finding::most("updates whose number went back", number("/backwards"), 0.0),
        Finding::most("errors that viewers were told", number("/errors"), 0.0),
        Finding::most(
            "the longest pause between two updates of a viewer, ms",
            number("/pause_ms/max"),
            10_000.0,
        ),
        // Who stopped reading may be on the way back.
        Finding::most("viewers missing at the end", missing.max(0.0), number("/slow")),
        Finding::least("stopped readers that were closed with 4408", number("/closes/slow 4408"), 1.0),
    ]
}

fn tell(plan: &Plan, report: &Value, watched: &Watched, findings: &[Finding]) -> Result<()> {
    let mut text = format!(
        "\n### {} minutes at {} viewers\n\n| what | measured | bound | |\n| --- | --- | --- | --- |\n",
        plan.minutes, plan.viewers
    );
    for finding in findings {
        text += &finding.line();
    }
    text += &format!("\nclose codes: {}\n", report["closes"]);
    println!("{text}");
    let file = results()?.join("soak-report.json");
    let all = json!({"minutes": plan.minutes, "viewers": plan.viewers, "load": report, "samples": watched.told(), "markdown": text});
    std::fs::write(&file, serde_json::to_vec_pretty(&all)?)?;
    step(&format!("all of it lies in {}", file.display()));
    let failed = findings.iter().filter(|finding| !finding.holds()).count();
    if failed > 0 {
        bail!("{failed} findings of {} do not hold", findings.len());
    }
    Ok(())
}

fn plan(arguments: &[String]) -> Result<Plan> {
    let mut plan = Plan {
        minutes: 60,
        viewers: 2_000,
        churn: 20,
    };
    for pair in arguments.chunks(2) {
        let [option, value] = pair else {
            bail!("`{}` needs a value\n\n{HELP}", pair[0])
        };
        let number = value.parse::<usize>().with_context(|| format!("`{value}` is no number"))?;
        match option.as_str() {
            "--minutes" => plan.minutes = number.max(1) as u64,
            "--viewers" => plan.viewers = number.max(20),
            "--churn" => plan.churn = number,
            _ => bail!("no option `{option}`\n\n{HELP}"),
        }
    }
    Ok(plan)
}
