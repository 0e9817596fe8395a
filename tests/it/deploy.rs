//! The files of deploy/ say what the program does: its variables, its times, its sizes and its paths.

use crate::harness::{PATIENCE, TestApp};
use clap::{Command, CommandFactory as _};
use finflow_app::imports::server::limits::FILE_BYTES;
use finflow_app::live::protocol;
use finflow_app::server::config::{Cli, Config};
use std::collections::BTreeSet;
use std::path::{Path, PathBuf};
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::TcpStream;

fn read(name: &str) -> String {
    let file = Path::new(env!("CARGO_MANIFEST_DIR")).join(name);
    std::fs::read_to_string(&file).unwrap_or_else(|error| panic!("{name}: {error}"))
}

/// The files of a folder of the project, and of those in it. What git ignores is an operator's.
fn files(folder: &Path) -> Vec<PathBuf> {
    let entries = std::fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().path());
    let ours = entries.filter(|path| !["acme", "market", "tls", ".env"].iter().any(|name| path.ends_with(name)));
    ours.flat_map(|path| if path.is_dir() { files(&path) } else { vec![path] })
        .collect()
}

/// The variables that a text names.
fn named(text: &str) -> BTreeSet<String> {
    let part = |c: char| c.is_ascii_uppercase() || c.is_ascii_digit() || c == '_';
    let words = text
        .split(|c| !part(c))
        .filter(|word| word.len() > 8 && word.starts_with("FINFLOW_"));
    words.map(str::to_owned).collect()
}

/// The variables that the program reads.
fn known(command: &Command) -> BTreeSet<String> {
    let own = command.get_arguments().filter_map(|arg| arg.get_env()?.to_str());
    let below = command.get_subcommands().flat_map(known);
    own.map(str::to_owned).chain(below).collect()
}

/// The number that follows a word, in seconds or bytes.
fn number(text: &str, word: &str) -> Vec<u64> {
    let after = text.split(word).skip(1);
    let value = after.map(|rest| rest.trim_start().split(|c: char| !c.is_alphanumeric()).next().unwrap());
    value
        .map(|value| {
            let digits = value.trim_end_matches(|c: char| c.is_alphabetic());
            let unit = match &value[digits.len()..] {
                "" | "s" => 1,
                "m" => 1 << 20,
                other => panic!("{word} {value}: {other}"),
            };
            digits.parse::<u64>().unwrap() * unit
        })
        .collect()
}

#[test]
fn every_variable_that_an_operator_is_told_of_is_read_and_every_one_that_is_read_is_told() {
    let known = known(&Cli::command());
    for told in ["README.md", ".env.example"] {
        let told = named(&read(told));
        let missing: Vec<_> = known
            .iter()
            .filter(|name| name.starts_with("FINFLOW_") && !told.contains(*name))
            .collect();
        assert!(missing.is_empty(), "not told: {missing:?}");
    }
    let deploy = files(&Path::new(env!("CARGO_MANIFEST_DIR")).join("deploy"));
    assert!(deploy.len() > 8, "{deploy:?}");
    let texts = deploy.iter().map(|file| std::fs::read_to_string(file).unwrap());
    for text in texts.chain([read("README.md"), read(".env.example")]) {
        for name in named(&text) {
            // A user's own, for the examples of the API.
            assert!(known.contains(&name) || name == "FINFLOW_TOKEN", "{name} is read by nobody");
        }
    }
}

#[test]
fn times_and_sizes_outlast_the_programs_own() {
    let config = <Cli as clap::Parser>::try_parse_from(["finflow"]).unwrap().config;
    let Config {
        shutdown_seconds, live, ..
    } = config;
    let nginx = read("deploy/nginx/finflow.conf");
    assert!(number(&nginx, "proxy_read_timeout")[0] > live.ping_seconds);
    let sizes = number(&nginx, "client_max_body_size");
    assert_eq!(sizes.len(), 3, "pages, the page of imports, the API");
    assert!(sizes[1..].iter().all(|size| *size > FILE_BYTES as u64), "{sizes:?}");
    let sockets = 2 * live.max_sockets as u64;
    let main = read("deploy/nginx/nginx.conf");
    assert!(number(&main, "worker_connections ")[0] > sockets && number(&main, "worker_rlimit_nofile")[0] > sockets);
    let unit = read("deploy/systemd/finflow.service");
    let (socket, settings) = (read("deploy/systemd/finflow.socket"), read("deploy/systemd/finflow.env.example"));
    let line = |text: &str, name: &str| text.lines().find_map(|line| line.strip_prefix(name)).map(str::to_owned);
    assert_eq!(line(&socket, "ListenStream="), line(&settings, "FINFLOW_ADDR="));
    assert!(unit.contains("Requires=finflow.socket") && unit.contains("Type=notify"));
    assert!(number(&unit, "TimeoutStopSec=")[0] > shutdown_seconds);
    assert!(number(&unit, "LimitNOFILE=")[0] > live.max_sockets as u64);
    assert!(number(&read("deploy/compose.yaml"), "stop_grace_period:")[0] > shutdown_seconds);
}

/// A location of its own for what is no page is one that the program answers as that.
#[tokio::test]
async fn the_paths_that_nginx_treats_apart_are_the_programs() {
    let nginx = read("deploy/nginx/finflow.conf");
    for location in [
        "~ ^/market/[^/]+/live$ {",
        "~ ^/(account|portfolios/[^/]+)/import/$ {",
        "/api/ {",
        "= /healthz {",
    ] {
        assert!(nginx.contains(&format!("location {location}")), "{location}");
    }
    let app = TestApp::start(&[]).await;
    let mut browser = app.browser();
    browser.post("/try/", &[]).await;
    assert!(browser.get("/account/import/").await.body.contains("multipart/form-data"));
    assert_eq!(app.http("GET /api/v1/sample\n").await.0, 200);
    assert_eq!(app.http("GET /healthz\n").await.0, 200);
    assert!(protocol::PATH.starts_with("/ws/"), "upgraded at the location of pages");
    // This one does not end: the head will do.
    let mut stream = TcpStream::connect(app.addr).await.unwrap();
    let asked = format!("GET /market/AAPL/live HTTP/1.1\r\nhost: {}\r\n\r\n", app.addr);
    stream.write_all(asked.as_bytes()).await.unwrap();
    let mut head = vec![];
    while !head.ends_with(b"\r\n\r\n") {
        let byte = tokio::time::timeout(PATIENCE, stream.read_u8()).await.expect("an answer");
        head.push(byte.unwrap());
    }
    let head = String::from_utf8(head).unwrap();
    assert!(head.contains("200 OK") && head.contains("text/event-stream"), "{head}");
    drop(stream);
    app.stop().await;
}
