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
    /// One that goes through a stretch of the past.
    Again {
        /// The moment at which the stretch begins.
        begin: DateTime<Utc>,
        /// The moment at which it ends: there the clock stands.
        end: DateTime<Utc>,
        /// How many times as fast as time.
        speed: u32,
        /// Tokio's time at the beginning.
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
            Self::Again { begin, end, speed, since } => {
                let gone = since.elapsed().checked_mul(*speed);
                let gone = gone.and_then(|gone| TimeDelta::from_std(gone).ok());
                let now = gone.and_then(|gone| begin.checked_add_signed(gone));
                now.map_or(*end, |now| now.min(*end))
            }
        }
    }

    /// A clock that goes through the stretch from `begin` to `end` at `speed`, and began to do so at `opened` by this one.
    pub fn again(&self, (begin, end): (DateTime<Utc>, DateTime<Utc>), speed: u32, opened: DateTime<Utc>) -> Self {
        let gone = (self.now() - opened).to_std().unwrap_or_default();
        let now = Instant::now();
        // A machine that has not been up for as long: it goes on from where it can.
        let since = now.checked_sub(gone).unwrap_or(now);
        Self::Again { begin, end, speed, since }
    }

    /// Waits until the moment has come; not at all for one that has passed.
    pub async fn sleep_until(&self, moment: DateTime<Utc>) {
        let wait = (moment - self.now()).to_std().unwrap_or(Duration::ZERO);
        let wait = match self {
            Self::Again { speed, .. } => wait / (*speed).max(1),
            Self::System | Self::Driven { .. } => wait,
        };
        tokio::time::sleep(wait).await;
    }
}
