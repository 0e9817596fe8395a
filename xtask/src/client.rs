//! The browser's half: compiled for wasm32, bound to JavaScript, the glue minified. Nothing happens when nothing changed.
//! Each client is the library with another feature; pages load the first, and some of them another too.

use std::fs;
use std::path::{Path, PathBuf};

use anyhow::{Context, Result};
use wasm_bindgen_cli_support::Bindgen;
use wasm_encoder::{Module, RawSection};
use wasmparser::Parser;

use crate::bootstrap::{Wasm, artefacts};
use crate::node;
use crate::shell::{fingerprint, once, read, root, run, scratch, step, write};

/// Each client by the name of its files, and the feature that it is.
const CLIENTS: [(&str, &str); 3] = [("finflow", "hydrate"), ("what_if", "what-if"), ("charting", "charting")];

/// The folders with a client's glue and module each.
pub fn build() -> Result<Vec<PathBuf>> {
    let wasm = Wasm::ensure()?;
    CLIENTS.iter().map(|(name, feature)| one(&wasm, name, feature)).collect()
}

fn one(wasm: &Wasm, name: &str, feature: &str) -> Result<PathBuf> {
    step(&format!("compiling the client {name} (wasm32, profile client)"));
    // `rustc` and one crate type: with the rlib beside it cargo leaves link-time optimisation out (17 KB of brotli).
    let mut cargo = wasm.cargo("rustc");
    cargo.args(["--lib", "--crate-type", "cdylib"]);
    cargo.args(["--no-default-features", "--features", feature, "--profile", "client"]);
    // A cdylib has no hash in its name, so that each client would take the place of the one before and all would be compiled anew each
    // time. With this they have a hash; a cargo that does not know it is slower and nothing else.
    cargo.env("__CARGO_DEFAULT_LIB_METADATA", "client");
    run(&mut cargo, "cargo is missing: https://rustup.rs")?;

    // Each is put there in turn.
    let compiled = artefacts("client").join("finflow_app.wasm");
    let folder = scratch().join(format!("client-{name}"));
    let (glue, module) = (folder.join(format!("{name}.js")), folder.join(format!("{name}.wasm")));
    let wanted = fingerprint(read(&compiled)?) + " bare";
    once(&format!("client-{name}"), &wanted, &[&glue, &module], || {
        step("binding the client to JavaScript");
        bind(&compiled, &folder, name)?;
        let bound = folder.join(format!("{name}_bg.wasm"));
        write(&module, &bare(&read(&bound)?)?)?;
        fs::remove_file(&bound).with_context(|| format!("cannot remove {}", bound.display()))?;
        // The glue's default address; pages give the module's hashed one.
        let named = String::from_utf8(read(&glue)?)?.replace(&format!("{name}_bg.wasm"), &format!("{name}.wasm"));
        write(&glue, named.as_bytes())?;
        minify(&glue)
    })?;
    Ok(folder)
}

fn bind(compiled: &Path, folder: &Path, name: &str) -> Result<()> {
    if folder.exists() {
        fs::remove_dir_all(folder).with_context(|| format!("cannot empty {}", folder.display()))?;
    }
    let mut bindgen = Bindgen::new();
    bindgen.input_path(compiled).out_name(name).web(true)?;
    bindgen.typescript(false).remove_name_section(true).remove_producers_section(true);
    bindgen.generate(folder).context("wasm-bindgen failed")
}

/// The module without what it says to tools alone, such as what the compiler may have used.
fn bare(module: &[u8]) -> Result<Vec<u8>> {
    const CUSTOM: u8 = 0;
    let mut kept = Module::new();
    for payload in Parser::new(0).parse_all(module) {
        let section = payload.context("wasm-bindgen left no module")?.as_section();
        if let Some((id, range)) = section.filter(|(id, _)| *id != CUSTOM) {
            let data = module.get(range).context("a section beyond the module")?;
            kept.section(&RawSection { id, data });
        }
    }
    Ok(kept.finish())
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
