//! The pages of instruments tell what a unit costs now, who says so, of when it is, and whether its market trades.

use crate::figures::{text, trade};
use crate::owner::Owner;
use finflow_app::portfolio::activity::ActivityKind;

#[tokio::test]
async fn an_instrument_says_its_price_who_tells_it_and_whether_its_market_trades() {
    let own = Owner::start().await;
    own.bring(vec![trade("b", ActivityKind::Buy, "2022-01-03", "MSFT", 1, "300")]).await;
    let mut browser = own.browser();
    let page = text(&browser.get("/instruments/MSFT/").await.body);
    let (told, _) = page.split_once("What it is").unwrap();
    assert!(
        told.contains(" USD ") && told.contains('%') && told.contains("market, ") && told.contains(", open."),
        "{told}"
    );
    let list = text(&browser.get("/instruments/").await.body);
    assert!(
        list.contains("Price now") && list.contains("market, ") && list.contains(", open"),
        "{list}"
    );
    let found = text(&browser.get("/instruments/?q=coca").await.body);
    assert!(
        found.contains("market, "),
        "what the market lists has a price before one owns it: {found}"
    );

    // What has no market has the price of its owner, with its age and its day.
    let flat = [("symbol", "FLAT"), ("kind", "manual"), ("currency", "EUR")];
    assert_eq!(browser.post("/instruments/new/", &flat).await.status, 303);
    let none = text(&browser.get("/instruments/FLAT/").await.body);
    assert!(none.contains("No price of it is known"), "{none}");
    let price = [("price", "250000"), ("day", "2024-01-02"), ("price_currency", "EUR")];
    assert_eq!(browser.post("/instruments/FLAT/prices/", &price).await.status, 303);
    let page = text(&browser.get("/instruments/FLAT/").await.body);
    let (told, _) = page.split_once("What it is").unwrap();
    assert!(
        told.contains("250,000.00 EUR") && told.contains("entered, ") && told.contains("entered for 2024-01-02"),
        "{told}"
    );

    // Without a portfolio instruments keep their prices.
    let address = format!("/portfolios/{}/", own.id);
    let name = own.ledger.portfolio(&own.user, &own.id).await.unwrap().settings.name;
    assert_eq!(browser.post(&format!("{address}delete/"), &[("confirm", &name)]).await.status, 303);
    let page = text(&browser.get("/instruments/FLAT/").await.body);
    assert!(page.contains("250,000.00 EUR"), "{page}");
    own.app.stop().await;
}
