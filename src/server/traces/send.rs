//! Takes spans to their collector, some at a time. Where it is away they are dropped and counted: the server never waits for it.

use super::{DROPPED, Ended, Endpoint, encode};
use crate::server::fetch;
use std::time::Duration;
use tokio::sync::mpsc::Receiver;
use tokio::time::{MissedTickBehavior, interval};
use tokio_util::sync::CancellationToken;

/// Spans of one request.
const AT_ONCE: usize = 512;
/// How long a span waits for others.
const BETWEEN: Duration = Duration::from_secs(2);
/// How long the collector may take.
const PATIENCE: Duration = Duration::from_secs(5);
/// Bytes of an answer that are read.
const LARGEST: usize = 64 << 10;

/// What takes spans to their collector.
#[derive(Debug)]
pub struct Sending {
    endpoint: Endpoint,
    way: Receiver<Ended>,
    /// Whether the last attempt failed: it is logged once, and once when it goes on.
    failing: bool,
}

impl Sending {
    pub(super) fn new(endpoint: Endpoint, way: Receiver<Ended>) -> Self {
        Self {
            endpoint,
            way,
            failing: false,
        }
    }

    /// Sends until it is told to end, and what is left then.
    pub async fn run(mut self, end: CancellationToken) {
        let mut beat = interval(BETWEEN);
        beat.set_missed_tick_behavior(MissedTickBehavior::Delay);
        let mut spans = vec![];
        loop {
            let room = AT_ONCE - spans.len();
            tokio::select! {
                biased;
                () = end.cancelled() => break,
                count = self.way.recv_many(&mut spans, room) => {
                    if count == 0 {
                        break;
                    }
                    if spans.len() == AT_ONCE {
                        self.send(&mut spans).await;
                    }
                }
                _ = beat.tick() => self.send(&mut spans).await,
            }
        }
        while let Ok(span) = self.way.try_recv() {
            spans.push(span);
        }
        self.send(&mut spans).await;
    }

    async fn send(&mut self, spans: &mut Vec<Ended>) {
        if spans.is_empty() {
            return;
        }
        let body = encode::body(&self.endpoint.service, spans).to_string();
        let sent = fetch::post_json(&self.endpoint.url, &self.endpoint.headers, body, LARGEST, PATIENCE).await;
        let wrong = match sent {
            Ok(answer) if (200..300).contains(&answer.status) => None,
            Ok(answer) => Some(format!("it answers {}", answer.status)),
            Err(error) => Some(error.to_string()),
        };
        match &wrong {
            Some(why) if !self.failing => tracing::warn!("traces reach no collector, and are dropped meanwhile: {why}"),
            None if self.failing => tracing::info!("traces reach their collector again"),
            _ => {}
        }
        self.failing = wrong.is_some();
        if self.failing {
            DROPPED.add(spans.len() as u64);
        }
        spans.clear();
    }
}
