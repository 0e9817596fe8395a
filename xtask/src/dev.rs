//! `cargo xtask dev`: cargo-leptos watches, rebuilds and reloads. It needs its own tool; `serve` does not.

use std::fs;

use anyhow::{Context, Result, bail};

use crate::bootstrap::Wasm;
use crate::shell::{self, cargo, command, files, output, root, step};
use crate::{node, site};

const HINT: &str = "cargo-leptos is missing: cargo install cargo-leptos --version 0.3.10 --locked --features no_downloads \
     && cargo install wasm-bindgen-cli --version 0.2.130";

/// `cargo leptos watch`, with the tools of `node_modules` on its path.
pub fn run(arguments: &[String]) -> Result<()> {
    if output(cargo().args(["leptos", "--version"])).is_none() {
        bail!(HINT);
    }
    if output(command("wasm-bindgen").arg("--version")).is_none() {
        bail!("wasm-bindgen is missing: cargo install wasm-bindgen-cli --version 0.2.130");
    }
    if Wasm::ensure()? == Wasm::Debian {
        bail!("cargo-leptos needs rustup's wasm32 target, which is refused here: use `cargo xtask serve`");
    }
    node::install(&root())?;
    forget_packed()?;
    step("cargo leptos watch");
    let mut path = node::bin().into_os_string();
    path.push(":");
    path.push(std::env::var_os("PATH").unwrap_or_default());
    shell::run(cargo().args(["leptos", "watch"]).args(arguments).env("PATH", path), HINT)
}

/// cargo-leptos writes the files anew but not their compressed forms: stale ones must not be served in their place.
fn forget_packed() -> Result<()> {
    for file in files(&site::folder())?.into_values() {
        if file.extension().is_some_and(|ending| ending == "br" || ending == "gz") {
            fs::remove_file(&file).with_context(|| format!("cannot remove {}", file.display()))?;
        }
    }
    Ok(())
}
