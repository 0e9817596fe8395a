//! Prices from exchanges, over real sockets: the exchange is a mock that fails in every way that venues fail.

use crate::harness::{PATIENCE, TestApp};
use chrono::{DateTime, Utc};
use finflow_app::market::candle::Interval;
use finflow_app::market::feed::FeedStatus;
use finflow_app::market::hours::MarketState;
use finflow_app::market::server::Market;
use finflow_app::market::server::mock::{Act, Dialect, Mock, Traded};
use finflow_app::money::Decimal;
use finflow_app::server::clock::Clock;
use finflow_app::server::config::{MarketConfig, MarketSource};
use finflow_app::server::shutdown::Shutdown;
use std::collections::HashSet;
use std::path::PathBuf;
use std::sync::{Arc, Mutex};
use std::time::{Duration, Instant};
use tokio::net::TcpListener;

/// The venues of coins.
const COINS: [Dialect; 3] = [Dialect::Coinbase, Dialect::Binance, Dialect::Kraken];

const BITCOIN: &str = "[[instrument]]\nsymbol = \"BTC\"\nname = \"Bitcoin\"\ncurrency = \"USD\"\ncounts_as = [\"USDT\"]\n";

/// A mock exchange and a file that leads to it.
pub struct Exchange {
    pub mock: Mock,
    shutdown: Shutdown,
    folder: tempfile::TempDir,
    addresses: String,
    trade: u64,
}

impl Exchange {
    pub async fn start(sources: &str) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let address = listener.local_addr().unwrap();
        let shutdown = Shutdown::default();
        let mock = Mock::start(listener, &shutdown);
        let table = |dialect: Dialect| format!("[provider.{0}]\nurl = \"ws://{address}/{0}\"\n", dialect.name());
        let exchange = Self {
            mock,
            shutdown,
            folder: tempfile::tempdir().unwrap(),
            addresses: Dialect::ALL.map(table).concat() + "key = \"K\"\nsecret = \"S\"\n",
            trade: 0,
        };
        exchange.write(sources);
        exchange
    }

    pub fn file(&self) -> PathBuf {
        self.folder.path().join("live.toml")
    }

    /// Names the sources of the one instrument.
    fn write(&self, sources: &str) {
        let text = format!(
            "silent_ms = 500\nstale_seconds = 30\n{}{BITCOIN}sources = [{sources}]\n",
            self.addresses
        );
        std::fs::write(self.file(), text).unwrap();
    }

    /// Gives the one instrument another label.
    pub fn rename(&self, symbol: &str, currency: &str) {
        let text = std::fs::read_to_string(self.file()).unwrap();
        let text = text.replace("symbol = \"BTC\"", &format!("symbol = \"{symbol}\""));
        let text = text.replace("currency = \"USD\"", &format!("currency = \"{currency}\""));
        std::fs::write(self.file(), text).unwrap();
    }

    /// The market of a server that listens to it, without the server.
    fn market(&self) -> Market {
        let config = MarketConfig {
            source: MarketSource::Live(self.file()),
            seed: 8,
            replay_speed: 1.0,
        };
        Market::open(&config, Clock::System, &self.shutdown).unwrap()
    }

    /// A new price at one venue.
    fn price(&mut self, dialect: Dialect, price: &str) -> Traded {
        self.trade += 1;
        let symbol = match dialect {
            Dialect::Coinbase => "BTC-USD",
            Dialect::Binance => "BTCUSDT",
            Dialect::Kraken => "BTC/USD",
            Dialect::Alpaca => "BTC",
        };
        let traded = Traded {
            symbol: symbol.into(),
            price: price.parse().unwrap(),
            at: Utc::now(),
            trade: self.trade,
        };
        self.mock.act(dialect, Act::Price(traded.clone()));
        traded
    }

    pub async fn stop(self) {
        assert_eq!(self.shutdown.drain(PATIENCE).await, 0, "no task is left");
    }
}

fn shown(market: &Market) -> Option<Decimal> {
    market.bus.read(|quotes| quotes.get("BTC").map(|quote| quote.price))
}

/// Waits until something holds, and tells how long it took.
pub async fn until(what: &str, mut holds: impl FnMut() -> bool) -> Duration {
    let began = Instant::now();
    while !holds() {
        assert!(began.elapsed() < PATIENCE, "in time: {what}");
        tokio::time::sleep(Duration::from_millis(5)).await;
    }
    began.elapsed()
}

pub async fn shows(market: &Market, price: &str) -> Duration {
    let price: Decimal = price.parse().unwrap();
    until(&format!("the price {price}"), || shown(market) == Some(price)).await
}

#[tokio::test]
async fn each_venue_brings_its_price_with_all_digits() {
    for (dialect, source) in [
        (Dialect::Coinbase, "\"coinbase:BTC-USD\""),
        (Dialect::Binance, "\"binance:BTCUSDT\""),
        (Dialect::Kraken, "\"kraken:BTC/USD\""),
        (Dialect::Alpaca, "\"alpaca:BTC\""),
    ] {
        let mut exchange = Exchange::start(source).await;
        let market = exchange.market();
        assert_eq!(market.bus.feed().status, FeedStatus::Connecting);
        let traded = exchange.price(dialect, "105899.40000001");
        shows(&market, "105899.40000001").await;
        let quote = market.bus.read(|quotes| quotes["BTC"].clone());
        assert_eq!(quote.price.to_string(), "105899.40000001");
        assert_eq!(
            quote.quoted_at.timestamp_millis(),
            traded.at.timestamp_millis(),
            "the venue's clock"
        );
        until("live", || market.bus.feed().status == FeedStatus::Live).await;
        let feed = market.bus.feed();
        assert_eq!((feed.source.as_str(), feed.simulated), (dialect.name(), false));
        exchange.stop().await;
    }
}

#[tokio::test]
async fn row_21_a_silent_venue_is_left_at_once_and_taken_back() {
    let mut exchange = Exchange::start("\"coinbase:BTC-USD\", \"kraken:BTC/USD\"").await;
    let market = exchange.market();
    exchange.price(Dialect::Coinbase, "100.1");
    shows(&market, "100.1").await;
    exchange.price(Dialect::Kraken, "100.2");
    until("both are listened to", || exchange.mock.asked().len() == 2).await;
    tokio::time::sleep(Duration::from_millis(100)).await;
    assert_eq!(shown(&market), Some("100.1".parse().unwrap()), "the first gives the price");
    exchange.mock.act(Dialect::Coinbase, Act::Stall(true));
    // To the millisecond this is tested on a driven clock (`connection::pulse`): here a busy machine may be late. A connection is
    // given up after five seconds.
    let took = shows(&market, "100.2").await;
    assert!(took < Duration::from_secs(3), "{took:?}");
    let feed = market.bus.feed();
    assert_eq!(feed.status, FeedStatus::Live);
    until("it is told", || {
        let detail = market.bus.feed().detail;
        detail.is_some_and(|detail| detail.contains("coinbase: it fell silent"))
    })
    .await;
    exchange.mock.act(Dialect::Coinbase, Act::Stall(false));
    until("the first is back", || {
        exchange.price(Dialect::Coinbase, "100.3");
        shown(&market) == Some("100.3".parse().unwrap())
    })
    .await;
    until("all is well", || market.bus.feed().detail.is_none()).await;
    exchange.stop().await;
}

#[tokio::test]
async fn row_21_whatever_venues_do_no_wrong_price_is_shown_and_no_task_dies() {
    let mut exchange = Exchange::start("\"coinbase:BTC-USD\", \"kraken:BTC/USD\", \"binance:BTCUSDT\"").await;
    let market = exchange.market();
    let (right, seen) = (
        Arc::new(Mutex::new(HashSet::new())),
        Arc::new(Mutex::new(Vec::<(DateTime<Utc>, Decimal)>::new())),
    );
    let (watched, noted) = (market.clone(), seen.clone());
    let watcher = tokio::spawn(async move {
        loop {
            let quote = watched.bus.read(|quotes| quotes.get("BTC").cloned());
            if let Some(quote) = quote {
                noted.lock().unwrap().push((quote.quoted_at, quote.price));
            }
            tokio::time::sleep(Duration::from_millis(1)).await;
        }
    });
    let tell = |exchange: &mut Exchange, dialect: Dialect, price: &str| {
        right.lock().unwrap().insert(price.parse::<Decimal>().unwrap());
        exchange.price(dialect, price)
    };
    let first = tell(&mut exchange, Dialect::Coinbase, "1000");
    shows(&market, "1000").await;
    until("all three are listened to", || exchange.mock.asked().len() == 3).await;
    let tasks = exchange.shutdown.tasks();
    let wild = |price: &str, at| Traded {
        symbol: "BTC-USD".into(),
        price: price.parse().unwrap(),
        at,
        trade: 1_000_000,
    };
    for round in 0..6u32 {
        for (number, dialect) in COINS.into_iter().enumerate() {
            let mock = exchange.mock.clone();
            match (round as usize + number) % 6 {
                0 => mock.act(dialect, Act::Drop),
                1 => mock.act(dialect, Act::Leave),
                2 => (0..25).for_each(|_| mock.act(dialect, Act::Text("{\"type\":\"ticker\",\"price\":".into()))),
                3 => (0..3).for_each(|_| mock.act(dialect, Act::Binary(vec![0, 159, 146, 150]))),
                4 => mock.act(
                    dialect,
                    Act::Text("{\"type\":\"ticker\",\"product_id\":\"BTC-USD\",\"price\":\"-5\"}".into()),
                ),
                // Again and older: a message that comes twice, and one that was overtaken.
                _ => (0..3).for_each(|_| mock.act(Dialect::Coinbase, Act::Text(Dialect::Coinbase.ticker(&first)))),
            }
        }
        let price = format!("10{:02}.5", round);
        for dialect in COINS {
            tell(&mut exchange, dialect, &price);
        }
        // Ten times the price, once.
        exchange
            .mock
            .act(Dialect::Coinbase, Act::Text(Dialect::Coinbase.ticker(&wild("10000", Utc::now()))));
        tokio::time::sleep(Duration::from_millis(150)).await;
    }
    // Then all is well again, and the prices of now come.
    let calm = "1042.25";
    until("a price of now", || {
        exchange.trade += 2_000_000;
        tell(&mut exchange, Dialect::Coinbase, calm);
        shown(&market) == Some(calm.parse().unwrap())
    })
    .await;
    watcher.abort();
    let (right, seen) = (right.lock().unwrap().clone(), seen.lock().unwrap().clone());
    let wrong: Vec<_> = seen.iter().filter(|(_, price)| !right.contains(price)).collect();
    assert!(wrong.is_empty(), "{wrong:?}");
    assert!(seen.is_sorted_by_key(|(quoted_at, _)| *quoted_at), "no price goes back");
    assert!(
        exchange.shutdown.tasks() <= tasks + 3 && exchange.shutdown.tasks() + 3 >= tasks,
        "connections aside"
    );
    exchange.stop().await;
}

#[tokio::test]
async fn a_stale_price_says_so_on_the_socket() {
    let mut exchange = Exchange::start("\"coinbase:BTC-USD\"").await;
    let market = format!("live:{}", exchange.file().display());
    let app = TestApp::start(&["--market", &market]).await;
    let mut client = app.connect().await;
    until("a subscription", || !exchange.mock.asked().is_empty()).await;
    exchange.price(Dialect::Coinbase, "100");
    let mut statuses = vec![];
    while statuses.last().is_none_or(|status| status != "live") {
        let status = client.next_of("feed_status").await;
        assert_eq!(
            (&status["data"]["source"], &status["data"]["simulated"]),
            (&"coinbase".into(), &false.into())
        );
        statuses.push(status["data"]["status"].as_str().unwrap().to_owned());
    }
    assert!(app.http("GET /readyz").await.0 == 200);
    exchange.mock.refuse(Dialect::Coinbase, Some(429));
    exchange.mock.act(Dialect::Coinbase, Act::Drop);
    let stale = loop {
        let status = client.next_of("feed_status").await;
        if status["data"]["status"] == "stale" {
            break status;
        }
    };
    let detail = stale["data"]["detail"].as_str().unwrap();
    assert!(detail.contains("No current price of BTC. coinbase: "), "{detail}");
    app.stop().await;
    exchange.stop().await;
}

#[tokio::test]
async fn what_a_venue_does_not_have_the_next_one_brings() {
    let mut exchange = Exchange::start("\"coinbase:UNLISTED-USD\", \"kraken:BTC/USD\"").await;
    let market = exchange.market();
    until("a subscription", || !exchange.mock.asked().is_empty()).await;
    exchange.price(Dialect::Kraken, "101.5");
    shows(&market, "101.5").await;
    until("it is told", || {
        let detail = market.bus.feed().detail;
        detail.is_some_and(|detail| detail.contains("coinbase: it does not have UNLISTED-USD"))
    })
    .await;
    assert_eq!(exchange.mock.heard(Dialect::Coinbase).len(), 1, "it is not asked for again");
    exchange.stop().await;
}

#[tokio::test]
async fn a_venue_that_cannot_be_reached_safely_is_told_and_no_task_dies() {
    let mut exchange = Exchange::start("\"coinbase:BTC-USD\", \"kraken:BTC/USD\"").await;
    // The mock speaks no TLS.
    let text = std::fs::read_to_string(exchange.file()).unwrap();
    let (first, rest) = text.split_once("ws://").unwrap();
    std::fs::write(exchange.file(), format!("{first}wss://{rest}")).unwrap();
    let market = exchange.market();
    exchange.price(Dialect::Kraken, "101.5");
    shows(&market, "101.5").await;
    until("it is told", || {
        let detail = market.bus.feed().detail;
        detail.is_some_and(|detail| detail.contains("coinbase: it cannot be reached"))
    })
    .await;
    exchange.stop().await;
}

#[tokio::test]
async fn who_is_not_let_in_is_told_so_and_does_not_ask_again() {
    let exchange = Exchange::start("\"alpaca:BTC\"").await;
    let text = std::fs::read_to_string(exchange.file()).unwrap();
    std::fs::write(exchange.file(), text.replace("secret = \"S\"", "secret = \"planted-secret\"")).unwrap();
    let market = exchange.market();
    until("it is told", || {
        let detail = market.bus.feed().detail.unwrap_or_default();
        assert!(!detail.contains("planted"));
        detail.contains("alpaca: it does not let us in: auth failed; it is not tried again")
    })
    .await;
    assert_eq!(exchange.mock.opened(), 1);
    exchange.stop().await;
}

#[tokio::test]
async fn a_changed_file_changes_subscriptions_and_keeps_connections() {
    let mut exchange = Exchange::start("\"coinbase:BTC-USD\", \"kraken:BTC/USD\"").await;
    let market = exchange.market();
    until("both are listened to", || exchange.mock.asked().len() == 2).await;
    exchange.price(Dialect::Coinbase, "100");
    shows(&market, "100").await;
    exchange.price(Dialect::Kraken, "100.5");
    let opened = exchange.mock.opened();
    exchange.write("\"coinbase:BTC-EUR\", \"kraken:BTC/USD\"");
    tokio::time::sleep(Duration::from_secs(3)).await;
    assert_eq!(exchange.mock.heard(Dialect::Coinbase).len(), 1, "a file that is wrong is not taken");
    exchange.write("\"coinbase:BTC-USDT\", \"kraken:BTC/USD\"");
    until("the change is said", || exchange.mock.heard(Dialect::Coinbase).len() == 3).await;
    let heard = exchange.mock.heard(Dialect::Coinbase);
    assert!(heard[1].contains("\"unsubscribe\"") && heard[1].contains("BTC-USD\""), "{heard:?}");
    assert!(heard[2].contains("\"subscribe\"") && heard[2].contains("BTC-USDT"), "{heard:?}");
    shows(&market, "100.5").await;
    assert_eq!(exchange.mock.opened(), opened, "without a new connection");
    exchange.stop().await;
}

#[tokio::test]
async fn what_a_changed_file_names_anew_is_listed_and_priced_without_a_restart() {
    let mut exchange = Exchange::start("\"coinbase:BTC-USD\"").await;
    let market = exchange.market();
    until("it is listened to", || exchange.mock.asked().len() == 1).await;
    exchange.price(Dialect::Coinbase, "100");
    shows(&market, "100").await;
    let opened = exchange.mock.opened();
    assert!(market.instrument("ETH").is_none());
    let table = |symbol: &str, currency: &str, source: &str| {
        format!("[[instrument]]\nsymbol = \"{symbol}\"\nname = \"New\"\ncurrency = \"{currency}\"\nsources = [\"{source}\"]\n")
    };
    let before = std::fs::read_to_string(exchange.file()).unwrap();
    // One that is new, a pair that is new, a share that ships in another currency, and one of a provider that is reached otherwise now.
    let new = before.replace("/kraken", "/elsewhere")
        + &table("ETH", "USD", "coinbase:ETH-USD")
        + &table("AAPL", "EUR", "coinbase:AAPL-EUR")
        + &table("XRP", "USD", "kraken:XRP/USD")
        + "[[pair]]\nfrom = \"EUR\"\nto = \"USD\"\nsources = [\"coinbase:EUR-USD\"]\n";
    std::fs::write(exchange.file(), new).unwrap();
    until("what is new is asked for", || exchange.mock.asked().len() == 3).await;
    let asked = format!("{:?}", exchange.mock.asked());
    assert!(
        asked.contains("ETH-USD") && asked.contains("EUR-USD") && !asked.contains("AAPL"),
        "{asked}"
    );
    assert_eq!(market.instrument("ETH").map(|one| one.name.as_str()), Some("New"));
    assert_eq!(market.instrument("AAPL").map(|one| one.currency.as_str()), Some("USD"));
    assert!(market.instrument("XRP").is_none() && market.instruments().any(|one| one.symbol == "ETH"));
    for (symbol, price) in [("ETH-USD", "7"), ("EUR-USD", "1.25")] {
        let traded = Traded {
            symbol: symbol.into(),
            price: price.parse().unwrap(),
            at: Utc::now(),
            trade: 1,
        };
        exchange.mock.act(Dialect::Coinbase, Act::Price(traded));
    }
    let price = || market.bus.read(|quotes| quotes.get("ETH").map(|quote| quote.price.to_string()));
    until("its price", || price().as_deref() == Some("7")).await;
    until("the rate", || market.live_rates.rate("EUR", "USD").is_some()).await;
    assert_eq!(market.market_state("ETH", "coinbase"), MarketState::Open);
    let told: Vec<_> = market.health().await.instruments.into_iter().map(|one| one.symbol).collect();
    assert_eq!(told, ["BTC", "ETH", "EUR/USD"], "instruments before pairs");
    let today = Utc::now() - chrono::TimeDelta::days(1)..Utc::now() + chrono::TimeDelta::days(1);
    assert_eq!(
        market.candles("ETH", Interval::Minute, today).await.unwrap().len(),
        1,
        "it has candles"
    );
    shows(&market, "100").await;
    assert_eq!(exchange.mock.opened(), opened, "without a new connection");
    exchange.stop().await;
}

#[tokio::test]
async fn a_gap_is_noticed_and_healed() {
    let mut exchange = Exchange::start("\"coinbase:BTC-USD\"").await;
    let market = exchange.market();
    exchange.price(Dialect::Coinbase, "100");
    shows(&market, "100").await;
    // The heartbeat names a trade whose price never came.
    let beat = r#"{"type":"heartbeat","sequence":9,"last_trade_id":500,"product_id":"BTC-USD","time":"2026-01-01T00:00:00Z"}"#;
    // Its own heartbeats, which know better, may come between two of these, and not between all.
    for _ in 0..6 {
        exchange.mock.act(Dialect::Coinbase, Act::Text(beat.into()));
    }
    until("it is asked for anew", || exchange.mock.heard(Dialect::Coinbase).len() >= 3).await;
    let opened = exchange.mock.opened();
    assert_eq!(opened, 1, "without a new connection");
    exchange.stop().await;
}
