//! A day of the market ends while the server runs, on a clock that the test drives.

use crate::harness::TestApp;
use finflow_app::market::server::Market;
use finflow_app::server::clock::Clock;
use finflow_app::server::config::{MarketConfig, MarketSource};
use finflow_app::server::shutdown::Shutdown;
use std::time::Duration;

#[tokio::test(start_paused = true)]
async fn a_day_that_ends_becomes_the_previous_close_and_a_point_of_the_history() {
    let clock = Clock::starting_at("2026-03-01T23:59:50Z".parse().unwrap());
    let shutdown = Shutdown::default();
    let config = MarketConfig {
        source: MarketSource::Simulated,
        seed: 7,
        replay_speed: 1.0,
    };
    let market = Market::open(&config, clock, &shutdown).unwrap();
    let days = || {
        market
            .closes
            .read(|closes| (closes.days.len(), closes.days.last().unwrap().to_string()))
    };
    let previous = || market.bus.read(|quotes| quotes["AAPL"].previous_close.unwrap());
    let (before, yesterday) = (previous(), days());
    assert_eq!(yesterday.1, "2026-02-28");
    // Paused time runs as fast as the tasks that wait for it.
    tokio::time::sleep(Duration::from_secs(15)).await;
    assert_eq!(days(), (yesterday.0 + 1, "2026-03-01".to_owned()));
    assert_ne!(previous(), before);
    assert_eq!(market.closes.read(|closes| closes.last("AAPL", 1)[0]), previous());
    assert_eq!(shutdown.drain(Duration::from_secs(1)).await, 0);
}

#[tokio::test]
async fn a_servers_clock_is_the_tests() {
    let clock = Clock::starting_at("2031-05-05T12:00:00Z".parse().unwrap());
    let app = TestApp::start_with(&[], clock, Shutdown::default()).await;
    let mut client = app.connect().await;
    client.start(20).await;
    assert!(client.next().await["timestamp"].as_str().unwrap().starts_with("2031-05-05T12:00:"));
    app.stop().await;
}
