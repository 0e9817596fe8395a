//! The page and the address that tell how the sources of prices do.

use crate::harness::{PATIENCE, TestApp};
use finflow_app::market::server::mock::{Act, Dialect, Mock, Traded};
use finflow_app::server::shutdown::Shutdown;
use std::time::Duration;
use tokio::net::TcpListener;

#[tokio::test]
async fn row_27_the_page_says_how_each_source_does_and_no_secret() {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let address = listener.local_addr().unwrap();
    let shutdown = Shutdown::default();
    let mock = Mock::start(listener, &shutdown);
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("live.toml");
    let text = format!(
        "[provider.coinbase]\nurl = \"ws://{address}/coinbase?planted\"\n[provider.kraken]\nurl = \"ws://127.0.0.1:1/planted\"\n[[instrument]]\n\
         symbol = \"BTC\"\nname = \"Bitcoin\"\ncurrency = \"USD\"\nsources = [\"coinbase:BTC-USD\", \"kraken:BTC/USD\"]\n"
    );
    std::fs::write(&file, text).unwrap();
    let app = TestApp::start(&["--market", &format!("live:{}", file.display())]).await;
    let mut browser = app.browser();
    assert_eq!(browser.get("/feeds/").await.status, 303, "who is not signed in is led there");
    browser.post("/try/", &[]).await;
    let traded = Traded {
        symbol: "BTC-USD".into(),
        price: "1234.5".parse().unwrap(),
        at: chrono::Utc::now(),
        trade: 1,
    };
    let began = std::time::Instant::now();
    let page = loop {
        mock.act(Dialect::Coinbase, Act::Price(traded.clone()));
        let page = browser.get("/feeds/").await;
        if page.body.contains("1234.5") && page.body.contains("See whether this server reaches the network") {
            break page;
        }
        assert!(began.elapsed() < PATIENCE, "{}", page.body);
        tokio::time::sleep(Duration::from_millis(50)).await;
    };
    assert_eq!(page.status, 200);
    for told in ["Live", "Failing", "Used", "open", "it cannot be reached", "coinbase"] {
        assert!(page.body.contains(told), "{told}");
    }
    assert!(!page.body.contains("planted") && !page.body.contains("127.0.0.1:1"));
    app.stop().await;
    shutdown.drain(PATIENCE).await;
}

#[tokio::test]
async fn a_simulated_market_has_its_page_too() {
    let app = TestApp::start(&[]).await;
    let mut browser = app.browser();
    browser.post("/try/", &[]).await;
    let page = browser.get("/feeds/").await;
    assert!(page.status == 200 && page.body.contains("The market is simulated"), "{page:?}");
    assert!(browser.get("/account/").await.body.contains("href=\"/feeds/\""));
    app.stop().await;
}
