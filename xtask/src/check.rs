//! `cargo xtask check`: all that can be said of the sources without running them.

use anyhow::{Result, bail};

use crate::bootstrap::Wasm;
use crate::shell::{cargo, run as run_command, step};
use crate::{deny, site};

const NO_FMT: &str = "rustfmt is missing: rustup component add rustfmt";
const NO_CLIPPY: &str = "clippy is missing: rustup component add clippy";
/// What measures the program is a workspace of its own.
pub const BENCH: [&str; 4] = ["--manifest-path", "bench/Cargo.toml", "--target-dir", "target/bench"];
const STRICT: [&str; 3] = ["--", "-D", "warnings"];

/// Format, clippy for the three targets and this tool, cargo-deny, rustdoc. Stops at the first fault.
pub fn run(arguments: &[String]) -> Result<()> {
    if !arguments.is_empty() {
        bail!("usage: cargo xtask check");
    }
    step("format");
    run_command(cargo().args(["fmt", "--all", "--check"]), NO_FMT)?;
    run_command(cargo().args(["fmt", "--all", "--check"]).args(&BENCH[..2]), NO_FMT)?;

    step("clippy: build tool");
    run_command(
        cargo().args(["clippy", "--package", "xtask", "--all-targets"]).args(STRICT),
        NO_CLIPPY,
    )?;
    step("clippy: load generator");
    run_command(
        cargo()
            .arg("clippy")
            .args(BENCH)
            .args(["--package", "loadgen", "--all-targets"])
            .args(STRICT),
        NO_CLIPPY,
    )?;
    step("clippy: ssr, with tests");
    run_command(cargo().args(["clippy", "--all-targets"]).args(STRICT), NO_CLIPPY)?;
    step("clippy: ssr with the site inside");
    // The folder to take in must be there, if empty.
    std::fs::create_dir_all(site::folder())?;
    // What has tests is the same with and without it.
    run_command(cargo().args(["clippy", "--features", "embed"]).args(STRICT), NO_CLIPPY)?;

    let wasm = Wasm::ensure()?;
    for (feature, targets) in [
        ("hydrate", &["--lib"][..]),
        ("what-if", &["--lib"]),
        ("charting", &["--lib"]),
        ("csr", &["--lib", "--bins"][..]),
    ] {
        step(&format!("clippy: {feature}, wasm32"));
        let mut clippy = wasm.lint();
        clippy.args(["--no-default-features", "--features", feature]).args(targets);
        if wasm == Wasm::Rustup {
            clippy.args(STRICT);
        }
        run_command(&mut clippy, NO_CLIPPY)?;
    }

    deny::check()?;

    // Each by itself: together they would have other features, and all they depend on would be checked once more.
    for package in ["finflow", "xtask"] {
        step(&format!("rustdoc: {package}"));
        run_command(
            cargo()
                .args(["doc", "--package", package, "--no-deps", "--quiet"])
                .env("RUSTDOCFLAGS", "-D warnings"),
            "cargo is missing: https://rustup.rs",
        )?;
    }
    step("check: nothing found");
    Ok(())
}
