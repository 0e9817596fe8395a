//! What a measurement needs: the load generator, the peers' libraries. Installed and built once.

use std::path::PathBuf;

use anyhow::{Context, Result};

use crate::shell::{self, cargo, command, fingerprint_of, once, read, root, scratch, step, target};

const PYTHON: &str = "Python 3 with venv is missing: apt-get install python3-venv";
const NPM: &str = "npm is missing: apt-get install nodejs npm, or https://nodejs.org";

/// A program of the bench's workspace.
pub fn built(name: &str) -> PathBuf {
    target().join("bench/release").join(name)
}

/// The load generator and the Rust peers, compiled where they are not.
pub fn build() -> Result<()> {
    step("building the load generator and the peers in Rust");
    let mut build = cargo();
    build
        .args(["build", "--release", "--quiet", "--target-dir"])
        .arg(target().join("bench"));
    shell::run(build.current_dir(root().join("bench")), "cargo is missing: https://rustup.rs")
}

/// Runs the load generator's own tests.
pub fn self_test() -> Result<()> {
    let mut test = cargo();
    test.args(["test", "--quiet", "--target-dir"]).arg(target().join("bench"));
    shell::run(test.current_dir(root().join("bench")), "cargo is missing: https://rustup.rs")
}

/// Where a peer's npm packages lie.
///
/// They are installed outside of the sources: the package's files are copied there.
pub fn npm(peer: &str) -> Result<PathBuf> {
    let from = root().join("bench/peers");
    let folder = scratch().join("peers").join(peer);
    let files = [from.join(peer), from.join("messages.mjs"), from.join("sample.json")];
    once(
        &format!("bench-{peer}"),
        &fingerprint_of(&files)?,
        &[&folder.join("node_modules")],
        || {
            step(&format!("installing the peer {peer}"));
            for (name, file) in shell::files(&files[0])? {
                shell::write(&folder.join(name), &read(&file)?)?;
            }
            for shared in &files[1..] {
                let name = shared.file_name().context("a file has a name")?;
                shell::write(&scratch().join("peers").join(name), &read(shared)?)?;
            }
            let mut npm = command("npm");
            npm.args(["ci", "--no-audit", "--no-fund", "--loglevel=error"]).current_dir(&folder);
            shell::run(&mut npm, NPM)
        },
    )?;
    Ok(folder)
}

/// Where a program of the Python peers lies.
pub fn python(program: &str) -> Result<PathBuf> {
    let folder = scratch().join("peers/python");
    let wanted = root().join("bench/peers/requirements.txt");
    let found = folder.join("bin").join(program);
    once("bench-python", &fingerprint_of(std::slice::from_ref(&wanted))?, &[&found], || {
        step("installing the peers in Python");
        shell::run(command("python3").args(["-m", "venv"]).arg(&folder), PYTHON)?;
        shell::run(
            command(folder.join("bin/pip")).args(["install", "--quiet", "-r"]).arg(&wanted),
            PYTHON,
        )
    })?;
    Ok(found)
}

/// Where reports lie.
pub fn results() -> Result<PathBuf> {
    let folder = target().join("bench/results");
    std::fs::create_dir_all(&folder).with_context(|| format!("cannot create {}", folder.display()))?;
    Ok(folder)
}
