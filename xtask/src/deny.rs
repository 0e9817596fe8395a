//! cargo-deny: licences, bans and sources always; advisories where their database can be had.

use std::process::Command;

use anyhow::Result;

use crate::shell::{cargo, output, run, step};

const VERSION: &str = "0.20.2";
const HINT: &str = "cargo-deny is missing: cargo install cargo-deny --locked";

/// Runs the checks, installing cargo-deny where it is missing.
pub fn check() -> Result<()> {
    ensure()?;
    step("cargo-deny: bans, licences, sources");
    run(deny(&["check"]).args(["bans", "licenses", "sources"]), HINT)?;
    if output(&mut deny(&["fetch", "db"])).is_none() {
        step("cargo-deny: advisories SKIPPED, their database cannot be fetched here");
        return Ok(());
    }
    step("cargo-deny: advisories");
    run(deny(&["check", "--disable-fetch"]).arg("advisories"), HINT)
}

fn deny(verb: &[&str]) -> Command {
    let mut deny = cargo();
    deny.args(["deny", "--workspace", "--all-features", "--log-level", "error"])
        .args(verb);
    deny
}

fn ensure() -> Result<()> {
    if output(cargo().args(["deny", "--version"])).is_some() {
        return Ok(());
    }
    step("installing cargo-deny (a few minutes, once)");
    let mut install = cargo();
    install.args(["install", "cargo-deny", "--locked", "--version", VERSION]);
    // It runs for a second: its own speed is not worth minutes of compilation.
    install
        .env("CARGO_PROFILE_RELEASE_LTO", "off")
        .env("CARGO_PROFILE_RELEASE_OPT_LEVEL", "0");
    install.env("CARGO_PROFILE_RELEASE_CODEGEN_UNITS", "16");
    run(&mut install, HINT)
}
