//! `cargo xtask VERB`: set-up, build, run and test. A verb a file; this one only opens the right door.

mod bench;
mod bootstrap;
mod browser;
mod build;
mod check;
mod client;
mod compress;
mod conformance;
mod deny;
mod dev;
mod http;
mod nginx;
mod node;
mod postgres;
mod redis;
mod serve;
mod server;
mod shell;
mod site;
mod soak;
mod tally;
mod test;
mod vendor;

use std::process::ExitCode;

use anyhow::{Result, bail};

const HELP: &str = "\
cargo xtask VERB

  serve [--release] [-- ARGS]   build everything and serve it on http://127.0.0.1:8000 (FINFLOW_ADDR)
  test [rust | browser [ARGS]]  every test, or one half of them; ARGS go to Playwright
  check                         format, clippy for the three targets, cargo-deny, rustdoc
  conformance [ARGS]            the Autobahn cases against our sockets (needs Python 3); ARGS go to kosoku
  dev [ARGS]                    cargo leptos watch: rebuild and reload at each save
  build [--release]             build client, styles, assets and server; with --release one file: target/release/finflow
  bench [WHAT] [OPTIONS]        what many viewers cost, beside other servers; `bench help` lists what is measured
  soak [OPTIONS]                an hour of churn, mischief and restarts; fails where memory or descriptors grow
  vendor                        make public/vendor/echarts.js anew from the npm packages

The first run installs what is missing: the wasm32 target, npm packages, Chromium for `test`, cargo-deny for `check`.
FINFLOW_CHROMIUM names another Chromium.";

fn main() -> ExitCode {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    match run(&arguments) {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("xtask: {error:#}");
            ExitCode::FAILURE
        }
    }
}

fn run(arguments: &[String]) -> Result<()> {
    let Some((verb, rest)) = arguments.split_first() else {
        bail!("no verb given\n\n{HELP}");
    };
    match verb.as_str() {
        "serve" => serve::run(rest),
        "test" => test::run(rest),
        "check" => check::run(rest),
        "conformance" => conformance::run(rest),
        "bench" => bench::run(rest),
        "soak" => soak::run(rest),
        "dev" => dev::run(rest),
        "build" => build::run(rest),
        "vendor" => vendor::run(rest),
        "help" | "-h" | "--help" => {
            println!("{HELP}");
            Ok(())
        }
        unknown => bail!("no verb `{unknown}`\n\n{HELP}"),
    }
}
