//! How long a price takes to a viewer: `cargo run --release --example latency_bench`. The real server, a mock exchange that speaks as Alpaca
//! does, and a viewer, in one process over loopback. Timed is from before the exchange sends its message until a viewer has read the frame
//! with that price: both sockets, decode, sources, bus, stream and encoding are within it.

use anyhow::{Context as _, bail};
use clap::Parser as _;
use finflow_app::market::server::mock::{Act, Dialect, Mock, Traded};
use finflow_app::money::Decimal;
use finflow_app::server::clock::Clock;
use finflow_app::server::config::Cli;
use finflow_app::server::shutdown::Shutdown;
use finflow_app::start;
use futures_util::{SinkExt as _, StreamExt as _};
use rand::rngs::StdRng;
use rand::{RngExt as _, SeedableRng as _};
use serde_json::{Value, json};
use std::collections::HashMap;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::{Duration, Instant};
use tokio::net::TcpListener;
use tokio_tungstenite::connect_async;
use tokio_tungstenite::tungstenite::Message;

/// Milliseconds from one update to the next at the most, from one price to the next on average, and how many prices.
const ROUNDS: [(u64, u64, u64); 3] = [(10, 50, 1_000), (10, 200, 300), (250, 1_000, 100)];

/// When each price was told.
type Told = Arc<Mutex<HashMap<String, Instant>>>;

async fn round(mock: &Mock, address: &str, (interval_ms, mean_ms, prices): (u64, u64, u64), first: u64) -> anyhow::Result<()> {
    let (mut socket, _) = connect_async(address).await?;
    let start = json!({"type": "start_updates", "interval_ms": interval_ms}).to_string();
    socket.send(Message::text(start)).await?;
    let told = Told::default();
    let telling = tokio::spawn({
        let (mock, told) = (mock.clone(), told.clone());
        async move {
            let mut numbers = StdRng::seed_from_u64(first);
            tokio::time::sleep(Duration::from_secs(1)).await;
            for number in first..first + prices {
                let price = Decimal::new(1_000_000 + number as i64, 4);
                let traded = Traded {
                    symbol: "AAPL".into(),
                    price,
                    at: chrono::Utc::now(),
                    trade: number + 1,
                };
                let key = price.normalize().to_string();
                told.lock().unwrap_or_else(PoisonError::into_inner).insert(key, Instant::now());
                mock.act(Dialect::Alpaca, Act::Price(traded));
                // Evenly between none and twice the mean.
                tokio::time::sleep(Duration::from_micros(numbers.random_range(0..mean_ms * 2_000))).await;
            }
            tokio::time::sleep(Duration::from_millis(interval_ms + 500)).await;
        }
    });
    let mut took = vec![];
    while !telling.is_finished() {
        let heard = match tokio::time::timeout(Duration::from_millis(100), socket.next()).await {
            Ok(heard) => heard.context("the server hung up")??,
            Err(_) => continue,
        };
        let now = Instant::now();
        let Message::Text(text) = heard else { continue };
        let message: Value = serde_json::from_str(&text)?;
        let rows = message["data"]["investments"].as_array();
        let apple = rows.into_iter().flatten().find(|row| row["symbol"] == "AAPL");
        let Some(price) = apple.and_then(|row| row["current_price"].to_string().parse::<Decimal>().ok()) else {
            continue;
        };
        let mut told = told.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(at) = told.remove(&price.normalize().to_string()) {
            took.push(now - at);
        }
    }
    socket.close(None).await?;
    took.sort();
    let ms = |part: usize| {
        took.get((took.len().max(1) - 1) * part / 100)
            .map_or(f64::NAN, |one| one.as_secs_f64() * 1_000.0)
    };
    println!(
        "a price each {mean_ms} ms, interval {interval_ms} ms: median {:.2} ms, p90 {:.2}, p99 {:.2} ({} shown of {prices}; the rest gave way to a newer one)",
        ms(50),
        ms(90),
        ms(99),
        took.len()
    );
    Ok(())
}

async fn run() -> anyhow::Result<()> {
    let listener = TcpListener::bind("127.0.0.1:0").await?;
    let exchange = format!("ws://{}/alpaca", listener.local_addr()?);
    let shutdown = Shutdown::default();
    let mock = Mock::start(listener, &shutdown);
    let folder = tempfile::tempdir()?;
    std::fs::create_dir(folder.path().join("pkg"))?;
    std::fs::write(folder.path().join("pkg/finflow.js"), "export default function () {}")?;
    let file = folder.path().join("live.toml");
    let text = format!(
        "[provider.alpaca]\nurl = \"{exchange}\"\nkey = \"K\"\nsecret = \"S\"\n[[instrument]]\nsymbol = \"AAPL\"\nname = \"Apple\"\n\
         currency = \"USD\"\nsources = [\"alpaca:AAPL\"]\n"
    );
    std::fs::write(&file, text)?;
    let (root, file) = (folder.path().display().to_string(), file.display().to_string());
    let database = format!("sqlite:{root}/finflow.db");
    let market = format!("live:{file}");
    let args = [
        "finflow",
        "--addr",
        "127.0.0.1:0",
        "--site-root",
        &root,
        "--database-url",
        &database,
        "--market",
        &market,
        "--rates",
        "off",
        "--min-interval-ms",
        "10",
    ];
    let config = Cli::try_parse_from(args)?.config;
    let listener = TcpListener::bind(config.addr).await?;
    let address = format!("ws://{}/ws/portfolio/", listener.local_addr()?);
    let serving = tokio::spawn(start::serve(listener, config, Clock::System, shutdown.clone()));
    let began = Instant::now();
    while mock.asked().is_empty() {
        if began.elapsed() > Duration::from_secs(30) {
            bail!("the server does not ask the exchange");
        }
        tokio::time::sleep(Duration::from_millis(20)).await;
    }
    let mut first = 0;
    for of in ROUNDS {
        round(&mock, &address, of, first).await?;
        first += of.2;
    }
    shutdown.stopping().cancel();
    serving.await??;
    Ok(())
}

fn main() -> anyhow::Result<()> {
    tokio::runtime::Builder::new_multi_thread().enable_all().build()?.block_on(run())
}
