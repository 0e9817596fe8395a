//! `cargo xtask test`: every test there is. Rust's first; then a real browser against a real server.

use std::num::NonZeroUsize;
use std::path::PathBuf;
use std::thread;

use anyhow::{Context, Result, bail};

use crate::check::BENCH;
use crate::nginx;
use crate::postgres::Postgres;
use crate::redis::Redis;
use crate::server::Server;
use crate::shell::{cargo, command, root, run as run_command, scratch, step, target};
use crate::tally::{self, Tally};
use crate::{browser, node, site};

/// All that has tests: of the examples, which measure, clippy says whether they still compile, and each would be linked.
const TESTED: [&str; 3] = ["--lib", "--bins", "--tests"];

/// Tests at once, for each core: most of them wait for a server, a clock or a database for more than half of their time.
const AT_ONCE: usize = 2;

/// Runs both halves, or one, and closes with a line of counts.
pub fn run(arguments: &[String]) -> Result<()> {
    let words: Vec<&str> = arguments.iter().map(String::as_str).collect();
    let (rust, browser, filter) = match words.split_first() {
        None => (true, true, &[][..]),
        Some((&"rust", [])) => (true, false, &[][..]),
        Some((&"browser", filter)) => (false, true, filter),
        Some(_) => bail!("usage: cargo xtask test [rust | browser [ARGS for Playwright]]"),
    };
    let mut total = Tally::default();
    let mut failures = Vec::new();
    if rust {
        // A server that is named is somebody's own; else there is one for these tests.
        let named = std::env::var("FINFLOW_TEST_POSTGRES_URL").ok();
        let own = if named.is_none() { Some(Postgres::start()?) } else { None };
        let postgres = named.or_else(|| own.as_ref().map(Postgres::url)).unwrap_or_default();
        let named = std::env::var("FINFLOW_TEST_REDIS_URL").ok();
        let own_redis = if named.is_none() { Some(Redis::start()?) } else { None };
        let redis = named.or_else(|| own_redis.as_ref().map(Redis::url)).unwrap_or_default();
        nginx::ensure()?;
        let cores = thread::available_parallelism().map_or(1, NonZeroUsize::get);
        let at_once = std::env::var("RUST_TEST_THREADS").unwrap_or_else(|_| (AT_ONCE * cores).to_string());
        let loadgen = [&BENCH[..], &["--package", "loadgen"]].concat();
        for (what, arguments) in [
            ("server and library", &TESTED[..]),
            ("documentation", &["--doc"]),
            ("build tool", &["--package", "xtask"]),
            ("load generator", &loadgen),
        ] {
            step(&format!("Rust tests: {what}"));
            let mut test = cargo();
            test.env("RUST_TEST_THREADS", &at_once)
                .env("FINFLOW_TEST_POSTGRES_URL", &postgres)
                .env("FINFLOW_REQUIRE_POSTGRES", "1")
                .env("FINFLOW_TEST_REDIS_URL", &redis)
                .env("FINFLOW_REQUIRE_REDIS", "1")
                .env("FINFLOW_REQUIRE_NGINX", "1");
            let (counts, succeeded) = tally::cargo_test(test.args(["test", "--no-fail-fast"]).args(arguments))?;
            total += counts;
            if !succeeded {
                failures.push(format!("cargo test ({what})"));
            }
        }
    }
    if browser {
        // The tests' own build of the server, so that no second tree of dependencies is compiled.
        step("compiling the server");
        run_command(
            cargo().args(["test", "--no-run", "--quiet"]).args(TESTED),
            "cargo is missing: https://rustup.rs",
        )?;
        site::build()?;
        let (counts, succeeded) = in_browser(filter)?;
        total += counts;
        if !succeeded {
            failures.push("browser tests".into());
        }
    }
    println!("total: {total}");
    if failures.is_empty() {
        Ok(())
    } else {
        bail!("failed: {}", failures.join(", "))
    }
}

/// Starts the server, runs Playwright against it, stops it.
fn in_browser(filter: &[&str]) -> Result<(Tally, bool)> {
    let folder = root().join("end2end");
    browser::ensure()?;
    node::install(&folder)?;
    let program = target().join("debug/finflow");
    let report = report()?;
    let server = Server::start(&program)?;
    step(&format!("browser tests against {}", server.url()));
    let mut playwright = command(folder.join("node_modules/.bin/playwright"));
    playwright.arg("test").args(filter).current_dir(&folder);
    playwright.env("BASE_URL", server.url()).env("FINFLOW_REPORT", &report);
    // For specs that start and stop a server of their own.
    playwright.env("FINFLOW_BIN", &program).env("LEPTOS_SITE_ROOT", site::folder());
    let succeeded = playwright.status().context("Playwright is missing: npm ci in end2end/")?.success();
    let stopped = server.stop();
    let counts = tally::playwright(&report)?;
    stopped?;
    Ok((counts, succeeded))
}

/// Where Playwright writes its report; the one of an earlier run is removed, so that it is never counted.
fn report() -> Result<PathBuf> {
    let report = scratch().join("playwright.json");
    if report.exists() {
        std::fs::remove_file(&report)?;
    }
    Ok(report)
}
