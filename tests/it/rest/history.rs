//! What became of a portfolio, as the API tells it.

use super::Api;
use serde_json::{Value, json};

#[tokio::test]
async fn a_program_hears_what_the_page_says() {
    let api = Api::start().await;
    let portfolio = api.portfolio().await;
    let history = format!("/portfolios/{portfolio}/history");
    let empty = api.call("GET", &history, Value::Null).await;
    assert_eq!(
        (empty.status, &empty.json["from"], &empty.json["days"]),
        (200, &Value::Null, &json!([]))
    );
    // 1,000 become 1,100; 550 come in and are 1,650 with it; 1,650 become 1,980: 1.1 x 1.2 - 1.
    let lines = json!([
        {"day": "2022-01-03", "kind": "deposit", "amount": 1000, "currency": "USD"},
        {"day": "2022-01-03", "kind": "buy", "symbol": "FLAT", "quantity": 10, "price": 100, "currency": "USD"},
        {"day": "2022-07-01", "kind": "deposit", "amount": 550, "currency": "USD"},
        {"day": "2022-07-01", "kind": "buy", "symbol": "FLAT", "quantity": 5, "price": 110, "currency": "USD"},
    ]);
    let made = api.call("POST", &format!("/portfolios/{portfolio}/activities"), lines).await;
    assert_eq!(made.status, 201, "{made:?}");
    for (day, price) in [("2022-06-30", 110), ("2023-01-02", 132)] {
        let price = json!({"price": price, "currency": "USD"});
        assert_eq!(api.call("PUT", &format!("/prices/FLAT/{day}"), price).await.status, 200);
    }
    let ask = async |query: &str| api.call("GET", &format!("{history}?{query}"), Value::Null).await;
    let mut told = ask("from=2022-01-01&to=2023-01-03").await;
    for _ in 0..50 {
        if told.json["twr"]["total"] == json!(0.32) {
            break;
        }
        tokio::time::sleep(std::time::Duration::from_millis(100)).await;
        told = ask("from=2022-01-01&to=2023-01-03").await;
    }
    let json = &told.json;
    assert_eq!((told.status, &json["twr"]["total"]), (200, &json!(0.32)), "{}", told.body);
    assert_eq!((&json["from"], &json["to"]), (&json!("2022-01-03"), &json!("2023-01-03")));
    let days = json["days"].as_array().unwrap();
    assert_eq!(days.len(), 366);
    let flows: Vec<_> = days
        .iter()
        .filter(|day| day["flow"].to_string().parse::<f64>().unwrap() != 0.0)
        .collect();
    assert_eq!(
        flows.iter().map(|day| day["day"].as_str().unwrap()).collect::<Vec<_>>(),
        ["2022-01-03", "2022-07-01"]
    );
    let number = |value: &Value| value.to_string().parse::<f64>().unwrap();
    assert_eq!((number(&json["gain"]), number(&json["net_flow"])), (430.0, 1550.0));
    assert_eq!(number(&days[365]["value"]), 1980.0);
    let gave = &json["contributions"];
    assert_eq!(
        (gave.as_array().unwrap().len(), &gave[0]["symbol"], number(&gave[0]["gain"])),
        (1, &json!("FLAT"), 430.0)
    );
    assert_eq!(
        (json["months"].as_array().unwrap().len(), &json["months"][0]["month"]),
        (13, &json!(1))
    );
    assert_eq!((&json["drawdown"], &json["benchmark"]), (&Value::Null, &Value::Null));

    let day = ask("range=1d").await.json;
    assert_eq!((day["days"].as_array().unwrap().len(), number(&day["opened_with"])), (1, 1980.0));
    assert!(day["moments"].as_array().unwrap().len() > 100);
    let all = api.call("GET", "/portfolios/all/history?range=all", Value::Null).await.json;
    assert_eq!(number(&all["gain"]), 430.0);
    for (query, field) in [
        ("range=2y", "range"),
        ("range=1y&from=2022-01-01", "range"),
        ("from=yesterday", "from"),
        ("to=2999-01-01", "to"),
        ("risk_free=2", "risk_free"),
        ("colour=red", "colour"),
    ] {
        let refused = ask(query).await;
        assert_eq!(
            (refused.problem(), refused.json["errors"][0]["field"].as_str()),
            ("invalid-query", Some(field)),
            "{query}: {refused:?}"
        );
    }
    api.stop().await;
}
