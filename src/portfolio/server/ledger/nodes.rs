//! Changes of ledgers on every node.

use crate::portfolio::server::ledger::Ledger;
use crate::server::relay::{Heard, Relay};
use crate::server::shutdown::Shutdown;
use std::sync::atomic::Ordering;
use tokio::sync::broadcast::error::RecvError;

/// The topic under which nodes tell each other what changed.
const TOPIC: &str = "ledgers";

impl Ledger {
    /// Tells the other nodes what changes here, and here what changes there, until the server stops.
    pub fn follow_nodes(&self, relay: &Relay, shutdown: &Shutdown) {
        if !relay.is_shared() {
            return;
        }
        let (mut here, tells, stopping) = (self.here.subscribe(), relay.clone(), shutdown.stopping().clone());
        shutdown.spawn(async move {
            while let Some(changed) = stopping.run_until_cancelled(here.recv()).await {
                match changed.map(|changed| serde_json::to_vec(&changed).unwrap_or_default()) {
                    // Those that do not hear it read anew when they are back.
                    Ok(changed) => drop(tells.publish(TOPIC, &changed).await),
                    Err(RecvError::Lagged(_)) => tells.owe().await,
                    Err(RecvError::Closed) => return,
                }
            }
        });
        let (mut heard, ledger, stopping) = (relay.subscribe(TOPIC), self.clone(), shutdown.stopping().clone());
        shutdown.spawn(async move {
            while let Some(heard) = stopping.run_until_cancelled(heard.next()).await {
                match heard {
                    Heard::Said(bytes) => match serde_json::from_slice(&bytes) {
                        Ok(changed) => ledger.take(changed),
                        Err(error) => tracing::warn!("what another node tells of ledgers cannot be read: {error}"),
                    },
                    Heard::Missed => {
                        ledger.missed.count.fetch_add(1, Ordering::AcqRel);
                        ledger.missed.more.notify_one();
                    }
                }
            }
        });
    }
}
