//! Several nodes as one, over a real Redis: what they tell each other, and what happens when something between them breaks.

mod broken;
mod changes;
mod feed;
mod proxy;
mod relay;
mod rolling;
mod sources;

use crate::harness::{Client, PATIENCE, TestApp};
use crate::program::{Program, signal};
use crate::storage::{Place, places};
use chrono::{DateTime, Utc};
use finflow_app::server::config::RedisUrl;
use serde_json::Value;
use std::collections::BTreeMap;
use std::net::{IpAddr, Ipv4Addr, SocketAddr, TcpListener};
use std::process::{Child, Command, Stdio};
use std::sync::atomic::{AtomicU32, Ordering};
use tokio_tungstenite::tungstenite::client::IntoClientRequest as _;

/// A Redis for a test. One of the test's own can be killed, paused and started again.
pub struct Redis {
    port: u16,
    /// Which database: what others do in theirs is nobody's here.
    number: u32,
    own: Option<Child>,
}

impl Redis {
    /// The one that the run has, or one of the test's own; `None` where there is none and none is required.
    pub fn shared() -> Option<Self> {
        match std::env::var("FINFLOW_TEST_REDIS_URL").ok().and_then(|url| port_of(&url)) {
            Some(port) => Some(Self {
                port,
                number: NEXT.fetch_add(1, Ordering::Relaxed) % DATABASES,
                own: None,
            }),
            None => Self::own(),
        }
    }

    /// One of the test's own.
    pub fn own() -> Option<Self> {
        let port = TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap().port();
        let mut redis = Self {
            port,
            number: 0,
            own: None,
        };
        match redis.spawn() {
            Ok(child) => redis.own = Some(child),
            Err(_) if std::env::var_os("FINFLOW_REQUIRE_REDIS").is_none() => {
                eprintln!("without Redis: there is no redis-server (cargo xtask test installs it)");
                return None;
            }
            Err(error) => panic!("redis-server: {error}"),
        }
        Some(redis)
    }

    fn spawn(&self) -> std::io::Result<Child> {
        let mut server = Command::new("redis-server");
        server.args([
            "--port",
            &self.port.to_string(),
            "--bind",
            "127.0.0.1",
            "--save",
            "",
            "--appendonly",
            "no",
        ]);
        server.stdout(Stdio::null()).stderr(Stdio::null()).spawn()
    }

    pub fn url(&self) -> String {
        format!("redis://127.0.0.1:{}/{}", self.port, self.number)
    }

    pub fn address(&self) -> RedisUrl {
        self.url().parse().unwrap()
    }

    /// It is gone at once, and all that it knew.
    pub fn kill(&mut self) {
        let mut child = self.own.take().expect("the test's own");
        child.kill().unwrap();
        child.wait().unwrap();
    }

    /// It is there again, and knows nothing.
    pub fn start_again(&mut self) {
        self.own = Some(self.spawn().unwrap());
    }

    /// It takes connections and answers nothing.
    pub fn pause(&self) {
        signal(self.own.as_ref().unwrap().id(), "STOP");
    }

    /// It goes on.
    pub fn resume(&self) {
        signal(self.own.as_ref().unwrap().id(), "CONT");
    }
}

impl Drop for Redis {
    fn drop(&mut self) {
        if let Some(mut child) = self.own.take() {
            let _ = child.kill();
            let _ = child.wait();
        }
    }
}

/// Databases that the run's Redis has, and the one that the next test gets.
const DATABASES: u32 = 1_000;
static NEXT: AtomicU32 = AtomicU32::new(0);

/// A database that nodes can share; `None` where there is none and none is required.
pub async fn postgres() -> Option<Place> {
    places().await.into_iter().nth(1)
}

/// What a node of one installation is started with.
fn arguments<'a>(redis: &'a str, database: &'a str, seed: &'a str) -> [&'a str; 6] {
    ["--redis-url", redis, "--database-url", database, "--market-seed", seed]
}

/// A node in this process. Seeds may differ: then a price tells whose it is.
pub async fn node(redis: &Redis, place: &Place, seed: &str) -> TestApp {
    let app = TestApp::start(&arguments(&redis.url(), &place.url, seed)).await;
    app.browser().get("/healthz").await;
    app
}

/// A node in a process of its own, which can be paused and killed.
pub async fn process(addr: SocketAddr, redis: &Redis, place: &Place, seed: &str, more: &[&str]) -> Program {
    let (addr, redis) = (addr.to_string(), redis.url());
    let own = ["--addr", &addr, "--min-interval-ms", "20"];
    Program::alone(&[&own, &arguments(&redis, &place.url, seed)[..], more].concat()).await
}

/// Any port of this machine.
pub const ANY: SocketAddr = SocketAddr::new(IpAddr::V4(Ipv4Addr::LOCALHOST), 0);

/// A socket that watches the sample, and what it has heard.
pub struct Viewer {
    client: Client,
    /// What the feed does.
    pub status: String,
    /// The price of each symbol at each moment at which one was made.
    pub seen: BTreeMap<(String, DateTime<Utc>), String>,
    /// The moment of the latest price of each symbol.
    latest: BTreeMap<String, DateTime<Utc>>,
}

impl Viewer {
    pub async fn of(addr: SocketAddr) -> Self {
        let request = format!("ws://{addr}/ws/portfolio/").into_client_request().unwrap();
        let mut client = Client::open(addr, request).await.unwrap();
        let greeting = client.next().await;
        client.start(50).await;
        Self {
            client,
            status: greeting["data"]["feed"]["status"].as_str().unwrap().to_owned(),
            seen: BTreeMap::new(),
            latest: BTreeMap::new(),
        }
    }

    /// Takes the next message. No price goes back in time, whatever happens.
    pub async fn hear(&mut self) -> Value {
        let message = self.client.next().await;
        match message["type"].as_str().unwrap() {
            "feed_status" => self.status = message["data"]["status"].as_str().unwrap().to_owned(),
            "price_update" => {
                for row in message["data"]["investments"].as_array().unwrap() {
                    let Some(quoted_at) = row["quoted_at"].as_str() else { continue };
                    let quoted_at: DateTime<Utc> = quoted_at.parse().unwrap();
                    let symbol = row["symbol"].as_str().unwrap().to_owned();
                    let before = self.latest.insert(symbol.clone(), quoted_at);
                    assert!(before.is_none_or(|before| before <= quoted_at), "{symbol} went back in time");
                    self.seen.insert((symbol, quoted_at), row["current_price"].to_string());
                }
            }
            _ => {}
        }
        message
    }

    /// Hears until the feed does this.
    pub async fn until(&mut self, status: &str) {
        let until = tokio::time::Instant::now() + 3 * PATIENCE;
        while self.status != status {
            assert!(tokio::time::Instant::now() < until, "the feed is {}, and not {status}", self.status);
            self.hear().await;
        }
    }

    /// Hears so many updates.
    pub async fn updates(&mut self, mut count: usize) {
        while count > 0 {
            count -= usize::from(self.hear().await["type"] == "price_update");
        }
    }

    /// Hears until a price was made after a moment.
    pub async fn until_priced_after(&mut self, moment: DateTime<Utc>) {
        while self.latest.values().max().is_none_or(|latest| *latest <= moment) {
            self.hear().await;
        }
    }
}

/// Both show the prices of one source: nothing that both have seen differs, and they have seen a lot of the same.
pub fn agree(one: &Viewer, other: &Viewer) {
    let mut common = 0;
    for (key, price) in &one.seen {
        if let Some(theirs) = other.seen.get(key) {
            assert_eq!(price, theirs, "{key:?}");
            common += 1;
        }
    }
    assert!(
        common >= 10,
        "{common} prices of both, of {} and {}",
        one.seen.len(),
        other.seen.len()
    );
}

impl Redis {
    /// Which node holds a lease, and its token.
    pub async fn holder(&self, lease: &str) -> Option<String> {
        let client = redis::Client::open(self.url()).unwrap();
        let mut connection = client.get_multiplexed_async_connection().await.unwrap();
        let key = format!("finflow:{{{}}}:lease:{lease}", self.number);
        redis::cmd("GET").arg(&key).query_async(&mut connection).await.unwrap()
    }
}

fn port_of(url: &str) -> Option<u16> {
    url::Url::parse(url).ok()?.port()
}
