//! Ends of sessions and users on every node.

use crate::accounts::server::{Accounts, Viewer};
use crate::server::relay::{Heard, Relay};
use serde::{Deserialize, Serialize};
use std::collections::HashMap;
use std::sync::{Arc, Mutex, PoisonError};
use tokio::sync::Notify;

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
    pub fn follow_nodes(&self, relay: &Relay) {
        let accounts = self.clone();
        // Nobody may be listening.
        relay.share("ends", self.here.subscribe(), move |heard| match heard {
            Heard::Said(End::Session(session)) => drop(accounts.ended.send(session)),
            Heard::Said(End::User(user)) => drop(accounts.gone.send(user)),
            Heard::Missed => accounts.watched.look.notify_one(),
        });
    }
}
