//! The pages of instruments: who may see which, what they say, and what goes along as data and as files.

use crate::figures::trade;
use crate::harness::TestApp;
use crate::owner::Owner;
use finflow_app::portfolio::activity::ActivityKind;
use serde_json::Value;
use std::time::{Duration, Instant};
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::TcpStream;

#[tokio::test]
async fn a_visitor_sees_what_the_sample_holds_and_is_led_to_sign_in_for_the_rest() {
    let app = TestApp::start(&[]).await;
    let mut browser = app.browser();
    let page = browser.get("/market/AAPL/").await;
    assert_eq!(page.status, 200);
    assert!(
        page.body.contains("<svg") && page.body.contains("Chart of AAPL. AAPL, "),
        "{}",
        page.body
    );
    assert!(page.body.contains("data-plot=\"/market/AAPL/chart.json?\""), "{}", page.body);
    assert!(!page.body.contains("What you hold"));
    for address in ["/market/NOPE/", "/market/NOPE/chart.json", "/market/NOPE/live"] {
        let other = browser.get(address).await;
        assert_eq!(other.status, 303, "{address}");
    }
    browser.post("/try/", &[]).await;
    let listed = browser.get("/market/MSFT/").await;
    assert_eq!(listed.status, 200);
    for address in ["/market/NOPE/", "/market/NOPE/chart.json", "/market/NOPE/live"] {
        assert_eq!(browser.get(address).await.status, 404, "{address}");
    }
    app.stop().await;
}

#[tokio::test]
async fn a_chart_has_the_candles_that_were_asked_for() {
    let app = TestApp::start(&[]).await;
    let mut browser = app.browser();
    let mut told = async |query: &str| -> Value {
        let answer = browser.get(&format!("/market/AAPL/chart.json?{query}")).await;
        assert_eq!(answer.status, 200, "{query}: {answer:?}");
        serde_json::from_str(&answer.body).expect("JSON")
    };
    let count = |told: &Value| told["time"].as_array().expect("times").len();
    for (range, most) in [
        ("1d", 1_500),
        ("1w", 1_500),
        ("1m", 1_500),
        ("ytd", 1_500),
        ("5y", 1_500),
        ("all", 1_500),
    ] {
        let told = told(&format!("range={range}")).await;
        assert!((2..=most).contains(&count(&told)), "{range}: {}", count(&told));
        assert_eq!(
            (told["name"].as_str(), told["to_now"].as_bool()),
            (Some("AAPL"), Some(true)),
            "{range}"
        );
        assert_eq!(told["live"], "/market/AAPL/live?");
        assert!(told["time"].as_array().expect("times").is_sorted_by_key(|time| time.as_i64()));
    }
    let few = told("range=5y&points=100&with=MSFT").await;
    assert!(count(&few) <= 100);
    assert_eq!(few["others"][0]["name"], "MSFT");
    assert_eq!(few["others"][0]["values"].as_array().expect("values").len(), count(&few));
    let (from, to) = (few["time"][3].as_i64().expect("a time"), few["time"][9].as_i64().expect("a time"));
    let part = told(&format!("from_ms={from}&to_ms={to}&points=400")).await;
    assert_eq!(part["to_now"], false);
    assert!(part["time"][0].as_i64() >= Some(from) && count(&part) > 7, "{part}");
    for (query, field) in [
        ("range=2y", "range"),
        ("points=1", "points"),
        ("kind=pie", "kind"),
        ("study=stars", "study"),
        ("with=NOPE", "with"),
        ("from_ms=5&to_ms=4", "from_ms"),
    ] {
        let answer = browser.get(&format!("/market/AAPL/chart.json?{query}")).await;
        assert_eq!(answer.status, 422, "{query}");
        assert!(answer.body.contains(field), "{query}: {}", answer.body);
        let page = browser.get(&format!("/market/AAPL/?{query}")).await;
        assert!(page.status == 422 && page.body.contains("What was usual is shown"), "{query}");
    }
    app.stop().await;
}

#[tokio::test]
async fn a_chart_can_be_taken_away() {
    let app = TestApp::start(&[]).await;
    let mut browser = app.browser();
    let drawing = browser
        .get("/market/AAPL/chart.svg?study=sma-20&study=rsi-14&range=1y&with=MSFT")
        .await;
    assert_eq!(drawing.status, 200);
    assert!(
        drawing.body.starts_with("<svg xmlns=") && !drawing.body.contains("var("),
        "a file has its own colours"
    );
    let table = browser.get("/market/AAPL/chart.csv?range=5y&points=50").await.body;
    assert!(table.starts_with("begins,open,high,low,close,volume\n2"), "{table}");
    assert!((3..=51).contains(&table.lines().count()));
    app.stop().await;
}

#[tokio::test]
async fn its_owner_sees_what_they_hold_and_did() {
    let own = Owner::start().await;
    own.bring(vec![
        trade("b", ActivityKind::Buy, "2022-01-03", "MSFT", 4, "300"),
        trade("s", ActivityKind::Sell, "2022-02-03", "MSFT", 1, "310"),
        trade("f", ActivityKind::Buy, "2022-02-04", "FLAT", 2, "100"),
    ])
    .await;
    let page = own.browser().get("/market/MSFT/?range=all").await;
    assert_eq!(page.status, 200);
    for part in ["What you hold", "Open lots", "3 Jan 2022", "Sell", "+10.00"] {
        assert!(page.body.contains(part), "{part}: {}", page.body);
    }
    let told: Value = serde_json::from_str(&own.browser().get("/market/MSFT/chart.json?range=all").await.body).expect("JSON");
    assert_eq!(told["marks"][0]["said"], "Buy 4 at 300.00 USD");
    assert_eq!(
        (told["marks"][0]["what"].as_str(), told["marks"][1]["what"].as_str()),
        (Some("in"), Some("out"))
    );
    // What no market lists has the prices that its owner entered, and none at first.
    let flat = own.browser().get("/market/FLAT/").await;
    assert!(
        flat.status == 200 && flat.body.contains("no price is known in this time"),
        "{}",
        flat.body
    );
    own.app.stop().await;
}

#[tokio::test]
async fn prices_come_as_they_are_made_and_end_with_the_server() {
    let app = TestApp::start(&[]).await;
    let mut socket = TcpStream::connect(app.addr).await.expect("the server");
    let request = format!("GET /market/AAPL/live?with=MSFT HTTP/1.1\r\nHost: {}\r\n\r\n", app.addr);
    socket.write_all(request.as_bytes()).await.expect("the server");
    let mut text = String::new();
    let mut part = [0; 4096];
    // An event may come in pieces.
    let told = |text: &str| -> Vec<Value> {
        let lines = text.lines().filter_map(|line| line.strip_prefix("data: "));
        lines.filter_map(|event| serde_json::from_str(event).ok()).collect()
    };
    while told(&text).len() < 2 {
        let read = socket.read(&mut part).await.expect("the stream");
        assert!(read > 0, "it ended: {text}");
        text += &String::from_utf8_lossy(&part[..read]);
    }
    assert!(
        text.contains("text/event-stream") && text.contains("\"others\":[[\"MSFT\","),
        "{text}"
    );
    let events = told(&text);
    assert!(events[0]["price"].as_f64() > Some(0.0));
    assert_ne!(events[0], events[1], "only what is new is told");
    app.stop().await;
    while socket.read(&mut part).await.expect("an end") > 0 {}
}

#[tokio::test]
async fn row_14_a_stream_of_prices_takes_a_place_and_gives_it_back() {
    let app = TestApp::start(&["--max-sockets-per-address", "1"]).await;
    let request = format!("GET /market/AAPL/live HTTP/1.1\r\nHost: {}\r\n\r\n", app.addr);
    let ask = async || {
        let mut socket = TcpStream::connect(app.addr).await.expect("the server");
        socket.write_all(request.as_bytes()).await.expect("the server");
        let mut part = [0; 4096];
        let read = socket.read(&mut part).await.expect("an answer");
        (socket, String::from_utf8_lossy(&part[..read]).into_owned())
    };
    let (held, answer) = ask().await;
    assert!(answer.starts_with("HTTP/1.1 200"), "{answer}");
    let (_, refused) = ask().await;
    assert!(refused.starts_with("HTTP/1.1 429") && refused.contains("retry-after"), "{refused}");
    drop(held);
    // It is free once the server notices, which it does at the next price.
    let until = Instant::now() + Duration::from_secs(30);
    while !ask().await.1.starts_with("HTTP/1.1 200") {
        assert!(Instant::now() < until, "the place was not freed");
        tokio::time::sleep(Duration::from_millis(50)).await;
    }
    app.stop().await;
}
