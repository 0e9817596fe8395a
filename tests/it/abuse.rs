//! What is done to a server to bring it down, over bare connections: docs/RELIABILITY.md by its numbers.

use crate::harness::{Client, PATIENCE, TestApp};
use crate::owner::Owner;
use crate::program::Program;
use finflow_app::server::clock::Clock;
use finflow_app::server::database::Database;
use futures_util::{SinkExt, StreamExt};
use std::time::{Duration, Instant};
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;
use tokio::time::timeout;
use tokio_tungstenite::tungstenite::{Error, Message};

/// A frame as a client writes it, with a mask that changes nothing.
fn frame(first: u8, payload: &[u8]) -> Vec<u8> {
    let mut bytes = vec![first];
    match payload.len() {
        length @ 0..=125 => bytes.push(0x80 | length as u8),
        length @ 126..=0xffff => {
            bytes.push(0x80 | 126);
            bytes.extend((length as u16).to_be_bytes());
        }
        length => {
            bytes.push(0x80 | 127);
            bytes.extend((length as u64).to_be_bytes());
        }
    }
    bytes.extend([0; 4]);
    bytes.extend(payload);
    bytes
}

/// Reads until the other side ends it.
async fn rest(stream: &mut TcpStream) -> Vec<u8> {
    let mut heard = vec![];
    let _ = timeout(PATIENCE, stream.read_to_end(&mut heard)).await.expect("ended");
    heard
}

fn status(opened: Result<Client, Error>) -> u16 {
    match opened {
        Err(Error::Http(answer)) => answer.status().as_u16(),
        Err(other) => panic!("{other}"),
        Ok(_) => 101,
    }
}

#[tokio::test]
async fn row_01_frames_come_back_as_they_are_and_what_breaks_the_rules_is_closed() {
    let app = TestApp::echo().await;
    let mut client = Client::open(app.addr, app.upgrade()).await.unwrap();
    for size in [0, 1, 125, 126, 127, 128, 0xffff, 0x1_0000, 1 << 20] {
        for message in [Message::text("*".repeat(size)), Message::binary(vec![0xfe; size])] {
            client.0.send(message.clone()).await.unwrap();
            assert_eq!(client.0.next().await.unwrap().unwrap(), message, "{size}");
        }
    }
    client.0.send(Message::Ping(vec![7; 125].into())).await.unwrap();
    assert_eq!(client.0.next().await.unwrap().unwrap(), Message::Pong(vec![7; 125].into()));

    // By hand: what comes in parts, an octet at a time, with a ping between.
    let parts = [frame(0x01, b"gr\xc3"), frame(0x89, b"p"), frame(0x00, b"\xbc"), frame(0x80, b"n")].concat();
    let stream = client.0.get_mut();
    for byte in &parts {
        stream.write_all(&[*byte]).await.unwrap();
        stream.flush().await.unwrap();
    }
    assert_eq!(client.0.next().await.unwrap().unwrap(), Message::Pong("p".into()));
    assert_eq!(client.0.next().await.unwrap().unwrap(), Message::text("grün"));

    let word = |code: u16| frame(0x88, &code.to_be_bytes());
    for (what, bytes, code) in [
        ("a ping that is too long", frame(0x89, &[0; 126]), 1002),
        ("a ping in parts", frame(0x09, b"p"), 1002),
        ("a reserved opcode", frame(0x83, b""), 1002),
        ("a reserved opcode of a control frame", frame(0x8b, b""), 1002),
        ("a reserved bit", frame(0xc1, b"x"), 1002),
        ("a continuation of nothing", frame(0x80, b"x"), 1002),
        ("a message within another", [frame(0x01, b"x"), frame(0x81, b"y")].concat(), 1002),
        ("half a code", frame(0x88, &[3]), 1002),
        ("a code that is none", word(999), 1002),
        ("a code that is never sent", word(1005), 1002),
        ("text that is not UTF-8", frame(0x81, b"\xce\xba\xe1\xbd\xb9\xed\xa0\x80"), 1007),
        ("the same in parts", [frame(0x01, b"\xce"), frame(0x80, b"\xce")].concat(), 1007),
        ("an end that is a word", word(1000), 1000),
        ("an end with a code of one's own", word(4000), 4000),
    ] {
        let mut client = Client::open(app.addr, app.upgrade()).await.unwrap();
        client.0.get_mut().write_all(&bytes).await.unwrap();
        let heard = rest(client.0.get_mut()).await;
        let at = heard
            .iter()
            .position(|byte| *byte == 0x88)
            .unwrap_or_else(|| panic!("{what}: {heard:?}"));
        assert_eq!(u16::from_be_bytes([heard[at + 2], heard[at + 3]]), code, "{what}: {heard:?}");
    }
    app.stop().await;
}

#[tokio::test]
async fn row_02_a_foreign_origin_is_refused_before_a_session_is_looked_up() {
    let own = Owner::start_with(&["--allowed-origins", "https://allowed.com"], Clock::System).await;
    let database = Database::open(own.url()).await.unwrap();
    // Whoever looks a session up from now on gets an error.
    let mut change = database.write().await.unwrap();
    sqlx::query("ALTER TABLE sessions RENAME TO hidden")
        .execute(&mut *change)
        .await
        .unwrap();
    change.commit().await.unwrap();
    let host = own.app.addr;
    for (origin, expected) in [
        ("https://evil.com".to_owned(), 403),
        ("https://allowed.com.evil.com".to_owned(), 403),
        ("http://allowed.com".to_owned(), 403),
        ("https://allowed.com:8443".to_owned(), 403),
        (format!("http://{}:{}", host.ip(), host.port() + 1), 403),
        ("null".to_owned(), 403),
        (format!("http://{host}"), 503),
    ] {
        let mut request = own.app.upgrade();
        request.headers_mut().insert("origin", origin.parse().unwrap());
        request.headers_mut().insert("cookie", own.cookie.parse().unwrap());
        assert_eq!(status(Client::open(host, request).await), expected, "{origin}");
    }
    database.close().await;
    own.app.stop().await;
}

#[tokio::test]
async fn row_05_a_head_over_8_kb_is_431_and_one_that_drips_is_closed_while_others_are_served() {
    let app = TestApp::start(&["--head-seconds", "2"]).await;
    let head = |bytes: usize| format!("GET /healthz\nx-long: {}\n", "x".repeat(bytes));
    assert_eq!(app.http(&head(7 << 10)).await.0, 200);
    assert_eq!(app.http(&head(8 << 10)).await.0, 431);
    assert_eq!(app.http(&format!("GET /healthz\n{}", "x: y\n".repeat(200))).await.0, 431);
    // One that never ends is answered too.
    let mut endless = TcpStream::connect(app.addr).await.unwrap();
    endless
        .write_all(format!("GET / HTTP/1.1\r\nx: {}", "y".repeat(64 << 10)).as_bytes())
        .await
        .unwrap();
    let heard = rest(&mut endless).await;
    assert!(heard.starts_with(b"HTTP/1.1 431 "), "{}", String::from_utf8_lossy(&heard));

    let mut watcher = app.connect().await;
    watcher.start(20).await;
    let (mut reads, mut drips) = TcpStream::connect(app.addr).await.unwrap().into_split();
    let dripping = tokio::spawn(async move {
        while drips.write_all(b"x").await.is_ok() {
            tokio::time::sleep(Duration::from_millis(50)).await;
        }
    });
    let mut heard = vec![];
    let left = timeout(PATIENCE, reads.read_to_end(&mut heard)).await;
    assert!(left.is_ok(), "it is closed");
    timeout(PATIENCE, dripping).await.expect("and closed for writing").unwrap();
    assert_eq!(watcher.next_of("price_update").await["type"], "price_update");
    assert_eq!(app.http("GET /healthz\n").await.0, 200);
    app.stop().await;
}

#[tokio::test]
async fn row_05_a_body_that_stalls_or_drips_is_told_so() {
    let app = TestApp::start(&["--body-seconds", "1"]).await;
    let ask = format!(
        "POST /sign-in/ HTTP/1.1\r\nhost: {0}\r\norigin: http://{0}\r\ncontent-type: application/x-www-form-urlencoded\r\n",
        app.addr
    );
    let mut stalls = TcpStream::connect(app.addr).await.unwrap();
    stalls
        .write_all(format!("{ask}content-length: 100\r\n\r\nname=").as_bytes())
        .await
        .unwrap();
    let heard = String::from_utf8(rest(&mut stalls).await).unwrap();
    assert!(heard.starts_with("HTTP/1.1 408 ") && heard.contains("came too slowly"), "{heard}");

    let (mut reads, mut drips) = TcpStream::connect(app.addr).await.unwrap().into_split();
    let page = format!("{ask}accept: text/html\r\ncontent-length: 1000\r\n\r\n");
    let dripping = tokio::spawn(async move {
        drips.write_all(page.as_bytes()).await.unwrap();
        while drips.write_all(b"x").await.is_ok() {
            tokio::time::sleep(Duration::from_millis(50)).await;
        }
    });
    let mut heard = vec![];
    let _ = timeout(PATIENCE, reads.read_to_end(&mut heard)).await.expect("ended");
    let heard = String::from_utf8_lossy(&heard);
    assert!(
        heard.starts_with("HTTP/1.1 408 ") && heard.contains("<h1"),
        "a person gets a page: {heard}"
    );
    timeout(PATIENCE, dripping).await.expect("ended").unwrap();
    app.stop().await;
}

#[tokio::test]
async fn row_07_what_is_too_large_or_never_ends_is_1009() {
    let app = TestApp::start(&[]).await;
    let declared = |length: u64| [&[0x81, 0xff][..], &length.to_be_bytes(), &[0; 4]].concat();
    let part = vec![b'x'; 8 << 10];
    let sum = [frame(0x01, &part), frame(0x00, &part), frame(0x80, b"x")].concat();
    let endless = [frame(0x01, b""), frame(0x00, b"").repeat(5_000)].concat();
    for (what, bytes) in [
        ("2^63 bytes are declared", declared(1 << 63)),
        ("2^40 bytes are declared", declared(1 << 40)),
        ("fragments over the limit", sum),
        ("fragments without end", endless),
    ] {
        let mut client = app.connect().await;
        let _ = client.0.get_mut().write_all(&bytes).await;
        assert_eq!(client.closed().await, 1009, "{what}");
    }
    app.stop().await;
}

#[tokio::test]
async fn row_09_who_goes_on_sending_what_cannot_be_read_is_closed() {
    let app = TestApp::start(&["--max-messages-per-second", "1000"]).await;
    let mut client = app.connect().await;
    for number in 0..101 {
        // One that can be read takes one back.
        if number == 50 {
            client.send_text(r#"{"type":"stop_updates","id":"x"}"#).await;
            assert_eq!(client.next().await["type"], "ack");
        }
        client.send_text("hello").await;
        assert_eq!(client.next().await["code"], "invalid_json", "{number}");
    }
    client.send_text("hello").await;
    assert_eq!(client.closed().await, 4429);
    app.stop().await;
}

#[tokio::test]
async fn row_10_a_flood_of_pings_is_closed_and_others_are_served() {
    let app = TestApp::start(&[]).await;
    let (mut flood, mut quiet) = (app.connect().await, app.connect().await);
    quiet.start(50).await;
    let _ = flood.0.get_mut().write_all(&frame(0x89, b"p").repeat(1_000)).await;
    assert_eq!(flood.closed().await, 4429);
    assert_eq!(quiet.next().await["type"], "price_update");
    app.stop().await;
}

#[tokio::test]
async fn row_14_a_user_may_have_so_many_sockets_and_they_are_freed() {
    let own = Owner::start_with(&["--max-sockets-per-user", "2"], Clock::System).await;
    let (one, _) = own.connect(&own.cookie).await;
    let (_two, _) = own.connect(&own.cookie).await;
    let upgrade = || {
        let mut request = own.app.upgrade();
        request
            .headers_mut()
            .insert("origin", format!("http://{}", own.app.addr).parse().unwrap());
        request.headers_mut().insert("cookie", own.cookie.parse().unwrap());
        request
    };
    assert_eq!(status(Client::open(own.app.addr, upgrade()).await), 429);
    assert!(
        own.app.connect().await.within(Duration::ZERO).await.is_none(),
        "nobody else is counted"
    );
    drop(one);
    let until = Instant::now() + PATIENCE;
    while status(Client::open(own.app.addr, upgrade()).await) != 101 {
        assert!(Instant::now() < until, "the place was not freed");
    }
    own.app.stop().await;
}

#[tokio::test]
async fn row_15_accepting_resumes_when_there_are_descriptors_again() {
    let mut program = Program::bounded("ulimit -n 100", &["--head-seconds", "300"]).await;
    let mut held = vec![];
    for _ in 0..150 {
        held.push(TcpStream::connect(program.addr).await.unwrap());
    }
    program.says("no connection can be accepted").await;
    // What it takes while it cannot: a server that asks without a pause takes the whole of a core.
    let before = program.ticks();
    tokio::time::sleep(Duration::from_secs(1)).await;
    let taken = program.ticks() - before;
    assert!(taken < 50, "{taken} hundredths of a second of one");
    drop(held);
    let until = Instant::now() + PATIENCE;
    while program.get("/healthz").await != Some(200) {
        assert!(Instant::now() < until, "accepting did not resume");
    }
    assert_eq!(program.said("no connection can be accepted"), 1);
    program.stop().await;
}

#[tokio::test]
async fn row_23_what_comes_and_goes_leaves_nothing_and_numbers_go_on() {
    let mut program = Program::alone(&["--min-interval-ms", "20", "--max-sockets-per-address", "200"]).await;
    let mut watcher = program.connect().await;
    watcher.start(20).await;
    let churn = async || {
        let mut clients = vec![];
        for number in 0..100_usize {
            let mut client = program.connect().await;
            if number.is_multiple_of(2) {
                client.start(20).await;
            }
            clients.push(client);
        }
    };
    churn().await;
    let settled = async |most: usize| {
        let until = Instant::now() + PATIENCE;
        while program.descriptors() > most {
            assert!(Instant::now() < until, "{} descriptors, {most} before", program.descriptors());
            tokio::time::sleep(Duration::from_millis(20)).await;
        }
    };
    // A watcher, and what the server itself has open.
    settled(60).await;
    let before = program.descriptors();
    let mut seq = 0;
    for _ in 0..4 {
        churn().await;
        for _ in 0..20 {
            let next = watcher.next_of("price_update").await["seq"].as_u64().unwrap();
            assert!(next > seq, "numbers never go back");
            seq = next;
        }
    }
    settled(before).await;
    program.stop().await;
}

#[tokio::test]
async fn row_25_who_asks_too_often_waits_and_others_do_not() {
    let bounds = [
        "--reads-per-minute",
        "5",
        "--writes-per-minute",
        "3",
        "--trusted-proxies",
        "127.0.0.1",
    ];
    let app = TestApp::start(&bounds).await;
    let ask = async |address: &str, rest: &str| app.http(&format!("{rest}x-forwarded-for: {address}\n")).await;
    for _ in 0..5 {
        assert_eq!(ask("192.0.2.1", "GET /api/docs/\n").await.0, 200);
    }
    let (status, head, body) = ask("192.0.2.1", "GET /api/docs/?a=1\naccept: text/html\n").await;
    assert!(status == 429 && head.contains("retry-after: "), "{head}");
    assert!(
        body.contains("<h1>Too many requests</h1>") && body.contains("/api/docs/?a=1"),
        "{body}"
    );
    let (status, head, _) = ask("192.0.2.1", "GET /api/v1/sample\n").await;
    assert!(status == 429 && head.contains("application/problem+json"), "{head}");
    // Files, probes, other kinds and others are counted apart, or not.
    assert_eq!(ask("192.0.2.1", "GET /healthz\n").await.0, 200);
    assert_eq!(ask("192.0.2.1", "GET /pkg/finflow.js\n").await.0, 200);
    assert_eq!(ask("192.0.2.1", "POST /sign-out/\n").await.0, 303);
    assert_eq!(ask("192.0.2.2", "GET /api/docs/\n").await.0, 200);
    let mut statuses = vec![];
    for _ in 0..4 {
        statuses.push(ask("192.0.2.3", "POST /sign-out/\n").await.0);
    }
    assert_eq!(statuses, [303, 303, 303, 429]);
    app.stop().await;
}

#[tokio::test]
async fn row_29_a_page_of_another_version_is_told_so_and_nothing_else() {
    let app = TestApp::start(&[]).await;
    let offering = |offered: &'static str| {
        let mut request = app.upgrade();
        request.headers_mut().insert("sec-websocket-protocol", offered.parse().unwrap());
        request
    };
    for foreign in ["finflow.v0.json", "finflow.v2.changes, finflow.v2.json"] {
        let stream = TcpStream::connect(app.addr).await.unwrap();
        let (mut socket, answer) = tokio_tungstenite::client_async(offering(foreign), stream).await.unwrap();
        let chosen = answer.headers()["sec-websocket-protocol"].to_str().unwrap();
        assert!(foreign.starts_with(chosen), "a browser hears the code only then: {chosen}");
        match timeout(PATIENCE, socket.next()).await.expect("an end").unwrap().unwrap() {
            Message::Close(Some(told)) => assert_eq!(u16::from(told.code), 4502),
            other => panic!("{other:?}"),
        }
    }
    // One language in common is enough.
    let mut client = Client::open(app.addr, offering("finflow.v2.changes, finflow.v1.json"))
        .await
        .unwrap();
    assert_eq!(client.next().await["type"], "connection_established");
    app.stop().await;
}
