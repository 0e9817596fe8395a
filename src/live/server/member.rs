//! Somebody with a session behind a socket: the socket ends with it.

use crate::accounts::server::{Accounts, Viewer};
use crate::server::database::StorageError;
use axum::http::HeaderMap;
use std::future::pending;
use tokio::sync::broadcast::Receiver;
use tokio::sync::broadcast::error::RecvError;

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
        Ok(viewer.map(|viewer| Self { viewer, ends }))
    }

    /// Waits until the session has ended.
    pub async fn ended(&mut self) {
        loop {
            match self.ends.recv().await {
                Ok(ended) if ended == self.viewer.session => return,
                Ok(_) => {}
                // Its own may be among those that were missed: the client comes back by hand, and is told whether it is.
                Err(RecvError::Lagged(_)) => return,
                Err(RecvError::Closed) => pending().await,
            }
        }
    }
}
