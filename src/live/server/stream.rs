//! Streams of frames: valued once and encoded once for all who watch the same portfolio at the same interval.
//!
//! A price that comes when the last frame had nothing new is told at once; others wait for the beat.
//!
//! A stream is born with its first watcher and ends with its last. Its frames are whole states and the newest wins, so a
//! watcher that reads slowly skips frames and costs nothing.

use crate::live::protocol::PriceUpdate;
use crate::live::server::frame::Frame;
use crate::live::server::shard::Shards;
use crate::live::server::shard::inbox::{Command, Inbox};
use crate::portfolio::server::{Portfolio, Portfolios};
use crate::server::shutdown::Shutdown;
use std::collections::HashMap;
use std::collections::hash_map::Entry;
use std::sync::atomic::{AtomicU64, AtomicUsize, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;
use tokio::sync::Notify;
use tokio::time::{Instant, sleep_until};
use tokio_util::sync::CancellationToken;

/// How long a frame that was valued for one who just came serves the next who come: a crowd costs a few valuations.
const FRESH: Duration = Duration::from_millis(50);

/// Frames that watchers may hold, at most: whoever holds another one gets the next whole.
const HELD: usize = 8;

/// The streams that somebody watches. Cheap to clone.
#[derive(Clone, Debug)]
pub struct Streams {
    portfolios: Portfolios,
    shards: Shards,
    shutdown: Shutdown,
    open: Arc<Mutex<Open>>,
}

#[derive(Debug, Default)]
struct Open {
    /// How many streams there were: the number of the next.
    streams_so_far: u64,
    /// By the portfolio's key and the interval.
    streams: HashMap<(String, u64), Arc<Stream>>,
    /// The highest number that was given for a portfolio: a new stream goes on from there.
    highest: HashMap<String, Arc<AtomicU64>>,
}

#[derive(Debug)]
struct Stream {
    id: u64,
    portfolio: Arc<Portfolio>,
    interval: Duration,
    /// How many watch, by shard.
    watchers: Box<[AtomicUsize]>,
    /// Told when the last one left.
    left: Notify,
    highest: Arc<AtomicU64>,
    state: Mutex<State>,
}

#[derive(Debug)]
struct State {
    /// Number of the last frame that went to all.
    seq: u64,
    /// When the next frame goes to all.
    next: Instant,
    /// The frames that watchers may hold when the next one for all goes out, the newest last: the one that went to all, and those for
    /// who came since.
    held: Vec<Frame>,
    /// Whether the last frame had nothing new: the next price is told at once.
    quiet: bool,
}

/// Who comes to watch.
#[derive(Clone, Copy, Debug)]
pub struct Comes {
    /// The shard of its socket.
    pub shard: usize,
    /// The highest number of a frame that its connection got.
    pub seen: u64,
    /// The stream that it leaves for this one.
    pub leaves: Option<u64>,
}

/// A place at a stream, given back when it is dropped.
#[derive(Debug)]
pub struct Watcher {
    stream: Arc<Stream>,
    shard: usize,
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

    /// The newest frame that there is.
    pub fn newest(&self) -> Option<Frame> {
        self.stream.state().held.last().cloned()
    }
}

impl Drop for Watcher {
    fn drop(&mut self) {
        if let Some(count) = self.stream.watchers.get(self.shard) {
            count.fetch_sub(1, Ordering::Relaxed);
        }
        if self.stream.watched() == 0 {
            self.stream.left.notify_one();
        }
    }
}

impl Streams {
    /// No stream yet.
    pub fn new(portfolios: Portfolios, shards: Shards, shutdown: Shutdown) -> Self {
        Self {
            portfolios,
            shards,
            shutdown,
            open: Arc::default(),
        }
    }

    /// Watches a portfolio: the frame of this moment, a place for those that follow at the interval, and whether the watcher has that frame
    /// already: `known` is the number of the last one that it got on another connection.
    ///
    /// Where nobody else watches, the numbers and the beat follow this watcher; where others do, it joins theirs, and nothing
    /// that it does moves them.
    pub fn watch(&self, portfolio: &Arc<Portfolio>, interval: Duration, comes: Comes, known: Option<u64>) -> (Frame, Watcher, bool) {
        let key = (portfolio.key.clone(), interval.as_millis() as u64);
        let mut open = self.open.lock().unwrap_or_else(PoisonError::into_inner);
        open.streams_so_far += 1;
        let id = open.streams_so_far;
        let highest = open.highest.entry(key.0.clone()).or_default().clone();
        // A number that was not given here is another life's of the server.
        let known = known.filter(|known| *known <= highest.load(Ordering::Relaxed));
        let stream = match open.streams.entry(key.clone()) {
            Entry::Occupied(known) => known.get().clone(),
            Entry::Vacant(free) => {
                let stream = Arc::new(Stream::new(id, portfolio.clone(), interval, highest, self.shards.count()));
                self.shutdown.spawn(self.clone().run(key, stream.clone()));
                free.insert(stream).clone()
            }
        };
        // Under the lock, so that a stream neither ends nor is found by another between these.
        let alone = stream.watched() == usize::from(comes.leaves == Some(stream.id));
        let seen = comes.seen.max(known.unwrap_or(0));
        let frame = stream.first_frame(&self.portfolios, alone.then_some(seen));
        if let Some(count) = stream.watchers.get(comes.shard) {
            count.fetch_add(1, Ordering::Relaxed);
        }
        let is_known = known == Some(frame.seq);
        let watcher = Watcher {
            stream,
            shard: comes.shard,
        };
        (frame, watcher, is_known)
    }

    async fn run(self, key: (String, u64), stream: Arc<Stream>) {
        let mut owned = stream.portfolio.owned();
        let mut ear = self.portfolios.listen(&stream.portfolio);
        loop {
            let (next, quiet) = {
                let state = stream.state();
                (state.next, state.quiet)
            };
            tokio::select! {
                () = sleep_until(next) => {
                    let now = stream.portfolio.owned();
                    // Another ledger may hold something else.
                    if now.as_ref().map(Arc::as_ptr) != owned.as_ref().map(Arc::as_ptr) {
                        ear = self.portfolios.listen(&stream.portfolio);
                    }
                    owned = now;
                    if let Some(frame) = stream.value_if_due(&self.portfolios, ear.take()) {
                        self.deliver(&stream, &frame);
                    }
                }
                () = ear.called(), if quiet => {
                    // What called may be in the last frame already.
                    let frame = if ear.take() { stream.value_at_once(&self.portfolios) } else { None };
                    if let Some(frame) = frame {
                        self.deliver(&stream, &frame);
                    }
                }
                () = stream.left.notified() => {
                    let mut open = self.open.lock().unwrap_or_else(PoisonError::into_inner);
                    // Somebody may have come since the last one left.
                    if stream.watched() == 0 {
                        open.streams.remove(&key);
                        return;
                    }
                }
                () = stream.portfolio.gone.cancelled() => {
                    self.to_watching(&stream, |inbox| inbox.send(Command::Gone(stream.id)));
                    self.open.lock().unwrap_or_else(PoisonError::into_inner).streams.remove(&key);
                    return;
                }
                () = self.shutdown.stopping().cancelled() => return,
            }
        }
    }
}

impl Streams {
    /// Gives a frame to all who watch: a shard that is late has the newest one only.
    fn deliver(&self, stream: &Stream, frame: &Frame) {
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
    fn new(id: u64, portfolio: Arc<Portfolio>, interval: Duration, highest: Arc<AtomicU64>, shards: usize) -> Self {
        let seq = highest.load(Ordering::Relaxed) + 1;
        let state = Mutex::new(State {
            seq,
            next: Instant::now() + interval,
            held: vec![],
            quiet: true,
        });
        Self {
            id,
            portfolio,
            interval,
            watchers: (0..shards).map(|_| AtomicUsize::new(0)).collect(),
            left: Notify::new(),
            highest,
            state,
        }
    }

    fn state(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// How many watch. Who asks holds the list of streams, as does who comes to watch.
    fn watched(&self) -> usize {
        self.watchers.iter().map(|count| count.load(Ordering::Relaxed)).sum()
    }

    /// Values the portfolio for all, unless a lone watcher's new start has put it off.
    fn value_if_due(&self, portfolios: &Portfolios, news: bool) -> Option<Frame> {
        let mut state = self.state();
        let now = Instant::now();
        if now < state.next {
            return None;
        }
        state.seq += 1;
        // The beat goes on from where it should have been; beats that a busy machine missed are left out.
        let late = now.duration_since(state.next).as_nanos() / self.interval.as_nanos().max(1);
        state.next += self.interval * (late as u32 + 1);
        state.quiet = !news;
        Some(self.frame_for_all(portfolios, &mut state))
    }

    /// Values the portfolio for all because a price came, where the last frame had nothing new. The beat begins anew: what comes next is
    /// an interval away, so that prices that come often go out at the beat.
    fn value_at_once(&self, portfolios: &Portfolios) -> Option<Frame> {
        let mut state = self.state();
        if !state.quiet {
            return None;
        }
        state.seq += 1;
        state.next = Instant::now() + self.interval;
        state.quiet = false;
        Some(self.frame_for_all(portfolios, &mut state))
    }

    /// A frame of this moment for one who just came, numbered so that the next one for all follows it by one. Where that
    /// next one comes within half an interval, the newcomer gets its number now and not the frame.
    fn first_frame(&self, portfolios: &Portfolios, alone_after: Option<u64>) -> Frame {
        let now = Instant::now();
        let mut state = self.state();
        if let Some(after) = alone_after {
            state.seq = state.seq.max(after + 1);
            state.next = now + self.interval;
            state.quiet = true;
        }
        let soon = state.next.saturating_duration_since(now) < self.interval / 2;
        let seq = state.seq + u64::from(soon);
        match state.held.last() {
            Some(newest) if newest.seq == seq && now.saturating_duration_since(newest.valued) < FRESH => newest.clone(),
            _ => {
                let frame = self.value(portfolios, seq, &state.held);
                if state.held.len() == HELD {
                    state.held.remove(0);
                }
                state.held.push(frame.clone());
                frame
            }
        }
    }

    fn frame_for_all(&self, portfolios: &Portfolios, state: &mut State) -> Frame {
        let frame = self.value(portfolios, state.seq, &state.held);
        // Who has this number already keeps what they got with it.
        state.held.retain(|held| held.seq >= frame.seq);
        state.held.push(frame.clone());
        frame
    }

    fn value(&self, portfolios: &Portfolios, seq: u64, held: &[Frame]) -> Frame {
        self.highest.fetch_max(seq, Ordering::Relaxed);
        let (data, timestamp) = portfolios.value(&self.portfolio);
        let update = PriceUpdate {
            id: None,
            seq,
            timestamp,
            data,
        };
        Frame::new(update, held)
    }
}
