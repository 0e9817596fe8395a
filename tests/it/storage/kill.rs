//! A writer that is killed in the middle of its writes: what it was told is kept, and nothing is half there.

use super::{activity, ledger, settings, sqlite, user};
use crate::harness::PATIENCE;
use std::process::Stdio;
use tokio::io::{AsyncBufReadExt as _, BufReader};
use tokio::process::Command;
use tokio::time::timeout;

/// Names the database of [`writer`]; without it that test does nothing.
const URL: &str = "FINFLOW_TEST_WRITER_URL";
/// Activities in each change: a change that is half there has fewer.
const TOGETHER: usize = 3;

/// The child: writes and says so, until it is killed.
#[tokio::test]
async fn writer() {
    let Ok(url) = std::env::var(URL) else { return };
    let (_database, ledger) = ledger(&url).await;
    let portfolio = ledger.portfolios("ann").await.unwrap().remove(0).id;
    let first = ledger.activities("ann", &portfolio).await.unwrap().len() / TOGETHER;
    for number in first.. {
        let put: Vec<_> = (0..TOGETHER)
            .map(|part| activity(&format!("{number}/{part}"), 1, "AAPL", 1))
            .collect();
        ledger.write("ann", &portfolio, "Written", &put, &[]).await.unwrap();
        println!("\nkept {number}");
    }
}

#[tokio::test]
async fn row_18_a_kill_loses_no_acknowledged_write_and_leaves_none_half_there() {
    let rounds = std::env::var("FINFLOW_KILL_ROUNDS").ok().and_then(|rounds| rounds.parse().ok());
    let place = sqlite();
    let (database, opened) = ledger(&place.url).await;
    user(&database, "ann").await;
    let portfolio = opened.open("ann", &settings("Pension")).await.unwrap();
    database.close().await;
    let mut acknowledged = None;
    for round in 0..rounds.unwrap_or(20_u32) {
        let mut child = Command::new(std::env::current_exe().unwrap());
        child.args(["--exact", "storage::kill::writer", "--nocapture"]).env(URL, &place.url);
        child.stdout(Stdio::piped()).stderr(Stdio::null()).kill_on_drop(true);
        let mut child = child.spawn().unwrap();
        let mut lines = BufReader::new(child.stdout.take().unwrap()).lines();
        // Killed after another number of writes in each round, so that each moment of a write is met.
        let mut left = 1 + round % 7;
        while left > 0 {
            let line = timeout(PATIENCE, lines.next_line()).await.expect("a write in time").unwrap();
            if let Some(number) = line.expect("the writer goes on").strip_prefix("kept ") {
                acknowledged = Some(number.parse::<usize>().unwrap());
                left -= 1;
            }
        }
        // SIGKILL: nothing of the writer runs any more.
        child.start_kill().unwrap();
        while let Ok(Some(line)) = lines.next_line().await {
            if let Some(number) = line.strip_prefix("kept ") {
                acknowledged = Some(number.parse().unwrap());
            }
        }
        child.wait().await.unwrap();
        let (database, ledger) = ledger(&place.url).await;
        let there = ledger.activities("ann", &portfolio).await.unwrap().len();
        assert_eq!(there % TOGETHER, 0, "a change is half there");
        assert!(
            there / TOGETHER > acknowledged.unwrap(),
            "an acknowledged write is lost in round {round}"
        );
        let (sound,): (String,) = sqlx::query_as("PRAGMA integrity_check").fetch_one(database.read()).await.unwrap();
        assert_eq!(sound, "ok");
        database.close().await;
    }
}
