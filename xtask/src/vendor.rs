//! `cargo xtask vendor`: the chart bundle in public/vendor, made from the npm packages and committed with their licences.

use anyhow::{Context, Result, bail};

use crate::shell::{self, read, root, step, write};
use crate::{compress, node};

/// What the chart code may weigh on the wire, in bytes of brotli.
const LIMIT: usize = 180 * 1024;

/// Bundles ECharts and says what it weighs.
pub fn run(arguments: &[String]) -> Result<()> {
    if !arguments.is_empty() {
        bail!("usage: cargo xtask vendor");
    }
    node::install(&root())?;
    step("bundling Apache ECharts");
    let bundle = root().join("public/vendor/echarts.js");
    let mut esbuild = node::tool("esbuild");
    esbuild
        .arg("xtask/vendor/echarts.mjs")
        .args(["--bundle", "--minify", "--format=iife", "--global-name=echarts", "--target=es2020"]);
    esbuild
        .args(["--legal-comments=none", "--log-level=warning"])
        .arg(format!("--outfile={}", bundle.display()));
    shell::run(&mut esbuild, "esbuild is missing: npm ci")?;

    let notice = "/*! Apache ECharts 6.1.0, Apache-2.0, with zrender, BSD-3-Clause, and tslib, 0BSD: see NOTICE.txt beside this file. */\n";
    let mut content = notice.as_bytes().to_vec();
    content.extend(read(&bundle)?);
    write(&bundle, &content)?;

    let packed = compress::variants(&bundle, &content)?;
    let brotli = packed
        .iter()
        .find(|(ending, _)| *ending == "br")
        .map(|(_, packed)| packed.len())
        .context("the bundle is empty")?;
    step(&format!("public/vendor/echarts.js: {} bytes, {brotli} as brotli", content.len()));
    if brotli > LIMIT {
        bail!("the chart bundle is over its limit of {LIMIT} bytes");
    }
    Ok(())
}
