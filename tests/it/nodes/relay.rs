//! The relay by itself: topics, a lease, and a Redis that goes and comes.

use super::{DATABASES, Redis};
use crate::harness::PATIENCE;
use finflow_app::server::relay::{Heard, Lease, Relay, State, Subscription, Term, Unsaid};
use finflow_app::server::shutdown::Shutdown;
use std::time::Duration;
use tokio::time::timeout;

const TOPIC: &str = "test";
const LEASE: &str = "test";

/// A node without rooms.
struct Node {
    relay: Relay,
    lease: Lease,
    heard: Subscription,
    shutdown: Shutdown,
}

impl Node {
    fn start(redis: &Redis) -> Self {
        let shutdown = Shutdown::default();
        let relay = Relay::start(&redis.address(), &shutdown).unwrap();
        Self {
            lease: relay.lease(LEASE),
            heard: relay.subscribe(TOPIC),
            relay,
            shutdown,
        }
    }

    async fn term(&mut self) -> Term {
        timeout(PATIENCE, self.lease.held()).await.expect("a term")
    }

    async fn hear(&mut self) -> Heard {
        timeout(PATIENCE, self.heard.next()).await.expect("something is heard")
    }

    async fn until(&self, state: impl Fn(&State) -> bool) {
        let mut states = self.relay.state();
        timeout(PATIENCE, states.wait_for(state)).await.expect("the state comes").unwrap();
    }

    /// Connected, and told that what was before was missed.
    async fn connected(&mut self) {
        self.until(|state| *state == State::Connected).await;
        assert_eq!(self.hear().await, Heard::Missed);
    }

    async fn stop(self) {
        assert_eq!(self.shutdown.drain(PATIENCE).await, 0, "no task is left");
    }
}

fn said(text: &'static str) -> Heard {
    Heard::Said(text.as_bytes().into())
}

#[tokio::test(flavor = "multi_thread")]
async fn what_one_says_all_others_hear_once() {
    let Some(redis) = Redis::shared() else { return };
    let (mut one, mut two, mut three) = (Node::start(&redis), Node::start(&redis), Node::start(&redis));
    for node in [&mut one, &mut two, &mut three] {
        node.connected().await;
    }
    for text in ["first", "second"] {
        one.relay.publish(TOPIC, text.as_bytes()).await.unwrap();
    }
    two.relay.publish(TOPIC, b"third").await.unwrap();
    for text in ["first", "second", "third"] {
        assert_eq!(three.hear().await, said(text));
    }
    assert_eq!(one.hear().await, said("third"), "nobody hears what they said");
    assert_eq!(two.hear().await, said("first"));
    three.relay.owe().await;
    assert_eq!(one.hear().await, Heard::Missed);
    // What another installation says in its database of the same Redis.
    let other = Redis {
        port: redis.port,
        number: (redis.number + DATABASES / 2) % DATABASES,
        own: None,
    };
    let mut stranger = Node::start(&other);
    stranger.connected().await;
    stranger.relay.publish(TOPIC, b"strange").await.unwrap();
    two.relay.publish(TOPIC, b"fourth").await.unwrap();
    assert_eq!(one.hear().await, said("fourth"));
    for node in [one, two, three, stranger] {
        node.stop().await;
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn row_20_a_lease_has_one_holder_and_is_handed_over_at_a_stop() {
    let Some(redis) = Redis::shared() else { return };
    let mut one = Node::start(&redis);
    let first = one.term().await;
    let mut two = Node::start(&redis);
    two.connected().await;
    one.relay.publish_under(&first, TOPIC, b"held").await.unwrap();
    assert_eq!(two.hear().await, said("held"));
    assert!(timeout(Duration::from_millis(600), two.lease.held()).await.is_err(), "it is taken");
    // Who stops finishes what it does, and holds it until then.
    one.shutdown.stopping().cancel();
    one.relay.publish_under(&first, TOPIC, b"last").await.unwrap();
    assert_eq!(two.hear().await, said("last"));
    drop(first.clone());
    assert!(first.is_good());
    drop(first);
    let second = two.term().await;
    one.stop().await;
    two.stop_holding(second).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn row_20_a_term_that_is_over_says_nothing() {
    let Some(redis) = Redis::shared() else { return };
    let mut one = Node::start(&redis);
    let first = one.term().await;
    let mut two = Node::start(&redis);
    two.connected().await;
    // Another takes it behind its back, as if the holder had been stopped for longer than its clocks tell.
    let client = redis::Client::open(redis.url()).unwrap();
    let mut connection = client.get_multiplexed_async_connection().await.unwrap();
    let key = format!("finflow:{{{}}}:lease:{LEASE}", redis.number);
    let _: () = redis::cmd("SET")
        .arg(&key)
        .arg("another:1")
        .query_async(&mut connection)
        .await
        .unwrap();
    let refused = one.relay.publish_under(&first, TOPIC, b"fenced").await;
    assert_eq!(refused, Err(Unsaid::Over));
    timeout(PATIENCE, first.ended()).await.expect("it knows");
    let _: () = redis::cmd("DEL").arg(&key).query_async(&mut connection).await.unwrap();
    let (mut lease_of_one, mut lease_of_two) = (one.lease.clone(), two.lease.clone());
    let next = tokio::select! {
        term = lease_of_one.held() => term,
        term = lease_of_two.held() => term,
    };
    assert!(next.token() > first.token(), "tokens only rise");
    two.relay.publish(TOPIC, b"heard").await.unwrap();
    drop((next, first));
    one.stop().await;
    two.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn row_19_redis_killed_and_started_again_ends_terms_and_is_found_again() {
    let Some(mut redis) = Redis::own() else { return };
    let (mut one, mut two) = (Node::start(&redis), Node::start(&redis));
    one.connected().await;
    two.connected().await;
    let (mut lease_of_one, mut lease_of_two) = (one.lease.clone(), two.lease.clone());
    let first = tokio::select! {
        term = lease_of_one.held() => term,
        term = lease_of_two.held() => term,
    };
    redis.kill();
    one.until(|state| matches!(state, State::Away { .. })).await;
    assert_eq!(one.relay.publish(TOPIC, b"lost").await, Err(Unsaid::Away));
    timeout(PATIENCE, first.ended()).await.expect("by its clocks");
    assert!(!first.is_good());
    redis.start_again();
    one.until(|state| *state == State::Connected).await;
    assert_eq!(one.hear().await, Heard::Missed);
    assert_eq!(two.hear().await, Heard::Missed);
    let (mut lease_of_one, mut lease_of_two) = (one.lease.clone(), two.lease.clone());
    let second = tokio::select! {
        term = timeout(PATIENCE, lease_of_one.held()) => term,
        term = timeout(PATIENCE, lease_of_two.held()) => term,
    };
    let second = second.expect("somebody holds it");
    assert!(second.token() > first.token(), "though Redis had forgotten all");
    drop((first, second));
    one.stop().await;
    two.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn row_19_redis_paused_is_away_and_found_again() {
    let Some(redis) = Redis::own() else { return };
    let mut one = Node::start(&redis);
    one.connected().await;
    redis.pause();
    one.until(|state| matches!(state, State::Away { .. })).await;
    assert!(one.relay.publish(TOPIC, b"lost").await.is_err());
    redis.resume();
    one.connected().await;
    one.relay.publish(TOPIC, b"heard").await.unwrap();
    one.stop().await;
}

impl Node {
    async fn stop_holding(self, term: Term) {
        self.shutdown.stopping().cancel();
        drop(term);
        self.stop().await;
    }
}
