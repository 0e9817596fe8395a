//! The time of day, which tests can drive.

use chrono::{DateTime, TimeDelta, Utc};
use std::time::Duration;
use tokio::time::Instant;

/// Tells the time. Cheap to copy.
#[derive(Clone, Copy, Debug)]
pub enum Clock {
    /// The machine's.
    System,
    /// One that starts at a chosen moment and moves with tokio's time, which a test pauses and advances.
    Driven {
        /// The moment at which it started.
        start: DateTime<Utc>,
        /// Tokio's time at that moment.
        since: Instant,
    },
}

impl Clock {
    /// A clock that starts at `start` and moves with tokio's time.
    pub fn starting_at(start: DateTime<Utc>) -> Self {
        Self::Driven {
            start,
            since: Instant::now(),
        }
    }

    /// The moment.
    pub fn now(&self) -> DateTime<Utc> {
        match self {
            Self::System => Utc::now(),
            Self::Driven { start, since } => *start + TimeDelta::from_std(since.elapsed()).unwrap_or(TimeDelta::MAX),
        }
    }

    /// Waits until the moment has come; not at all for one that has passed.
    pub async fn sleep_until(&self, moment: DateTime<Utc>) {
        let wait = (moment - self.now()).to_std().unwrap_or(Duration::ZERO);
        tokio::time::sleep(wait).await;
    }
}
