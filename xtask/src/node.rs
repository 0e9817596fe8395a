//! The npm packages: style sheet compiler and bundler in the project's folder, Playwright in end2end/.

use std::path::{Path, PathBuf};
use std::process::Command;

use anyhow::{Result, bail};

use crate::shell::{command, fingerprint_of, once, output, root, run, step};

const HINT: &str = "Node is missing: install Node 20 or newer (apt-get install nodejs npm, or https://nodejs.org)";

/// Installs what a folder's lock file names, unless that was done.
pub fn install(folder: &Path) -> Result<()> {
    let name = folder.strip_prefix(root())?.to_string_lossy().into_owned();
    let stamp = format!("npm-{name}");
    let wanted = fingerprint_of(&[folder.join("package-lock.json"), folder.join("package.json")])?;
    once(&stamp, &wanted, &[&folder.join("node_modules")], || {
        require_node()?;
        step(&format!("installing npm packages in {}", if name.is_empty() { "." } else { &name }));
        let mut npm = command("npm");
        npm.args(["ci", "--no-audit", "--no-fund", "--loglevel=error"]).current_dir(folder);
        // Browsers come from the system: see browser.rs.
        npm.env("PLAYWRIGHT_SKIP_BROWSER_DOWNLOAD", "1");
        run(&mut npm, HINT)
    })
}

/// A tool of the project's own `node_modules`.
pub fn tool(name: &str) -> Command {
    command(bin().join(name))
}

/// Where the project's node tools lie, for a PATH.
pub fn bin() -> PathBuf {
    root().join("node_modules/.bin")
}

fn require_node() -> Result<()> {
    let version = output(command("node").arg("--version")).unwrap_or_default();
    let major = version
        .trim_start_matches('v')
        .split('.')
        .next()
        .and_then(|major| major.parse::<u32>().ok());
    match major {
        None => bail!(HINT),
        Some(major) if major < 20 => bail!("Node {version} is too old. {HINT}"),
        Some(_) => Ok(()),
    }
}
