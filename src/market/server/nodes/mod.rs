//! Several nodes, one feed: who holds the lease brings the prices, and the others hear them.
//!
//! The holder tells each price that it publishes, in the order in which it did, in batches some milliseconds wide. A batch carries the token
//! of its term and its number within it: one of an older term is refused, and after a gap the whole picture is asked for. Where nothing is
//! heard, the feed is stale, and says so.

pub mod follower;
pub mod outbox;
pub mod publisher;
mod teller;
pub mod wire;

use crate::market::feed::FeedStatus;
use crate::market::server::feed_task;
use crate::market::server::live_rates::LiveRates;
use crate::market::server::provider::Provider;
use crate::market::server::quote_bus::QuoteBus;
use crate::server::clock::Clock;
use crate::server::relay::{Lease, Relay, Term};
use chrono::{DateTime, Utc};
use follower::{Follower, Step};
use outbox::Outbox;
use publisher::Publisher;
use tokio_util::sync::CancellationToken;

/// The lease of the one who brings prices.
pub const LEASE: &str = "feed";
/// The topic of batches.
const QUOTES: &str = "quotes";
/// The topic under which the whole picture is asked for.
const ASKED: &str = "asked";

/// This node's part in the feed.
#[derive(Debug)]
pub struct Part {
    relay: Relay,
    bus: QuoteBus,
    live_rates: LiveRates,
    outbox: Outbox,
    /// Tells when this node holds the feed.
    pub lease: Lease,
    /// Hears the holder, while it is another node.
    pub follower: Follower,
}

impl Part {
    /// The part of a node that has just started.
    pub fn new(relay: &Relay, bus: &QuoteBus, live_rates: &LiveRates, clock: Clock) -> Self {
        Self {
            lease: relay.lease(LEASE),
            follower: Follower::new(relay, bus, live_rates, clock),
            relay: relay.clone(),
            bus: bus.clone(),
            live_rates: live_rates.clone(),
            outbox: Outbox::default(),
        }
    }

    /// Whether there may be other nodes.
    pub fn is_shared(&self) -> bool {
        self.relay.is_shared()
    }

    /// What may publish during a term.
    pub fn publisher(&self, term: &Term) -> Publisher {
        Publisher {
            bus: self.bus.clone(),
            live_rates: self.live_rates.clone(),
            term: term.clone(),
            outbox: self.is_shared().then(|| self.outbox.clone()),
        }
    }

    /// Tells the other nodes what is published, until the term is over.
    pub fn tell(&self, term: &Term) -> impl Future<Output = ()> + Send + use<> {
        let teller = teller::Teller::new(self, term);
        let (term, shared) = (term.clone(), self.is_shared());
        async move {
            if shared {
                teller.run().await;
            }
            term.ended().await;
        }
    }
}

/// A source whose course is a function of time: it runs on the node that holds the feed.
pub struct Course<O> {
    /// Makes the source, as it is when it began at a moment.
    pub open: O,
    /// The one of the first term, if it is not used yet.
    pub first: Option<Box<dyn Provider>>,
    /// When it began.
    pub began: DateTime<Utc>,
    /// This node's part.
    pub part: Part,
    /// The clock of this server.
    pub clock: Clock,
}

impl<O> Course<O>
where
    O: Fn(DateTime<Utc>) -> anyhow::Result<Box<dyn Provider>> + Send,
{
    /// Runs until the server stops.
    pub async fn run(mut self, stopping: CancellationToken) {
        loop {
            let term = tokio::select! {
                biased;
                () = stopping.cancelled() => return,
                term = self.part.lease.held() => term,
                step = self.part.follower.step() => {
                    if step == Step::GivesUp {
                        self.show_something();
                    }
                    continue;
                }
            };
            tokio::select! {
                () = self.lead(&term) => {}
                () = stopping.cancelled() => return,
            }
            self.part.follower.resigned(&term);
        }
    }

    /// One term.
    async fn lead(&mut self, term: &Term) {
        let heard = self.part.follower.began();
        let provider = match self.first.take().filter(|_| heard.is_none_or(|heard| heard == self.began)) {
            Some(provider) => Ok(provider),
            None => (self.open)(heard.unwrap_or(self.began)),
        };
        self.began = heard.unwrap_or(self.began);
        self.part.outbox.began(self.began);
        let (publisher, shared, clock) = (self.part.publisher(term), self.part.is_shared(), self.clock);
        let telling = self.part.tell(term);
        let feeding = async move {
            match provider {
                Ok(provider) => {
                    if shared {
                        publisher.publish(provider.quotes_at(clock.now()));
                    }
                    feed_task::run(provider, publisher, clock).await;
                }
                // It could be opened when the server started.
                Err(error) => {
                    tracing::error!("the source of prices cannot be opened again: {error:#}");
                    publisher.set_status(FeedStatus::Stale, Some("The source of prices cannot be opened again.".into()));
                }
            }
            std::future::pending::<()>().await;
        };
        tokio::select! {
            () = feeding => {}
            () = telling => {}
        }
    }

    /// Nobody was heard since the start: the prices of this moment are better than none, and count as stale.
    fn show_something(&self) {
        if let Some(provider) = self.first.as_ref().filter(|_| self.part.bus.read(|quotes| quotes.is_empty())) {
            self.part.bus.publish(provider.quotes_at(self.clock.now()));
        }
    }
}
