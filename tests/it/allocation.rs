//! Where the value lies, as the page tells it, and what an owner says of an instrument that it counts by.

use crate::figures::{money, trade};
use crate::owner::Owner;
use finflow_app::portfolio::activity::{Activity, ActivityKind};

#[tokio::test]
async fn the_value_is_put_together_by_what_was_asked_for() {
    let own = Owner::start().await;
    own.says("allocation/", "Nothing is held now.").await;
    let deposit = money("in", ActivityKind::Deposit, "2022-01-03", None, "2000");
    let bought = |id: &str, symbol: &str, quantity, price: &str| trade(id, ActivityKind::Buy, "2022-01-03", symbol, quantity, price);
    let fund = Activity {
        currency: "EUR".into(),
        exchange_rate: Some("2".parse().unwrap()),
        ..bought("b", "FUND", 10, "20")
    };
    own.bring(vec![deposit, bought("a", "FLAT", 1, "1200"), fund]).await;
    let mut browser = own.browser();
    let describe = async |browser: &mut crate::harness::Browser<'_>, symbol: &str, more: &[(&str, &str)]| {
        let known = [("kind", "fund"), ("name", ""), ("isin", ""), ("alias", ""), ("note", "")];
        let fields: Vec<_> = known
            .iter()
            .filter(|(name, _)| !more.iter().any(|(one, _)| one == name))
            .chain(more)
            .copied()
            .collect();
        browser.post(&format!("/instruments/{symbol}/"), &fields).await
    };
    let wrong = describe(&mut browser, "FUND", &[("country", "ZZ"), ("sector", "Mixed")]).await;
    assert_eq!(wrong.status, 422);
    assert!(
        wrong.body.contains("there is no country ZZ") && wrong.body.contains("Mixed"),
        "{}",
        wrong.body
    );
    let isin = [("isin", "IE00B4L5Y983"), ("currency", "EUR")];
    assert_eq!(describe(&mut browser, "FUND", &isin).await.status, 303);
    let flat = [
        ("country", "de"),
        ("sector", "Real Estate"),
        ("kind", "manual"),
        ("currency", "USD"),
    ];
    assert_eq!(describe(&mut browser, "FLAT", &flat).await.status, 303);
    // The flat was paid of 2,000 dollars; the euro that the fund cost are owed.
    let by = async |by: &str, line: &str| own.says(&format!("allocation/?by={by}"), line).await;
    let instruments = by("instrument", "FLAT 1,200.00").await;
    assert!(instruments.contains("Cash in USD 800.00"), "{instruments}");
    by("kind", "Without a market FLAT 1,200.00").await;
    by("currency", "USD FLAT, USD 2,000.00").await;
    by("sector", "Real Estate FLAT 1,200.00").await;
    let countries = by("country", "Germany FLAT 1,200.00").await;
    assert!(
        countries.contains("Ireland FUND") && countries.contains("Cash USD, EUR"),
        "{countries}"
    );
    let page = own.page("allocation/?by=sector").await.body;
    assert!(
        page.contains("class=\"chart-ring\"") && page.contains("by=sector\" aria-current=\"true\""),
        "{page}"
    );
    assert_eq!(
        own.page("allocation/?by=colour").await.status,
        200,
        "what is not known is the usual one"
    );
    own.app.stop().await;
}
