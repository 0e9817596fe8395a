//! Users and their sessions, in the database.

pub mod session;

use crate::accounts::visitor::Visitor;
use crate::server::clock::Clock;
use crate::server::database::{Database, StorageError};
use axum::http::HeaderMap;
use tokio::sync::broadcast;

/// Ends of sessions that a slow listener may fall behind; beyond, it is told that it missed some.
const ENDS_HELD: usize = 1024;

/// Somebody with a session: a user, or a guest without a name yet.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Viewer {
    /// Identity of the user.
    pub user: String,
    /// Their name; a guest has none.
    pub name: Option<String>,
    /// Identity of the session.
    pub session: String,
}

impl Viewer {
    /// As a page's header tells it.
    pub fn visitor(&self) -> Visitor {
        self.name.clone().map_or(Visitor::Guest, Visitor::User)
    }
}

/// The accounts of a server. Cheap to clone.
#[derive(Clone, Debug)]
pub struct Accounts {
    database: Database,
    clock: Clock,
    ended: broadcast::Sender<String>,
}

impl Accounts {
    /// The accounts in a database.
    pub fn new(database: Database, clock: Clock) -> Self {
        let (ended, _) = broadcast::channel(ENDS_HELD);
        Self { database, clock, ended }
    }

    /// Tells the identity of each session that ends from now on: signed out, revoked, expired, its user deleted.
    pub fn ends_from_now(&self) -> broadcast::Receiver<String> {
        self.ended.subscribe()
    }

    /// Who sends a request, by its cookie; `None` without a session that is good.
    ///
    /// # Errors
    /// The database does not answer.
    pub async fn viewer(&self, headers: &HeaderMap) -> Result<Option<Viewer>, StorageError> {
        let Some(token) = session::token(headers) else { return Ok(None) };
        self.viewer_of(&token).await
    }
}
