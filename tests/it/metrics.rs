//! The figures for Prometheus: they are well formed, they count what happened, and they tell nobody's name.

use crate::harness::{Client, PATIENCE, TestApp};
use crate::nodes::{ANY, Redis, postgres, process};
use crate::program::Program;
use serde_json::json;
use std::collections::{BTreeMap, BTreeSet};
use tokio_tungstenite::tungstenite::client::IntoClientRequest as _;
use tokio_tungstenite::tungstenite::protocol::{CloseFrame, frame::coding::CloseCode};

/// What a scrape says, read strictly.
pub struct Figures {
    pub text: String,
    /// By the whole of a sample's name with its labels.
    samples: BTreeMap<String, f64>,
    /// The figures that are described.
    pub names: BTreeSet<String>,
}

impl Figures {
    pub fn read(text: &str) -> Self {
        let (mut samples, mut kinds, mut helped) = (BTreeMap::new(), BTreeMap::new(), BTreeSet::new());
        let mut current = String::new();
        assert!(text.ends_with('\n'));
        for line in text.lines() {
            if let Some(help) = line.strip_prefix("# HELP ") {
                let (name, sentence) = help.split_once(' ').expect("a sentence");
                assert!(sentence.ends_with('.') && sentence.len() > 5, "{line}");
                assert!(helped.insert(name.to_owned()), "{name} twice");
                current = name.to_owned();
            } else if let Some(kind) = line.strip_prefix("# TYPE ") {
                let (name, kind) = kind.split_once(' ').expect("a kind");
                assert_eq!(name, current, "HELP comes before TYPE");
                assert!(["counter", "gauge", "histogram"].contains(&kind), "{line}");
                kinds.insert(name.to_owned(), kind.to_owned());
            } else {
                let (sample, value) = line.rsplit_once(' ').expect("a value");
                let name = sample.split('{').next().unwrap();
                let kind = kinds.get(&current).map(String::as_str).expect("a kind before values");
                let own = match kind {
                    "histogram" => ["_bucket", "_sum", "_count"].iter().any(|end| name == format!("{current}{end}")),
                    _ => name == current,
                };
                assert!(own, "{line} stands below {current}");
                assert_eq!(kind == "counter", name.ends_with("_total"), "{line}");
                let value: f64 = value.parse().unwrap_or_else(|_| panic!("{line}"));
                assert!(value >= 0.0, "{line}");
                assert!(samples.insert(sample.to_owned(), value).is_none(), "{sample} twice");
            }
        }
        let figures = Self {
            text: text.to_owned(),
            samples,
            names: helped,
        };
        for (name, _) in kinds.iter().filter(|(_, kind)| *kind == "histogram") {
            figures.hold_together(name);
        }
        figures
    }

    /// The classes of a histogram grow, and the last is the count.
    fn hold_together(&self, name: &str) {
        let mut last: BTreeMap<String, f64> = BTreeMap::new();
        // In the order of the text, which is that of the bounds.
        for line in self.text.lines().filter(|line| line.starts_with(&format!("{name}_bucket{{"))) {
            let (sample, value) = line.rsplit_once(' ').unwrap();
            let (before, bound) = sample.split_once("le=\"").unwrap();
            let value: f64 = value.parse().unwrap();
            let known = last.entry(before.trim_end_matches([',', '{']).to_owned()).or_default();
            assert!(value >= *known, "{line}");
            *known = value;
            if bound.starts_with("+Inf") {
                let rest = before.strip_prefix(&format!("{name}_bucket")).unwrap().trim_end_matches([',', '{']);
                let labels = if rest.is_empty() { String::new() } else { format!("{rest}}}") };
                assert_eq!(self.of(&format!("{name}_count{labels}")), value, "{line}");
            }
        }
    }

    /// A sample, by its name with its labels; 0 where there is none.
    pub fn of(&self, sample: &str) -> f64 {
        self.samples.get(sample).copied().unwrap_or_default()
    }

    /// The sum of all samples of a figure.
    pub fn all(&self, name: &str) -> f64 {
        let own = self.samples.iter().filter(|(sample, _)| sample.split('{').next() == Some(name));
        own.map(|(_, value)| value).sum()
    }
}

#[tokio::test]
async fn what_nodes_tell_each_other_is_counted() {
    let (Some(redis), Some(place)) = (Redis::shared(), postgres().await) else {
        return;
    };
    let metrics = ["--metrics-addr", "127.0.0.1:0"];
    let mut one = process(ANY, &redis, &place, "8", &metrics).await;
    one.until("it holds the feed", |figures| figures.all("finflow_relay_terms_total") >= 1.0)
        .await;
    let other = process(ANY, &redis, &place, "8", &metrics).await;
    other
        .until("it hears prices", |figures| {
            figures.of("finflow_relay_up") == 1.0 && figures.all("finflow_relay_heard_total") > 3.0
        })
        .await;
    let said = one.figures().await.of("finflow_relay_published_total{result=\"said\"}");
    assert!(said > 3.0, "{said}");
    one.stop().await;
    other
        .until("it takes over", |figures| figures.all("finflow_relay_terms_total") >= 1.0)
        .await;
}

#[tokio::test]
async fn sockets_frames_and_requests_are_counted_as_they_were() {
    let folder = tempfile::tempdir().unwrap();
    let program = Program::start(folder.path(), &["--metrics-addr", "127.0.0.1:0", "--min-interval-ms", "20"], &[]).await;
    let url = format!("ws://{}/ws/portfolio/", program.addr);
    let mut clients = vec![];
    for _ in 0..3 {
        let mut client = Client::open(program.addr, url.as_str().into_client_request().unwrap())
            .await
            .unwrap();
        client.next_of("connection_established").await;
        clients.push(client);
    }
    let open = program
        .until("three are open", |figures| figures.all("finflow_sockets_open") == 3.0)
        .await;
    assert_eq!(open.all("finflow_sockets_opened_total"), 3.0);
    assert_eq!(open.all("finflow_frames_delivered_total"), 0.0);
    let mut foreign = url.as_str().into_client_request().unwrap();
    foreign.headers_mut().insert("origin", "http://evil.test".parse().unwrap());
    assert!(Client::open(program.addr, foreign).await.is_err());
    for client in &mut clients {
        client.start(20).await;
        for _ in 0..10 {
            client.next_of("price_update").await;
        }
    }
    clients[0].send_text("this is not JSON").await;
    clients[0].next_of("error").await;
    clients[0].send(json!({"type": "start_updates", "portfolio_id": "nobody's"})).await;
    clients[0].next_of("error").await;
    let watched = program
        .until("three watch", |figures| figures.all("finflow_frames_delivered_total") >= 30.0)
        .await;
    assert_eq!(watched.of("finflow_streams"), 1.0);
    assert_eq!(watched.of("finflow_watchers"), 3.0);
    assert_eq!(watched.of("finflow_messages_received_total"), 5.0);
    assert_eq!(watched.of("finflow_message_errors_total{code=\"invalid_json\"}"), 1.0);
    assert_eq!(watched.of("finflow_message_errors_total{code=\"not_found\"}"), 1.0);
    assert_eq!(watched.of("finflow_sockets_refused_total{reason=\"origin\"}"), 1.0);
    assert!(watched.of("finflow_tick_to_write_seconds_count") >= 20.0);
    assert_eq!(
        watched.of("finflow_tick_to_write_seconds_count"),
        watched.of("finflow_frame_age_seconds_count")
    );
    assert!(watched.of("finflow_valuation_seconds_count") > 0.0);
    assert!(watched.of("finflow_sent_bytes_total") > 30.0 * 100.0);
    assert_eq!(watched.of("finflow_feed_status{status=\"live\"}"), 1.0);
    assert!(watched.of("finflow_quotes_received_total") > 0.0);
    assert_eq!(watched.of("finflow_database_up"), 1.0);
    // One says goodbye, one is gone without a word, one stays.
    let goodbye = CloseFrame {
        code: CloseCode::Normal,
        reason: "".into(),
    };
    clients[2].0.close(Some(goodbye)).await.unwrap();
    drop(clients.remove(1));
    let left = program
        .until("two are closed", |figures| figures.all("finflow_sockets_closed_total") == 2.0)
        .await;
    assert_eq!(left.of("finflow_sockets_closed_total{code=\"1000\"}"), 1.0);
    assert_eq!(left.of("finflow_sockets_closed_total{code=\"1006\"}"), 1.0);
    assert_eq!(left.all("finflow_sockets_open"), 1.0);
    // Requests are told by their route, and what a stranger makes up is no route.
    for path in [
        "/healthz",
        "/healthz?x=1",
        "/live-portfolio/",
        "/portfolios/0123456789abcdef/",
        "/nowhere/at/all",
        "/api/v1/sample",
    ] {
        Program::fetch(program.addr, path, "").await;
    }
    let asked = program.figures().await;
    assert_eq!(
        asked.of("finflow_http_requests_total{method=\"GET\",route=\"/healthz\",status=\"200\"}"),
        2.0
    );
    assert_eq!(
        asked.of("finflow_http_request_seconds_count{method=\"GET\",route=\"/healthz\"}"),
        2.0
    );
    assert!(asked.of("finflow_http_requests_total{method=\"GET\",route=\"other\",status=\"404\"}") >= 1.0);
    for told in ["0123456789abcdef", "nowhere", "127.0.0.1", "evil.test", "nobody's"] {
        assert!(!asked.text.contains(told), "{told}");
    }
    assert_eq!(asked.of("finflow_panics_total"), 0.0);
    for name in [
        "process_resident_memory_bytes",
        "process_open_fds",
        "process_start_time_seconds",
        "finflow_runtime_workers",
    ] {
        assert!(asked.of(name) > 0.0, "{name}");
    }
}

/// A viewer who reads slowly gets the newest frame, and those that it did not get are counted.
#[tokio::test]
async fn frames_that_a_slow_reader_misses_are_counted() {
    let app = TestApp::start(&[]).await;
    let skipped = || {
        let mut text = finflow_app::server::metrics::text::Text::default();
        finflow_app::server::metrics::write(&mut text);
        Figures::read(&text.finish()).of("finflow_frames_skipped_total")
    };
    let before = skipped();
    let (mut slow, mut quick) = (app.connect_with_small_buffer().await, app.connect().await);
    slow.start(20).await;
    quick.start(20).await;
    // The slow one reads nothing while the other gets more than any buffer holds.
    for _ in 0..200 {
        quick.next_of("price_update").await;
    }
    let mut last = None;
    loop {
        let seq = slow.next_of("price_update").await["seq"].as_u64().unwrap();
        let missed = last.map_or(0, |last| seq - last - 1);
        last = Some(seq);
        if missed > 0 {
            // They are counted when the round of writes is over in which it got this.
            let counted = async {
                while skipped() - before < missed as f64 {
                    tokio::task::yield_now().await;
                }
            };
            tokio::time::timeout(PATIENCE, counted).await.expect("all are counted");
            break;
        }
    }
    drop((slow, quick));
    app.stop().await;
}

#[tokio::test]
async fn the_pages_port_has_no_figures_and_a_public_address_is_refused() {
    let folder = tempfile::tempdir().unwrap();
    let program = Program::start(folder.path(), &["--metrics-addr", "127.0.0.1:0"], &[]).await;
    let metrics = program.metrics.unwrap();
    assert_eq!(Program::fetch(program.addr, "/metrics", "").await.0, 404);
    assert_eq!(Program::fetch(metrics, "/live-portfolio/", "").await.0, 404);
    assert_eq!(Program::fetch(metrics, "/readyz", "").await.2, "ready\n");
    for address in ["0.0.0.0:9100", "[::]:9100", "8.8.8.8:9100", "127.0.0.1:8000"] {
        let refused = tokio::process::Command::new(env!("CARGO_BIN_EXE_finflow"))
            .args(["--check-config", "--metrics-addr", address])
            .output();
        let refused = refused.await.unwrap();
        let said = String::from_utf8_lossy(&refused.stderr).into_owned();
        assert_eq!(refused.status.code(), Some(2), "{address}");
        assert!(said.contains("FINFLOW_METRICS_ADDR"), "{said}");
    }
}

#[tokio::test]
async fn every_figure_that_is_pictured_is_there_and_every_one_is_pictured() {
    let folder = tempfile::tempdir().unwrap();
    let program = Program::start(folder.path(), &["--metrics-addr", "127.0.0.1:0"], &[]).await;
    let there = program.figures().await.names;
    let read = |name: &str| std::fs::read_to_string(format!("{}/deploy/{name}", env!("CARGO_MANIFEST_DIR"))).unwrap();
    let used = |text: &str| -> BTreeSet<String> {
        let words = text.split(|c: char| !c.is_ascii_lowercase() && c != '_');
        let ours = words.filter(|word| ["finflow_", "process_"].iter().any(|start| word.starts_with(start)));
        let figure = |word: &str| {
            let ends = ["_bucket", "_sum", "_count"];
            let base = ends
                .iter()
                .find_map(|end| word.strip_suffix(end))
                .filter(|base| there.contains(*base));
            base.unwrap_or(word).to_owned()
        };
        ours.map(figure).collect()
    };
    let (board, rules) = (read("grafana/finflow.json"), read("finflow.rules.yml"));
    serde_json::from_str::<serde_json::Value>(&board).expect("JSON");
    let pictured = used(&board);
    assert!(pictured.len() > 40 && used(&rules).len() > 8);
    let missing: Vec<_> = pictured
        .union(&used(&rules))
        .filter(|name| !there.contains(*name))
        .cloned()
        .collect();
    assert!(missing.is_empty(), "nowhere: {missing:?}");
    let unseen: Vec<_> = there
        .difference(&pictured)
        .filter(|name| *name != "process_virtual_memory_bytes")
        .collect();
    assert!(unseen.is_empty(), "not in the dashboard: {unseen:?}");
}
