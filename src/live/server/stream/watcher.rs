//! Who watches a stream.

use super::Stream;
use crate::live::server::frame::Frame;
use std::sync::Arc;
use std::sync::atomic::Ordering;
use tokio_util::sync::CancellationToken;

/// Who comes to watch.
#[derive(Clone, Copy, Debug)]
pub struct Comes {
    /// The shard of its socket.
    pub shard: usize,
    /// The highest number of a frame that its connection got.
    pub seen: u64,
    /// Whether it is told by what changed.
    pub changes: bool,
    /// The stream that it leaves for this one.
    pub leaves: Option<u64>,
}

/// A place at a stream, given back when it is dropped.
#[derive(Debug)]
pub struct Watcher {
    pub(super) stream: Arc<Stream>,
    /// Its place among those of the shard that watch the same. Narrow, as there is one a socket.
    pub at: u32,
    pub(super) shard: u16,
    pub(super) changes: bool,
}

impl Watcher {
    /// Cancelled when the portfolio is no more.
    pub fn gone(&self) -> &CancellationToken {
        &self.stream.portfolio.gone
    }

    /// The number of the stream.
    pub fn stream(&self) -> u64 {
        self.stream.id
    }

    /// The newest frame, where it is still there.
    pub fn newest(&self) -> Option<Frame> {
        let state = self.stream.state();
        match &state.told {
            Some(told) => told.frame(),
            None => state.held.last().cloned(),
        }
    }
}

impl Drop for Watcher {
    fn drop(&mut self) {
        if let Some(count) = self.stream.watchers.get(usize::from(self.shard)) {
            count.fetch_sub(1, Ordering::Relaxed);
        }
        self.stream.by_changes.fetch_sub(usize::from(self.changes), Ordering::Relaxed);
        if self.stream.watched() == 0 {
            self.stream.left.notify_one();
        }
    }
}
