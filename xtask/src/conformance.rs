//! `cargo xtask conformance`: the Autobahn cases, by the Python package kosoku, against a server that sends back what comes.

use std::io::{BufRead as _, BufReader};
use std::process::Stdio;

use anyhow::{Context, Result};

use crate::shell::{self, cargo, command, once, root, scratch, step};

const PACKAGE: &str = "kosoku==0.1.0";
/// What is left out where nothing is said: cases of the compression that the server declines.
const DECLINED: [&str; 4] = ["-x", "12.*", "-x", "13.*"];
const HINT: &str = "Python 3 with venv is missing: apt-get install python3-venv";

/// Runs the cases; what is given goes to kosoku, such as `-i 1.*`. Fails where one fails.
pub fn run(arguments: &[String]) -> Result<()> {
    let tools = scratch().join("kosoku");
    let program = tools.join("bin/kosoku");
    once("kosoku", PACKAGE, &[&program], || {
        step("installing kosoku, which runs the cases");
        shell::run(command("python3").args(["-m", "venv"]).arg(&tools), HINT)?;
        shell::run(command(tools.join("bin/pip")).args(["install", "--quiet", PACKAGE]), HINT)
    })?;

    step("building the echo server");
    let mut build = cargo();
    build.args(["build", "--features", "ssr", "--example", "echo"]);
    shell::run(&mut build, "cargo is missing: https://rustup.rs")?;

    let mut server = command(root().join("target/debug/examples/echo"))
        .stdout(Stdio::piped())
        .spawn()
        .context("the echo server does not start")?;
    let told = server.stdout.take().context("the echo server says nothing")?;
    let mut address = String::new();
    BufReader::new(told).read_line(&mut address)?;

    let report = scratch().join("conformance");
    let mut cases = command(program);
    cases.arg(address.trim()).arg("-o").arg(&report).args(arguments);
    if arguments.is_empty() {
        cases.args(DECLINED);
    }
    let done = shell::run(&mut cases, HINT);
    server.kill()?;
    server.wait()?;
    step(&format!("the report lies in {}", report.display()));
    done
}
