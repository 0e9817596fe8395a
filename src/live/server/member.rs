//! Somebody with a session behind a socket: the socket ends with it.

use crate::accounts::server::{Accounts, Viewer};
use crate::server::database::StorageError;
use axum::http::HeaderMap;
use tokio::sync::broadcast::Receiver;
use tokio::sync::broadcast::error::TryRecvError;

/// Somebody with a session, as a socket holds them.
#[derive(Debug)]
pub struct Member {
    /// Who.
    pub viewer: Viewer,
    ends: Receiver<String>,
}

impl Member {
    /// Who sends a request, by its cookie; `None` without a session that is good.
    ///
    /// # Errors
    /// The database does not answer.
    pub async fn of(accounts: &Accounts, headers: &HeaderMap) -> Result<Option<Self>, StorageError> {
        // Before the session is read: an end between the two is heard.
        let ends = accounts.ends_from_now();
        let viewer = accounts.viewer(headers).await?;
        if let Some(viewer) = &viewer {
            accounts.watch(viewer);
        }
        Ok(viewer.map(|viewer| Self { viewer, ends }))
    }

    /// Whether the session has ended since it was read.
    pub fn has_ended(&mut self) -> bool {
        loop {
            match self.ends.try_recv() {
                Ok(ended) if ended == self.viewer.session => return true,
                Ok(_) => {}
                // Its own may be among those that were missed: the client comes back by hand, and is told whether it is.
                Err(TryRecvError::Lagged(_)) => return true,
                Err(TryRecvError::Empty | TryRecvError::Closed) => return false,
            }
        }
    }
}
