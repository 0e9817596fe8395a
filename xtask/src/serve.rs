//! `cargo xtask serve [--release] [-- ARGS]`: from a fresh clone to a page.

use std::os::unix::process::CommandExt;

use anyhow::{Context, Result, bail};

use crate::shell::{command, step};
use crate::{build, site};

/// Builds everything, then becomes the server: Ctrl-C and signals reach it directly.
pub fn run(arguments: &[String]) -> Result<()> {
    let (ours, theirs) = match arguments.iter().position(|argument| argument == "--") {
        Some(at) => (&arguments[..at], &arguments[at + 1..]),
        None => (arguments, &[][..]),
    };
    let release = match ours {
        [] => false,
        [flag] if flag == "--release" => true,
        _ => bail!("usage: cargo xtask serve [--release] [-- ARGS]"),
    };
    let program = build::everything(release)?;
    let address = std::env::var("FINFLOW_ADDR").unwrap_or_else(|_| "127.0.0.1:8000".into());
    step(&format!("starting FinFlow on http://{address} (Ctrl-C stops it)"));
    let mut server = command(&program);
    server.arg("serve").args(theirs);
    if !release {
        server.env("LEPTOS_SITE_ROOT", site::folder());
    }
    Err(server.exec()).with_context(|| format!("cannot start {}", program.display()))
}
