//! The life of a stream: from its first watcher to its last, over valuations that break.

use super::{Stream, Streams};
use crate::live::server::frame::{self, Frame};
use crate::live::server::request::Refusal;
use crate::live::server::shard::inbox::{Command, Inbox};
use crate::server::metrics::streams::STREAMS;
use futures_util::FutureExt as _;
use std::panic::AssertUnwindSafe;
use std::pin::pin;
use std::sync::atomic::Ordering;
use std::sync::{Arc, PoisonError};
use tokio::task::yield_now;
use tokio::time::sleep_until;

impl Streams {
    /// Values until nobody watches. A valuation that breaks is a fault of the program: viewers are told, and it is tried again.
    pub(super) async fn run(self, key: (String, u64), stream: Arc<Stream>) {
        while AssertUnwindSafe(self.value(&key, &stream)).catch_unwind().await.is_err() {
            STREAMS.restarted.one();
            let pause = stream.put_off();
            tracing::error!(?pause, "a valuation broke: its stream goes on after a pause");
            let what = "The server failed to value this portfolio, and tries again.";
            let said = frame::text(Refusal::new(None, "unavailable", what).encode());
            self.to_watching(&stream, |inbox| inbox.send(Command::Watching(stream.id, said.clone())));
        }
    }

    /// Ends a stream that nobody watches; `false` where somebody does.
    fn ends(&self, key: &(String, u64), stream: &Stream) -> bool {
        let mut open = self.open.lock().unwrap_or_else(PoisonError::into_inner);
        let alone = stream.watched() == 0;
        if alone {
            open.streams.remove(key);
        }
        alone
    }

    async fn value(&self, key: &(String, u64), stream: &Arc<Stream>) {
        let mut owned = stream.portfolio.owned();
        let mut ear = self.portfolios.listen(&stream.portfolio);
        // Each waits in a list from the first time that it is asked until it is dropped.
        let mut left = pin!(stream.left.notified());
        let mut gone = pin!(stream.portfolio.gone.cancelled());
        let mut stopping = pin!(self.shutdown.stopping().cancelled());
        let mut beat = pin!(sleep_until(stream.state().next));
        loop {
            let (next, quiet) = {
                let state = stream.state();
                (state.next, state.quiet)
            };
            if beat.deadline() != next {
                beat.as_mut().reset(next);
            }
            tokio::select! {
                () = &mut beat => {
                    // Whoever came first may not have got their frame, and so did not stay.
                    if stream.watched() == 0 && self.ends(key, stream) {
                        return;
                    }
                    // Another ledger may hold something else.
                    if !stream.portfolio.is_at(owned.as_ref()) {
                        owned = stream.portfolio.owned();
                        ear = self.portfolios.listen(&stream.portfolio);
                    }
                    if let Some(frame) = stream.value_if_due(&self.portfolios, ear.take().is_some()) {
                        self.deliver(stream, &frame).await;
                    }
                }
                () = ear.called(), if quiet => {
                    // What called may be in the last frame already.
                    let frame = ear.take().and_then(|came| stream.value_at_once(&self.portfolios, came));
                    if let Some(frame) = frame {
                        self.deliver(stream, &frame).await;
                    }
                }
                () = &mut left => {
                    left.set(stream.left.notified());
                    // Somebody may have come since the last one left.
                    if self.ends(key, stream) {
                        return;
                    }
                }
                () = &mut gone => {
                    self.to_watching(stream, |inbox| inbox.send(Command::Gone(stream.id)));
                    self.open.lock().unwrap_or_else(PoisonError::into_inner).streams.remove(key);
                    return;
                }
                () = &mut stopping => return,
            }
        }
    }
}

impl Streams {
    /// Gives a frame to all who watch: a shard that is late has the newest one only. Shards are woken once the other streams that are due
    /// had their turn.
    async fn deliver(&self, stream: &Stream, frame: &Frame) {
        self.to_watching(stream, |inbox| inbox.offer(stream.id, frame));
        yield_now().await;
        self.to_watching(stream, Inbox::wake);
    }

    fn to_watching(&self, stream: &Stream, give: impl Fn(&Inbox)) {
        for (number, count) in stream.watchers.iter().enumerate() {
            if let Some(inbox) = self.shards.inbox(number).filter(|_| count.load(Ordering::Relaxed) > 0) {
                give(inbox);
            }
        }
    }
}
