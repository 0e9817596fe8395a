//! What happens on one node is told on all of them.

use super::{Heard, Relay};
use serde::Serialize;
use serde::de::DeserializeOwned;
use tokio::sync::broadcast;
use tokio::sync::broadcast::error::RecvError;

impl Relay {
    /// Tells the other nodes what is sent `here`, and `take` what they tell, until the server stops. Where there are no others, nothing.
    pub fn share<T>(&self, topic: &'static str, mut here: broadcast::Receiver<T>, take: impl Fn(Heard<T>) + Send + 'static)
    where
        T: Clone + Serialize + DeserializeOwned + Send + 'static,
    {
        if !self.is_shared() {
            return;
        }
        let (tells, stopping) = (self.clone(), self.shutdown.stopping().clone());
        self.shutdown.spawn(async move {
            while let Some(event) = stopping.run_until_cancelled(here.recv()).await {
                match event.map(|event| serde_json::to_vec(&event).unwrap_or_default()) {
                    // Those that do not hear it are told that they missed something, when they are back.
                    Ok(event) => drop(tells.publish(topic, &event).await),
                    Err(RecvError::Lagged(_)) => tells.owe().await,
                    Err(RecvError::Closed) => return,
                }
            }
        });
        let (mut heard, stopping) = (self.subscribe(topic), self.shutdown.stopping().clone());
        self.shutdown.spawn(async move {
            while let Some(heard) = stopping.run_until_cancelled(heard.next()).await {
                match heard {
                    Heard::Said(bytes) => match serde_json::from_slice(&bytes) {
                        Ok(event) => take(Heard::Said(event)),
                        Err(error) => tracing::warn!(topic, "what another node tells cannot be read: {error}"),
                    },
                    Heard::Missed => take(Heard::Missed),
                }
            }
        });
    }
}
