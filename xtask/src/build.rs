//! `cargo xtask build [--release]`: client, styles, compressed assets and server.

use std::path::PathBuf;

use anyhow::{Result, bail};

use crate::bootstrap::provide;
use crate::shell::{self, cargo, command, output, step, target};
use crate::site;

const NO_CARGO: &str = "cargo is missing: https://rustup.rs";

/// Builds all there is and says where the program lies.
pub fn run(arguments: &[String]) -> Result<()> {
    let release = match arguments {
        [] => false,
        [flag] if flag == "--release" => true,
        _ => bail!("usage: cargo xtask build [--release]"),
    };
    let program = everything(release)?;
    step(&format!("built {}", program.display()));
    Ok(())
}

/// Builds the site and the server; the release's program has the site inside it.
pub fn everything(release: bool) -> Result<PathBuf> {
    let fingerprint = site::build()?;
    let mut cargo = cargo();
    cargo.args(["build", "--bin", "finflow"]);
    if release {
        step("compiling the server (release, the site inside it)");
        // The compiler does not see new files in the folder: the crate reads this variable, so a new site compiles it anew.
        cargo
            .args(["--release", "--features", if has_make() { "embed,jemalloc" } else { "embed" }])
            .env("FINFLOW_SITE_HASH", fingerprint);
    } else {
        step("compiling the server");
    }
    shell::run(&mut cargo, NO_CARGO)?;
    Ok(target().join(if release { "release" } else { "debug" }).join("finflow"))
}

/// Whether there is `make`, installed where it was missing: the allocator is built with it.
fn has_make() -> bool {
    let there = || output(command("make").arg("--version")).is_some();
    let provided = provide("make, with which the allocator is built", &["make"], "make is missing", there);
    if let Err(error) = &provided {
        step(&format!("{error:#}; going on with the allocator of the C library"));
    }
    provided.is_ok()
}
