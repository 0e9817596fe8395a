//! Redis or PostgreSQL away: every node serves, says what is stale, and recovers by itself.

use super::proxy::Proxy;
use super::{Redis, Viewer, agree, node, postgres};
use crate::harness::{PATIENCE, TestApp};
use chrono::Utc;
use finflow_app::accounts::scope::Scope;
use finflow_app::accounts::server::Accounts;
use finflow_app::server::clock::Clock;
use finflow_app::server::config::AccountsConfig;
use finflow_app::server::database::Database;
use std::time::Duration;
use tokio::time::{Instant, sleep};

#[tokio::test(flavor = "multi_thread")]
async fn row_19_redis_killed_every_node_serves_says_that_prices_are_stale_and_recovers() {
    let (Some(mut redis), Some(place)) = (Redis::own(), postgres().await) else {
        return;
    };
    let (one, two) = (node(&redis, &place, "8").await, node(&redis, &place, "9").await);
    let mut viewers = [Viewer::of(one.addr).await, Viewer::of(two.addr).await];
    for viewer in &mut viewers {
        viewer.until("live").await;
    }
    redis.kill();
    for (viewer, app) in viewers.iter_mut().zip([&one, &two]) {
        viewer.until("stale").await;
        viewer.updates(3).await;
        assert_eq!(app.http("GET /live-portfolio/\n").await.0, 200);
        assert_eq!(app.http("GET /readyz\n").await.0, 200, "prices are known, as old as they are");
        // Whoever comes now is told at once.
        assert_eq!(Viewer::of(app.addr).await.status, "stale");
    }
    redis.start_again();
    for viewer in &mut viewers {
        viewer.until("live").await;
        viewer.seen.clear();
    }
    let moment = Utc::now();
    for viewer in &mut viewers {
        viewer.until_priced_after(moment + Duration::from_secs(2)).await;
    }
    let [of_one, of_two] = &viewers;
    agree(of_one, of_two);
    one.stop().await;
    two.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn row_19_a_node_that_starts_without_redis_serves_and_finds_it() {
    let (Some(mut redis), Some(place)) = (Redis::own(), postgres().await) else {
        return;
    };
    redis.kill();
    let app = node(&redis, &place, "8").await;
    let mut viewer = Viewer::of(app.addr).await;
    assert_eq!(viewer.status, "connecting");
    assert_eq!(app.http("GET /readyz\n").await.0, 503, "no price is known");
    redis.start_again();
    viewer.until("live").await;
    assert_eq!(app.http("GET /readyz\n").await.0, 200);
    app.stop().await;
}

/// The status of a write, and what it says.
async fn write(app: &TestApp) -> (u16, String) {
    let answer = app.browser().post("/try/", &[]).await;
    (answer.status, answer.body)
}

/// A token of a program, which may write.
async fn token(url: &str) -> String {
    let database = Database::open(url).await.unwrap();
    let accounts = Accounts::new(database.clone(), AccountsConfig::default(), Clock::System);
    accounts.add("Ada", "correct horse").await.unwrap();
    let user = accounts.named("Ada").await.unwrap();
    let (token, _) = accounts.make_token(&user, "t", &Scope::ALL, None).await.unwrap();
    database.close().await;
    token
}

#[tokio::test(flavor = "multi_thread")]
async fn row_19_postgresql_away_viewers_keep_their_stream_and_writes_answer_503() {
    let Some(place) = postgres().await else { return };
    let proxy = Proxy::before(&place.url).await;
    let app = TestApp::start(&["--database-url", &proxy.url, "--new-accounts-per-hour", "1000"]).await;
    assert_eq!(write(&app).await.0, 303);
    let token = token(&place.url).await;
    let mut viewer = Viewer::of(app.addr).await;
    viewer.until("live").await;
    for hangs in [true, false] {
        if hangs {
            proxy.pause();
        } else {
            proxy.refuse();
        }
        viewer.updates(3).await;
        let (status, said) = write(&app).await;
        assert_eq!(status, 503, "{said}");
        assert!(said.contains("Try again in a moment"), "{said}");
        let body = r#"{"name":"New","base_currency":"EUR"}"#;
        let about = format!(
            "authorization: Bearer {token}\ncontent-type: application/json\ncontent-length: {}",
            body.len()
        );
        let (status, head, said) = app.http(&format!("POST /api/v1/portfolios\n{about}\n\n{body}")).await;
        assert_eq!(status, 503, "{said}");
        assert!(head.contains("retry-after") && said.contains("does not answer"), "{head}{said}");
        assert_eq!(app.http("GET /readyz\n").await.0, 503);
        viewer.updates(3).await;
        assert_eq!(viewer.status, "live");
        proxy.serve();
        let began = Instant::now();
        loop {
            let (status, said) = write(&app).await;
            if status == 303 {
                break;
            }
            assert!(began.elapsed() < PATIENCE, "without a restart: {status} {said}");
            sleep(Duration::from_millis(50)).await;
        }
        assert_eq!(app.http("GET /readyz\n").await.0, 200);
    }
    app.stop().await;
}
