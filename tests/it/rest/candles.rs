//! The past of what the market lists, as the API tells it.

use super::Api;
use serde_json::{Value, json};

#[tokio::test]
async fn a_program_reads_the_past_page_by_page() {
    let api = Api::start().await;
    let ask = async |query: &str| api.call("GET", &format!("/instruments/AAPL/candles?{query}"), Value::Null).await;
    let first = ask("from=2022-12-01&to=2023-02-01&limit=10").await;
    assert_eq!(
        (first.status, &first.json["interval"], &first.json["currency"]),
        (200, &json!("1d"), &json!("USD"))
    );
    let mut starts: Vec<String> = vec![];
    let mut answer = first;
    loop {
        let items = answer.json["items"].as_array().unwrap();
        starts.extend(items.iter().map(|one| one["start"].as_str().unwrap().to_owned()));
        let Some(next) = answer.json["next"].as_str() else { break };
        assert_eq!(items.len(), 10);
        answer = ask(&format!("from={next}&to=2023-02-01&limit=10")).await;
    }
    // 19 days of the shipped history, then each day.
    assert_eq!(starts.len(), 19 + 34);
    assert!(starts.is_sorted() && starts[0] == "2022-12-01T00:00:00.000Z" && starts[52] == "2023-01-31T00:00:00.000Z");
    let hours = ask("interval=1h&from=2023-03-01&to=2023-03-02").await;
    let hours = hours.json["items"].as_array().unwrap();
    assert_eq!(hours.len(), 24);
    assert_eq!(ask("to=2023-02-01&limit=3").await.json["items"].as_array().unwrap().len(), 3);
    for (query, field) in [
        ("interval=2m", "interval"),
        ("limit=0", "limit"),
        ("limit=5001", "limit"),
        ("from=yesterday", "from"),
        ("to=2023-02-30", "to"),
        ("from=2023-02-01&to=2023-02-01", "from"),
        ("interval=1m&from=2020-01-01&to=2023-02-01", "from"),
        ("from=-262143-01-01T00:00:00Z", "from"),
        ("colour=red", "colour"),
    ] {
        let refused = ask(query).await;
        assert_eq!((refused.status, refused.problem()), (400, "invalid-query"), "{query}");
        assert_eq!(refused.json["errors"][0]["field"], field, "{query}");
    }
    let none = api.call("GET", "/instruments/NONE/candles", Value::Null).await;
    assert_eq!((none.status, none.problem()), (404, "not-found"));
    api.stop().await;
}
