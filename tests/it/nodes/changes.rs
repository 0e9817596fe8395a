//! What changes on one node is known on all: sessions that end, ledgers, the numbers of updates.

use super::{Redis, node, postgres};
use crate::harness::{Client, PATIENCE, TestApp};
use crate::storage::Place;
use finflow_app::accounts::server::Accounts;
use finflow_app::portfolio::activity::{Activity, ActivityKind};
use finflow_app::portfolio::server::ledger::{Batch, Ledger};
use finflow_app::server::clock::Clock;
use finflow_app::server::config::AccountsConfig;
use finflow_app::server::database::Database;
use finflow_app::server::relay::{Heard, Relay, State, Subscription};
use finflow_app::server::shutdown::Shutdown;
use serde_json::{Value, json};
use tokio::time::timeout;

/// A node without pages: what other nodes do by a page it does by a call.
struct Bare {
    relay: Relay,
    accounts: Accounts,
    ledger: Ledger,
    database: Database,
    shutdown: Shutdown,
}

impl Bare {
    async fn start(redis: &Redis, place: &Place) -> Self {
        let shutdown = Shutdown::default();
        let relay = Relay::start(&redis.address(), &shutdown).unwrap();
        let database = Database::open(&place.url).await.unwrap();
        let accounts = Accounts::new(database.clone(), AccountsConfig::default(), Clock::System);
        accounts.follow_nodes(&relay);
        let ledger = Ledger::new(database.clone(), Clock::System);
        ledger.follow_nodes(&relay);
        let bare = Self {
            relay,
            accounts,
            ledger,
            database,
            shutdown,
        };
        bare.connected().await;
        bare
    }

    async fn connected(&self) {
        let mut states = self.relay.state();
        let connected = states.wait_for(|state| *state == State::Connected);
        timeout(PATIENCE, connected).await.expect("connects").unwrap();
    }

    async fn user(&self) -> String {
        let (user,): (String,) = sqlx::query_as("SELECT id FROM users")
            .fetch_one(self.database.read())
            .await
            .unwrap();
        user
    }

    async fn stop(self) {
        assert_eq!(self.shutdown.drain(PATIENCE).await, 0);
        self.database.close().await;
    }
}

/// Somebody new, and the cookie of their session.
async fn somebody(app: &TestApp) -> String {
    let mut browser = app.browser();
    assert_eq!(browser.post("/try/", &[]).await.status, 303);
    browser.cookie.clone().unwrap()
}

async fn connect(app: &TestApp, cookie: &str) -> Client {
    let mut request = app.upgrade();
    let origin = format!("http://{}", app.addr);
    request.headers_mut().insert("origin", origin.parse().unwrap());
    request.headers_mut().insert("cookie", cookie.parse().unwrap());
    let mut client = Client::open(app.addr, request).await.unwrap();
    assert_eq!(client.next().await["data"]["authenticated"], true);
    client
}

/// The next that is said under a topic.
async fn said(heard: &mut Subscription) -> Value {
    loop {
        if let Heard::Said(bytes) = timeout(PATIENCE, heard.next()).await.expect("something is said") {
            return serde_json::from_slice(&bytes).unwrap();
        }
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn row_13_a_session_that_ends_on_one_node_ends_its_sockets_on_all() {
    let (Some(redis), Some(place)) = (Redis::shared(), postgres().await) else {
        return;
    };
    let (one, two) = (node(&redis, &place, "8").await, node(&redis, &place, "8").await);
    let bare = Bare::start(&redis, &place).await;
    let mut ends = bare.relay.subscribe("ends");
    let cookie = somebody(&one).await;
    let (mut there, mut here) = (connect(&two, &cookie).await, connect(&one, &cookie).await);
    let session = bare.accounts.sessions(&bare.user().await).await.unwrap().remove(0).id;
    let mut browser = one.browser();
    browser.cookie = Some(cookie);
    assert_eq!(browser.post("/sign-out/", &[]).await.status, 303);
    assert_eq!(
        said(&mut ends).await,
        json!({ "session": session }),
        "it is told, and not found in the end"
    );
    assert_eq!((here.closed().await, there.closed().await), (4501, 4501));
    // A session that a third node ends, of a user whom it deletes.
    let cookie = somebody(&two).await;
    let (mut there, mut here) = (connect(&two, &cookie).await, connect(&one, &cookie).await);
    let users: Vec<(String,)> = sqlx::query_as("SELECT user_id FROM sessions")
        .fetch_all(bare.database.read())
        .await
        .unwrap();
    bare.accounts.delete(&users[0].0).await.unwrap();
    assert_eq!((here.closed().await, there.closed().await), (4501, 4501));
    bare.stop().await;
    one.stop().await;
    two.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn row_13_a_session_that_ended_while_redis_was_away_ends_its_sockets_too() {
    let (Some(mut redis), Some(place)) = (Redis::own(), postgres().await) else {
        return;
    };
    let (one, two) = (node(&redis, &place, "8").await, node(&redis, &place, "8").await);
    let bare = Bare::start(&redis, &place).await;
    let cookie = somebody(&one).await;
    redis.kill();
    let mut there = connect(&two, &cookie).await;
    let user = bare.user().await;
    bare.accounts.revoke_others(&user, None).await.unwrap();
    redis.start_again();
    assert_eq!(there.closed().await, 4501);
    bare.stop().await;
    one.stop().await;
    two.stop().await;
}

fn bought(id: &str, quantity: i64) -> Activity {
    Activity {
        id: id.into(),
        day: "2022-03-02".parse().unwrap(),
        time: None,
        kind: ActivityKind::Buy,
        symbol: Some("AAPL".into()),
        quantity: quantity.into(),
        price: Some(150.into()),
        amount: None,
        fee: 0.into(),
        tax: 0.into(),
        currency: "USD".into(),
        exchange_rate: None,
        ratio: None,
        lots: vec![],
        note: String::new(),
        tags: vec![],
    }
}

/// Hears until so many shares are held.
async fn until_held(client: &mut Client, quantity: i64) {
    loop {
        let update = client.next_of("price_update").await;
        let rows = update["data"]["investments"].as_array().unwrap();
        if rows.iter().any(|row| row["symbol"] == "AAPL" && row["quantity"] == quantity) {
            return;
        }
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn row_19_a_change_of_a_ledger_shows_on_every_node_also_after_redis_was_away() {
    let (Some(mut redis), Some(place)) = (Redis::own(), postgres().await) else {
        return;
    };
    let (one, two) = (node(&redis, &place, "8").await, node(&redis, &place, "8").await);
    let bare = Bare::start(&redis, &place).await;
    let cookie = somebody(&one).await;
    let (mut on_one, mut on_two) = (connect(&one, &cookie).await, connect(&two, &cookie).await);
    on_one.start(50).await;
    on_two.start(50).await;
    let user = bare.user().await;
    let portfolio = bare.ledger.portfolios(&user).await.unwrap().remove(0).id;
    let bring = async |activity: Activity| {
        let batch = Batch {
            activities: vec![activity],
            ..Batch::default()
        };
        bare.ledger.apply(&user, &portfolio, "Brought", &batch).await.unwrap();
    };
    bring(bought("a", 3)).await;
    until_held(&mut on_one, 3).await;
    until_held(&mut on_two, 3).await;
    redis.kill();
    bring(bought("b", 4)).await;
    redis.start_again();
    until_held(&mut on_one, 7).await;
    until_held(&mut on_two, 7).await;
    bare.connected().await;
    let mut ledgers = one_hears(&redis).await;
    bring(bought("c", 5)).await;
    assert_eq!(said(&mut ledgers.1).await, json!({"user": user, "portfolio": portfolio}));
    until_held(&mut on_two, 12).await;
    assert_eq!(ledgers.0.drain(PATIENCE).await, 0);
    bare.stop().await;
    one.stop().await;
    two.stop().await;
}

/// What is said of ledgers, as another node hears it.
async fn one_hears(redis: &Redis) -> (Shutdown, Subscription) {
    let shutdown = Shutdown::default();
    let relay = Relay::start(&redis.address(), &shutdown).unwrap();
    let heard = relay.subscribe("ledgers");
    let mut states = relay.state();
    let connected = states.wait_for(|state| *state == State::Connected);
    timeout(PATIENCE, connected).await.expect("connects").unwrap();
    (shutdown, heard)
}

#[tokio::test(flavor = "multi_thread")]
async fn the_number_of_an_update_of_one_node_is_not_taken_for_another_ones() {
    let (one, two) = (TestApp::start(&[]).await, TestApp::start(&[]).await);
    let mut numbers = vec![];
    for app in [&one, &two] {
        let mut client = app.connect().await;
        client.start(1_000).await;
        numbers.push(client.next_of("price_update").await["seq"].as_u64().unwrap());
    }
    assert!(numbers[0] != numbers[1], "each counts from a place of its own");
    for known in [numbers[0], 1, numbers[1] + 1_000] {
        let mut client = two.connect().await;
        client
            .send(json!({"type": "start_updates", "interval_ms": 1_000, "seq": known, "id": "k"}))
            .await;
        let answer = client.next().await;
        assert_eq!((answer["type"].as_str(), answer["id"].as_str()), (Some("price_update"), Some("k")));
    }
    one.stop().await;
    two.stop().await;
}
