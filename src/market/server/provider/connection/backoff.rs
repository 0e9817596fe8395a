//! How long to wait before the next connection: backoff with jitter, and a circuit breaker behind it.

use super::super::venue::VenueError;
use std::time::Duration;

/// A connection that lasted this long was a good one.
const GOOD: Duration = Duration::from_secs(10);
/// No wait is shorter.
const FLOOR: Duration = Duration::from_millis(250);
/// The ceiling of the first wait; it doubles with each failure.
const FIRST: Duration = Duration::from_millis(500);
/// No ceiling is higher.
const CEILING: Duration = Duration::from_secs(30);
/// Failures in a row after which the circuit is open: one attempt a minute or so, and nothing in between.
const OPENS_AFTER: u32 = 8;
/// How long an open circuit waits.
const OPEN: Duration = Duration::from_secs(60);
/// The shortest wait after a 429 or its like.
const LIMITED: Duration = Duration::from_secs(10);
/// The longest wait that a venue may ask for.
const ASKED: Duration = Duration::from_secs(3_600);

/// The failures in a row of one connection.
#[derive(Debug, Default)]
pub struct Backoff {
    failures: u32,
}

impl Backoff {
    /// The wait after a connection that lasted so long and ended so; `random` is anything.
    pub fn wait(&mut self, lasted: Duration, error: &VenueError, random: u32) -> Duration {
        if lasted >= GOOD || *error == VenueError::Renewed {
            self.failures = 0;
        }
        let ceiling = FIRST.saturating_mul(1 << self.failures.min(16)).min(CEILING);
        self.failures = self.failures.saturating_add(1);
        let (least, most) = if self.is_open() { (OPEN, OPEN * 3 / 2) } else { (FLOOR, ceiling) };
        let jittered = least + (most - least).mul_f64(f64::from(random) / f64::from(u32::MAX));
        match error {
            VenueError::Refused {
                status: 403 | 418 | 429,
                wait,
            } => jittered.max(wait.unwrap_or(LIMITED).clamp(LIMITED, ASKED)),
            VenueError::Refused { wait: Some(wait), .. } => jittered.max((*wait).min(ASKED)),
            _ => jittered,
        }
    }

    /// Whether so much failed that the venue is left alone for a while.
    pub fn is_open(&self) -> bool {
        self.failures >= OPENS_AFTER
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const SHORT: Duration = Duration::from_millis(5);

    #[test]
    fn waits_grow_to_their_ceiling_and_the_circuit_opens() {
        let mut backoff = Backoff::default();
        let mut waits = vec![];
        for _ in 0..7 {
            waits.push(backoff.wait(SHORT, &VenueError::Silent, u32::MAX).as_millis());
            assert!(!backoff.is_open());
        }
        assert_eq!(waits, [500, 1_000, 2_000, 4_000, 8_000, 16_000, 30_000]);
        assert_eq!(backoff.wait(SHORT, &VenueError::Silent, 0), OPEN);
        assert_eq!(backoff.wait(SHORT, &VenueError::Silent, u32::MAX), OPEN * 3 / 2);
        assert!(backoff.is_open());
        // One good connection closes it.
        assert_eq!(backoff.wait(GOOD, &VenueError::Silent, 0), FLOOR);
        assert!(!backoff.is_open());
    }

    #[test]
    fn a_venue_that_asks_for_time_gets_it() {
        let refused = |status, seconds: Option<u64>| VenueError::Refused {
            status,
            wait: seconds.map(Duration::from_secs),
        };
        let wait = |error| Backoff::default().wait(SHORT, &error, 0);
        assert_eq!(wait(refused(429, None)), LIMITED);
        assert_eq!(wait(refused(429, Some(1))), LIMITED);
        assert_eq!(wait(refused(429, Some(45))), Duration::from_secs(45));
        assert_eq!(wait(refused(503, Some(20))), Duration::from_secs(20));
        assert_eq!(wait(refused(503, Some(u64::MAX))), ASKED);
        assert_eq!(wait(VenueError::Renewed), FLOOR);
    }
}
