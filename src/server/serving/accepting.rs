//! What is done where no connection can be accepted.

use std::io;
use std::time::{Duration, Instant};

/// How long accepting pauses after a failure that is not the connection's own: first, and at the longest.
const PAUSES: (Duration, Duration) = (Duration::from_millis(20), Duration::from_secs(1));
/// How often the log says that no connection can be accepted.
const SAID_AGAIN: Duration = Duration::from_secs(60);

/// How accepting goes.
#[derive(Debug, Default)]
pub struct Accepting {
    pause: Duration,
    said: Option<Instant>,
}

impl Accepting {
    /// Waits after a failure, longer each time: no descriptor is free, and to ask again at once would only take time from those who are served.
    pub async fn failed(&mut self, error: &io::Error) {
        use io::ErrorKind::{ConnectionAborted, ConnectionRefused, ConnectionReset};
        if matches!(error.kind(), ConnectionAborted | ConnectionRefused | ConnectionReset) {
            return;
        }
        if self.said.is_none_or(|said| said.elapsed() >= SAID_AGAIN) {
            self.said = Some(Instant::now());
            tracing::warn!(%error, "no connection can be accepted; those that are open are served, and accepting goes on when it can");
        }
        self.pause = (2 * self.pause).clamp(PAUSES.0, PAUSES.1);
        tokio::time::sleep(self.pause).await;
    }

    /// A connection was accepted.
    pub fn resumed(&mut self) {
        if !self.pause.is_zero() {
            self.pause = Duration::ZERO;
            tracing::debug!("connections are accepted again");
        }
    }
}
