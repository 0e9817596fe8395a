//! Reference rates that are kept current from the bank's files, and live rates of pairs.

use crate::figures::by_hand;
use crate::harness::{Client, PATIENCE, TestApp};
use crate::owner::{Owner, cents, row};
use crate::storage::{Place, places, sqlite};
use chrono::{DateTime, NaiveDate, Utc};
use finflow_app::market::server::Market;
use finflow_app::market::server::mock::{Act, Dialect, Fault, Mock, Page, Traded};
use finflow_app::market::server::reference::{Keeper, SharedExchange};
use finflow_app::money::Decimal;
use finflow_app::server::clock::Clock;
use finflow_app::server::config::{MarketConfig, MarketSource};
use finflow_app::server::database::Database;
use finflow_app::server::relay::Relay;
use finflow_app::server::shutdown::Shutdown;
use std::time::{Duration, Instant};
use tokio::net::TcpListener;

/// A working day after the last shipped one, some minutes after its rates are published.
const NOON: &str = "2026-11-04T16:00:00Z";

struct Bank {
    mock: Mock,
    address: String,
    shutdown: Shutdown,
    folder: tempfile::TempDir,
    place: Place,
}

impl Bank {
    async fn start() -> Self {
        Self::beside(sqlite()).await
    }

    /// One whose readers keep what it tells there.
    async fn beside(place: Place) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let address = format!("http://{}", listener.local_addr().unwrap());
        let shutdown = Shutdown::default();
        Self {
            mock: Mock::start(listener, &shutdown),
            address,
            shutdown,
            folder: tempfile::tempdir().unwrap(),
            place,
        }
    }

    fn tell(&self, day: &str, dollars: &str) {
        let rates = [("USD", d(dollars)), ("GBP", d("0.83")), ("CHF", d("0.92"))];
        self.mock.rates(day.parse().unwrap(), &rates);
    }

    async fn database(&self) -> Database {
        Database::open(&self.place.url).await.unwrap()
    }

    /// A keeper whose clock stands at a moment, at work.
    async fn keeper(&self, now: &str) -> (SharedExchange, Database) {
        let database = self.database().await;
        let keeper = Keeper {
            exchange: SharedExchange::default(),
            database: database.clone(),
            clock: Clock::starting_at(now.parse::<DateTime<Utc>>().unwrap()),
            relay: Relay::alone(&self.shutdown),
        };
        keeper.restore().await.unwrap();
        let exchange = keeper.exchange.clone();
        let address = format!("{}/ecb", self.address);
        self.shutdown.spawn(keeper.run(address, self.shutdown.stopping().clone()));
        (exchange, database)
    }

    async fn stop(self) {
        assert_eq!(self.shutdown.drain(PATIENCE).await, 0, "no task is left");
    }
}

fn d(text: &str) -> Decimal {
    text.parse().unwrap()
}

fn dollars(exchange: &SharedExchange, day: &str) -> String {
    let rate = exchange.now().rate("EUR", "USD", day.parse::<NaiveDate>().unwrap()).unwrap();
    format!("{}{}", rate.rate, if rate.carried { " carried" } else { "" })
}

async fn until(what: &str, mut holds: impl FnMut() -> bool) {
    let began = Instant::now();
    while !holds() {
        assert!(began.elapsed() < PATIENCE, "in time: {what}");
        tokio::time::sleep(Duration::from_millis(5)).await;
    }
}

#[tokio::test]
async fn what_was_published_since_is_taken_kept_and_there_after_a_restart() {
    for place in places().await {
        taken_kept_and_there(Bank::beside(place).await).await;
    }
}

async fn taken_kept_and_there(bank: Bank) {
    for (day, rate) in [("2026-11-02", "1.12"), ("2026-11-03", "1.13"), ("2026-11-04", "1.14")] {
        bank.tell(day, rate);
    }
    let (exchange, database) = bank.keeper(NOON).await;
    until("the new rates", || exchange.edition() > 0).await;
    assert_eq!(dollars(&exchange, "2026-11-03"), "1.13");
    assert_eq!(dollars(&exchange, "2026-11-05"), "1.14 carried");
    assert_eq!(dollars(&exchange, "2026-10-30"), "1.1172", "what is shipped stays");
    database.close().await;
    // Later nobody answers, and what is kept is there.
    bank.mock.fail(Page::Ecb, Some(Fault::Status(503)));
    let (exchange, database) = bank.keeper("2026-11-06T16:00:00Z").await;
    assert_eq!(dollars(&exchange, "2026-11-06"), "1.14 carried");
    let asked = bank.mock.asked_for(Page::Ecb);
    until("it is asked again", || bank.mock.asked_for(Page::Ecb) > asked.saturating_sub(1)).await;
    database.close().await;
    bank.stop().await;
}

#[tokio::test]
async fn a_wrong_file_changes_nothing() {
    for wrong in ["leap", "garbage", "future"] {
        let bank = Bank::start().await;
        bank.tell("2026-11-02", "1.12");
        match wrong {
            "leap" => bank.tell("2026-11-03", "11.2"),
            "future" => bank.tell("2026-11-05", "1.12"),
            _ => bank.mock.fail(Page::Ecb, Some(Fault::Garbage)),
        }
        let (exchange, database) = bank.keeper(NOON).await;
        until("it is asked", || bank.mock.asked_for(Page::Ecb) > 0).await;
        tokio::time::sleep(Duration::from_millis(300)).await;
        assert_eq!(
            (exchange.edition(), dollars(&exchange, "2026-11-03").as_str()),
            (0, "1.1172 carried"),
            "{wrong}"
        );
        let (rows,): (i64,) = sqlx::query_as("SELECT COUNT(*) FROM reference_rates")
            .fetch_one(database.read())
            .await
            .unwrap();
        assert_eq!(rows, 0);
        database.close().await;
        bank.stop().await;
    }
}

#[tokio::test]
async fn a_simulated_market_asks_nobody() {
    let bank = Bank::start().await;
    let app = TestApp::start(&["--rates", "auto"]).await;
    app.stop().await;
    let address = format!("{}/ecb", bank.address);
    let app = TestApp::start(&["--rates", &address]).await;
    until("an address that is named is asked", || bank.mock.asked_for(Page::Ecb) > 0).await;
    app.stop().await;
    bank.stop().await;
}

#[tokio::test]
async fn a_live_pair_counts_while_it_is_fresh() {
    let bank = Bank::start().await;
    let file = bank.folder.path().join("live.toml");
    let address = bank.address.replace("http:", "ws:");
    let text = format!(
        "silent_ms = 500\n[provider.kraken]\nurl = \"{address}/kraken\"\n[[instrument]]\nsymbol = \"BTC\"\nname = \"Bitcoin\"\ncurrency = \"USD\"\n\
         sources = [\"kraken:BTC/USD\"]\n[[pair]]\nfrom = \"EUR\"\nto = \"USD\"\nsources = [\"kraken:EUR/USD\"]\n"
    );
    std::fs::write(&file, text).unwrap();
    let config = MarketConfig {
        source: MarketSource::Live(file),
        seed: 8,
        replay_speed: 1.0,
    };
    let market = Market::open(&config, Clock::System, &bank.shutdown).unwrap();
    assert_eq!(market.live_rates.rate("EUR", "USD"), None);
    until("both are asked for", || bank.mock.asked().len() == 2).await;
    for (symbol, price) in [("EUR/USD", "1.25"), ("BTC/USD", "1000")] {
        let traded = Traded {
            symbol: symbol.into(),
            price: d(price),
            at: Utc::now(),
            trade: 1,
        };
        bank.mock.act(Dialect::Kraken, Act::Price(traded));
    }
    until("the rate", || market.live_rates.rate("USD", "EUR").is_some()).await;
    let live = market.live_rates.rate("USD", "EUR").unwrap();
    assert_eq!((live.rate, live.source), (d("0.8"), "kraken"));
    bank.mock.act(Dialect::Kraken, Act::Stall(true));
    until("it is gone", || market.live_rates.rate("USD", "EUR").is_none()).await;
    until("it is told", || {
        let detail = market.bus.feed().detail.unwrap_or_default();
        detail.contains("There is no live rate of EUR/USD: the last reference rate counts.")
    })
    .await;
    bank.stop().await;
}

/// A portfolio in dollars with a thousand euros, watched.
async fn euros(own: &Owner) -> Client {
    let mut paid = by_hand().remove(0);
    (paid.currency, paid.amount) = ("EUR".into(), Some(d("1000")));
    own.bring(vec![paid]).await;
    let (mut client, _) = own.connect(&own.cookie).await;
    client.start(20).await;
    client
}

/// Waits until the euros are worth so many cents, on the connection that is open.
async fn worth(client: &mut Client, wanted: i64) {
    let seen = tokio::time::timeout(2 * PATIENCE, async {
        while cents(&row(&client.next_of("price_update").await["data"], "EUR")["value"]) != wanted {}
    });
    seen.await.unwrap_or_else(|_| panic!("the euros are worth {wanted} in time"));
}

#[tokio::test]
async fn an_open_portfolio_follows_the_rates_that_the_bank_publishes() {
    let bank = Bank::start().await;
    bank.tell("2026-11-02", "1.12");
    bank.tell("2026-11-03", "1.13");
    // A quarter of a minute before those of the day.
    let clock = Clock::starting_at("2026-11-04T15:04:45Z".parse().unwrap());
    let address = format!("{}/ecb", bank.address);
    let own = Owner::start_with(&["--rates", &address], clock).await;
    let mut client = euros(&own).await;
    worth(&mut client, 113_000).await;
    bank.tell("2026-11-04", "1.25");
    worth(&mut client, 125_000).await;
    own.app.stop().await;
    bank.stop().await;
}

#[tokio::test]
async fn an_open_portfolio_follows_live_rates() {
    let bank = Bank::start().await;
    let file = bank.folder.path().join("live.toml");
    let address = bank.address.replace("http:", "ws:");
    let text = format!(
        "[provider.kraken]\nurl = \"{address}/kraken\"\n[[instrument]]\nsymbol = \"BTC\"\nname = \"Bitcoin\"\ncurrency = \"USD\"\n\
         sources = [\"kraken:BTC/USD\"]\n[[pair]]\nfrom = \"EUR\"\nto = \"USD\"\nsources = [\"kraken:EUR/USD\"]\n"
    );
    std::fs::write(&file, text).unwrap();
    let market = format!("live:{}", file.display());
    let own = Owner::start_with(&["--market", &market], Clock::System).await;
    let mut client = euros(&own).await;
    until("both are asked for", || bank.mock.asked().len() == 2).await;
    for (trade, rate, wanted) in [(1, "1.21", 121_000), (2, "1.3", 130_000)] {
        let traded = Traded {
            symbol: "EUR/USD".into(),
            price: d(rate),
            at: Utc::now(),
            trade,
        };
        bank.mock.act(Dialect::Kraken, Act::Price(traded));
        worth(&mut client, wanted).await;
    }
    own.app.stop().await;
    bank.stop().await;
}
