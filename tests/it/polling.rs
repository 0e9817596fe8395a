//! Prices that are asked for, beside those that stream; and what comes of it when several sources of one instrument disagree.

use crate::harness::PATIENCE;
use chrono::{TimeDelta, Utc};
use finflow_app::market::feed::FeedStatus;
use finflow_app::market::health::{ProviderState, SourceState};
use finflow_app::market::server::Market;
use finflow_app::market::server::mock::{Act, Dialect, Fault, Mock, Page, Traded};
use finflow_app::market::server::provider::yahoo::history::fetch_daily;
use finflow_app::money::Decimal;
use finflow_app::server::clock::Clock;
use finflow_app::server::config::{MarketConfig, MarketSource};
use finflow_app::server::shutdown::Shutdown;
use std::time::{Duration, Instant};
use tokio::net::TcpListener;

/// An exchange that is asked, and a market that asks it.
struct Asked {
    mock: Mock,
    market: Market,
    address: String,
    shutdown: Shutdown,
    _folder: tempfile::TempDir,
}

impl Asked {
    /// `prepare` says what there is before anybody asks.
    async fn start(instruments: &str, prepare: impl FnOnce(&Mock)) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let address = listener.local_addr().unwrap();
        let shutdown = Shutdown::default();
        let mock = Mock::start(listener, &shutdown);
        prepare(&mock);
        let mut text = String::new();
        for dialect in [Dialect::Coinbase, Dialect::Kraken, Dialect::Binance] {
            text += &format!("[provider.{0}]\nurl = \"ws://{address}/{0}\"\n", dialect.name());
        }
        for page in [Page::Yahoo, Page::Ecb] {
            text += &format!("[provider.{0}]\nurl = \"http://{address}/{0}\"\nevery_seconds = 1\n", page.name());
        }
        text += "[provider.url]\nevery_seconds = 1\n";
        for kind in ["json", "csv"] {
            text += &format!("[url.{kind}]\naddress = \"http://{address}/file/prices.{kind}?key=planted\"\nformat = \"{kind}\"\n");
            let pointer = if kind == "json" { "/" } else { "" };
            for field in ["symbol", "price", "time", "currency"] {
                text += &format!("{field} = \"{pointer}{field}\"\n");
            }
            if kind == "json" {
                text += "rows = \"/items\"\n";
            }
        }
        let folder = tempfile::tempdir().unwrap();
        let file = folder.path().join("live.toml");
        std::fs::write(&file, text + instruments).unwrap();
        let config = MarketConfig {
            source: MarketSource::Live(file),
            seed: 8,
            replay_speed: 1.0,
        };
        Self {
            mock,
            market: Market::open(&config, Clock::System, &shutdown).unwrap(),
            address: format!("http://{address}"),
            shutdown,
            _folder: folder,
        }
    }

    fn shown(&self, symbol: &str) -> Option<String> {
        self.market
            .bus
            .read(|quotes| quotes.get(symbol).map(|quote| format!("{} {}", quote.price, quote.source)))
    }

    async fn shows(&self, symbol: &str, expected: &str) {
        until(expected, || self.shown(symbol).as_deref() == Some(expected)).await;
    }

    fn stream(&self, dialect: Dialect, symbol: &str, price: &str, trade: u64) {
        let traded = Traded {
            symbol: symbol.into(),
            price: d(price),
            at: Utc::now(),
            trade,
        };
        self.mock.act(dialect, Act::Price(traded));
    }

    async fn stop(self) {
        assert_eq!(self.shutdown.drain(PATIENCE).await, 0, "no task is left");
    }
}

fn d(text: &str) -> Decimal {
    text.parse().unwrap()
}

async fn until(what: &str, mut holds: impl FnMut() -> bool) {
    let began = Instant::now();
    while !holds() {
        assert!(began.elapsed() < PATIENCE, "in time: {what}");
        tokio::time::sleep(Duration::from_millis(5)).await;
    }
}

fn instrument(symbol: &str, currency: &str, sources: &[&str]) -> String {
    format!("[[instrument]]\nsymbol = \"{symbol}\"\nname = \"{symbol}\"\ncurrency = \"{currency}\"\nsources = {sources:?}\n")
}

#[tokio::test]
async fn each_kind_of_page_brings_its_price_and_currency() {
    let sources = [
        instrument("MUNICH", "EUR", &["yahoo:MUV2.DE"]),
        instrument("LONDON", "GBP", &["yahoo:SHEL.L"]),
        instrument("FUND", "EUR", &["url:json/FUND"]),
        instrument("TABLE", "EUR", &["url:csv/FUND"]),
        instrument("EURUSD", "USD", &["ecb:EUR/USD"]),
        instrument("WRONG", "EUR", &["yahoo:AAPL"]),
        instrument("GONE", "EUR", &["yahoo:UNLISTED.DE"]),
    ];
    let at = Utc::now() - TimeDelta::seconds(90);
    let asked = Asked::start(&sources.concat(), |mock| {
        mock.share("MUV2.DE", d("608.8"), "EUR", at);
        mock.share("SHEL.L", d("2512.5"), "GBp", at);
        mock.share("FUND", d("91.12345678"), "EUR", at);
        mock.rates("2026-10-30".parse().unwrap(), &[("USD", d("1.1172"))]);
    })
    .await;
    asked.shows("MUNICH", "608.8 yahoo").await;
    asked.shows("LONDON", "25.125 yahoo").await;
    asked.shows("FUND", "91.12345678 url").await;
    asked.shows("TABLE", "91.12345678 url").await;
    asked.shows("EURUSD", "1.1172 ecb").await;
    let quoted_at = asked.market.bus.read(|quotes| quotes["MUNICH"].quoted_at);
    assert_eq!(quoted_at.timestamp(), at.timestamp(), "the provider's clock");
    // A price of yesterday is fresh where it was said now to be the last.
    tokio::time::sleep(Duration::from_millis(1_500)).await;
    let health = asked.market.health().await;
    let one = |symbol: &str| health.instruments.iter().find(|one| one.symbol == symbol).unwrap();
    assert_eq!((one("MUNICH").stale, one("MUNICH").sources[0].state), (false, SourceState::Used));
    assert_eq!(one("WRONG").sources[0].state, SourceState::OtherCurrency);
    assert_eq!((one("GONE").stale, one("GONE").sources[0].state), (true, SourceState::Silent));
    let feed = asked.market.bus.feed();
    assert_eq!((feed.source.as_str(), feed.simulated), ("yahoo, url, ecb", false));
    until("it is told", || {
        let detail = asked.market.bus.feed().detail.unwrap_or_default();
        asked.market.bus.feed().status == FeedStatus::Stale
            && detail.contains("WRONG is in EUR, and yahoo prices it in USD.")
            && detail.contains("No data found")
    })
    .await;
    asked.stop().await;
}

#[tokio::test]
async fn what_is_asked_and_what_streams_take_over_from_each_other() {
    let asked = Asked::start(&instrument("BTC", "USD", &["yahoo:BTC-USD", "kraken:BTC/USD"]), |mock| {
        mock.share("BTC-USD", d("1000"), "USD", Utc::now());
    })
    .await;
    asked.shows("BTC", "1000 yahoo").await;
    asked.stream(Dialect::Kraken, "BTC/USD", "1001", 1);
    for (fault, price) in [(Fault::Status(500), "1002"), (Fault::Garbage, "1004")] {
        asked.mock.fail(Page::Yahoo, Some(fault));
        // What the other said last may be older than what is shown: its next price takes over.
        let mut trade = 2;
        until("the other takes over", || {
            trade += 1;
            asked.stream(Dialect::Kraken, "BTC/USD", price, trade);
            asked.shown("BTC").is_some_and(|shown| shown.ends_with("kraken"))
        })
        .await;
        asked.shows("BTC", &format!("{price} kraken")).await;
        let health = asked.market.health().await;
        let yahoo = health.providers.iter().find(|one| one.name == "yahoo").unwrap();
        assert_eq!(yahoo.state, ProviderState::Failing);
        assert!(!yahoo.advice.is_empty() && yahoo.next_attempt.is_some() && yahoo.last_error.is_some());
        asked.mock.fail(Page::Yahoo, None);
        asked
            .mock
            .share("BTC-USD", d(price) + Decimal::ONE, "USD", Utc::now() + TimeDelta::seconds(1));
        until("the first takes back", || {
            asked.shown("BTC").is_some_and(|shown| shown.ends_with("yahoo"))
        })
        .await;
    }
    until("all is well", || asked.market.bus.feed().detail.is_none()).await;
    asked.stop().await;
}

#[tokio::test]
async fn row_21_who_is_told_to_ask_less_asks_less() {
    let asked = Asked::start(&instrument("MUNICH", "EUR", &["yahoo:MUV2.DE"]), |mock| {
        mock.fail(Page::Yahoo, Some(Fault::Status(429)));
    })
    .await;
    until("it is asked", || asked.mock.asked_for(Page::Yahoo) == 1).await;
    tokio::time::sleep(Duration::from_secs(3)).await;
    // At one request a second there would be three. After a 429 it is ten seconds at least.
    assert_eq!(asked.mock.asked_for(Page::Yahoo), 1);
    let health = asked.market.health().await;
    assert_eq!(
        health.providers[0].last_error.as_deref(),
        Some("it refused the connection with status 429")
    );
    assert!(health.providers[0].advice.contains("limits how much"));
    asked.stop().await;
}

#[tokio::test]
async fn a_history_is_asked_for_once() {
    let asked = Asked::start(&instrument("MUNICH", "EUR", &["yahoo:MUV2.DE"]), |_| {}).await;
    let (from, to) = (Utc::now() - TimeDelta::days(30), Utc::now());
    let address = format!("{}/yahoo", asked.address);
    let daily = fetch_daily(&address, "MUV2.DE", from..to).await.unwrap();
    assert_eq!((daily.currency.as_str(), daily.candles.len()), ("EUR", 1));
    assert!(fetch_daily(&address, "UNLISTED", from..to).await.is_err());
    asked.stop().await;
}

#[tokio::test]
async fn of_three_sources_the_one_that_lies_is_never_shown() {
    let sources = ["coinbase:BTC-USD", "kraken:BTC/USD", "yahoo:BTC-USD"];
    let asked = Asked::start(&instrument("BTC", "USD", &sources), |mock| {
        mock.share("BTC-USD", d("1000"), "USD", Utc::now());
    })
    .await;
    asked.shows("BTC", "1000 yahoo").await;
    asked.stream(Dialect::Kraken, "BTC/USD", "1001", 1);
    asked.shows("BTC", "1001 kraken").await;
    // The first in order says something else than most, again and again, and by less than what would be doubted alone.
    for trade in 1..20 {
        asked.stream(Dialect::Coinbase, "BTC-USD", "1100", trade);
        tokio::time::sleep(Duration::from_millis(20)).await;
        assert_ne!(asked.shown("BTC").as_deref(), Some("1100 coinbase"));
    }
    let health = asked.market.health().await;
    assert_eq!(health.instruments[0].sources[0].state, SourceState::Outlier);
    assert_eq!(health.instruments[0].source.as_deref(), Some("kraken"));
    // It comes to its senses and gives the price again.
    asked.stream(Dialect::Coinbase, "BTC-USD", "1002", 30);
    asked.shows("BTC", "1002 coinbase").await;
    asked.stop().await;
}

#[tokio::test]
async fn two_sources_that_disagree_are_told() {
    let asked = Asked::start(&instrument("BTC", "USD", &["coinbase:BTC-USD", "kraken:BTC/USD"]), |_| {}).await;
    until("both are listened to", || asked.mock.asked().len() == 2).await;
    asked.stream(Dialect::Coinbase, "BTC-USD", "1000", 1);
    asked.shows("BTC", "1000 coinbase").await;
    asked.stream(Dialect::Kraken, "BTC/USD", "1100", 1);
    until("it is told", || {
        let detail = asked.market.bus.feed().detail;
        detail.as_deref() == Some("The prices of BTC at coinbase and kraken are more than 2 % apart.")
    })
    .await;
    asked.shows("BTC", "1000 coinbase").await;
    asked.stop().await;
}
