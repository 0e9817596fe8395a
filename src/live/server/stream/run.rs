//! The life of a stream: from its first watcher to its last, beat by beat, over valuations that break.

use super::beats::beat_after;
use super::{Heard, State, Stream, Streams};
use crate::live::server::frame::{self, Frame};
use crate::live::server::request::Refusal;
use crate::live::server::shard::inbox::{Command, Inbox};
use crate::server::metrics::streams::STREAMS;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::atomic::Ordering;
use std::sync::{Arc, PoisonError};
use std::time::Duration;
use tokio::time::{Instant, sleep};

/// How many streams are valued one after the other before something else has its turn, and before the shards are woken for them.
const PART: usize = 8;
/// How soon it is looked again whether all have the frame that is on its way.
const ON_ITS_WAY: Duration = Duration::from_millis(5);
/// How long a stream whose valuation broke waits before the next one, and how long at the most.
const FIRST_PAUSE: Duration = Duration::from_millis(100);
const LONGEST_PAUSE: Duration = Duration::from_secs(60);

impl Streams {
    /// Waits until nobody watches, or there is nothing to watch.
    pub(super) async fn outlive(self, key: (String, u64), stream: Arc<Stream>) {
        loop {
            tokio::select! {
                () = stream.left.notified() => {
                    let mut open = self.open.lock().unwrap_or_else(PoisonError::into_inner);
                    // Somebody may have come since the last one left.
                    if stream.watched() == 0 {
                        open.streams.remove(&key);
                        break;
                    }
                }
                () = stream.portfolio.gone.cancelled() => {
                    self.to_watching(&stream, |inbox| inbox.send(Command::Gone(stream.id)));
                    self.open.lock().unwrap_or_else(PoisonError::into_inner).streams.remove(&key);
                    break;
                }
                () = self.shutdown.stopping().cancelled() => break,
            }
        }
        let mut state = stream.state();
        state.ended = true;
        self.beats.remove(state.listed, &stream);
    }

    /// Values the streams that are due, until the server stops. All that are due at a step are valued in parts, which share the
    /// processor's cores and what they need of its caches.
    pub(super) async fn beat(self) {
        loop {
            let (beats, called) = tokio::select! {
                due = self.beats.due() => due,
                () = self.shutdown.stopping().cancelled() => return,
            };
            for (streams, at_beat) in [(beats, true), (called, false)] {
                if let [stream] = &*streams {
                    self.serve(std::slice::from_ref(stream), at_beat);
                    continue;
                }
                for part in streams.chunks(PART) {
                    let (streams, part) = (self.clone(), part.to_vec());
                    self.shutdown.spawn(async move { streams.serve(&part, at_beat) });
                }
            }
        }
    }

    /// Values some streams, and wakes the shards for all of them.
    fn serve(&self, streams: &[Arc<Stream>], at_beat: bool) {
        for stream in streams {
            // Whoever came first may not have got their frame, and so did not stay.
            if stream.watched() == 0 {
                stream.left.notify_one();
            }
            let value = || match at_beat {
                true => stream.value_if_due(self),
                false => stream.value_at_once(self),
            };
            if catch_unwind(AssertUnwindSafe(value)).is_err() {
                self.broke(stream);
            }
            // Who was called has its beat still.
            if at_beat {
                self.list(stream, &mut stream.state());
            }
        }
        for stream in streams {
            self.to_watching(stream, Inbox::wake);
        }
    }

    /// Lists a stream for its next beat.
    pub(super) fn list(&self, stream: &Arc<Stream>, state: &mut State) {
        if !state.ended {
            state.listed = state.next;
            self.beats.add(state.next, stream.clone());
        }
    }

    /// A valuation that breaks is a fault of the program: viewers are told, and it is tried again.
    fn broke(&self, stream: &Stream) {
        STREAMS.restarted.one();
        let pause = stream.put_off();
        tracing::error!(?pause, "a valuation broke: its stream goes on after a pause");
        let what = "The server failed to value this portfolio, and tries again.";
        let said = frame::text(Refusal::new(None, "unavailable", what).encode());
        self.to_watching(stream, |inbox| inbox.send(Command::Watching(stream.id, said.clone())));
    }

    /// Gives a frame to the shards of all who watch: one that is late has the newest only. The state of the stream is locked, so that no
    /// frame overtakes another.
    fn give(&self, stream: &Stream, frame: &Frame) {
        self.to_watching(stream, |inbox| inbox.offer(stream.id, frame));
    }

    fn to_watching(&self, stream: &Stream, give: impl Fn(&Inbox)) {
        for (number, count) in stream.watchers.iter().enumerate() {
            if let Some(inbox) = self.shards.inbox(number).filter(|_| count.load(Ordering::Relaxed) > 0) {
                give(inbox);
            }
        }
    }
}

impl Stream {
    /// The last frame had nothing new: the next price is told at once.
    pub(super) fn wait_for_news(self: &Arc<Self>, streams: &Streams, state: &mut State) {
        state.quiet = true;
        if state.heard.ear.wait() {
            streams.beats.call(Arc::downgrade(self));
        }
    }

    /// Values the portfolio for all, unless a lone watcher's new start has put it off.
    fn value_if_due(self: &Arc<Self>, streams: &Streams) {
        let mut state = self.state();
        let now = Instant::now();
        if state.ended || now < state.next {
            return;
        }
        // Another ledger may hold something else.
        if !self.portfolio.is_at(state.heard.owned.as_ref()) {
            state.heard = Heard::from_now_on(streams, &self.portfolio, Arc::downgrade(self));
        }
        state.seq += 1;
        let due = state.next.into_std();
        // The beat goes on from where it should have been; beats that a busy machine missed are left out.
        let late = now.duration_since(state.next).as_nanos() / self.interval.as_nanos().max(1);
        state.next += self.interval * (late as u32 + 1);
        state.quiet = false;
        if state.news().is_none() {
            self.wait_for_news(streams, &mut state);
        }
        streams.give(self, &self.frame_for_all(&streams.portfolios, &mut state, due));
    }

    /// Values the portfolio for all because a price came, where the last frame had nothing new and all have it. The beat begins anew: what
    /// comes next is an interval away, so that prices that come often go out at the beat.
    fn value_at_once(self: &Arc<Self>, streams: &Streams) {
        let mut state = self.state();
        if state.ended || !state.quiet {
            return;
        }
        // A crowd takes its time. Two frames that share the shards would both be late, and the older one would be in the way of the newer.
        if state.is_on_its_way() {
            let (stream, beats) = (Arc::downgrade(self), streams.beats.clone());
            return streams.shutdown.spawn(async move {
                sleep(ON_ITS_WAY).await;
                beats.call(stream);
            });
        }
        let Some(came) = state.news() else {
            // What called was in the last frame already, and calls no more.
            return self.wait_for_news(streams, &mut state);
        };
        state.seq += 1;
        state.next = beat_after(Instant::now(), self.interval);
        state.quiet = false;
        streams.give(self, &self.frame_for_all(&streams.portfolios, &mut state, came));
    }

    /// After a valuation that broke: the next one comes an interval later, and ever later where they go on breaking.
    fn put_off(&self) -> Duration {
        let mut state = self.state();
        let pause = self
            .interval
            .max(FIRST_PAUSE * 2_u32.saturating_pow(state.breaks))
            .min(self.interval.max(LONGEST_PAUSE));
        state.breaks += 1;
        state.next = Instant::now() + pause;
        state.quiet = false;
        pause
    }
}

impl State {
    /// Whether the newest frame is still being written to those who get it.
    fn is_on_its_way(&self) -> bool {
        match &self.told {
            Some(told) => told.is_on_its_way(),
            None => self.held.last().is_some_and(Frame::is_on_its_way),
        }
    }

    /// When the first price came that called since it was last asked; `None` where none came.
    fn news(&self) -> Option<std::time::Instant> {
        self.heard.ear.take()
    }
}
