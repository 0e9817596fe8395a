//! Streams of frames: valued once and encoded once for all who watch the same portfolio at the same interval.
//!
//! A price that comes when the last frame had nothing new is told at once; others wait for the beat.
//!
//! A stream is born with its first watcher and ends with its last. Its frames are whole states and the newest wins, so a
//! watcher that reads slowly skips frames and costs nothing.

mod beats;
mod run;
mod watcher;

pub use watcher::{Comes, Watcher};

use crate::live::protocol::PriceUpdate;
use crate::live::server::buffers::Buffers;
use crate::live::server::frame::{Frame, Told};
use crate::live::server::shard::Shards;
use crate::market::server::ears::Ear;
use crate::portfolio::server::owned::{Owned, Ready};
use crate::portfolio::server::{Portfolio, Portfolios};
use crate::server::metrics::sockets::Moments;
use crate::server::metrics::streams::STREAMS;
use crate::server::shutdown::Shutdown;
use beats::{Beats, beat_after};
use std::collections::HashMap;
use std::collections::hash_map::Entry;
use std::sync::atomic::{AtomicU32, AtomicU64, AtomicUsize, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError, Weak};
use std::time::Duration;
use tokio::sync::Notify;
use tokio::time::Instant;

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
    /// No number that is given is as low. Each server, and each life of it, begins at another place, so that what a client has of another
    /// one is not taken for what it would get here.
    base: u64,
    open: Arc<Mutex<Open>>,
    /// Valuations that are to break (`LiveConfig::faults`).
    faults: Arc<AtomicU32>,
    buffers: Buffers,
    beats: Beats<Stream>,
}

/// From here to twice as far servers begin to count: room for as many frames as anybody sends, in ten digits.
const FIRST: u64 = 1 << 30;

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
    /// How many of them are told by what changed.
    by_changes: AtomicUsize,
    /// Told when the last one left.
    left: Notify,
    highest: Arc<AtomicU64>,
    faults: Arc<AtomicU32>,
    buffers: Buffers,
    state: Mutex<State>,
}

#[derive(Debug)]
struct State {
    /// Number of the last frame that went to all.
    seq: u64,
    /// When the next frame goes to all.
    next: Instant,
    /// When it was to go when it was listed for its beat.
    listed: Instant,
    /// The frames that watchers may hold when the next one for all goes out, the newest last: the one that went to all, and those for
    /// who came since.
    held: Vec<Frame>,
    /// The newest frame, where all got it whole: none of it is held here.
    told: Option<Told>,
    /// What its text is written from.
    ready: Option<Box<Ready>>,
    /// Whether the last frame had nothing new: the next price is told at once.
    quiet: bool,
    /// Valuations in a row that broke.
    breaks: u32,
    /// What it hears of.
    heard: Heard,
    /// Whether it has no further beat.
    ended: bool,
}

/// Prices of what a ledger holds.
#[derive(Debug)]
struct Heard {
    owned: Option<Arc<Owned>>,
    ear: Arc<Ear>,
}

impl Heard {
    /// Prices of what the portfolio holds now put its stream into the list of those that are called.
    fn from_now_on(streams: &Streams, portfolio: &Arc<Portfolio>, stream: Weak<Stream>) -> Self {
        // Before it is asked what it holds: what comes meanwhile is another ledger.
        let owned = portfolio.owned();
        let beats = streams.beats.clone();
        let call = Box::new(move || beats.call(stream.clone()));
        let ear = streams.portfolios.listen(portfolio, call);
        Self { owned, ear }
    }
}

impl Streams {
    /// No stream yet; the task that serves their beats runs.
    pub fn start(portfolios: Portfolios, shards: Shards, shutdown: Shutdown, faults: Arc<AtomicU32>) -> Self {
        let streams = Self {
            portfolios,
            shards,
            shutdown,
            base: rand::random_range(FIRST..2 * FIRST),
            open: Arc::default(),
            faults,
            buffers: Buffers::default(),
            beats: Beats::default(),
        };
        streams.shutdown.spawn(streams.clone().beat());
        streams
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
        let base = || Arc::new(AtomicU64::new(self.base));
        let highest = open.highest.entry(key.0.clone()).or_insert_with(base).clone();
        // A number that was not given here is another node's, or another life's of this one.
        let known = known.filter(|known| (self.base + 1..=highest.load(Ordering::Relaxed)).contains(known));
        let stream = match open.streams.entry(key.clone()) {
            Entry::Occupied(known) => known.get().clone(),
            Entry::Vacant(free) => {
                let stream = Stream::new(self, id, portfolio, interval, highest);
                self.begin(key, &stream);
                free.insert(stream).clone()
            }
        };
        // Under the lock, so that a stream neither ends nor is found by another between these.
        let alone = stream.watched() == usize::from(comes.leaves == Some(stream.id));
        let seen = comes.seen.max(known.unwrap_or(0));
        let frame = stream.first_frame(self, alone.then_some(seen));
        if let Some(count) = stream.watchers.get(comes.shard) {
            count.fetch_add(1, Ordering::Relaxed);
        }
        stream.by_changes.fetch_add(usize::from(comes.changes), Ordering::Relaxed);
        let is_known = known == Some(frame.seq);
        let watcher = Watcher {
            stream,
            at: 0,
            shard: comes.shard as u16,
            changes: comes.changes,
        };
        (frame, watcher, is_known)
    }

    fn begin(&self, key: (String, u64), stream: &Arc<Stream>) {
        self.list(stream, &mut stream.state());
        self.shutdown.spawn(self.clone().outlive(key, stream.clone()));
    }

    /// How many streams there are, and how many watch them.
    pub fn count(&self) -> (usize, usize) {
        let open = self.open.lock().unwrap_or_else(PoisonError::into_inner);
        (open.streams.len(), open.streams.values().map(|stream| stream.watched()).sum())
    }
}

impl Stream {
    fn new(streams: &Streams, id: u64, portfolio: &Arc<Portfolio>, interval: Duration, highest: Arc<AtomicU64>) -> Arc<Self> {
        let seq = highest.load(Ordering::Relaxed) + 1;
        let next = beat_after(Instant::now(), interval);
        Arc::new_cyclic(|stream| Self {
            id,
            portfolio: portfolio.clone(),
            interval,
            watchers: (0..streams.shards.count()).map(|_| AtomicUsize::new(0)).collect(),
            by_changes: AtomicUsize::new(0),
            left: Notify::new(),
            highest,
            faults: streams.faults.clone(),
            buffers: streams.buffers.clone(),
            state: Mutex::new(State {
                seq,
                next,
                listed: next,
                held: vec![],
                told: None,
                ready: None,
                // Nobody has a frame yet: the first one has what comes until then.
                quiet: false,
                breaks: 0,
                heard: Heard::from_now_on(streams, portfolio, stream.clone()),
                ended: false,
            }),
        })
    }

    fn state(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// How many watch. Who asks holds the list of streams, as does who comes to watch.
    fn watched(&self) -> usize {
        self.watchers.iter().map(|count| count.load(Ordering::Relaxed)).sum()
    }

    /// A frame of this moment for one who just came, numbered so that the next one for all follows it by one. Where that
    /// next one comes within half an interval, the newcomer gets its number now and not the frame.
    fn first_frame(self: &Arc<Self>, streams: &Streams, alone_after: Option<u64>) -> Frame {
        let now = Instant::now();
        let mut state = self.state();
        if let Some(after) = alone_after {
            state.seq = state.seq.max(after + 1);
            state.next = beat_after(now, self.interval);
            self.wait_for_news(streams, &mut state);
        }
        let soon = state.next.saturating_duration_since(now) < self.interval / 2;
        let seq = state.seq + u64::from(soon);
        match state.held.last() {
            Some(newest)
                if newest.seq == seq
                    && newest.update.is_some()
                    && now.into_std().saturating_duration_since(newest.moments.valued) < FRESH =>
            {
                newest.clone()
            }
            _ => {
                let (update, moments) = self.value(&streams.portfolios, seq, now.into_std());
                let frame = Frame::new(update, &state.held, moments);
                if state.held.len() == HELD {
                    state.held.remove(0);
                }
                state.held.push(frame.clone());
                state.told = None;
                frame
            }
        }
    }

    fn frame_for_all(&self, portfolios: &Portfolios, state: &mut State, due: std::time::Instant) -> Frame {
        let by_changes = self.by_changes.load(Ordering::Relaxed) > 0;
        let frame = if by_changes {
            let (update, moments) = self.value(portfolios, state.seq, due);
            Frame::new(update, &state.held, moments)
        } else {
            let (seq, ready) = (state.seq, &mut state.ready);
            Frame::whole_for_all(seq, &self.buffers, |text| self.tell(portfolios, (seq, ready), due, text))
        };
        state.breaks = 0;
        // Who has this number already keeps what they got with it.
        state.held.retain(|held| held.seq >= frame.seq);
        state.told = (!by_changes).then(|| frame.told());
        if by_changes {
            state.held.push(frame.clone());
        }
        frame
    }

    /// Values the portfolio. `due` is when what it tells was there to be told.
    fn value(&self, portfolios: &Portfolios, seq: u64, due: std::time::Instant) -> (PriceUpdate, Moments) {
        let ((data, timestamp), moments) = self.timed(seq, due, || portfolios.value(&self.portfolio));
        let update = PriceUpdate {
            id: None,
            seq,
            timestamp,
            data,
        };
        (update, moments)
    }

    /// Values the portfolio, and writes the message that tells it.
    fn tell(
        &self,
        portfolios: &Portfolios,
        (seq, ready): (u64, &mut Option<Box<Ready>>),
        due: std::time::Instant,
        text: &mut Vec<u8>,
    ) -> Moments {
        let tell = || {
            portfolios.tell(&self.portfolio, ready, text, |text, moment| PriceUpdate::begin(text, seq, moment));
            text.push(PriceUpdate::END);
        };
        self.timed(seq, due, tell).1
    }

    /// A valuation, and its moments.
    fn timed<T>(&self, seq: u64, due: std::time::Instant, value: impl FnOnce() -> T) -> (T, Moments) {
        let began = std::time::Instant::now();
        self.highest.fetch_max(seq, Ordering::Relaxed);
        let fault = |left: u32| left.checked_sub(1);
        assert!(
            self.faults.load(Ordering::Relaxed) == 0 || self.faults.try_update(Ordering::Relaxed, Ordering::Relaxed, fault).is_err(),
            "a fault that a test planted"
        );
        let told = value();
        let valued = std::time::Instant::now();
        STREAMS.valued.take(valued.duration_since(began));
        (told, Moments { due, valued })
    }
}
