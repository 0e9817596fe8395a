//! Instruments are found by symbol, name and slips of the finger, among what one has and what the market lists.

use crate::figures::trade;
use crate::harness::TestApp;
use crate::owner::Owner;
use finflow_app::portfolio::activity::ActivityKind;

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

#[tokio::test]
async fn what_its_owner_gave_no_name_is_found_by_the_markets() {
    let own = Owner::start().await;
    own.bring(vec![trade("b", ActivityKind::Buy, "2022-01-03", "MSFT", 1, "300")]).await;
    let found = own.browser().get("/instruments/?q=microsoft").await.body;
    assert!(found.contains("/instruments/MSFT/"), "{found}");
    own.app.stop().await;
}
