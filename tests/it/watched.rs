//! What an operator sees of a running server beside its figures: its log, its traces, and what a fault leaves there.

use crate::harness::{PATIENCE, TestApp};
use crate::program::{Program, figures_at};
use axum::Router;
use axum::routing::get;
use finflow_app::server::clock::Clock;
use finflow_app::server::requests;
use finflow_app::server::shutdown::Shutdown;
use serde_json::Value;
use std::net::SocketAddr;
use std::sync::Arc;
use std::sync::atomic::{AtomicU32, Ordering};
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::TcpListener;
use tokio::time::timeout;

#[tokio::test]
async fn the_log_is_json_and_knows_each_request_by_its_number() {
    let folder = tempfile::tempdir().unwrap();
    let args = ["--log-format", "json", "--access-log"];
    let mut program = Program::start(folder.path(), &args, &[]).await;
    let number = "0af7651916cd43dd8448eb211c80319c";
    let (status, head, _) = Program::fetch(program.addr, "/readyz?key=planted", &format!("x-request-id: {number}\r\n")).await;
    assert!(status == 200 && head.contains(&format!("x-request-id: {number}")), "{head}");
    let (_, head, _) = Program::fetch(program.addr, "/healthz", "x-request-id: not one\r\n").await;
    let made = head.lines().find_map(|line| line.strip_prefix("x-request-id: ")).expect("a number");
    assert!(made.len() == 32 && !head.contains("not one"), "{head}");
    program.signal("TERM");
    assert_eq!(program.ended().await.code(), Some(0));
    let log = program.whole_log().await;
    let lines: Vec<Value> = log
        .lines()
        .map(|line| serde_json::from_str(line).unwrap_or_else(|_| panic!("{line}")))
        .collect();
    let told = lines
        .iter()
        .find(|line| line["message"] == "answered" && line["path"] == "/readyz")
        .expect("a line");
    assert_eq!(told["level"], "INFO");
    assert_eq!(told["status"], 200);
    let span = &told["spans"][0];
    assert_eq!(
        (&span["id"], &span["route"], &span["method"]),
        (&number.into(), &"/readyz".into(), &"GET".into())
    );
    assert!(!log.contains("planted"), "a query is not logged");
    assert!(lines.iter().any(|line| line["message"] == "stopped"));
}

/// Reads one HTTP request and answers 200.
async fn collect(listener: &TcpListener) -> (String, Value) {
    let (mut stream, _) = timeout(PATIENCE, listener.accept()).await.expect("it comes").unwrap();
    let mut heard = Vec::new();
    loop {
        let mut part = [0; 16 << 10];
        let count = timeout(PATIENCE, stream.read(&mut part)).await.expect("it goes on").unwrap();
        heard.extend_from_slice(&part[..count]);
        let text = String::from_utf8_lossy(&heard).into_owned();
        let Some((head, body)) = text.split_once("\r\n\r\n") else {
            continue;
        };
        let head = head.to_lowercase();
        let length: usize = head
            .split("content-length: ")
            .nth(1)
            .unwrap()
            .lines()
            .next()
            .unwrap()
            .parse()
            .unwrap();
        if body.len() >= length {
            let answer = "HTTP/1.1 200 OK\r\ncontent-length: 2\r\ncontent-type: application/json\r\nconnection: close\r\n\r\n{}";
            stream.write_all(answer.as_bytes()).await.unwrap();
            return (head, serde_json::from_str(body).unwrap());
        }
    }
}

#[tokio::test]
async fn a_collector_of_traces_gets_each_request_within_its_trace() {
    let collector = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let endpoint = format!("http://{}/", collector.local_addr().unwrap());
    let folder = tempfile::tempdir().unwrap();
    let environment = [("OTEL_EXPORTER_OTLP_HEADERS", "x-key=planted"), ("OTEL_SERVICE_NAME", "mine")];
    let args = ["--otlp-endpoint", &endpoint];
    let mut program = Program::start(folder.path(), &args, &environment).await;
    let parent = "traceparent: 00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01\r\n";
    assert_eq!(Program::fetch(program.addr, "/readyz", parent).await.0, 200);
    program.signal("TERM");
    // What is left goes out before the end.
    let mut found = None;
    while found.is_none() {
        let (head, body) = collect(&collector).await;
        assert!(
            head.starts_with("post /v1/traces http/1.1") && head.contains("x-key: planted"),
            "{head}"
        );
        let told = &body["resourceSpans"][0];
        assert_eq!(told["resource"]["attributes"][0]["value"]["stringValue"], "mine");
        let spans = told["scopeSpans"][0]["spans"].as_array().unwrap();
        found = spans
            .iter()
            .find(|span| span["name"] == "GET /readyz" && span["parentSpanId"] == "b7ad6b7169203331")
            .cloned();
    }
    let span = found.unwrap();
    assert_eq!(span["traceId"], "0af7651916cd43dd8448eb211c80319c");
    assert_eq!(span["kind"], 2);
    let moment = |name: &str| span[name].as_str().unwrap().parse::<u128>().unwrap();
    assert!(moment("endTimeUnixNano") >= moment("startTimeUnixNano"));
    assert_eq!(program.ended().await.code(), Some(0));
}

/// Whatever the fault of a handler: one connection hears of it, with a number and without a reason.
#[tokio::test]
async fn row_22_a_handler_that_panics_costs_one_connection_and_answers_500() {
    quiet();
    async fn broken() -> &'static str {
        panic!("planted")
    }
    let app = Router::new()
        .route("/good", get(|| async { "good" }))
        .route("/broken", get(broken))
        .route("/api/v1/broken", get(broken))
        .layer(axum::middleware::from_fn_with_state(
            requests::Attending::default(),
            requests::attend,
        ));
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let addr = listener.local_addr().unwrap();
    let serving = tokio::spawn(axum::serve(listener, app).into_future());
    for (path, kind) in [("/broken", "text/plain"), ("/api/v1/broken", "application/problem+json")] {
        let (status, head, body) = Program::fetch(addr, path, "x-request-id: number-of-a-test\r\n").await;
        assert_eq!(status, 500);
        assert!(
            head.contains(kind) && body.contains("number-of-a-test") && !body.contains("planted"),
            "{head}\n{body}"
        );
        assert_eq!(Program::fetch(addr, "/good", "").await.2, "good");
    }
    serving.abort();
}

/// A valuation that breaks is a message to its viewers; they go on, and so do all others.
#[tokio::test]
async fn row_22_a_valuation_that_panics_is_told_and_begun_anew() {
    let metrics = free();
    let faults = Arc::new(AtomicU32::new(0));
    let set = faults.clone();
    let args = ["--metrics-addr", &metrics.to_string()];
    let app = TestApp::start_set(&args, Clock::System, Shutdown::default(), |config| config.live.faults = set).await;
    quiet();
    // Where it breaks for somebody who just came they hear of it, and nothing of it is left.
    faults.store(1, Ordering::Relaxed);
    let (mut client, mut other) = (app.connect().await, app.connect().await);
    client.start(40).await;
    assert_eq!(client.next_of("error").await["code"], "unavailable");
    let began = std::time::Instant::now();
    while figures_at(metrics).await.of("finflow_streams") > 0.0 {
        assert!(began.elapsed() < PATIENCE, "a stream that nobody watches");
        tokio::time::sleep(std::time::Duration::from_millis(20)).await;
    }
    // Where it breaks while they watch they hear of it, and go on.
    client.start(20).await;
    let seen = client.next_of("price_update").await["seq"].as_u64().unwrap();
    let before = figures_at(metrics).await.of("finflow_stream_restarts_total");
    faults.store(2, Ordering::Relaxed);
    for _ in 0..2 {
        assert_eq!(client.next_of("error").await["code"], "unavailable");
    }
    let after = client.next_of("price_update").await["seq"].as_u64().unwrap();
    assert!(after > seen, "numbers never go back");
    assert_eq!(figures_at(metrics).await.of("finflow_stream_restarts_total"), before + 2.0);
    other.send(serde_json::json!({"type": "get_portfolio_data"})).await;
    other.next_of("portfolio_data").await;
    drop((client, other));
    app.stop().await;
}

/// Planted faults are not told of: to write down where each happened takes longer than the test.
fn quiet() {
    let known = std::panic::take_hook();
    std::panic::set_hook(Box::new(move |panic| {
        if !panic.payload_as_str().unwrap_or_default().contains("planted") {
            known(panic);
        }
    }));
}

/// A port that is free at this moment.
fn free() -> SocketAddr {
    std::net::TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap()
}
