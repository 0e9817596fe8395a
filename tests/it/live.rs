//! The socket: each row of the protocol's tables, several clients at once, slow readers, limits.

use crate::feeds::{Exchange, until};
use crate::harness::{Client, PATIENCE, TestApp};
use finflow_app::market::server::mock::{Act, Dialect, Traded};
use futures_util::{SinkExt, StreamExt};
use serde_json::{Value, json};
use std::time::{Duration, Instant};
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;
use tokio_tungstenite::tungstenite::{Error, Message};

fn cents(value: &Value) -> i64 {
    (value.as_f64().unwrap() * 100.0).round() as i64
}

fn refused(opened: Result<Client, Error>) -> (u16, Option<String>) {
    match opened {
        Err(Error::Http(answer)) => (
            answer.status().as_u16(),
            answer.headers().get("retry-after").map(|value| value.to_str().unwrap().to_owned()),
        ),
        Err(other) => panic!("{other}"),
        Ok(_) => panic!("opened"),
    }
}

#[tokio::test]
async fn the_greeting_tells_what_a_client_needs() {
    let app = TestApp::start(&["--max-interval-ms", "60000"]).await;
    let mut client = Client::open(app.addr, app.upgrade()).await.unwrap();
    let greeting = client.next().await;
    let data = &greeting["data"];
    assert_eq!(greeting["type"], "connection_established");
    assert_eq!((&data["protocol"], &data["authenticated"]), (&json!(1), &json!(false)));
    assert_eq!(
        (&data["interval_ms"], &data["min_interval_ms"], &data["max_interval_ms"]),
        (&json!(5000), &json!(20), &json!(60000))
    );
    assert_eq!(data["feed"], json!({"source": "simulated", "simulated": true, "status": "live"}));
    app.stop().await;
}

#[tokio::test]
async fn the_address_works_without_its_last_slash() {
    let app = TestApp::start(&[]).await;
    let mut request = app.upgrade();
    *request.uri_mut() = format!("ws://{}/ws/portfolio", app.addr).parse().unwrap();
    assert_eq!(
        Client::open(app.addr, request).await.unwrap().next().await["type"],
        "connection_established"
    );
    app.stop().await;
}

#[tokio::test]
async fn portfolio_data_is_asked_for_once_and_comes_once() {
    let app = TestApp::start(&[]).await;
    let mut client = app.connect().await;
    client
        .send(json!({"type": "get_portfolio_data", "id": "7", "portfolio_id": "sample"}))
        .await;
    let answer = client.next().await;
    assert_eq!((&answer["type"], &answer["id"]), (&json!("portfolio_data"), &json!("7")));
    let data = &answer["data"];
    assert_eq!(data["portfolio_name"], "Sample Portfolio");
    assert_eq!(data["investments"].as_array().unwrap().len(), 12);
    assert!(data["history"].as_array().unwrap().len() > 200, "a chart is not empty at first");
    let total = cents(&data["total_value"]);
    assert!((4_000_000..6_000_000).contains(&total) || total > 0, "{total}");
    assert_eq!(client.within(Duration::from_millis(200)).await, None, "nothing else was asked for");
    app.stop().await;
}

#[tokio::test]
async fn updates_come_at_once_and_then_each_interval_and_add_up() {
    let app = TestApp::start(&[]).await;
    let mut client = app.connect().await;
    // Before the question: what keeps this task from running must not be counted as the server's haste.
    let asked = Instant::now();
    client.start(100).await;
    let mut seq = 0;
    for round in 0..5 {
        let update = client.next().await;
        assert_eq!(update["type"], "price_update");
        assert_eq!(update["timestamp"].as_str().unwrap().len(), "2026-01-01T12:00:00.123Z".len());
        if round > 0 {
            assert_eq!(update["seq"].as_u64().unwrap(), seq + 1);
        }
        seq = update["seq"].as_u64().unwrap();
        let investments = update["data"]["investments"].as_array().unwrap();
        let sum: i64 = investments.iter().map(|holding| cents(&holding["value"])).sum();
        assert_eq!(sum, cents(&update["data"]["total_value"]));
    }
    // A price that comes when nothing was new is told at once, and the next update comes an interval after it: of two neighbours one is not
    // told at once.
    assert!(
        asked.elapsed() >= Duration::from_millis(200),
        "five updates are two intervals at the least"
    );
    app.stop().await;
}

#[tokio::test]
async fn a_price_is_told_at_once_where_nothing_was_new() {
    let exchange = Exchange::start("\"alpaca:AAPL\"").await;
    exchange.rename("AAPL", "USD");
    let market = format!("live:{}", exchange.file().display());
    let app = TestApp::start(&["--market", &market]).await;
    until("a subscription", || !exchange.mock.asked().is_empty()).await;
    let mut client = app.connect().await;
    // An hour from one update to the next.
    client.start(3_600_000).await;
    client.next_of("price_update").await;
    exchange.mock.act(
        Dialect::Alpaca,
        Act::Price(Traded {
            symbol: "AAPL".into(),
            price: "123.45".parse().unwrap(),
            at: chrono::Utc::now(),
            trade: 1,
        }),
    );
    let update = client.next_of("price_update").await;
    let rows = update["data"]["investments"].as_array().unwrap();
    let apple = rows.iter().find(|row| row["symbol"] == "AAPL").unwrap();
    assert_eq!(apple["current_price"], json!(123.45));
    app.stop().await;
    exchange.stop().await;
}

#[tokio::test]
async fn stop_updates_stops_at_once_and_is_acknowledged_only_where_it_carries_an_id() {
    let app = TestApp::start(&[]).await;
    let mut client = app.connect().await;
    client.start(20).await;
    client.next_of("price_update").await;
    client.send(json!({"type": "stop_updates", "id": "s"})).await;
    assert_eq!(client.next_of("ack").await, json!({"type": "ack", "id": "s"}));
    assert_eq!(client.within(Duration::from_millis(300)).await, None, "no update after the stop");
    client.send(json!({"type": "stop_updates"})).await;
    assert_eq!(
        client.within(Duration::from_millis(100)).await,
        None,
        "nothing to stop, nothing to say"
    );
    app.stop().await;
}

#[tokio::test]
async fn a_second_start_changes_the_interval_and_numbers_go_on() {
    let app = TestApp::start(&[]).await;
    let mut client = app.connect().await;
    client.start(20).await;
    let mut seq = 0;
    for _ in 0..5 {
        let update = client.next().await;
        assert!(update["seq"].as_u64().unwrap() > seq);
        seq = update["seq"].as_u64().unwrap();
    }
    client
        .send(json!({"type": "start_updates", "interval_ms": 400, "id": "slow"}))
        .await;
    loop {
        let update = client.next().await;
        assert!(update["seq"].as_u64().unwrap() > seq, "numbers never go back");
        seq = update["seq"].as_u64().unwrap();
        if update["id"] == "slow" {
            break;
        }
    }
    // The stream of 20 ms is no more: of that of 400 ms a price may come at once where nothing was new, and the next at its beat.
    let begun = Instant::now();
    for _ in 0..3 {
        let update = client.next().await;
        assert!(update["seq"].as_u64().unwrap() > seq);
        seq = update["seq"].as_u64().unwrap();
    }
    assert!(begun.elapsed() > Duration::from_millis(350), "{:?}", begun.elapsed());
    app.stop().await;
}

#[tokio::test]
async fn a_start_that_is_refused_leaves_what_runs() {
    let app = TestApp::start(&[]).await;
    let mut client = app.connect().await;
    client.start(50).await;
    client.next_of("price_update").await;
    client
        .send(json!({"type": "start_updates", "portfolio_id": "nobodys", "id": "other"}))
        .await;
    let refused = client.next_of("error").await;
    assert_eq!((&refused["code"], &refused["id"]), (&json!("not_found"), &json!("other")));
    for _ in 0..3 {
        assert_eq!(client.next().await["type"], "price_update");
    }
    app.stop().await;
}

#[tokio::test]
async fn after_a_reconnect_nothing_comes_twice_and_the_newest_at_once() {
    let app = TestApp::start(&[]).await;
    // Somebody else keeps the stream, which has its numbers.
    let mut other = app.connect().await;
    other.start(4_000).await;
    let mut client = app.connect().await;
    client.start(4_000).await;
    client.next_of("price_update").await;
    let update = client.next_of("price_update").await;
    let seq = update["seq"].as_u64().unwrap();
    drop(client);

    let mut again = app.connect().await;
    let start = |seq: u64| json!({"type": "start_updates", "interval_ms": 4_000, "seq": seq, "id": "again"});
    again.send(start(seq)).await;
    assert_eq!(again.next_of("ack").await["id"], "again", "it has the newest");
    assert_eq!(again.next().await["seq"], json!(seq + 1), "and gets the next, as the others do");

    // An older number, and one that this server never gave: the newest at once.
    for named in [1, seq + 1_000_000] {
        let mut late = app.connect().await;
        late.send(start(named)).await;
        let update = late.next_of("price_update").await;
        assert_eq!(update["id"], "again");
        assert!(update["seq"].as_u64().unwrap() > seq, "{update}");
    }
    for wrong in [json!(-1), json!("1"), json!(1u64 << 53)] {
        let mut client = app.connect().await;
        client.send(json!({"type": "start_updates", "seq": wrong})).await;
        let refused = client.next_of("error").await;
        assert_eq!(refused["code"], "invalid_field");
        assert!(
            refused["message"]
                .as_str()
                .unwrap()
                .contains("\"seq\" must be a whole number from 0 to")
        );
    }
    app.stop().await;
}

#[tokio::test]
async fn clients_of_one_interval_get_the_same_frames_and_are_independent() {
    let app = TestApp::start(&[]).await;
    let (mut one, mut two, mut other) = (app.connect().await, app.connect().await, app.connect().await);
    for client in [&mut one, &mut two] {
        client.start(200).await;
        client.next().await;
    }
    other.start(20).await;
    let (mut a, mut b) = (one.next().await, two.next().await);
    for _ in 0..5 {
        match a["seq"].as_u64().cmp(&b["seq"].as_u64()) {
            std::cmp::Ordering::Less => a = one.next().await,
            std::cmp::Ordering::Greater => b = two.next().await,
            std::cmp::Ordering::Equal => break,
        }
    }
    assert_eq!(a, b, "valued once, encoded once");
    one.send(json!({"type": "stop_updates", "id": "x"})).await;
    one.next_of("ack").await;
    assert_eq!(two.next().await["type"], "price_update", "another tab goes on");
    app.stop().await;
}

#[tokio::test]
async fn what_others_start_and_stop_moves_nobodys_numbers() {
    let app = TestApp::start(&[]).await;
    let (mut watcher, mut restless) = (app.connect().await, app.connect().await);
    // So long that no frame is left out where the machine is busy: a shard that is late has the newest only.
    watcher.start(400).await;
    let mut seq = watcher.next().await["seq"].as_u64().unwrap();
    for round in 0..12 {
        restless.start(if round % 2 == 0 { 400 } else { 200 }).await;
        restless.next_of("price_update").await;
        let next = watcher.next().await["seq"].as_u64().unwrap();
        assert_eq!(next, seq + 1, "round {round}");
        seq = next;
    }
    app.stop().await;
}

#[tokio::test]
async fn row_09_each_bad_input_is_answered_with_its_code_and_the_connection_lives() {
    let app = TestApp::start(&["--max-interval-ms", "60000"]).await;
    let mut client = app.connect().await;
    for (text, code, named) in [
        ("hello", "invalid_json", "JSON"),
        (&"[".repeat(5000), "invalid_json", "JSON"),
        ("[]", "unknown_type", "start_updates"),
        ("{}", "unknown_type", "start_updates"),
        (r#"{"type":"dance","id":"d"}"#, "unknown_type", "stop_updates"),
        (r#"{"type":"start_updates","interval_ms":19}"#, "invalid_field", "20 to 60000"),
        (r#"{"type":"start_updates","interval_ms":"fast"}"#, "invalid_field", "interval_ms"),
        (r#"{"type":"start_updates","portfolio_id":[]}"#, "invalid_field", "portfolio_id"),
        (r#"{"type":"start_updates","portfolio_id":"another's"}"#, "not_found", "portfolio"),
        (r#"{"type":"get_portfolio_data","portfolio_id":"none"}"#, "not_found", "portfolio"),
    ] {
        client.send_text(text).await;
        let answer = client.next().await;
        assert_eq!((&answer["type"], &answer["code"]), (&json!("error"), &json!(code)), "{text}");
        assert!(answer["message"].as_str().unwrap().contains(named), "{answer}");
        assert_eq!(answer.get("id").is_some(), text.contains("\"id\""), "{answer}");
    }
    client.send(json!({"type": "get_portfolio_data"})).await;
    assert_eq!(client.next().await["type"], "portfolio_data");
    app.stop().await;
}

#[tokio::test]
async fn row_08_frames_that_break_the_rules_close_with_their_code() {
    let app = TestApp::start(&[]).await;
    let mut client = app.connect().await;
    client.0.send(Message::binary(vec![0])).await.unwrap();
    assert_eq!(client.closed().await, 1003);

    for size in [(16 << 10) + 1, 4 << 20] {
        let mut client = app.connect().await;
        // The server closes while it is still being sent to.
        let _ = client.0.feed(Message::text("x".repeat(size))).await;
        let _ = client.0.flush().await;
        assert_eq!(client.closed().await, 1009, "{size}");
    }
    let mut client = app.connect().await;
    client.send_text(&"x".repeat(16 << 10)).await;
    assert_eq!(client.next().await["code"], "invalid_json", "the limit itself is within it");

    // Frames by hand: text that is not UTF-8; one without a mask; reserved bits.
    for (bytes, code) in [
        (&[0x81, 0x82, 0, 0, 0, 0, 0xc3, 0x28][..], 1007),
        (&[0x81, 0x02, b'h', b'i'][..], 1002),
        (&[0xf1, 0x80, 0, 0, 0, 0][..], 1002),
    ] {
        let mut client = app.connect().await;
        client.0.get_mut().write_all(bytes).await.unwrap();
        assert_eq!(client.closed().await, code, "{bytes:?}");
    }
    app.stop().await;
}

#[tokio::test]
async fn row_10_a_flood_is_limited_and_closed_when_it_goes_on() {
    let app = TestApp::start(&[]).await;
    let (mut flood, mut quiet) = (app.connect().await, app.connect().await);
    quiet.start(50).await;
    for _ in 0..200 {
        if flood.0.feed(Message::text(r#"{"type":"stop_updates","id":"f"}"#)).await.is_err() {
            break;
        }
    }
    let _ = flood.0.flush().await;
    let (mut answered, mut limited) = (0, 0);
    let code = loop {
        match flood.0.next().await.expect("a close frame").expect("a close frame") {
            Message::Text(text) if text.contains("\"ack\"") => answered += 1,
            Message::Text(text) if text.contains("rate_limited") => limited += 1,
            Message::Close(frame) => break u16::from(frame.unwrap().code),
            other => panic!("{other:?}"),
        }
    };
    assert_eq!((code, limited), (4429, 40));
    assert!((40..60).contains(&answered), "a burst of 40, and what time gives back: {answered}");
    assert_eq!(quiet.next().await["type"], "price_update", "others are served");
    app.stop().await;
}

#[tokio::test]
async fn row_11_a_thousand_starts_and_stops_leave_one_stream_and_no_task() {
    let app = TestApp::start(&["--max-messages-per-second", "5000"]).await;
    let mut client = app.connect().await;
    let before = app.shutdown.tasks();
    for _ in 0..500 {
        client
            .0
            .feed(Message::text(r#"{"type":"start_updates","interval_ms":1000}"#))
            .await
            .unwrap();
        client.0.feed(Message::text(r#"{"type":"stop_updates"}"#)).await.unwrap();
    }
    client.send(json!({"type": "start_updates", "interval_ms": 50, "id": "last"})).await;
    while client.next().await["id"] != "last" {}
    assert_eq!(client.next().await["type"], "price_update");
    client.send(json!({"type": "stop_updates", "id": "end"})).await;
    client.next_of("ack").await;
    let until = Instant::now() + PATIENCE;
    while app.shutdown.tasks() > before {
        assert!(Instant::now() < until, "{} tasks, {before} before", app.shutdown.tasks());
        tokio::task::yield_now().await;
    }
    app.stop().await;
}

#[tokio::test]
async fn row_16_a_reader_that_stops_reading_skips_frames_and_is_closed_as_too_slow() {
    let app = TestApp::start(&["--stall-seconds", "3"]).await;
    let (mut slow, mut quick) = (app.connect_with_small_buffer().await, app.connect().await);
    slow.start(20).await;
    quick.start(20).await;
    // Ten frames fill the slow one's buffers; three seconds later the server gives it up, and tries for three more to say so.
    let begun = Instant::now();
    let mut newest = 0;
    while begun.elapsed() < Duration::from_millis(4_800) {
        newest = quick.next_of("price_update").await["seq"].as_u64().unwrap();
    }
    let mut read = vec![];
    let code = loop {
        match slow.0.next().await.expect("a close frame").expect("a close frame") {
            Message::Text(text) => read.push(serde_json::from_str::<Value>(&text).unwrap()),
            Message::Close(frame) => break u16::from(frame.unwrap().code),
            _ => {}
        }
    };
    assert_eq!(code, 4408);
    assert!(
        newest > 100 && read.len() < 60,
        "it skipped what it did not read: {} of {newest}",
        read.len()
    );
    assert_eq!(quick.next_of("price_update").await["type"], "price_update", "others go on");
    app.stop().await;
}

#[tokio::test]
async fn row_06_silence_without_pongs_ends_a_connection() {
    let app = TestApp::start(&["--ping-seconds", "1"]).await;
    // Reads the stream below the codec, so that nothing answers the pings.
    let client = app.connect().await;
    let mut stream = client.0.into_inner();
    let mut heard = vec![];
    tokio::time::timeout(PATIENCE, stream.read_to_end(&mut heard))
        .await
        .expect("ended")
        .unwrap();
    assert_eq!(
        heard.iter().filter(|byte| **byte == 0x89).count(),
        2,
        "two pings, then the close: {heard:?}"
    );
    app.stop().await;
}

#[tokio::test]
async fn clients_that_only_listen_keep_nobody_out() {
    let app = TestApp::start(&["--max-sockets-per-address", "1000"]).await;
    // More than the shards of two cores let in before anybody has asked for something.
    let silent = futures_util::future::join_all((0..300).map(|_| app.connect())).await;
    let mut last = app.connect().await;
    last.start(1_000).await;
    assert!(last.next_of("price_update").await["seq"].is_u64());
    drop(silent);
    app.stop().await;
}

#[tokio::test]
async fn row_04_an_upgrade_that_is_wrong_is_refused_with_its_status() {
    let app = TestApp::start(&[]).await;
    let key = "sec-websocket-key: dGhlIHNhbXBsZSBub25jZQ==\n";
    let asks = "upgrade: websocket\nconnection: upgrade\n";
    for (request, status) in [
        (format!("GET /ws/portfolio/\n{asks}sec-websocket-version: 8\n{key}"), 426),
        ("GET /ws/portfolio/\n".to_owned(), 426),
        (
            format!("GET /ws/portfolio/\n{asks}sec-websocket-version: 13\nsec-websocket-key: short\n"),
            400,
        ),
        (format!("GET /ws/portfolio/\n{asks}sec-websocket-version: 13\n"), 400),
        (format!("HEAD /ws/portfolio/\n{asks}sec-websocket-version: 13\n{key}"), 405),
        (format!("POST /ws/portfolio/\n{asks}sec-websocket-version: 13\n{key}"), 405),
        (
            format!("GET /ws/portfolio/\n{asks}sec-websocket-version: 13\n{key}origin: https://evil.test\n"),
            403,
        ),
        (
            format!("GET /ws/portfolio/\n{asks}sec-websocket-version: 13\n{key}origin: null\n"),
            403,
        ),
    ] {
        // The helper adds a `connection: close` of its own, which a token list may hold beside the upgrade.
        let (answered, head, _) = app.http(&request).await;
        assert_eq!(answered, status, "{request}");
        assert!(
            head.contains("x-content-type-options: nosniff") && head.contains("x-request-id: "),
            "{head}"
        );
    }
    // A proxy that speaks the version before.
    let mut stream = TcpStream::connect(app.addr).await.unwrap();
    let request = format!("GET /ws/portfolio/ HTTP/1.0\n{asks}sec-websocket-version: 13\n{key}\n").replace('\n', "\r\n");
    stream.write_all(request.as_bytes()).await.unwrap();
    let mut answer = String::new();
    stream.read_to_string(&mut answer).await.unwrap();
    assert!(
        answer.starts_with("HTTP/1.0 400 ") && answer.contains("proxy_http_version"),
        "{answer}"
    );
    app.stop().await;
}

#[tokio::test]
async fn own_pages_and_allowed_origins_may_connect() {
    let app = TestApp::start(&["--allowed-origins", "https://allowed.test"]).await;
    for origin in [format!("http://{}", app.addr), "https://allowed.test".to_owned()] {
        let mut request = app.upgrade();
        request.headers_mut().insert("origin", origin.parse().unwrap());
        assert!(Client::open(app.addr, request).await.is_ok(), "{origin}");
    }
    app.stop().await;
}

#[tokio::test]
async fn row_14_beyond_the_limits_an_upgrade_is_refused_and_places_are_freed() {
    let app = TestApp::start(&["--max-sockets-per-address", "2"]).await;
    let (one, _two) = (app.connect().await, app.connect().await);
    assert_eq!(refused(Client::open(app.addr, app.upgrade()).await), (429, Some("10".into())));
    drop(one);
    let until = Instant::now() + PATIENCE;
    while Client::open(app.addr, app.upgrade()).await.is_err() {
        assert!(Instant::now() < until, "the place was not freed");
    }
    app.stop().await;

    let app = TestApp::start(&["--max-sockets", "1"]).await;
    let _one = app.connect().await;
    assert_eq!(refused(Client::open(app.addr, app.upgrade()).await), (503, Some("10".into())));
    app.stop().await;
}
