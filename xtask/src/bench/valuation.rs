//! A thousand different portfolios, each valued and told each second: what nobody can share.

use std::io::Write as _;
use std::path::Path;
use std::process::{Command, Stdio};

use anyhow::{Context, Result, bail};
use serde_json::json;

use super::contest::{COST, LATE, PER_ADDRESS};
use super::finflow::{Settings, program};
use super::loadgen::Load;
use super::running::Running;
use super::table::{Column, Rounds, Verdict};
use super::{Plan, tools};
use crate::http::ask;
use crate::shell::{command, step};

const PORTFOLIOS: usize = 1_000;
/// As many as one person may have.
const OF_ONE: usize = 100;
const HOLDINGS: usize = 30;
const PASSWORD: &str = "a long enough password";
/// Shares that the simulated market has; the rest of the thirty have no market, as with people.
const MARKET: [&str; 20] = [
    "AAPL", "AMD", "BAC", "BBY", "CVX", "GE", "HD", "JNJ", "JPM", "KO", "LLY", "MRK", "MSFT", "PEP", "PFE", "PG", "RRC", "UNH", "WMT",
    "XOM",
];

/// Beside the same number of viewers of one portfolio.
pub fn run(plan: &Plan) -> Result<()> {
    tools::build()?;
    let mut rounds = Rounds::default();
    for round in 1..=plan.rounds {
        step(&format!("round {round} of {}", plan.rounds));
        let settings = Settings::default();
        let database = settings.database()?;
        let server = Settings {
            database: Some(database.clone()),
            ..settings
        }
        .start()?;
        let file = tools::results()?.join("portfolios.txt");
        bring(&server, &database, &file)?;
        let load = |label: &str| {
            Load {
                label: format!("valuation {label}"),
                sockets: vec![server.socket()],
                pids: vec![server.pid()],
                viewers: PORTFOLIOS,
                interval_ms: 1_000,
                seconds: plan.seconds,
                more: Vec::new(),
            }
            .with(&PER_ADDRESS)
        };
        let shared = load("shared").run()?;
        let (origin, listed) = (format!("Origin: http://{}", server.address), file.to_string_lossy());
        let mut own = load("own").with(&["--header", &origin, "--portfolios", &listed]).run()?;
        let cores = |report: &serde_json::Value| {
            report
                .pointer("/server/cpu")
                .and_then(serde_json::Value::as_f64)
                .unwrap_or(f64::NAN)
        };
        own["valuing"] = json!(cores(&own) - cores(&shared));
        server.stop()?;
        rounds.add("1,000 viewers of one portfolio", shared);
        rounds.add("1,000 viewers of 1,000", own);
    }
    let columns = [
        Column("cores", "/server/cpu", 1.0, 3),
        Column("of it for valuing and encoding", "/valuing", 1.0, 3),
        Column("us a frame", COST, 1.0, 1),
        Column("bytes a frame", "/bytes_per_frame", 1.0, 0),
        Column("updates", "/updates", 1.0, 0),
        Column("latency p99, ms", LATE, 1.0, 1),
    ];
    let verdicts = [Verdict::new(
        "of a core, for valuing and encoding",
        0.05,
        rounds.median("1,000 viewers of 1,000", "/valuing"),
    )];
    let title = format!("{PORTFOLIOS} portfolios of {HOLDINGS} holdings, each second");
    rounds.tell("valuation", &title, &columns, &verdicts)
}

/// People with all of the portfolios; their identities go into a file, each with the cookie of its owner's session.
fn bring(server: &Running, database: &str, file: &Path) -> Result<()> {
    step(&format!("bringing {PORTFOLIOS} portfolios"));
    let activities = activities();
    let mut lines = String::new();
    for person in 0..PORTFOLIOS / OF_ONE {
        let name = format!("bench{person}");
        let authorization = format!("Bearer {}", user(database, &name)?);
        let headers = [("Authorization", authorization.as_str()), ("Content-Type", "application/json")];
        let cookie = sign_in(server, &name)?;
        for number in 0..OF_ONE {
            let opened = json!({"name": format!("Bench {number}"), "base_currency": "USD"}).to_string();
            let opened = ask(server.address, "POST", "/api/v1/portfolios", &headers, &opened)?
                .good("opening a portfolio")?
                .json()?;
            let id = opened["id"].as_str().context("a portfolio has an id")?;
            let path = format!("/api/v1/portfolios/{id}/activities");
            ask(server.address, "POST", &path, &headers, &activities)?.good("bringing activities")?;
            lines += &format!("{id} {cookie}\n");
        }
    }
    Ok(std::fs::write(file, lines)?)
}

/// The cookie of a new session.
fn sign_in(server: &Running, name: &str) -> Result<String> {
    let origin = format!("http://{}", server.address);
    let headers = [("Content-Type", "application/x-www-form-urlencoded"), ("Origin", origin.as_str())];
    let form = format!("name={name}&password={}", PASSWORD.replace(' ', "+"));
    let cookie = ask(server.address, "POST", "/sign-in/", &headers, &form)?
        .good("signing in")?
        .cookies();
    if cookie.is_empty() {
        bail!("signing in gave no cookie");
    }
    Ok(cookie)
}

/// Makes a user, and a token with which a program may do all of theirs.
pub fn user(database: &str, name: &str) -> Result<String> {
    let admin = |words: &[&str]| -> Result<Command> {
        let mut admin = command(program()?);
        admin.args(["admin"]).args(words).env("FINFLOW_DATABASE_URL", database);
        Ok(admin)
    };
    let mut added = admin(&["user", "add", name, "--password-stdin"])?
        .stdin(Stdio::piped())
        .stdout(Stdio::null())
        .spawn()
        .context("`finflow admin` does not start")?;
    added
        .stdin
        .take()
        .context("it reads the password")?
        .write_all(PASSWORD.as_bytes())?;
    if !added.wait()?.success() {
        bail!("`finflow admin user add` failed");
    }
    let scopes = "portfolios:read,portfolios:write,activities:read,activities:write";
    let made = admin(&["token", "create", name, "Bench", "--scopes", scopes, "--days", "2"])?.output()?;
    let text = String::from_utf8_lossy(&made.stdout).into_owned();
    let token = text.split_whitespace().find(|word| word.starts_with("ff_"));
    token.map(str::to_owned).with_context(|| {
        format!(
            "`finflow admin token create` gave no token: {}",
            String::from_utf8_lossy(&made.stderr)
        )
    })
}

/// Thirty purchases, one a holding.
fn activities() -> String {
    let rows: Vec<_> = (0..HOLDINGS)
        .map(|at| {
            let symbol = MARKET.get(at).map_or_else(|| format!("OWN{at}"), |symbol| (*symbol).to_owned());
            json!({"day": "2022-03-01", "kind": "buy", "symbol": symbol, "quantity": 3, "price": 40, "fee": 1, "currency": "USD"})
        })
        .collect();
    json!(rows).to_string()
}
