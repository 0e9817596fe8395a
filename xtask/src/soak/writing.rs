//! Writes beside all the rest: one that waits for an answer must hold up nothing.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering::Relaxed};
use std::thread::{self, JoinHandle, sleep};
use std::time::Duration;

use anyhow::{Result, anyhow};

use super::ledger::Ledger;

const PAUSE: Duration = Duration::from_secs(1);

/// What both sides see.
#[derive(Default)]
struct Shared {
    in_trouble: AtomicBool,
    ended: AtomicBool,
}

/// The thread that writes.
pub struct Writing {
    shared: Arc<Shared>,
    thread: JoinHandle<Ledger>,
}

impl Writing {
    /// Writes once a second from now on.
    pub fn begin(mut ledger: Ledger) -> Self {
        let shared = Arc::new(Shared::default());
        let theirs = shared.clone();
        let thread = thread::spawn(move || {
            while !theirs.ended.load(Relaxed) {
                ledger.write(&theirs.in_trouble);
                sleep(PAUSE);
            }
            ledger
        });
        Self { shared, thread }
    }

    /// Whether a write may be refused now.
    pub fn tell(&self, in_trouble: bool) {
        self.shared.in_trouble.store(in_trouble, Relaxed);
    }

    /// Waits for the last answer.
    pub fn end(self) -> Result<Ledger> {
        self.shared.ended.store(true, Relaxed);
        self.thread.join().map_err(|_| anyhow!("the thread that writes panicked"))
    }
}
