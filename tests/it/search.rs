//! Instruments are found by symbol, name and slips of the finger, among what one has and what the market lists.

use crate::harness::TestApp;

#[tokio::test]
async fn what_the_market_lists_is_found_and_can_be_added() {
    let app = TestApp::start(&[]).await;
    let mut browser = app.browser();
    browser.post("/try/", &[]).await;
    let found = browser.get("/instruments/?q=Mircosoft").await;
    assert!(
        found.status == 200 && found.body.contains("/instruments/new/?symbol=MSFT"),
        "{found:?}"
    );
    assert!(!found.body.contains("symbol=AAPL"));
    let micro = browser.get("/instruments/?q=micro").await.body;
    assert!(micro.contains("Advanced Micro") && micro.contains("Microsoft"), "{micro}");
    let nothing = browser.get("/instruments/?q=zzzzzz").await;
    assert!(nothing.status == 200 && nothing.body.contains("0 instruments"), "{nothing:?}");
    assert!(
        !browser.get("/instruments/").await.body.contains("symbol=MSFT"),
        "all are one's own"
    );
    app.stop().await;
}
