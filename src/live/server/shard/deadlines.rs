//! Moments at which a socket is to be looked at again.

use crate::live::server::shard::inbox::Key;
use std::cmp::Reverse;
use std::collections::BinaryHeap;
use std::time::{Duration, Instant};

/// Moments of one kind.
#[derive(Debug)]
pub struct Deadlines {
    ahead: Duration,
    set: BinaryHeap<Reverse<(Instant, usize, u32)>>,
}

impl Deadlines {
    /// None yet; each will lie `ahead`.
    pub fn new(ahead: Duration) -> Self {
        Self {
            ahead,
            set: BinaryHeap::new(),
        }
    }

    /// How far ahead they lie.
    pub fn ahead(&self) -> Duration {
        self.ahead
    }

    /// Sets one for a socket, as seen from `from`.
    pub fn set(&mut self, from: Instant, key: Key) {
        self.set.push(Reverse((from + self.ahead, key.at, key.life)));
    }

    /// The next moment.
    pub fn next(&self) -> Option<Instant> {
        self.set.peek().map(|Reverse((moment, ..))| *moment)
    }

    /// Takes one that has come.
    pub fn pop(&mut self, now: Instant) -> Option<Key> {
        if self.next()? > now {
            return None;
        }
        self.set.pop().map(|Reverse((_, at, life))| Key { at, life })
    }
}
