//! Exchanges and recordings on several nodes: the one that holds the feed alone listens and keeps, and the next one goes on.

use super::{Redis, postgres};
use crate::feeds::until;
use crate::harness::PATIENCE;
use crate::lists::Exchange;
use crate::storage::Place;
use chrono::Utc;
use clap::Parser as _;
use finflow_app::market::feed::FeedStatus;
use finflow_app::market::quote::Quote;
use finflow_app::market::server::Market;
use finflow_app::market::server::candles::store::Store;
use finflow_app::market::server::candles::{KeptCandles, Past};
use finflow_app::money::Decimal;
use finflow_app::server::clock::Clock;
use finflow_app::server::config::{CandleConfig, Cli};
use finflow_app::server::database::Database;
use finflow_app::server::relay::Relay;
use finflow_app::server::shutdown::Shutdown;
use std::cell::RefCell;
use std::collections::HashMap;
use std::time::Duration;
use tokio::time::{sleep, timeout};

/// A node that has a market and no pages.
struct Trader {
    market: Market,
    database: Database,
    shutdown: Shutdown,
}

impl Trader {
    async fn start(redis: &Redis, place: &Place, market: &str) -> Self {
        let config = Cli::try_parse_from(["finflow", "--market", market]).unwrap().config.market;
        let (shutdown, database) = (Shutdown::default(), Database::open(&place.url).await.unwrap());
        let relay = Relay::start(&redis.address(), &shutdown).unwrap();
        let kept = KeptCandles::load(database.clone(), CandleConfig::default(), Utc::now())
            .await
            .unwrap();
        Self {
            market: Market::open_on(&config, Some(kept), &relay, Clock::System, &shutdown).unwrap(),
            database,
            shutdown,
        }
    }

    fn quote(&self, symbol: &str) -> Option<Quote> {
        self.market.bus.read(|quotes| quotes.get(symbol).cloned())
    }

    fn shows(&self, symbol: &str, price: &str) -> bool {
        self.quote(symbol).is_some_and(|quote| quote.price.to_string() == price)
    }

    /// How many units were traded, by the candles that it holds: a price is one.
    fn volume(&self, symbol: &str) -> Decimal {
        let Past::Kept { recorder, .. } = &self.market.past else {
            panic!("kept")
        };
        recorder.candles(symbol).iter().map(|candle| candle.volume).sum()
    }

    async fn stop(self) {
        assert_eq!(self.shutdown.drain(PATIENCE).await, 0, "no task is left");
        self.database.close().await;
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn row_20_only_the_holder_listens_to_venues_and_keeps_and_the_next_goes_on() {
    let (Some(redis), Some(place)) = (Redis::shared(), postgres().await) else {
        return;
    };
    let exchange = Exchange::start().await;
    // Each trade has one moment, however often it is told.
    let moments = RefCell::new(HashMap::new());
    let told = |symbol: &str, price: &str, trade: u64| {
        let at = *moments.borrow_mut().entry((symbol.to_owned(), trade)).or_insert_with(Utc::now);
        exchange.price_at(symbol, price, trade, at);
    };
    let one = Trader::start(&redis, &place, &exchange.market()).await;
    until("the first price", || {
        told("BTC-USD", "100.10", 1);
        one.shows("BTC", "100.10")
    })
    .await;
    let opened = exchange.mock.opened();
    let two = Trader::start(&redis, &place, &exchange.market()).await;
    until("the other node shows it", || two.shows("BTC", "100.10")).await;
    until("and says that it is live", || two.market.bus.feed().status == FeedStatus::Live).await;
    assert_eq!(two.quote("BTC"), one.quote("BTC"), "to the last digit, and of the same trade");
    told("BTC-USD", "100.20", 2);
    until("both show the next", || one.shows("BTC", "100.20") && two.shows("BTC", "100.20")).await;
    let tells = async {
        while two.market.health().await.providers.is_empty() {
            sleep(Duration::from_millis(20)).await;
        }
    };
    timeout(PATIENCE, tells).await.expect("the other node tells how the sources do");
    // What somebody chooses on the other node is followed by the one that listens.
    until("its lists are there", || two.market.offer("coinbase:SOL-USD").is_some()).await;
    two.market.choose("coinbase:SOL-USD").await.unwrap();
    until("both show what was chosen", || {
        told("SOL-USD", "50.5", 1);
        one.shows("SOL-USD", "50.5") && two.shows("SOL-USD", "50.5")
    })
    .await;
    assert_eq!(exchange.mock.opened(), opened, "nobody else has connected");
    let candles = |trader: &Trader| (trader.volume("BTC"), trader.volume("SOL-USD"));
    until("both have the same candles", || candles(&one) == candles(&two)).await;
    let before = candles(&one);
    assert!(before.0 >= 2.into() && before.1 >= 1.into());
    one.stop().await;
    until("the other node connects", || exchange.mock.opened() > opened).await;
    until("and shows what comes", || {
        told("BTC-USD", "100.30", 3);
        told("SOL-USD", "50.6", 2);
        two.shows("BTC", "100.30") && two.shows("SOL-USD", "50.6")
    })
    .await;
    let after = candles(&two);
    assert!(after.0 > before.0 && after.1 > before.1, "it goes on with what was kept");
    let database = Database::open(&place.url).await.unwrap();
    two.stop().await;
    let loaded = Store(database.clone()).load().await.unwrap();
    let volume = |symbol: &str| {
        let of = loaded.iter().find(|(key, _)| key.symbol == symbol).map(|(_, series)| series);
        of.unwrap().candles().map(|candle| candle.volume).sum::<Decimal>()
    };
    assert_eq!(
        (volume("BTC"), volume("SOL-USD")),
        (3.into(), 2.into()),
        "each trade once, whoever kept it"
    );
    database.close().await;
    exchange.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn row_20_a_recording_goes_on_where_it_was_on_the_next_node() {
    let (Some(redis), Some(place)) = (Redis::shared(), postgres().await) else {
        return;
    };
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("ticks.csv");
    // The price is the number of tenths of seconds since the beginning.
    let lines = (1..600).map(|tenth| format!("2026-01-02T10:00:{:02}.{}00Z,A,{tenth}\n", tenth / 10, tenth % 10));
    std::fs::write(&file, String::from("time,symbol,price\n") + &lines.collect::<String>()).unwrap();
    let market = format!("replay:{}", file.display());
    let one = Trader::start(&redis, &place, &market).await;
    until("it plays", || one.quote("A").is_some_and(|quote| quote.price > 5.into())).await;
    let began = |quote: &Quote| quote.quoted_at.timestamp_millis() - 100 * i64::try_from(quote.price.trunc().mantissa()).unwrap();
    let first = began(&one.quote("A").unwrap());
    let two = Trader::start(&redis, &place, &market).await;
    until("the other shows it", || two.quote("A").is_some()).await;
    assert_eq!(began(&two.quote("A").unwrap()), first);
    one.stop().await;
    let last = two.quote("A").unwrap().price;
    until("it goes on", || {
        two.quote("A").is_some_and(|quote| quote.price > last + Decimal::from(5))
    })
    .await;
    assert_eq!(began(&two.quote("A").unwrap()), first, "as if nothing had happened");
    two.stop().await;
}
