//! A day that plays again on the live page: the prices of each of its moments, at the speed that was asked for, for its owner alone.

use crate::figures::by_hand;
use crate::harness::TestApp;
use crate::owner::{Owner, add_up, row};
use chrono::{DateTime, TimeDelta, Utc};
use finflow_app::market::server::history::DailyCloses;
use finflow_app::market::server::provider::Provider as _;
use finflow_app::market::server::provider::simulated::Simulated;
use finflow_app::portfolio::server::again::Playing;
use serde_json::{Value, json};

/// Where the page's form leads.
pub async fn played(browser: &mut crate::harness::Browser<'_>, query: &str) -> String {
    let answer = browser.get(&format!("/again/?go=on&{query}")).await;
    assert_eq!(answer.status, 303, "{}", answer.body);
    answer.location().to_owned()
}

/// The id that an address names.
pub fn id_of(address: &str) -> String {
    let query = address.split_once('?').unwrap().1;
    let mut fields = url::form_urlencoded::parse(query.as_bytes());
    fields.find(|(name, _)| name == "portfolio").unwrap().1.into_owned()
}

pub fn moment(frame: &Value) -> DateTime<Utc> {
    frame["timestamp"].as_str().unwrap().parse().unwrap()
}

#[tokio::test]
async fn a_day_plays_as_it_was_and_as_fast_as_was_asked_for() {
    let app = TestApp::start(&[]).await;
    let mut browser = app.browser();
    let page = browser.get("/again/").await;
    assert!(
        page.status == 200 && page.body.contains("Sample portfolio") && page.body.contains("2022-12-29"),
        "{}",
        page.body
    );
    for (wrong, said) in [
        ("portfolio=sample&day=soon&speed=60", "a day like"),
        ("portfolio=sample&day=2022-12-28&speed=60", "from 2022-12-29"),
        ("portfolio=sample&day=9999-01-01&speed=60", "to this moment"),
        ("portfolio=sample&day=2026-03-02&time=25:00&speed=60", "a time like"),
        ("portfolio=sample&day=2026-03-02&speed=1001", "1 to 1000"),
        ("portfolio=another&day=2026-03-02&speed=60", "choose one"),
    ] {
        let answer = browser.get(&format!("/again/?go=on&{wrong}")).await;
        assert!(answer.status == 422 && answer.body.contains(said), "{wrong}: {}", answer.body);
    }
    let address = played(&mut browser, "portfolio=sample&day=2026-03-02&time=09:30&speed=600").await;
    let page = browser.get(&address).await;
    assert!(
        page.status == 200 && page.body.contains("2 Mar 2026 again, 600 times as fast"),
        "{}",
        page.body
    );
    let mut client = app.connect().await;
    client
        .send(json!({"type": "get_portfolio_data", "portfolio_id": id_of(&address)}))
        .await;
    let snapshot = client.next_of("portfolio_data").await;
    let history = snapshot["data"]["history"].as_array().unwrap();
    assert!(history.len() > 280, "the 24 hours before it: {}", history.len());
    client
        .send(json!({"type": "start_updates", "interval_ms": 100, "portfolio_id": id_of(&address)}))
        .await;
    let (first, begun) = (client.next_of("price_update").await, tokio::time::Instant::now());
    let market = Simulated::new(&DailyCloses::shipped().unwrap(), 8, Utc::now());
    let market = market.unwrap();
    let mut last = first.clone();
    for _ in 0..5 {
        last = client.next_of("price_update").await;
        let at = moment(&last);
        let quotes = market.quotes_at(at);
        for held in last["data"]["investments"].as_array().unwrap() {
            let quote = quotes.iter().find(|one| one.symbol == held["symbol"]).unwrap();
            assert_eq!(held["current_price"].to_string().parse(), Ok(quote.price), "{held} at {at}");
            assert_eq!(held["quoted_at"].as_str().unwrap().parse(), Ok(quote.quoted_at), "{held}");
        }
    }
    let (went, took) = (moment(&last) - moment(&first), TimeDelta::from_std(begun.elapsed()).unwrap());
    assert!(
        went >= TimeDelta::seconds(200) && went <= (took + TimeDelta::seconds(1)) * 600,
        "{went} in {took}"
    );
    assert_eq!(moment(&first).date_naive().to_string(), "2026-03-02");
    // One that began long ago is over, and stands at its end.
    let mut over = Playing::read(&id_of(&address)).unwrap();
    over.opened -= TimeDelta::hours(1);
    client
        .send(json!({"type": "get_portfolio_data", "portfolio_id": over.to_string()}))
        .await;
    let end = client.next_of("portfolio_data").await;
    assert_eq!(end["timestamp"], "2026-03-02T23:59:59.999Z");
    assert!(end["data"]["portfolio_name"].as_str().unwrap().ends_with("which is over"), "{end}");
    over.opened -= TimeDelta::days(3);
    client
        .send(json!({"type": "get_portfolio_data", "portfolio_id": over.to_string()}))
        .await;
    assert_eq!(client.next_of("error").await["code"], "not_found");
    app.stop().await;
}

#[tokio::test]
async fn it_plays_what_was_held_then_for_its_owner_alone() {
    let own = Owner::start().await;
    let mut activities = by_hand();
    let mut later = activities[1].clone();
    (later.id, later.day) = ("later".into(), "2025-06-02".parse().unwrap());
    activities.push(later);
    own.bring(activities).await;
    let mut browser = own.browser();
    let query = format!("portfolio={}&day=2025-06-01&speed=1", own.id);
    let id = id_of(&played(&mut browser, &query).await);
    let cookie = own.cookie.clone();
    let (mut client, _) = own.connect(&cookie).await;
    client
        .send(json!({"type": "start_updates", "interval_ms": 100, "portfolio_id": id}))
        .await;
    let frame = client.next_of("price_update").await;
    assert_eq!(frame["data"]["portfolio_id"], id.as_str());
    assert_eq!(
        row(&frame["data"], "FLAT")["quantity"],
        5,
        "the purchase of the day after is not there yet"
    );
    add_up(&frame["data"]);
    assert_eq!(own.app.browser().get(&format!("/live-portfolio/?portfolio={id}")).await.status, 404);
    let mut stranger = own.app.connect().await;
    stranger.send(json!({"type": "get_portfolio_data", "portfolio_id": id})).await;
    assert_eq!(stranger.next_of("error").await["code"], "not_found");
    own.app.stop().await;
}
