//! `finflow admin` beside a server: the program itself, as an operator runs it.

use crate::program::Program;
use serde_json::Value;
use std::process::Output;
use tokio::process::Command;

async fn admin(folder: &std::path::Path, args: &[&str]) -> (i32, String, String) {
    let database = format!("sqlite:{}/finflow.db", folder.display());
    let mut command = Command::new(env!("CARGO_BIN_EXE_finflow"));
    command
        .current_dir(folder)
        .env_remove("FINFLOW_METRICS_ADDR")
        .env("FINFLOW_DATABASE_URL", database);
    let Output { status, stdout, stderr } = command.arg("admin").args(args).output().await.unwrap();
    let text = |bytes: Vec<u8>| String::from_utf8(bytes).unwrap();
    (status.code().unwrap(), text(stdout), text(stderr))
}

#[tokio::test]
async fn feeds_are_told_by_the_running_server() {
    let folder = tempfile::tempdir().unwrap();
    let program = Program::start(folder.path(), &["--metrics-addr", "127.0.0.1:0"], &[]).await;
    let at = program.metrics.unwrap().to_string();
    let (code, said, _) = admin(folder.path(), &["feed", "list", "--metrics-addr", &at]).await;
    assert_eq!((code, said.as_str()), (0, "simulated: live\n"));
    let (code, said, _) = admin(folder.path(), &["feed", "list", "--json", "--metrics-addr", &at]).await;
    let told: Value = serde_json::from_str(&said).unwrap();
    assert_eq!((code, &told["feed"]["status"]), (0, &"live".into()));
    drop(program);
    let (code, said, why) = admin(folder.path(), &["feed", "list", "--metrics-addr", "127.0.0.1:1"]).await;
    assert_eq!((code, said.as_str()), (2, ""));
    assert!(why.contains("FINFLOW_METRICS_ADDR"), "{why}");
}

#[tokio::test]
async fn a_source_that_fails_is_told_with_what_to_do() {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("live.toml");
    let text = "[provider.coinbase]\nurl = \"ws://127.0.0.1:1/\"\nlist_url = \"\"\n[[instrument]]\nsymbol = \"BTC\"\nname = \"Bitcoin\"\n\
                currency = \"USD\"\nsources = [\"coinbase:BTC-USD\"]\n";
    std::fs::write(&file, text).unwrap();
    let market = format!("live:{}", file.display());
    let program = Program::start(folder.path(), &["--metrics-addr", "127.0.0.1:0", "--market", &market], &[]).await;
    // Nobody is sent to a server that has no prices yet, and it says so: for people and for programs.
    let (status, _, body) = Program::fetch(program.addr, "/readyz", "accept: application/json\r\n").await;
    let told: Value = serde_json::from_str(&body).unwrap();
    assert_eq!((status, &told["ready"]), (503, &false.into()));
    assert_eq!(told["reasons"][0], "the feed is not connected yet");
    assert_eq!(Program::fetch(program.addr, "/healthz", "").await.0, 200, "it lives all the same");
    program
        .until("it failed", |figures| figures.all("finflow_source_failures_total") > 0.0)
        .await;
    let at = program.metrics.unwrap().to_string();
    let (code, said, _) = admin(folder.path(), &["feed", "list", "--metrics-addr", &at]).await;
    assert_eq!(code, 1, "{said}");
    assert!(
        said.contains("SOURCE") && said.contains("coinbase  Failing") && said.contains("it cannot be reached"),
        "{said}"
    );
}

#[tokio::test]
async fn backups_are_made_listed_and_restored() {
    let folder = tempfile::tempdir().unwrap();
    let (code, _, _) = admin(folder.path(), &["user", "add", "ada"]).await;
    assert_eq!(code, 0);
    let (code, said, why) = admin(folder.path(), &["backup", "make"]).await;
    assert!(
        code == 0 && said.starts_with("backups/finflow-2") && said.ends_with("Z.gz\n"),
        "{said}{why}"
    );
    let file = said.trim();
    let (code, listed, _) = admin(folder.path(), &["backup", "list", "--json"]).await;
    let listed: Value = serde_json::from_str(&listed).unwrap();
    assert_eq!((code, listed.as_array().unwrap().len()), (0, 1));
    assert!(file.ends_with(listed[0]["name"].as_str().unwrap()) && listed[0]["bytes"].as_u64().unwrap() > 0);
    let (code, table, _) = admin(folder.path(), &["backup", "list"]).await;
    assert!(code == 0 && table.starts_with("FILE") && table.lines().count() == 2, "{table}");
    admin(folder.path(), &["user", "delete", "ada"]).await;
    let (code, _, why) = admin(folder.path(), &["backup", "restore", file, "--replace"]).await;
    assert_eq!(code, 0, "{why}");
    assert!(admin(folder.path(), &["user", "list"]).await.1.contains("ada"));
    assert_eq!(admin(folder.path(), &["backup", "list", "--folder", "nowhere"]).await.0, 2);
}

#[tokio::test]
async fn a_chosen_instrument_is_listed_and_forgotten_where_nobody_holds_it() {
    let folder = tempfile::tempdir().unwrap();
    let url = format!("sqlite:{}/finflow.db", folder.path().display());
    let database = finflow_app::server::database::Database::open(&url).await.unwrap();
    let mut change = database.write().await.unwrap();
    sqlx::query(
        "INSERT INTO chosen_instruments (symbol, name, currency, sector, source, counts_as, chosen_at) \
         VALUES ('SOL-USD', 'Solana', 'USD', '', 'coinbase:SOL-USD', NULL, 0)",
    )
    .execute(&mut *change)
    .await
    .unwrap();
    change.commit().await.unwrap();
    database.close().await;
    let (code, table, _) = admin(folder.path(), &["instrument", "list"]).await;
    assert!(
        code == 0 && table.contains("SOL-USD  USD") && table.contains("coinbase:SOL-USD  no"),
        "{table}"
    );
    assert_eq!(admin(folder.path(), &["instrument", "forget", "DOGE-USD"]).await.0, 2);
    assert_eq!(admin(folder.path(), &["instrument", "forget", "SOL-USD"]).await.0, 0);
    let (_, listed, _) = admin(folder.path(), &["instrument", "list", "--json"]).await;
    assert_eq!(listed, "[]\n");
}
