//! What the threads and the one that leads them tell each other.

use std::sync::atomic::{AtomicU8, AtomicU64, AtomicUsize, Ordering::Relaxed};

/// Where the run is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
#[repr(u8)]
pub enum Phase {
    Opening,
    WarmUp,
    Window,
    /// Who stopped reading reads what is left.
    Draining,
    Ended,
}

/// Counters that are looked at while it runs.
#[derive(Debug, Default)]
pub struct Control {
    phase: AtomicU8,
    /// Sockets that have come as far as they will by themselves.
    pub settled: AtomicUsize,
    pub open: AtomicUsize,
    pub updates: AtomicU64,
    pub lost: AtomicU64,
}

impl Control {
    pub fn phase(&self) -> Phase {
        match self.phase.load(Relaxed) {
            0 => Phase::Opening,
            1 => Phase::WarmUp,
            2 => Phase::Window,
            3 => Phase::Draining,
            _ => Phase::Ended,
        }
    }

    pub fn enter(&self, phase: Phase) {
        self.phase.store(phase as u8, Relaxed);
    }
}
