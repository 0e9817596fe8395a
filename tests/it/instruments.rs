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

#[tokio::test]
async fn the_instrument_of_an_activity_is_found_and_picked_without_a_script() {
    let own = Owner::start().await;
    let mut browser = own.browser();
    let flat = [
        ("symbol", "FLAT"),
        ("name", "Flat in Lisbon"),
        ("kind", "manual"),
        ("currency", "EUR"),
    ];
    assert_eq!(browser.post("/instruments/new/", &flat).await.status, 303);
    let address = format!("/portfolios/{}/activities/new/", own.id);
    let typed = |symbol: &'static str| {
        [
            ("kind", "buy"),
            ("day", "2022-01-03"),
            ("symbol", symbol),
            ("quantity", "3"),
            ("price", "1.234,50"),
            ("currency", "USD"),
        ]
    };
    let with = |symbol: &'static str, more: (&'static str, &'static str)| [typed(symbol).as_slice(), &[more]].concat();
    let form = browser.get(&address).await.body;
    let buttons: Vec<_> = form.split("<button").filter(|one| one.contains("type=\"submit\"")).collect();
    let of_form = form.split("activity-form").nth(1).unwrap();
    let first = of_form.split("<button").nth(1).unwrap().split('>').next().unwrap();
    assert!(!buttons.is_empty() && !first.contains("name="), "Enter saves: {first}");

    let found = browser.post(&address, &with("mircosoft", ("then", "find"))).await;
    assert_eq!(found.status, 200, "{found:?}");
    assert!(
        found.body.contains("name=\"pick\" value=\"MSFT\"") && !found.body.contains("value=\"FLAT\" formnovalidate"),
        "{found:?}"
    );
    assert!(
        found.body.contains("value=\"1.234,50\"") && found.body.contains("value=\"mircosoft\""),
        "what was typed stays"
    );
    let words = text(&found.body);
    assert!(
        words.contains("Microsoft") && words.contains("USD market") && words.contains(", open"),
        "{words}"
    );
    let none = text(&browser.post(&address, &with("zzzzzz", ("then", "find"))).await.body);
    assert!(none.contains("Nothing answers to it"), "{none}");
    let mine = browser.post(&address, &with("lisbon", ("then", "find"))).await.body;
    assert!(
        mine.contains("name=\"pick\" value=\"FLAT\"") && text(&mine).contains("EUR yours"),
        "{mine}"
    );

    let picked = browser.post(&address, &with("lisbon", ("pick", "FLAT"))).await;
    assert_eq!(picked.status, 200);
    assert!(
        picked.body.contains("value=\"FLAT\"") && picked.body.contains("value=\"EUR\""),
        "with its currency: {picked:?}"
    );
    let mut chosen = with("lisbon", ("pick", "FLAT"));
    chosen.retain(|(name, _)| *name != "currency");
    chosen.push(("currency", "CHF"));
    let chosen = browser.post(&address, &chosen).await.body;
    let currency = chosen.split("name=\"currency\"").nth(1).unwrap().split('>').next().unwrap();
    assert!(currency.contains("CHF"), "a currency that was chosen stays: {currency}");
    assert!(
        own.ledger.activities(&own.user, &own.id).await.unwrap().is_empty(),
        "nothing was kept by looking"
    );
    own.app.stop().await;
}
