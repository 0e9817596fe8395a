//! A price that its owner lets move from the last known one, where the market is simulated: on the socket and the pages, for its
//! owner alone, and in what is taken out.

use crate::harness::Client;
use crate::owner::{Owner, add_up, amount, row};
use chrono::{DateTime, Utc};
use finflow_app::money::Decimal;
use finflow_app::portfolio::activity::{Activity, ActivityKind};
use finflow_app::portfolio::described::DescribedInstrument;
use finflow_app::portfolio::server::ledger::Batch;
use finflow_app::portfolio::typed::activity::bare;
use finflow_app::server::clock::Clock;
use serde_json::Value;
use std::collections::BTreeMap;

const FLAT: &str = "/instruments/FLAT/";
const LET: [(&str, &str); 3] = [("kind", "manual"), ("currency", "USD"), ("simulated", "on")];

/// The same morning each time.
fn morning() -> Clock {
    Clock::starting_at("2026-03-02T10:00:00Z".parse::<DateTime<Utc>>().unwrap())
}

/// Three of a flat that no market knows, and ten shares of a listed company.
fn history() -> Vec<Activity> {
    let buy = |id: &str, symbol: &str, quantity: i64, price: i64| Activity {
        symbol: Some(symbol.to_owned()),
        quantity: quantity.into(),
        price: Some(price.into()),
        ..bare(id, ActivityKind::Buy, "2022-03-03".parse().unwrap(), "USD")
    };
    vec![buy("f", "FLAT", 3, 100_000), buy("a", "AAPL", 10, 150)]
}

/// The row of the flat in the next update in which it is as `is` says. Each update on the way adds up.
async fn flat(client: &mut Client, is: impl Fn(&Value) -> bool) -> Value {
    loop {
        let update = client.next_of("price_update").await;
        add_up(&update["data"]);
        let row = row(&update["data"], "FLAT");
        assert_eq!(amount(&row["value"]), amount(&row["current_price"]) * Decimal::from(3));
        if is(row) {
            return row.clone();
        }
    }
}

fn moves(row: &Value) -> bool {
    row["price_source"] == "simulated"
}

/// Moments and prices until there are so many.
async fn prices(client: &mut Client, count: usize) -> BTreeMap<String, String> {
    let mut seen = BTreeMap::new();
    while seen.len() < count {
        let row = flat(client, moves).await;
        let (at, price) = (row["quoted_at"].to_string(), row["current_price"].to_string());
        let before = seen.insert(at, price.clone());
        assert!(before.is_none_or(|before| before == price), "one price a moment");
    }
    seen
}

#[tokio::test]
async fn it_moves_on_the_socket_and_goes_on_after_a_restart() {
    let own = Owner::start_with(&[], morning()).await;
    own.bring(history()).await;
    let (mut client, _) = own.connect(&own.cookie).await;
    client.start(20).await;
    let row = flat(&mut client, |_| true).await;
    assert_eq!(
        (row["price_source"].as_str(), row["current_price"].to_string().as_str()),
        (Some("activity"), "100000")
    );

    // The form offers it, and keeps it.
    let page = own.browser().get(FLAT).await.body;
    assert!(
        page.contains("Let it move") && page.contains("Only because this market is simulated"),
        "{page}"
    );
    assert_eq!(own.browser().post(FLAT, &LET).await.status, 303);
    let page = own.browser().get(FLAT).await.body;
    let (before, _) = page.split_once("Let it move").unwrap();
    assert!(before.rsplit_once("<input").unwrap().1.contains("checked"), "{page}");
    let row = flat(&mut client, moves).await;
    assert!(row["note"].as_str().unwrap().contains("move from the price of 2022-03-03"), "{row}");
    let (mut second, _) = own.connect(&own.cookie).await;
    second.start(20).await;
    let seen = prices(&mut client, 3).await;
    let others = prices(&mut second, 1).await;
    assert!(seen.values().collect::<std::collections::BTreeSet<_>>().len() > 2, "{seen:?}");
    assert!(others.iter().all(|(at, price)| seen.get(at).is_none_or(|one| one == price)));

    // The pages say so too.
    let page = own.browser().get(&format!("/portfolios/{}/", own.id)).await.body;
    assert!(page.contains(">simulated, just now</small>"), "{page}");
    assert!(page.contains("Simulated: its owner lets it move from the price of 2022-03-03."));
    for (page, said) in [("lots/", " USD, simulated"), ("figures/value/", " USD (simulated)")] {
        let page = own.browser().get(&format!("/portfolios/{}/{page}", own.id)).await.body;
        assert!(page.contains(said), "{said}: {page}");
    }
    let page = own.browser().get("/live-portfolio/").await.body;
    assert!(page.contains("title=\"Simulated: its owner"), "{page}");

    // The same seed at the same moments tells the same prices; another does not.
    for (seed, same) in [("8", true), ("9", false)] {
        let own = Owner::start_with(&["--market-seed", seed], morning()).await;
        own.bring(history()).await;
        assert_eq!(own.browser().post(FLAT, &LET).await.status, 303);
        let own = own.again(&["--market-seed", seed], morning()).await;
        let (mut client, _) = own.connect(&own.cookie).await;
        client.start(20).await;
        let again = prices(&mut client, 3).await;
        let shared: Vec<_> = again.iter().filter(|(at, _)| seen.contains_key(*at)).collect();
        assert!(!shared.is_empty(), "{seen:?} {again:?}");
        assert!(
            shared.iter().all(|(at, price)| (seen[*at] == **price) == same),
            "{seed}: {seen:?} {again:?}"
        );
        own.app.stop().await;
    }
    own.app.stop().await;
}

#[tokio::test]
async fn a_new_price_is_the_new_start_and_what_is_switched_off_stands_still() {
    let own = Owner::start_with(&[], morning()).await;
    own.bring(history()).await;
    assert_eq!(own.browser().post(FLAT, &LET).await.status, 303);
    let (mut client, _) = own.connect(&own.cookie).await;
    client.start(20).await;
    flat(&mut client, moves).await;
    let form = [("price", "250000"), ("day", "2026-03-02"), ("price_currency", "USD")];
    assert_eq!(own.browser().post("/instruments/FLAT/prices/", &form).await.status, 303);
    let entered = Decimal::from(250_000);
    let row = flat(&mut client, |row| amount(&row["current_price"]) > Decimal::from(200_000)).await;
    // It begins at what was entered, and the day's change counts from there.
    let far = (amount(&row["current_price"]) - entered).abs();
    assert!(far < Decimal::from(500), "{row}");
    assert_eq!(amount(&row["current_price"]) - amount(&row["change"]), entered, "{row}");
    assert!(row["note"].as_str().unwrap().contains("of 2026-03-02"), "{row}");
    flat(&mut client, |row| amount(&row["current_price"]) != entered).await;

    assert_eq!(own.browser().post(FLAT, &LET[..2]).await.status, 303);
    let row = flat(&mut client, |row| !moves(row)).await;
    assert_eq!(
        (row["price_source"].as_str(), amount(&row["current_price"])),
        (Some("entered"), entered)
    );
    own.app.stop().await;
}

#[tokio::test]
async fn what_one_lets_move_stands_still_for_another() {
    let own = Owner::start_with(&[], morning()).await;
    own.bring(history()).await;
    let mut other = own.app.browser();
    assert_eq!(other.post("/try/", &[]).await.status, 303);
    let theirs = other.cookie.clone().unwrap();
    let buy = [
        ("kind", "buy"),
        ("day", "2022-03-03"),
        ("symbol", "FLAT"),
        ("quantity", "3"),
        ("price", "90000"),
        ("currency", "USD"),
    ];
    let portfolios = other.get("/portfolios/").await.body;
    let ids = portfolios
        .split("href=\"/portfolios/")
        .skip(1)
        .filter_map(|rest| rest.split('/').next());
    let id = ids.into_iter().find(|id| id.len() == 32).unwrap();
    let sent = other.post(&format!("/portfolios/{id}/activities/new/"), &buy).await;
    assert_eq!(sent.status, 303, "{}", sent.body);
    assert_eq!(own.browser().post(FLAT, &LET).await.status, 303);
    assert!(!other.get(FLAT).await.body.contains(" checked"));
    let (mut mine, _) = own.connect(&own.cookie).await;
    let (mut client, _) = own.connect(&theirs).await;
    mine.start(20).await;
    client.start(20).await;
    flat(&mut mine, moves).await;
    for _ in 0..5 {
        let update = client.next_of("price_update").await;
        let row = row(&update["data"], "FLAT");
        assert_eq!(
            (row["price_source"].as_str(), amount(&row["current_price"])),
            (Some("activity"), 90_000.into())
        );
    }
    own.app.stop().await;
}

#[tokio::test]
async fn it_is_kept_where_the_market_is_not_simulated_and_does_nothing() {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("ticks.csv");
    std::fs::write(&file, "time,symbol,price\n2026-03-02T10:00:00Z,AAPL,100.00\n").unwrap();
    let market = format!("replay:{}", file.display());
    let own = Owner::start_with(&["--market", &market], morning()).await;
    own.bring(history()).await;
    let page = own.browser().get(FLAT).await.body;
    assert!(
        !page.contains("name=\"simulated\"") && !page.contains("You let its price move"),
        "{page}"
    );
    let flat = |simulated| DescribedInstrument {
        symbol: "FLAT".into(),
        simulated,
        ..DescribedInstrument::default()
    };
    own.ledger.describe(&own.user, &flat(true)).await.unwrap();
    let page = own.browser().get(FLAT).await.body;
    assert!(
        !page.contains("name=\"simulated\"") && page.contains("You let its price move"),
        "{page}"
    );
    assert_eq!(own.browser().post(FLAT, &[("kind", "unknown"), ("name", "Mine")]).await.status, 303);
    let kept = own.ledger.instruments(&own.user).await.unwrap().remove(0);
    assert_eq!((kept.name.as_str(), kept.simulated), ("Mine", true));
    let (mut client, _) = own.connect(&own.cookie).await;
    client.send(serde_json::json!({"type": "get_portfolio_data"})).await;
    let data = client.next_of("portfolio_data").await["data"].clone();
    assert_eq!(row(&data, "FLAT")["price_source"], "activity");
    assert_eq!(amount(&row(&data, "FLAT")["current_price"]), 100_000.into());
    own.app.stop().await;
}

#[tokio::test]
async fn an_import_that_brings_it_is_undone_with_it_and_what_is_taken_out_has_it() {
    let own = Owner::start_with(&[], morning()).await;
    let batch = Batch {
        activities: history(),
        instruments: vec![DescribedInstrument {
            symbol: "FLAT".into(),
            simulated: true,
            ..DescribedInstrument::default()
        }],
        ..Batch::default()
    };
    let applied = own.ledger.apply(&own.user, &own.id, "Brought", &batch).await.unwrap();
    let out = own.browser().get(&format!("/portfolios/{}/export/finflow.json", own.id)).await.body;
    let archive: Value = serde_json::from_str(&out).unwrap();
    assert_eq!(archive["portfolios"][0]["instruments"][0]["simulated"], true, "{out}");
    let change = applied.change.unwrap();
    let address = format!("/portfolios/{}/undo/", own.id);
    assert_eq!(own.browser().post(&address, &[("change", &change)]).await.status, 303);
    assert_eq!(own.ledger.instruments(&own.user).await.unwrap(), vec![]);
    own.app.stop().await;
}
