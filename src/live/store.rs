//! What the screen reads of the connection.

use crate::live::client::{Connection, Event};
use crate::live::latency::Latency;
use crate::market::feed::Feed;
use leptos::prelude::*;

/// What came over the socket since the page was opened.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Traffic {
    /// Address of the socket.
    pub address: String,
    /// Messages received.
    pub messages: u64,
    /// Bytes of text received.
    pub bytes: u64,
    /// Errors: what the server refused, and what could not be read.
    pub errors: u64,
    /// Frames skipped, counted by the gaps in `seq`.
    pub skipped: u64,
    /// Times that the connection was lost.
    pub lost: u64,
    /// The last message, as it came.
    pub last_message: String,
    /// The last error, for a person.
    pub last_error: Option<String>,
}

/// The state that the connection's views read, and the door through which they act.
#[derive(Clone, Copy)]
pub struct LiveStore {
    /// What a person is told. A countdown in it is to a moment of `now_ms`.
    pub connection: RwSignal<Connection>,
    /// Whether the person wants updates.
    pub wanted: RwSignal<bool>,
    /// Milliseconds from one update to the next.
    pub interval_ms: RwSignal<u64>,
    /// The shortest and the longest interval that the server grants, once it said so.
    pub bounds_ms: RwSignal<Option<(u64, u64)>>,
    /// Where prices come from, once the server said so.
    pub feed: RwSignal<Option<Feed>>,
    /// The server's clock in milliseconds since 1970, moved on once a second; `None` until the page lives.
    pub now_ms: RwSignal<Option<i64>>,
    /// What came over the socket. Written at each message: read it only where it is shown.
    pub traffic: RwSignal<Traffic>,
    /// From valuation to receipt.
    pub to_receipt: RwSignal<Latency>,
    /// From receipt to paint.
    pub to_paint: RwSignal<Latency>,
    events: StoredValue<Option<Callback<Event>>>,
}

impl LiveStore {
    /// The state of a page whose connection was not opened yet.
    pub fn new(interval_ms: u64) -> Self {
        Self {
            connection: RwSignal::new(Connection::Connecting),
            wanted: RwSignal::new(true),
            interval_ms: RwSignal::new(interval_ms),
            bounds_ms: RwSignal::new(None),
            feed: RwSignal::new(None),
            now_ms: RwSignal::new(None),
            traffic: RwSignal::new(Traffic::default()),
            to_receipt: RwSignal::new(Latency::default()),
            to_paint: RwSignal::new(Latency::default()),
            events: StoredValue::new(None),
        }
    }

    /// Tells the connection what the person did. Before a connection exists it does nothing.
    pub fn act(&self, event: Event) {
        if let Some(events) = self.events.get_value() {
            events.run(event);
        }
    }

    /// Lets the connection hear what the person does.
    pub fn listen(&self, events: Callback<Event>) {
        self.events.set_value(Some(events));
    }
}
