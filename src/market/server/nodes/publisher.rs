//! What a node that holds the feed may do: publish, as long as its term is good.

use super::outbox::Outbox;
use crate::market::feed::{Feed, FeedStatus};
use crate::market::health::Health;
use crate::market::quote::Quote;
use crate::market::server::live_rates::{LiveRate, LiveRates};
use crate::market::server::quote_bus::QuoteBus;
use crate::server::relay::Term;
use std::collections::HashMap;

/// Publishes here, and for the others. Once its term is over nothing that it is given goes anywhere.
#[derive(Clone, Debug)]
pub struct Publisher {
    /// Where it publishes here.
    pub bus: QuoteBus,
    /// Where rates go.
    pub live_rates: LiveRates,
    /// For how long it may.
    pub term: Term,
    /// What the others are told, where there may be others.
    pub outbox: Option<Outbox>,
}

impl Publisher {
    /// Takes new quotes.
    pub fn publish(&self, new: impl IntoIterator<Item = Quote>) {
        if !self.term.is_good() {
            return;
        }
        match &self.outbox {
            None => self.bus.publish(new),
            Some(outbox) => {
                let new: Vec<_> = new.into_iter().collect();
                outbox.put(&new);
                self.bus.publish(new);
            }
        }
    }

    /// Takes quotes that came too late to be the latest.
    pub fn publish_late(&self, late: impl IntoIterator<Item = Quote>) {
        if !self.term.is_good() {
            return;
        }
        match &self.outbox {
            None => self.bus.publish_late(late),
            Some(outbox) => {
                let late: Vec<_> = late.into_iter().collect();
                outbox.put_late(&late);
                self.bus.publish_late(late);
            }
        }
    }

    /// Says what the feed is now. One that was live before this term is stale and not new while it connects.
    pub fn set_feed(&self, mut feed: Feed) {
        if !self.term.is_good() {
            return;
        }
        if feed.status == FeedStatus::Connecting && self.bus.feed().status != FeedStatus::Connecting {
            feed.status = FeedStatus::Stale;
        }
        if self.bus.feed() == feed {
            return;
        }
        self.bus.set_feed(feed);
        if let Some(outbox) = &self.outbox {
            outbox.feed_changed();
        }
    }

    /// Says what the feed does now, and why.
    pub fn set_status(&self, status: FeedStatus, detail: Option<String>) {
        self.set_feed(Feed {
            status,
            detail,
            ..self.bus.feed()
        });
    }

    /// From now on these rates are fresh, and no others.
    pub fn set_rates(&self, fresh: HashMap<(String, String), LiveRate>) {
        if !self.term.is_good() {
            return;
        }
        if let Some(outbox) = &self.outbox {
            outbox.put_rates(&fresh);
        }
        self.live_rates.set(fresh);
    }

    /// How the sources do, for pages of other nodes.
    pub fn set_health(&self, health: impl FnOnce() -> Health) {
        if let Some(outbox) = self.outbox.as_ref().filter(|_| self.term.is_good()) {
            outbox.put_health(health());
        }
    }
}
