//! A user's own portfolio, live: the same figures on the page and the socket, for its owner alone.

use crate::harness::{Client, PATIENCE};
use crate::owner::{Owner, add_up, cents, row};
use crate::storage::{sqlite, user};
use chrono::NaiveDate;
use clap::Parser as _;
use finflow_app::accounts::server::Accounts;
use finflow_app::market::server::Market;
use finflow_app::money::Decimal;
use finflow_app::portfolio::activity::{Activity, ActivityKind};
use finflow_app::portfolio::book::Terms;
use finflow_app::portfolio::server::ledger::{Batch, Ledger};
use finflow_app::portfolio::server::{Portfolio, Portfolios};
use finflow_app::portfolio::settings::Settings;
use finflow_app::server::clock::Clock;
use finflow_app::server::config::{AccountsConfig, Cli};
use finflow_app::server::database::Database;
use finflow_app::server::shutdown::Shutdown;
use serde_json::json;
use std::sync::{Arc, Weak};
use std::time::Duration;
use tokio::time::Instant;

fn on(id: &str, day: u32, kind: ActivityKind, symbol: Option<&str>, quantity: i64, money: &str) -> Activity {
    let trade = matches!(kind, ActivityKind::Buy | ActivityKind::Sell);
    let money: Decimal = money.parse().unwrap();
    Activity {
        id: id.into(),
        day: NaiveDate::from_ymd_opt(2022, 3, day).unwrap(),
        time: None,
        kind,
        symbol: symbol.map(str::to_owned),
        quantity: quantity.into(),
        price: trade.then_some(money),
        amount: (!trade).then_some(money),
        fee: Decimal::ZERO,
        tax: Decimal::ZERO,
        currency: "USD".into(),
        exchange_rate: None,
        ratio: None,
        lots: vec![],
        note: String::new(),
        tags: vec![],
    }
}

/// 10,000 paid in; ten shares of a listed company and three of a flat that no market knows.
fn history() -> Vec<Activity> {
    vec![
        on("d", 1, ActivityKind::Deposit, None, 0, "10000"),
        on("b", 2, ActivityKind::Buy, Some("AAPL"), 10, "150.25"),
        on("f", 3, ActivityKind::Buy, Some("FLAT"), 3, "1000.00"),
        on("i", 4, ActivityKind::Interest, None, 0, "12.34"),
    ]
}

#[tokio::test]
async fn the_owner_watches_the_ledger_and_its_changes() {
    let own = Owner::start().await;
    own.bring(history()).await;
    let (mut client, greeting) = own.connect(&own.cookie).await;
    assert_eq!(greeting["data"]["authenticated"], true);
    // Without an id it is the visitor's first.
    client.start(20).await;
    let update = client.next_of("price_update").await;
    let data = &update["data"];
    assert_eq!(data["portfolio_id"], own.id.as_str());
    assert_eq!(cents(&row(data, "FLAT")["value"]), 300_000);
    assert!(row(data, "FLAT")["note"].as_str().unwrap().contains("2022-03-03"));
    // 10,000 - 1,502.50 - 3,000 + 12.34
    assert_eq!(
        (cents(&row(data, "USD")["value"]), row(data, "USD")["kind"].as_str()),
        (550_984, Some("cash"))
    );
    let share = row(data, "AAPL");
    assert_eq!(cents(&share["value"]), 10 * cents(&share["current_price"]));
    assert_eq!(cents(&share["cost"]), 150_250);
    assert_eq!(cents(&data["gains"]["income"]), 1_234);
    add_up(data);

    // The page says the same holdings, and the sample is still there by its id.
    let page = own.browser().get("/live-portfolio/").await;
    assert!(page.body.contains("My portfolio") && page.body.contains("FLAT"), "{}", page.body);
    client.send(json!({"type": "get_portfolio_data", "portfolio_id": "sample"})).await;
    assert_eq!(client.next_of("portfolio_data").await["data"]["portfolio_name"], "Sample Portfolio");

    // A sale that another process books is in a later frame, with its gain.
    own.bring(vec![on("s", 5, ActivityKind::Sell, Some("FLAT"), 1, "1100.00")]).await;
    let data = loop {
        let update = client.next_of("price_update").await;
        add_up(&update["data"]);
        if row(&update["data"], "FLAT")["quantity"] == 2 {
            break update["data"].clone();
        }
    };
    assert_eq!(cents(&data["gains"]["realised"]), 10_000);

    // A portfolio that is deleted is told, and its updates end.
    own.ledger.close(&own.user, &own.id).await.unwrap();
    let told = client.next_of("error").await;
    assert_eq!(told["code"], "not_found");
    own.app.stop().await;
}

#[tokio::test]
async fn a_price_that_is_entered_again_for_its_day_is_in_a_later_frame() {
    let own = Owner::start().await;
    own.bring(history()).await;
    let (mut client, _) = own.connect(&own.cookie).await;
    client.start(20).await;
    for price in ["1200", "1300"] {
        let form = [("day", "2024-01-31"), ("price", price), ("currency", "USD")];
        let answer = own.browser().post("/instruments/FLAT/prices/", &form).await;
        assert_eq!(answer.status, 303, "{}", answer.body);
        let wanted = 300 * price.parse::<i64>().unwrap();
        loop {
            let update = client.next_of("price_update").await;
            add_up(&update["data"]);
            if cents(&row(&update["data"], "FLAT")["value"]) == wanted {
                break;
            }
        }
    }
    own.app.stop().await;
}

#[tokio::test]
async fn all_portfolios_are_one() {
    let own = Owner::start().await;
    own.bring(history()).await;
    let mut settings = own.ledger.portfolio(&own.user, &own.id).await.unwrap().settings;
    settings.name = "Second".into();
    settings.terms.base_currency = "EUR".into();
    let second = own.ledger.open(&own.user, &settings).await.unwrap();
    let batch = Batch {
        activities: vec![on("b2", 2, ActivityKind::Buy, Some("AAPL"), 5, "150.00")],
        ..Batch::default()
    };
    own.ledger.apply(&own.user, &second, "Brought", &batch).await.unwrap();
    let (mut client, _) = own.connect(&own.cookie).await;
    client.send(json!({"type": "get_portfolio_data", "portfolio_id": "all"})).await;
    let data = client.next_of("portfolio_data").await["data"].clone();
    assert_eq!(
        (data["base_currency"].as_str(), row(&data, "AAPL")["quantity"].as_i64()),
        (Some("USD"), Some(15))
    );
    add_up(&data);
    client.send(json!({"type": "get_portfolio_data", "portfolio_id": second})).await;
    let data = client.next_of("portfolio_data").await["data"].clone();
    let share = row(&data, "AAPL");
    assert_eq!(
        (data["base_currency"].as_str(), share["currency"].as_str()),
        (Some("EUR"), Some("USD"))
    );
    assert_ne!(share["local_value"], share["value"]);
    add_up(&data);
    own.app.stop().await;
}

#[tokio::test]
async fn row_12_what_is_anothers_is_not_there() {
    let own = Owner::start().await;
    own.bring(history()).await;
    let mut stranger = own.app.browser();
    stranger.post("/try/", &[]).await;
    let theirs = stranger.cookie.clone().unwrap();
    let nowhere = stranger.get("/live-portfolio/?portfolio=nowhere").await;
    let foreign = stranger.get(&format!("/live-portfolio/?portfolio={}", own.id)).await;
    assert_eq!((nowhere.status, foreign.status), (404, 404));
    for cookie in [theirs.as_str(), "finflow_session=forged"] {
        let (mut client, _) = own.connect(cookie).await;
        for kind in ["get_portfolio_data", "start_updates"] {
            client.send(json!({"type": kind, "id": "x", "portfolio_id": own.id})).await;
            let foreign = client.next().await;
            client.send(json!({"type": kind, "id": "x", "portfolio_id": "nowhere"})).await;
            assert_eq!((foreign["code"].as_str(), &foreign), (Some("not_found"), &client.next().await));
        }
    }
    own.app.stop().await;
}

#[tokio::test]
async fn row_03_a_program_sends_no_origin_and_its_cookie_says_nothing() {
    let own = Owner::start().await;
    own.bring(history()).await;
    let mut request = own.app.upgrade();
    request.headers_mut().insert("cookie", own.cookie.parse().unwrap());
    let mut program = Client::open(own.app.addr, request).await.unwrap();
    assert_eq!(program.next().await["data"]["authenticated"], false);
    program.send(json!({"type": "get_portfolio_data"})).await;
    assert_eq!(program.next().await["data"]["portfolio_id"], "sample");
    own.app.stop().await;
}

#[tokio::test]
async fn row_13_a_socket_ends_with_its_session() {
    let own = Owner::start().await;
    let (mut client, _) = own.connect(&own.cookie).await;
    client.start(20).await;
    client.next_of("price_update").await;
    let mut other = own.app.browser();
    other.post("/try/", &[]).await;
    let (mut stays, _) = own.connect(&other.cookie.clone().unwrap()).await;
    assert_eq!(own.browser().post("/sign-out/", &[]).await.status, 303);
    assert_eq!(client.closed().await, 4501);
    stays.start(20).await;
    stays.next_of("price_update").await;
    own.app.stop().await;
}

#[tokio::test]
async fn what_a_deleted_user_had_is_let_go_and_what_a_guest_hands_over_is_told() {
    let place = sqlite();
    let database = Database::open(&place.url).await.unwrap();
    let accounts = Accounts::new(database.clone(), AccountsConfig::default(), Clock::System);
    let ledger = Ledger::new(database.clone(), Clock::System);
    let shutdown = Shutdown::default();
    let config = Cli::try_parse_from(["finflow"]).unwrap().config;
    let market = Market::open(&config.market, Clock::System, &shutdown).unwrap();
    ledger.follow_the_gone(accounts.gone_from_now(), &shutdown);
    let portfolios = Portfolios::new(market, ledger.clone(), Clock::System, &shutdown).unwrap();
    let settings = Settings {
        name: "Pension".into(),
        terms: Terms::in_currency("EUR"),
        benchmark: None,
    };
    for name in ["ann", "bob", "eve"] {
        user(&database, name).await;
    }
    let until = |weak: Weak<Portfolio>| async move {
        let until = Instant::now() + PATIENCE;
        while weak.upgrade().is_some() {
            assert!(Instant::now() < until, "it stays in memory");
            tokio::time::sleep(Duration::from_millis(10)).await;
        }
    };
    // One that is watched ends; one that nobody watches is let go.
    let id = ledger.open("ann", &settings).await.unwrap();
    let watched = portfolios.find(Some("ann"), Some(&id)).await.unwrap();
    let all = Arc::downgrade(&portfolios.find(Some("ann"), Some("all")).await.unwrap());
    let theirs = ledger.open("bob", &settings).await.unwrap();
    let theirs = Arc::downgrade(&portfolios.find(Some("bob"), Some(&theirs)).await.unwrap());
    assert!(all.upgrade().is_some(), "it is kept to be asked for again");
    accounts.delete("ann").await.unwrap();
    tokio::time::timeout(PATIENCE, watched.gone.cancelled())
        .await
        .expect("who watches hears of it");
    until(all).await;
    let watched = {
        let weak = Arc::downgrade(&watched);
        drop(watched);
        weak
    };
    until(watched).await;
    assert!(theirs.upgrade().is_some(), "another's is left alone");

    // A hand-over is told for both.
    let mut told = ledger.changes_from_now();
    ledger.open("eve", &settings).await.unwrap();
    ledger.hand_over("eve", "bob").await.unwrap();
    let mut users = vec![];
    for _ in 0..3 {
        users.push(tokio::time::timeout(PATIENCE, told.recv()).await.unwrap().unwrap().user);
    }
    assert_eq!(users, ["eve", "eve", "bob"]);
    until(theirs).await;
    shutdown.stopping().cancel();
    assert_eq!(shutdown.drain(PATIENCE).await, 0);
    database.close().await;
}
