//! A load generator for servers that speak FinFlow's live protocol: README of `bench/`.

mod args;
mod control;
mod hear;
mod meta;
mod mischief;
mod process;
mod report;
mod stats;
mod viewer;
mod wire;
mod worker;

use std::sync::atomic::Ordering::Relaxed;
use std::thread::sleep;
use std::time::{Duration, Instant};

use anyhow::{Context as _, Result, anyhow};
use args::Args;
use clap::Parser as _;
use control::{Control, Phase};
use process::Sample;
use report::Seen;
use serde_json::json;
use stats::Stats;
use worker::{Portfolio, Worker};

const GLANCE: Duration = Duration::from_millis(2);

fn main() -> Result<()> {
    let args = Args::parse();
    args.check()?;
    // A socket is a descriptor. Where the limit may not be raised, opening says so.
    let _ = rlimit::increase_nofile_limit(u64::MAX);
    let portfolios = match &args.portfolios {
        Some(file) => std::fs::read_to_string(file).with_context(|| format!("cannot read {}", file.display()))?,
        None => String::new(),
    };
    let portfolios: Vec<Portfolio> = portfolios.lines().filter_map(Portfolio::read).collect();
    let (stats, seen) = drive(&args, &portfolios)?;
    let report = report::report(&args, &stats, &seen);
    eprint!("{}", report::lines(&report));
    let text = serde_json::to_string_pretty(&report)?;
    match &args.out {
        Some(file) => std::fs::write(file, text + "\n").with_context(|| format!("cannot write {}", file.display())),
        None => {
            println!("{text}");
            Ok(())
        }
    }
}

/// Leads the threads through the run's phases, and looks at the servers between them.
fn drive(args: &Args, portfolios: &[Portfolio]) -> Result<(Stats, Seen)> {
    let control = Control::default();
    let own = || Sample::of(&[std::process::id()]);
    let mut seen = Seen {
        before: Sample::of(&args.pids),
        ..Seen::default()
    };
    std::thread::scope(|scope| {
        let mut workers = Vec::new();
        for first in 0..args.threads {
            let worker = Worker::new(args, &control, portfolios, first)?;
            workers.push(scope.spawn(move || worker.run()));
        }
        let began = Instant::now();
        let limit = Duration::from_secs_f64(args.opening);
        while control.settled.load(Relaxed) < args.connections
            && began.elapsed() < limit
            && workers.iter().all(|worker| !worker.is_finished())
        {
            sleep(GLANCE);
        }
        seen.opening = began.elapsed().as_secs_f64();
        control.enter(Phase::WarmUp);
        sleep(Duration::from_secs_f64(args.warm_up));
        seen.begin = Sample::of(&args.pids);
        seen.own.0 = own();
        seen.open = control.open.load(Relaxed);
        seen.peak = seen.begin.resident;
        let began = Instant::now();
        control.enter(Phase::Window);
        watch(args, &control, began, &mut seen.peak);
        seen.seconds = began.elapsed().as_secs_f64();
        seen.end = Sample::of(&args.pids);
        seen.own.1 = own();
        seen.peak = seen.peak.max(seen.end.resident);
        seen.open_at_end = control.open.load(Relaxed);
        if args.slow > 0 {
            control.enter(Phase::Draining);
            sleep(Duration::from_secs(2));
        }
        control.enter(Phase::Ended);
        let mut sum = Stats::default();
        for worker in workers {
            sum.add(worker.join().map_err(|_| anyhow!("a thread panicked"))??);
        }
        Ok((sum, seen))
    })
}

/// Waits for the window's end; notes the peak of memory and tells how it goes.
fn watch(args: &Args, control: &Control, began: Instant, peak: &mut u64) {
    let window = Duration::from_secs_f64(args.seconds);
    let mut told = Instant::now();
    while let Some(left) = window.checked_sub(began.elapsed()).filter(|left| !left.is_zero()) {
        sleep(left.min(Duration::from_secs(1)));
        // A look is not free: one a second, and none at the end, where it would be counted.
        if left > Duration::from_secs(2) && !args.pids.is_empty() {
            *peak = (*peak).max(Sample::of(&args.pids).resident);
        }
        if args.progress > 0.0 && told.elapsed().as_secs_f64() >= args.progress {
            told = Instant::now();
            let line = json!({
                "at": began.elapsed().as_secs(), "open": control.open.load(Relaxed),
                "updates": control.updates.load(Relaxed), "lost": control.lost.load(Relaxed),
            });
            eprintln!("{line}");
        }
    }
}
