//! The browser's half: compiled for wasm32, bound to JavaScript, the glue minified. Nothing happens when nothing changed.

use std::fs;
use std::path::{Path, PathBuf};

use anyhow::{Context, Result};
use wasm_bindgen_cli_support::Bindgen;

use crate::bootstrap::{Wasm, artefacts};
use crate::node;
use crate::shell::{fingerprint, once, read, root, run, scratch, step, write};

/// The folder with `finflow.js` and `finflow.wasm`.
pub fn build() -> Result<PathBuf> {
    let wasm = Wasm::ensure()?;
    step("compiling the client (wasm32, profile client)");
    // `rustc` and one crate type: with the rlib beside it cargo leaves link-time optimisation out (17 KB of brotli).
    let mut cargo = wasm.cargo("rustc");
    cargo.args(["--lib", "--crate-type", "cdylib"]);
    cargo.args(["--no-default-features", "--features", "hydrate", "--profile", "client"]);
    run(&mut cargo, "cargo is missing: https://rustup.rs")?;

    let compiled = artefacts("client").join("finflow_app.wasm");
    let folder = scratch().join("client");
    let (glue, module) = (folder.join("finflow.js"), folder.join("finflow.wasm"));
    let wanted = fingerprint(read(&compiled)?);
    once("client", &wanted, &[&glue, &module], || {
        step("binding the client to JavaScript");
        bind(&compiled, &folder)?;
        fs::rename(folder.join("finflow_bg.wasm"), &module).context("wasm-bindgen left no module")?;
        // The glue's default address; pages give the module's hashed one.
        let named = String::from_utf8(read(&glue)?)?.replace("finflow_bg.wasm", "finflow.wasm");
        write(&glue, named.as_bytes())?;
        minify(&glue)
    })?;
    Ok(folder)
}

fn bind(compiled: &Path, folder: &Path) -> Result<()> {
    if folder.exists() {
        fs::remove_dir_all(folder).with_context(|| format!("cannot empty {}", folder.display()))?;
    }
    let mut bindgen = Bindgen::new();
    bindgen.input_path(compiled).out_name("finflow").web(true)?;
    bindgen.typescript(false).remove_name_section(true).remove_producers_section(true);
    bindgen.generate(folder).context("wasm-bindgen failed")
}

fn minify(glue: &Path) -> Result<()> {
    node::install(&root())?;
    let mut esbuild = node::tool("esbuild");
    esbuild.arg(glue).args([
        "--minify",
        "--format=esm",
        "--target=es2022",
        "--log-level=warning",
        "--allow-overwrite",
    ]);
    esbuild.arg(format!("--outfile={}", glue.display()));
    run(&mut esbuild, "esbuild is missing: npm ci")
}
