//! The end of life: every socket hears why, nobody is waited for beyond the deadline, and a client that comes back finds its
//! prices where they are.

use crate::harness::{PATIENCE, TestApp};
use std::time::{Duration, Instant};

#[tokio::test]
async fn row_17_every_socket_hears_1001_and_nothing_is_left() {
    let app = TestApp::start(&[]).await;
    let mut clients = vec![];
    for number in 0..20 {
        let mut client = app.connect().await;
        if number % 2 == 0 {
            client.start(20).await;
        }
        clients.push(client);
    }
    let hear = tokio::spawn(async move {
        for client in &mut clients {
            assert_eq!(client.closed().await, 1001);
        }
    });
    app.stop().await;
    hear.await.unwrap();
}

#[tokio::test]
async fn row_17_a_peer_that_never_answers_is_not_waited_for_beyond_the_deadline() {
    let app = TestApp::start(&["--shutdown-seconds", "1"]).await;
    let silent = app.connect().await.0.into_inner();
    let idle = tokio::net::TcpStream::connect(app.addr).await.unwrap();
    let begun = Instant::now();
    app.shutdown.stopping().cancel();
    app.stop_within(Duration::from_secs(5)).await;
    assert!(begun.elapsed() < Duration::from_secs(5), "{:?}", begun.elapsed());
    drop((silent, idle));
}

#[tokio::test]
async fn row_17_the_program_exits_with_0_on_sigterm() {
    let mut program = tokio::process::Command::new(env!("CARGO_BIN_EXE_finflow"));
    let site = tempfile::tempdir().unwrap();
    let database = format!("sqlite:{}/finflow.db", site.path().display());
    program
        .args(["--addr", "127.0.0.1:0", "--database-url", &database, "--site-root"])
        .arg(site.path());
    program.stderr(std::process::Stdio::piped()).kill_on_drop(true);
    let mut program = program.spawn().unwrap();
    let mut log = tokio::io::BufReader::new(program.stderr.take().unwrap());
    let mut line = String::new();
    while !line.contains("is live on") {
        line.clear();
        let read = tokio::io::AsyncBufReadExt::read_line(&mut log, &mut line);
        assert!(
            tokio::time::timeout(PATIENCE, read).await.expect("starts").unwrap() > 0,
            "ended before it was live"
        );
    }
    let pid = program.id().unwrap().to_string();
    assert!(
        tokio::process::Command::new("kill")
            .args(["-TERM", &pid])
            .status()
            .await
            .unwrap()
            .success()
    );
    let status = tokio::time::timeout(PATIENCE, program.wait()).await.expect("stops").unwrap();
    assert_eq!(status.code(), Some(0));
}

#[tokio::test]
async fn a_restarted_server_goes_on_with_the_same_prices() {
    let ask = "GET /api/snapshot\n";
    let prices = |body: &str| {
        let snapshot: serde_json::Value = serde_json::from_str(&body[body.find('{').unwrap()..=body.rfind('}').unwrap()]).unwrap();
        snapshot["history"]
            .as_array()
            .unwrap()
            .iter()
            .rev()
            .skip(2)
            .take(100)
            .cloned()
            .collect::<Vec<_>>()
    };
    let first = TestApp::start(&["--market-seed", "7"]).await;
    let before = prices(&first.http(ask).await.2);
    first.stop().await;
    let second = TestApp::start(&["--market-seed", "7"]).await;
    let after = prices(&second.http(ask).await.2);
    second.stop().await;
    assert!(
        after.iter().filter(|point| before.contains(point)).count() >= 99,
        "the past is the same after a restart"
    );
}
