//! What a venue lists is found and chosen by a program too.

use super::Api;
use crate::harness::PATIENCE;
use crate::lists::Exchange;
use crate::storage::sqlite;
use serde_json::{Value, json};
use std::time::{Duration, Instant};

#[tokio::test]
async fn a_program_finds_what_a_venue_lists_and_has_its_prices() {
    let exchange = Exchange::start().await;
    let api = Api::start_in(sqlite(), &["--market", &exchange.market()]).await;
    let until = async |path: &str, holds: &dyn Fn(&Value) -> bool| {
        let began = Instant::now();
        loop {
            let answer = api.call("GET", path, Value::Null).await;
            if answer.status == 200 && holds(&answer.json) {
                return answer.json;
            }
            assert!(began.elapsed() < PATIENCE, "{path}: {answer:?}");
            tokio::time::sleep(Duration::from_millis(20)).await;
        }
    };
    let from = |source: &'static str| {
        move |found: &Value| {
            let items = found["items"].as_array().unwrap();
            items
                .iter()
                .any(|one| one["source"] == source && one["symbol"] == "SOL-USD" && one["listed"] == true)
        }
    };
    until("/instruments?q=solana", &from("coinbase:SOL-USD")).await;
    let lists = until("/feeds", &|feeds| feeds["lists"].as_array().unwrap().len() == 3).await;
    assert_eq!(lists["lists"][0]["provider"], "coinbase");

    let path = "/instruments/SOL";
    let wrong = api
        .call("PUT", path, json!({"name": "Solana", "source": "coinbase:NONE-USD"}))
        .await;
    assert_eq!(
        (wrong.status, &wrong.json["errors"][0]["field"]),
        (422, &"source".into()),
        "{wrong:?}"
    );
    let wrong = api
        .call("PUT", path, json!({"name": "x".repeat(501), "source": "coinbase:SOL-USD"}))
        .await;
    assert_eq!(wrong.status, 422, "{wrong:?}");
    let asked = exchange.mock.asked();
    assert!(
        asked.iter().all(|(_, symbol)| symbol != "SOL-USD"),
        "what is not accepted is not followed"
    );
    let chosen = api
        .call(
            "PUT",
            path,
            json!({"name": "Solana", "currency": "USD", "source": "coinbase:SOL-USD"}),
        )
        .await;
    assert_eq!((chosen.status, &chosen.json["alias"]), (200, &"SOL-USD".into()), "{chosen:?}");
    exchange.price("SOL-USD", "123.45", 1);
    until("/feeds", &|feeds| {
        let all = feeds["instruments"].as_array().unwrap();
        all.iter()
            .any(|one| one["symbol"] == "SOL-USD" && one["sources"][0]["price"].as_f64() == Some(123.45))
    })
    .await;
    let again = api.call("GET", "/instruments?q=solana", Value::Null).await;
    assert!(!from("coinbase:SOL-USD")(&again.json), "{again:?}");
    api.stop().await;
    exchange.stop().await;
}
