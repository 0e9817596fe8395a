//! Who hears what, within this node.

use crate::server::metrics::relay::RELAY;
use bytes::Bytes;
use std::collections::HashMap;
use std::sync::{Arc, Mutex, PoisonError};
use tokio::sync::broadcast;
use tokio::sync::broadcast::error::RecvError;

/// Messages of a topic that a slow subscriber may fall behind; beyond, it hears that it missed some.
const HELD: usize = 1024;

/// What a subscriber hears.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Heard<T = Bytes> {
    /// Another node said this.
    Said(T),
    /// Something may have been said that was not heard: what is known may be no longer true.
    Missed,
}

/// The subscribers of all topics. Cheap to clone.
#[derive(Clone, Debug, Default)]
pub struct Board(Arc<Mutex<HashMap<String, broadcast::Sender<Heard>>>>);

/// Hears a topic.
#[derive(Debug)]
pub struct Subscription(broadcast::Receiver<Heard>);

impl Board {
    /// Hears a topic from now on.
    pub fn subscribe(&self, topic: &str) -> Subscription {
        let mut topics = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        let sender = topics.entry(topic.to_owned()).or_insert_with(|| broadcast::channel(HELD).0);
        Subscription(sender.subscribe())
    }

    /// Tells the subscribers of a topic.
    pub fn say(&self, topic: &str, payload: Bytes) {
        let topics = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(sender) = topics.get(topic) {
            // Nobody may be listening.
            let _ = sender.send(Heard::Said(payload));
        }
    }

    /// Tells everybody that something may have been missed.
    pub fn missed(&self) {
        RELAY.missed.one();
        let topics = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        for sender in topics.values() {
            let _ = sender.send(Heard::Missed);
        }
    }
}

impl Subscription {
    /// What is heard next. May be dropped before it is done: nothing is lost.
    pub async fn next(&mut self) -> Heard {
        match self.0.recv().await {
            Ok(heard) => heard,
            Err(RecvError::Lagged(_)) => Heard::Missed,
            // The board is gone, and with it the server.
            Err(RecvError::Closed) => std::future::pending().await,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn who_falls_behind_is_told() {
        let board = Board::default();
        let (mut slow, mut other) = (board.subscribe("a"), board.subscribe("b"));
        board.say("a", Bytes::from_static(b"1"));
        assert_eq!(slow.next().await, Heard::Said(Bytes::from_static(b"1")));
        for _ in 0..=HELD {
            board.say("a", Bytes::from_static(b"2"));
        }
        assert_eq!(slow.next().await, Heard::Missed);
        assert_eq!(slow.next().await, Heard::Said(Bytes::from_static(b"2")));
        board.missed();
        assert_eq!(other.next().await, Heard::Missed);
    }
}
