//! What venues list by themselves: found on the pages, chosen, followed at once and after a restart; and what happens when a list fails.

use crate::feeds::until;
use crate::figures::text;
use crate::harness::{Browser, PATIENCE, TestApp};
use crate::storage::{Place, places, sqlite};
use chrono::{DateTime, Utc};
use finflow_app::market::server::mock::{Act, Dialect, Fault, Mock, Page, Traded};
use finflow_app::server::database::Database;
use finflow_app::server::shutdown::Shutdown;
use std::time::{Duration, Instant};
use tempfile::TempDir;
use tokio::net::TcpListener;

/// A mock exchange that lists more than the file names.
pub struct Exchange {
    pub mock: Mock,
    shutdown: Shutdown,
    folder: TempDir,
}

impl Exchange {
    pub async fn start() -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let address = listener.local_addr().unwrap();
        let shutdown = Shutdown::default();
        let mock = Mock::start(listener, &shutdown);
        let table =
            |name: &str| format!("[provider.{name}]\nurl = \"ws://{address}/{name}\"\nlist_url = \"http://{address}/lists/{name}/\"\n");
        let folder = tempfile::tempdir().unwrap();
        let text = ["coinbase", "binance", "kraken"].map(table).concat()
            + "[[instrument]]\nsymbol = \"BTC\"\nname = \"Bitcoin\"\ncurrency = \"USD\"\ncounts_as = [\"USDT\"]\nsources = [\"coinbase:BTC-USD\"]\n";
        std::fs::write(folder.path().join("live.toml"), text).unwrap();
        Self { mock, shutdown, folder }
    }

    /// What leads a server to it.
    pub fn market(&self) -> String {
        format!("live:{}", self.folder.path().join("live.toml").display())
    }

    async fn server(&self, place: &Place) -> TestApp {
        TestApp::start(&["--database-url", &place.url, "--market", &self.market()]).await
    }

    pub fn price(&self, symbol: &str, price: &str, trade: u64) {
        self.price_at(symbol, price, trade, Utc::now());
    }

    /// A trade of a moment: to tell it again is to repeat it.
    pub fn price_at(&self, symbol: &str, price: &str, trade: u64, at: DateTime<Utc>) {
        let traded = Traded {
            symbol: symbol.into(),
            price: price.parse().unwrap(),
            at,
            trade,
        };
        self.mock.act(Dialect::Coinbase, Act::Price(traded));
    }

    pub async fn stop(self) {
        assert_eq!(self.shutdown.drain(PATIENCE).await, 0, "no task is left");
    }
}

/// A browser of somebody with a name.
async fn somebody(app: &TestApp) -> Browser<'_> {
    let mut browser = app.browser();
    assert_eq!(browser.post("/try/", &[]).await.status, 303);
    let named = [("name", "Ada"), ("password", "correct horse")];
    assert_eq!(browser.post("/sign-up/", &named).await.status, 303);
    browser
}

/// Where an activity of one's own portfolio is added.
async fn form(browser: &mut Browser<'_>) -> String {
    let portfolios = browser.get("/portfolios/").await.body;
    let mut links = portfolios.split("href=\"/portfolios/").skip(1);
    let id = links.find_map(|rest| rest.split('/').next().filter(|id| id.len() == 32)).unwrap();
    format!("/portfolios/{id}/activities/new/")
}

fn typed<'a>(symbol: &'a str, more: &[(&'a str, &'a str)]) -> Vec<(&'a str, &'a str)> {
    let fields = [
        ("kind", "buy"),
        ("day", "2022-01-03"),
        ("symbol", symbol),
        ("quantity", "3"),
        ("price", "100"),
        ("currency", "USD"),
    ];
    [fields.as_slice(), more].concat()
}

/// Looks at a page until it says something.
async fn says(browser: &mut Browser<'_>, path: &str, what: &str) -> String {
    let began = Instant::now();
    loop {
        let page = browser.get(path).await;
        assert_eq!(page.status, 200, "{page:?}");
        if page.body.contains(what) {
            return page.body;
        }
        assert!(began.elapsed() < PATIENCE, "{what} on {}", text(&page.body));
        tokio::time::sleep(Duration::from_millis(20)).await;
    }
}

#[tokio::test]
async fn what_a_venue_lists_is_found_chosen_and_has_prices_at_once_and_after_a_restart() {
    for place in places().await {
        let exchange = Exchange::start().await;
        let app = exchange.server(&place).await;
        let mut browser = somebody(&app).await;
        let list = says(&mut browser, "/instruments/?q=solana", "choose=coinbase%3ASOL-USD").await;
        assert!(list.contains("Prices from coinbase:SOL-USD: add it"), "{list}");
        assert!(!list.contains("choose=coinbase%3ABTC"), "{list}");
        let form = form(&mut browser).await;
        // The other lists come when they come.
        for source in ["binance:SOLUSDT", "kraken:SOL/USD"] {
            let began = Instant::now();
            while !browser.post(&form, &typed("sol", &[("then", "find")])).await.body.contains(source) {
                assert!(began.elapsed() < PATIENCE, "{source}");
            }
        }
        let found = browser.post(&form, &typed("Solana", &[("then", "find")])).await;
        assert_eq!(found.status, 200);
        let in_dollars = found.body.find("name=\"choose\" value=\"coinbase:SOL-USD\"").unwrap();
        let in_euros = found.body.find("name=\"choose\" value=\"coinbase:SOL-EUR\"").unwrap();
        assert!(in_dollars < in_euros, "what is typed as the currency comes first");
        let known = browser.post(&form, &typed("btc", &[("then", "find")])).await.body;
        assert!(known.contains("name=\"pick\" value=\"BTC\""), "{known}");
        assert!(!known.contains("coinbase:BTC-USD") && !known.contains("kraken:BTC/USD") && known.contains("coinbase:BTC-EUR"));

        let chosen = browser.post(&form, &typed("Solana", &[("choose", "coinbase:SOL-USD")])).await;
        assert_eq!(chosen.status, 200, "{chosen:?}");
        assert!(chosen.body.contains("value=\"SOL-USD\""), "{chosen:?}");
        let asked = (Dialect::Coinbase, "SOL-USD".to_owned());
        until("its prices are asked for", || exchange.mock.asked().contains(&asked)).await;
        exchange.price("SOL-USD", "123.45", 1);
        assert_eq!(browser.post(&form, &typed("SOL-USD", &[])).await.status, 303);
        says(&mut browser, "/instruments/SOL-USD/", "123.45").await;
        let feeds = browser.get("/feeds/").await.body;
        assert!(feeds.contains("What providers list") && feeds.contains("SOL-USD"), "{feeds}");
        let again = browser.post(&form, &typed("solana", &[("then", "find")])).await.body;
        assert!(
            again.contains("name=\"pick\" value=\"SOL-USD\"") && !again.contains("coinbase:SOL-USD"),
            "{again}"
        );

        let cookie = browser.cookie.clone();
        app.stop().await;
        let app = exchange.server(&place).await;
        let mut browser = app.browser();
        browser.cookie = cookie;
        exchange.price("SOL-USD", "124.56", 2);
        says(&mut browser, "/instruments/SOL-USD/", "124.56").await;
        app.stop().await;
        exchange.stop().await;
    }
}

#[tokio::test]
async fn it_is_added_by_its_own_form_under_another_label_too_and_not_by_a_guest() {
    let (place, exchange) = (sqlite(), Exchange::start().await);
    let app = exchange.server(&place).await;
    let mut browser = somebody(&app).await;
    says(&mut browser, "/instruments/?q=cardano", "choose=coinbase%3AADA-EUR").await;
    let page = browser.get("/instruments/new/?choose=coinbase%3AADA-EUR").await.body;
    for part in [
        "value=\"Cardano\"",
        "value=\"ADA-EUR\"",
        "name=\"choose\" value=\"coinbase:ADA-EUR\"",
        "Its price comes from coinbase:ADA-EUR",
    ] {
        assert!(page.contains(part), "{part}: {page}");
    }
    let mut fields = vec![
        ("symbol", "COIN"),
        ("name", "Cardano"),
        ("kind", "crypto"),
        ("currency", "EUR"),
        ("choose", "coinbase:ADA-EUR"),
    ];
    let mut guest = app.browser();
    assert_eq!(guest.post("/try/", &[]).await.status, 303);
    assert!(!guest.get("/instruments/?q=cardano").await.body.contains("coinbase"));
    let refused = guest.post("/instruments/new/", &fields).await;
    assert!(
        refused.status == 422 && text(&refused.body).contains("sign up with a name"),
        "{refused:?}"
    );
    assert!(exchange.mock.asked().iter().all(|(_, symbol)| symbol != "ADA-EUR"));

    assert_eq!(
        browser.post("/instruments/new/", &fields).await.location(),
        "/instruments/COIN/?saved"
    );
    exchange.price("ADA-EUR", "0.4321", 1);
    let page = says(&mut browser, "/instruments/COIN/", "0.4321").await;
    assert!(page.contains("value=\"ADA-EUR\""), "the market's label is its alias: {page}");
    for wrong in ["coinbase:NO-EUR", "gemini:ADA-EUR", "coinbase:OLD-USD", "ADA-EUR", ""] {
        (fields[0].1, fields[4].1) = ("OTHER", wrong);
        let refused = browser.post("/instruments/new/", &fields).await;
        assert!(refused.status == 422 && refused.body.contains("list now"), "{wrong}: {refused:?}");
    }
    app.stop().await;
    exchange.stop().await;
}

#[tokio::test]
async fn a_list_that_fails_is_told_harms_nothing_and_comes_by_itself() {
    let (place, exchange) = (sqlite(), Exchange::start().await);
    exchange.mock.fail(Page::Lists, Some(Fault::Status(503)));
    let app = exchange.server(&place).await;
    let mut browser = somebody(&app).await;
    exchange.price("BTC-USD", "105899.41", 1);
    for (trade, fault, told) in [
        (2, Fault::Status(503), "status 503"),
        (3, Fault::Garbage, "not understood"),
        (4, Fault::Large, "larger than"),
    ] {
        exchange.mock.fail(Page::Lists, Some(fault));
        let feeds = says(&mut browser, "/feeds/", told).await;
        assert!(feeds.contains("It is fetched again in"), "{feeds}");
        exchange.price("BTC-USD", &format!("10590{trade}.5"), trade);
        says(&mut browser, "/feeds/", &format!("10590{trade}.5")).await;
        let found = text(&browser.get("/instruments/?q=solana").await.body);
        assert!(found.contains("0 instruments"), "{found}");
        assert!(browser.get("/instruments/?q=bitcoin").await.body.contains("symbol=BTC"));
    }
    exchange.mock.fail(Page::Lists, None);
    says(&mut browser, "/instruments/?q=solana", "choose=coinbase%3ASOL-USD").await;
    app.stop().await;
    exchange.stop().await;
}

#[tokio::test]
async fn what_nobody_uses_any_more_makes_room_at_the_next_start() {
    for place in places().await {
        let exchange = Exchange::start().await;
        let app = exchange.server(&place).await;
        let mut browser = somebody(&app).await;
        says(&mut browser, "/instruments/?q=solana", "choose=coinbase%3ASOL-USD").await;
        let form = form(&mut browser).await;
        for code in ["SOL", "DOT", "LTC"] {
            let source = format!("coinbase:{code}-USD");
            let chosen = browser.post(&form, &typed("", &[("choose", &source)])).await;
            assert!(chosen.body.contains(&format!("value=\"{code}-USD\"")), "{chosen:?}");
        }
        assert_eq!(browser.post(&form, &typed("SOL-USD", &[])).await.status, 303);
        let coin = [
            ("symbol", "COIN"),
            ("kind", "crypto"),
            ("currency", "EUR"),
            ("choose", "coinbase:ADA-EUR"),
        ];
        assert_eq!(browser.post("/instruments/new/", &coin).await.status, 303);
        let cookie = browser.cookie.clone();
        app.stop().await;
        let database = Database::open(&place.url).await.unwrap();
        let mut change = database.write().await.unwrap();
        let long_ago = sqlx::query("UPDATE chosen_instruments SET chosen_at = 1 WHERE symbol <> 'LTC-USD'");
        assert_eq!(long_ago.execute(&mut *change).await.unwrap().rows_affected(), 3);
        change.commit().await.unwrap();
        database.close().await;

        let app = exchange.server(&place).await;
        let mut browser = app.browser();
        browser.cookie = cookie;
        says(&mut browser, "/instruments/?q=polkadot", "choose=coinbase%3ADOT-USD").await;
        for (name, source) in [("solana", "SOL-USD"), ("cardano", "ADA-EUR"), ("litecoin", "LTC-USD")] {
            let page = browser.get(&format!("/instruments/?q={name}")).await.body;
            assert!(!page.contains(&format!("choose=coinbase%3A{source}")), "{source}: {page}");
        }
        app.stop().await;
        exchange.stop().await;
    }
}
