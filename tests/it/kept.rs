//! What a stop and a kill leave of the prices that exchanges told.

use crate::candles::{by_hand, quote};
use crate::feeds::{Exchange, until};
use crate::harness::PATIENCE;
use crate::storage::{places, sqlite};
use crate::ticks::all;
use chrono::{DateTime, TimeDelta, Utc};
use finflow_app::market::candle::{Candle, Interval};
use finflow_app::market::server::Market;
use finflow_app::market::server::candles::store::{Key, Store};
use finflow_app::market::server::candles::{KeptCandles, Past};
use finflow_app::market::server::mock::{Act, Dialect, Mock, Traded};
use finflow_app::market::server::ticks::Published;
use finflow_app::money::Decimal;
use finflow_app::server::clock::Clock;
use finflow_app::server::config::{CandleConfig, MarketConfig, MarketSource};
use finflow_app::server::database::Database;
use finflow_app::server::shutdown::Shutdown;
use std::path::Path;
use std::time::Duration;
use tokio::io::{AsyncBufReadExt as _, BufReader};
use tokio::process::{Child, Command};
use tokio::time::timeout;
use tokio_util::sync::CancellationToken;

/// How many of the last prices a venue tells again after a restart: more than a kill can cost.
const AGAIN: usize = 2_500;

/// What a venue told: each a microsecond or more after the one before, one unit each.
#[derive(Default)]
struct Told(Vec<Traded>);

impl Told {
    fn next(&mut self) -> Traded {
        let now = DateTime::from_timestamp_micros(Utc::now().timestamp_micros()).unwrap();
        let after = self.0.last().map(|last| last.at + TimeDelta::microseconds(1));
        let trade = self.0.len() as u64 + 1;
        let traded = Traded {
            symbol: "BTC-USD".into(),
            price: Decimal::new(10_000 + (trade * 7_919 % 211) as i64, 2),
            at: after.map_or(now, |after| after.max(now)),
            trade,
        };
        self.0.push(traded.clone());
        traded
    }

    /// The candles of the first `count` of them.
    fn candles(&self, count: usize) -> Vec<Candle> {
        let quotes: Vec<_> = self.0[..count]
            .iter()
            .map(|one| finflow_app::market::quote::Quote {
                size: Some(Decimal::ONE),
                ..quote("BTC", one.at, one.price, Some(one.trade))
            })
            .collect();
        by_hand(&quotes, Interval::Minute)
    }
}

fn bitcoin() -> Key {
    Key {
        symbol: "BTC".into(),
        currency: "USD".into(),
    }
}

fn tell(mock: &Mock, traded: Traded) {
    mock.act(Dialect::Coinbase, Act::Price(traded));
}

/// The minutes that a database has.
async fn minutes(database: &Database) -> Vec<Candle> {
    let loaded = Store(database.clone()).load().await.unwrap();
    loaded.get(&bitcoin()).map(|series| series.candles().collect()).unwrap_or_default()
}

/// How many prices are in candles: each is of one unit.
fn count(candles: &[Candle]) -> usize {
    let volume: Decimal = candles.iter().map(|one| one.volume).sum();
    volume.normalize().to_string().parse().unwrap()
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn a_stop_loses_no_price_that_was_published() {
    for place in places().await {
        let exchange = Exchange::start("\"coinbase:BTC-USD\"").await;
        let config = MarketConfig {
            source: MarketSource::Live(exchange.file()),
            seed: 8,
            replay_speed: 1.0,
        };
        let mut told = Told::default();
        for round in 1..=6 {
            let database = Database::open(&place.url).await.unwrap();
            let kept = KeptCandles::load(database.clone(), CandleConfig::default(), Utc::now());
            let kept = kept.await.unwrap();
            let shutdown = Shutdown::default();
            let market = Market::open_with(&config, Some(kept), Clock::System, &shutdown).unwrap();
            let Past::Kept { recorder, .. } = &market.past else {
                panic!("kept")
            };
            let before = count(&recorder.candles("BTC"));
            let (mock, enough) = (exchange.mock.clone(), CancellationToken::new());
            let telling = tokio::spawn({
                let enough = enough.clone();
                async move {
                    while !enough.is_cancelled() {
                        tell(&mock, told.next());
                        tokio::time::sleep(Duration::from_micros(200)).await;
                    }
                    told
                }
            });
            until("prices", || count(&recorder.candles("BTC")) > before + 40 * round).await;
            assert_eq!(shutdown.drain(PATIENCE).await, 0, "no task is left");
            enough.cancel();
            told = telling.await.unwrap();
            let published = recorder.candles("BTC");
            assert!(count(&published) > before + 40 * round);
            assert_eq!(minutes(&database).await, published, "round {round}");
            database.close().await;
        }
        exchange.stop().await;
    }
}

/// The program under prices, until it is killed.
struct Program(Child);

impl Program {
    async fn start(url: &str, file: &Path, site: &Path) -> Self {
        let mut program = Command::new(env!("CARGO_BIN_EXE_finflow"));
        let market = format!("live:{}", file.display());
        program
            .args([
                "--addr",
                "127.0.0.1:0",
                "--database-url",
                url,
                "--rates",
                "off",
                "--market",
                &market,
            ])
            .arg("--site-root")
            .arg(site);
        program.stderr(std::process::Stdio::piped()).kill_on_drop(true);
        let mut program = program.spawn().unwrap();
        let mut lines = BufReader::new(program.stderr.take().unwrap()).lines();
        loop {
            let line = timeout(PATIENCE, lines.next_line()).await.expect("starts").unwrap();
            if line.expect("lives").contains("is live on") {
                break;
            }
        }
        // Nobody else empties the pipe.
        tokio::spawn(async move { while let Ok(Some(_)) = lines.next_line().await {} });
        Self(program)
    }

    /// SIGKILL: nothing of it runs any more.
    async fn kill(mut self) {
        self.0.start_kill().unwrap();
        self.0.wait().await.unwrap();
    }
}

#[tokio::test]
async fn row_18_a_kill_loses_no_committed_candle_and_the_venue_makes_it_whole() {
    let rounds = std::env::var("FINFLOW_KILL_ROUNDS").ok().and_then(|rounds| rounds.parse().ok());
    let (place, site) = (sqlite(), tempfile::tempdir().unwrap());
    let exchange = Exchange::start("\"coinbase:BTC-USD\"").await;
    let database = Database::open(&place.url).await.unwrap();
    let mut told = Told::default();
    for round in 0..rounds.unwrap_or(3_usize) {
        let opened = exchange.mock.opened();
        let program = Program::start(&place.url, &exchange.file(), site.path()).await;
        until("a connection", || exchange.mock.opened() > opened).await;
        // The venue tells again what it told before, and nothing counts twice.
        let began = std::time::Instant::now();
        while count(&minutes(&database).await) < told.0.len() {
            assert!(began.elapsed() < 2 * PATIENCE, "it is whole again in round {round}");
            let from = told.0.len().saturating_sub(AGAIN);
            for traded in told.0[from..].chunks(50) {
                traded.iter().cloned().for_each(|one| tell(&exchange.mock, one));
                tokio::time::sleep(Duration::from_millis(10)).await;
            }
            tokio::time::sleep(Duration::from_millis(500)).await;
        }
        assert_eq!(minutes(&database).await, told.candles(told.0.len()), "exact in round {round}");
        // Then new prices, through some flushes, until it is killed somewhere between two.
        let (mut kept, mut flushes) = (told.0.len(), vec![]);
        let mut left = 20 + round * 67;
        while flushes.len() < 3 || left > 0 {
            for _ in 0..4 {
                tell(&exchange.mock, told.next());
                tokio::time::sleep(Duration::from_millis(3)).await;
            }
            let now = count(&minutes(&database).await);
            if now > kept {
                kept = now;
                flushes.push(told.0.len());
            }
            left -= usize::from(flushes.len() >= 3 && left > 0);
        }
        let hour = Utc::now().timestamp() / 3_600;
        let ticks = all(&database, hour - 1..hour + 1).await;
        program.kill().await;
        let after = minutes(&database).await;
        let ticks_after = all(&database, hour - 1..hour + 2).await;
        assert!(
            ticks.len() > 100 && ticks_after.starts_with(&ticks),
            "single prices that were kept are there"
        );
        assert!(ticks_after.is_sorted_by_key(|one| one.at));
        let is_told = |one: &Published| {
            told.0
                .iter()
                .any(|told| Some(told.trade) == one.quote.trade && told.price == one.quote.price)
        };
        assert!(ticks_after.iter().all(is_told));
        let there = count(&after);
        assert!(there >= kept, "what was committed is there: {there} of {kept}");
        // What was told when a flush was seen is in the next one: a kill costs what came between two flushes.
        let bound = flushes[flushes.len() - 2];
        assert!(there >= bound, "{there} of {} that were told a flush before the last", bound);
        assert_eq!(after, told.candles(there), "the candles of the first prices, and of no other");
        let (sound,): (String,) = sqlx::query_as("PRAGMA integrity_check").fetch_one(database.read()).await.unwrap();
        assert_eq!(sound, "ok");
    }
    database.close().await;
    exchange.stop().await;
}
