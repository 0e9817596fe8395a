//! One feed for all nodes: shared, handed over, taken over.

use super::{ANY, Redis, Viewer, agree, node, postgres, process};
use crate::harness::PATIENCE;
use chrono::Utc;
use std::time::Duration;
use tokio::time::timeout;

#[tokio::test(flavor = "multi_thread")]
async fn row_20_one_node_brings_the_prices_that_all_show_and_hands_over_at_a_stop() {
    let (Some(redis), Some(place)) = (Redis::shared(), postgres().await) else {
        return;
    };
    let one = node(&redis, &place, "8").await;
    let mut of_one = Viewer::of(one.addr).await;
    of_one.until("live").await;
    let (two, three) = (node(&redis, &place, "9").await, node(&redis, &place, "10").await);
    let (mut of_two, mut of_three) = (Viewer::of(two.addr).await, Viewer::of(three.addr).await);
    of_two.until("live").await;
    of_three.until("live").await;
    let moment = Utc::now();
    for viewer in [&mut of_one, &mut of_two, &mut of_three] {
        viewer.until_priced_after(moment + Duration::from_secs(2)).await;
    }
    agree(&of_one, &of_two);
    agree(&of_one, &of_three);
    assert_eq!(two.http("GET /readyz\n").await.0, 200);
    // The one that brings them stops: another one goes on.
    one.stop().await;
    let moment = Utc::now();
    (of_two.seen, of_three.seen) = Default::default();
    let both = async {
        for viewer in [&mut of_two, &mut of_three] {
            viewer.until_priced_after(moment + Duration::from_secs(2)).await;
            viewer.until("live").await;
        }
    };
    timeout(PATIENCE, both).await.expect("another node brings prices");
    agree(&of_two, &of_three);
    two.stop().await;
    three.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn row_20_a_killed_holder_is_replaced_and_no_price_goes_back() {
    let (Some(redis), Some(place)) = (Redis::shared(), postgres().await) else {
        return;
    };
    let mut one = process(ANY, &redis, &place, "8", &[]).await;
    let mut of_one = Viewer::of(one.addr).await;
    of_one.until("live").await;
    let two = node(&redis, &place, "9").await;
    let mut of_two = Viewer::of(two.addr).await;
    of_two.until("live").await;
    of_two.updates(3).await;
    one.kill().await;
    let killed = Utc::now();
    let goes_on = async {
        of_two.until_priced_after(killed + Duration::from_secs(1)).await;
        of_two.until("live").await;
    };
    timeout(PATIENCE, goes_on).await.expect("the other one brings prices");
    two.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn row_20_a_paused_holder_is_fenced_and_shows_what_the_new_one_brings() {
    let (Some(redis), Some(place)) = (Redis::shared(), postgres().await) else {
        return;
    };
    let one = process(ANY, &redis, &place, "8", &[]).await;
    let mut of_one = Viewer::of(one.addr).await;
    of_one.until("live").await;
    let two = node(&redis, &place, "9").await;
    let mut of_two = Viewer::of(two.addr).await;
    of_two.until("live").await;
    let first = redis.holder("feed").await;
    one.signal("STOP");
    let paused = Utc::now();
    timeout(PATIENCE, of_two.until_priced_after(paused + Duration::from_secs(1)))
        .await
        .expect("the other one brings prices");
    of_two.until("live").await;
    let second = redis.holder("feed").await;
    assert!(first != second);
    one.signal("CONT");
    // Whatever it shows from now on is of the new one: the seeds differ.
    (of_one.seen, of_two.seen) = Default::default();
    let resumed = Utc::now();
    let both = async {
        of_one.until_priced_after(resumed + Duration::from_secs(3)).await;
        of_one.until("live").await;
        of_two.until_priced_after(resumed + Duration::from_secs(3)).await;
    };
    timeout(PATIENCE, both).await.expect("both show prices");
    agree(&of_one, &of_two);
    assert_eq!(redis.holder("feed").await, second, "it holds nothing");
    two.stop().await;
}
