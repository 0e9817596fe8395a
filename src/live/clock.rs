//! The client's clock: it does not go back, it knows of sleep, and it estimates the server's time.

use std::cell::Cell;

/// A wall clock that gained this much on the page's own timer means that the device slept, in milliseconds.
const SLEPT_MS: f64 = 1_000.0;

/// Milliseconds since 1970 that never go back, and how far the server's clock is from them.
///
/// The page's timer is exact but stands still in sleep; the wall clock goes on but may be set. Together they do neither.
#[derive(Debug)]
pub struct Clock {
    now: Cell<f64>,
    page: Cell<f64>,
    wall: Cell<f64>,
    offset: Cell<f64>,
}

impl Clock {
    /// A clock that starts at the wall's time; both in milliseconds.
    pub fn new(page: f64, wall: f64) -> Self {
        Self {
            now: Cell::new(wall),
            page: Cell::new(page),
            wall: Cell::new(wall),
            offset: Cell::new(0.0),
        }
    }

    /// Moves on to what the page's timer and the wall clock say now, and returns the clock's time.
    pub fn advance(&self, page: f64, wall: f64) -> f64 {
        let awake = (page - self.page.replace(page)).max(0.0);
        let passed = wall - self.wall.replace(wall);
        let step = if passed > awake + SLEPT_MS { passed } else { awake };
        self.now.set(self.now.get() + step);
        self.now.get()
    }

    /// Takes the server's time at the beginning of a connection.
    pub fn set_server(&self, server: f64) {
        self.offset.set(server - self.now.get());
    }

    /// Takes a later time that the server wrote. A message cannot arrive before it was written, so the fastest message
    /// so far gives the estimate, and a greeting that waited for a busy page does no lasting harm.
    pub fn at_least(&self, server: f64) {
        self.offset.set(self.offset.get().max(server - self.now.get()));
    }

    /// A time of this clock as the server's.
    pub fn to_server(&self, time: f64) -> f64 {
        time + self.offset.get()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_wall_clock_that_is_set_back_stops_nothing() {
        let clock = Clock::new(0.0, 1_000_000.0);
        assert_eq!(clock.advance(500.0, 400_000.0), 1_000_500.0);
        assert_eq!(clock.advance(600.0, 400_100.0), 1_000_600.0);
    }

    #[test]
    fn sleep_counts() {
        let clock = Clock::new(0.0, 1_000_000.0);
        assert_eq!(clock.advance(10.0, 1_060_010.0), 1_060_010.0);
    }

    #[test]
    fn the_fastest_message_gives_the_estimate() {
        let clock = Clock::new(0.0, 1_000.0);
        // The greeting was written at 5000 and waited 300 ms for the page.
        clock.advance(300.0, 1_300.0);
        clock.set_server(5_000.0);
        clock.advance(1_302.0, 2_302.0);
        clock.at_least(6_300.0);
        assert_eq!(clock.to_server(2_302.0), 6_300.0);
        clock.advance(2_400.0, 3_400.0);
        clock.at_least(7_000.0);
        assert_eq!(clock.to_server(3_400.0), 7_398.0);
    }
}
