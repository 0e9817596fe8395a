//! One build takes the place of another, and nobody notices: the socket stays open, whoever holds it.

use crate::harness::{Client, PATIENCE};
use crate::program::Program;
use std::net::SocketAddr;
use std::os::fd::OwnedFd;
use std::path::Path;
use std::process::Stdio;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::time::Duration;
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::TcpStream;
use tokio::process::Command;
use tokio::task::JoinHandle;
use tokio::time::timeout;
use tokio_tungstenite::tungstenite::client::IntoClientRequest as _;

/// The program on a socket that is handed to it as systemd does: as descriptor 3, with the number of the process in its environment.
async fn on(listener: &std::net::TcpListener, folder: &Path, environment: &[(&str, &str)]) -> Program {
    let mut command = Command::new("sh");
    let hand_over = "exec 3<&0 0</dev/null; LISTEN_FDS=1 LISTEN_PID=$$ exec \"$0\" \"$@\"";
    command.args(["-c", hand_over, env!("CARGO_BIN_EXE_finflow")]);
    command.stdin(Stdio::from(OwnedFd::from(listener.try_clone().unwrap())));
    let args = [
        "--new-accounts-per-hour",
        "1000000",
        "--reads-per-minute",
        "0",
        "--writes-per-minute",
        "0",
        "--entries-per-minute",
        "0",
        "--min-interval-ms",
        "20",
    ];
    Program::run(command, folder, &args, environment).await
}

/// One request on a connection of its own: the status, or what was wrong.
async fn ask(addr: SocketAddr, method: &str, path: &str) -> Result<u16, String> {
    let mut stream = TcpStream::connect(addr).await.map_err(|error| format!("connecting: {error}"))?;
    let text = format!("{method} {path} HTTP/1.1\r\nhost: {addr}\r\ncontent-length: 0\r\nconnection: close\r\n\r\n");
    stream
        .write_all(text.as_bytes())
        .await
        .map_err(|error| format!("asking: {error}"))?;
    let mut answer = vec![];
    stream.read_to_end(&mut answer).await.map_err(|error| format!("reading: {error}"))?;
    let status = answer.get(9..12).and_then(|status| std::str::from_utf8(status).ok()?.parse().ok());
    status.ok_or_else(|| format!("no answer: {:?}", String::from_utf8_lossy(&answer)))
}

/// Asks again and again until it is told to end; what was wrong is what it returns.
fn asking(
    addr: SocketAddr,
    method: &'static str,
    path: &'static str,
    good: u16,
    end: Arc<AtomicBool>,
    done: Arc<AtomicU64>,
) -> JoinHandle<Vec<String>> {
    tokio::spawn(async move {
        let mut wrong = vec![];
        while !end.load(Ordering::Relaxed) {
            match timeout(PATIENCE, ask(addr, method, path)).await {
                Ok(Ok(status)) if status == good => {
                    done.fetch_add(1, Ordering::Relaxed);
                }
                other => wrong.push(format!("{method} {path}: {other:?}")),
            }
        }
        wrong
    })
}

async fn reach(count: &AtomicU64, more: u64) {
    let goal = count.load(Ordering::Relaxed) + more;
    let enough = async {
        while count.load(Ordering::Relaxed) < goal {
            tokio::time::sleep(Duration::from_millis(5)).await;
        }
    };
    timeout(PATIENCE, enough).await.expect("requests go on");
}

async fn viewer(addr: SocketAddr) -> Client {
    let request = format!("ws://{addr}/ws/portfolio/").into_client_request().unwrap();
    let mut client = Client::open(addr, request).await.unwrap();
    client.next_of("connection_established").await;
    client.start(20).await;
    client.next_of("price_update").await;
    client
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn row_17_an_upgrade_side_by_side_refuses_nobody_and_loses_nothing() {
    let folder = tempfile::tempdir().unwrap();
    let listener = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
    let addr = listener.local_addr().unwrap();
    let mut old = on(&listener, folder.path(), &[]).await;
    let mut watching = viewer(addr).await;
    let end = Arc::new(AtomicBool::new(false));
    let [looked, wrote] = [(); 2].map(|()| Arc::new(AtomicU64::new(0)));
    let askers = [
        asking(addr, "GET", "/api/v1/sample", 200, end.clone(), looked.clone()),
        asking(addr, "GET", "/healthz", 200, end.clone(), looked.clone()),
        // Each makes a guest: a write to the database that both builds have open.
        asking(addr, "POST", "/try/", 303, end.clone(), wrote.clone()),
    ];
    reach(&looked, 20).await;
    let new = on(&listener, folder.path(), &[]).await;
    reach(&looked, 20).await;
    old.signal("TERM");
    // Who watches is told to come back, and finds the new one.
    assert_eq!(watching.closed().await, 1001);
    assert_eq!(old.ended().await.code(), Some(0));
    drop(viewer(addr).await);
    reach(&looked, 50).await;
    reach(&wrote, 5).await;
    end.store(true, Ordering::Relaxed);
    for asker in askers {
        let wrong = asker.await.unwrap();
        assert!(wrong.is_empty(), "{wrong:?}");
    }
    drop(new);
    let database = finflow_app::server::database::Database::open(&format!("sqlite:{}/finflow.db", folder.path().display()))
        .await
        .unwrap();
    let (kept,): (i64,) = sqlx::query_as("SELECT COUNT(*) FROM users")
        .fetch_one(database.read())
        .await
        .unwrap();
    assert_eq!(kept as u64, wrote.load(Ordering::Relaxed), "each guest that was told of is there");
    database.close().await;
}

#[tokio::test]
async fn row_17_who_comes_while_nobody_serves_waits_and_is_served() {
    let folder = tempfile::tempdir().unwrap();
    let listener = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
    let addr = listener.local_addr().unwrap();
    let apart = tempfile::tempdir().unwrap();
    let notify = apart.path().join("notify");
    let hears = tokio::net::UnixDatagram::bind(&notify).unwrap();
    let environment = [("NOTIFY_SOCKET", notify.to_str().unwrap())];
    let mut old = on(&listener, folder.path(), &environment).await;
    let mut said = [0; 32];
    let mut hear = async || {
        let count = timeout(PATIENCE, hears.recv(&mut said)).await.expect("it is told").unwrap();
        String::from_utf8_lossy(&said[..count]).into_owned()
    };
    assert_eq!(hear().await, "READY=1");
    assert_eq!(ask(addr, "GET", "/healthz").await, Ok(200));
    old.signal("TERM");
    assert_eq!(hear().await, "STOPPING=1");
    assert_eq!(old.ended().await.code(), Some(0));
    let waits = tokio::spawn(ask(addr, "GET", "/healthz"));
    let new = on(&listener, folder.path(), &environment).await;
    assert_eq!(hear().await, "READY=1");
    assert_eq!(timeout(PATIENCE, waits).await.expect("it is served").unwrap(), Ok(200));
    drop(new);
}
