//! Changes of ledgers on every node.

use crate::portfolio::server::ledger::Ledger;
use crate::server::relay::{Heard, Relay};
use std::sync::atomic::Ordering;

impl Ledger {
    /// Tells the other nodes what changes here, and here what changes there, until the server stops.
    pub fn follow_nodes(&self, relay: &Relay) {
        let ledger = self.clone();
        relay.share("ledgers", self.here.subscribe(), move |heard| match heard {
            Heard::Said(changed) => ledger.take(changed),
            // It is read anew.
            Heard::Missed => {
                ledger.missed.count.fetch_add(1, Ordering::AcqRel);
                ledger.missed.more.notify_one();
            }
        });
    }
}
