//! Ends of sessions and users on every node.

use crate::accounts::server::{Accounts, Viewer};
use crate::server::relay::{Heard, Relay};
use crate::server::shutdown::Shutdown;
use serde::{Deserialize, Serialize};
use std::collections::HashMap;
use std::sync::{Arc, Mutex, PoisonError};
use tokio::sync::Notify;
use tokio::sync::broadcast::error::RecvError;

/// The topic under which nodes tell each other what ended.
const TOPIC: &str = "ends";

/// What ended on another node.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub(super) enum End {
    /// A session, by its identity.
    Session(String),
    /// A user, by theirs.
    User(String),
}

/// The sessions of sockets that were opened since the last look at which sessions there are, and their users.
#[derive(Clone, Debug, Default)]
pub(super) struct Watched {
    new: Arc<Mutex<HashMap<String, String>>>,
    /// Told when it is time for another look.
    look: Arc<Notify>,
}

impl Watched {
    /// Takes those that are new.
    pub(super) fn take(&self) -> HashMap<String, String> {
        std::mem::take(&mut *self.new.lock().unwrap_or_else(PoisonError::into_inner))
    }

    /// Waits until it is time for another look.
    pub(super) async fn called(&self) {
        self.look.notified().await;
    }
}

impl Accounts {
    /// A socket lives with this session from now on: its end is told, wherever and however it comes.
    pub fn watch(&self, viewer: &Viewer) {
        let mut new = self.watched.new.lock().unwrap_or_else(PoisonError::into_inner);
        new.insert(viewer.session.clone(), viewer.user.clone());
    }

    /// Tells the other nodes what ends here, and here what ends there, until the server stops.
    pub fn follow_nodes(&self, relay: &Relay, shutdown: &Shutdown) {
        if !relay.is_shared() {
            return;
        }
        let (mut here, tells, stopping) = (self.here.subscribe(), relay.clone(), shutdown.stopping().clone());
        shutdown.spawn(async move {
            while let Some(end) = stopping.run_until_cancelled(here.recv()).await {
                match end.map(|end| serde_json::to_vec(&end).unwrap_or_default()) {
                    // Those that do not hear it look for themselves when they are back.
                    Ok(end) => drop(tells.publish(TOPIC, &end).await),
                    Err(RecvError::Lagged(_)) => tells.owe().await,
                    Err(RecvError::Closed) => return,
                }
            }
        });
        let (mut heard, accounts, stopping) = (relay.subscribe(TOPIC), self.clone(), shutdown.stopping().clone());
        shutdown.spawn(async move {
            while let Some(heard) = stopping.run_until_cancelled(heard.next()).await {
                match heard {
                    Heard::Said(bytes) => accounts.hear(&bytes),
                    Heard::Missed => accounts.watched.look.notify_one(),
                }
            }
        });
    }

    fn hear(&self, bytes: &[u8]) {
        // Nobody may be listening.
        match serde_json::from_slice(bytes) {
            Ok(End::Session(session)) => drop(self.ended.send(session)),
            Ok(End::User(user)) => drop(self.gone.send(user)),
            Err(error) => tracing::warn!("what another node tells of sessions cannot be read: {error}"),
        }
    }
}
