//! Streams of frames: valued once and encoded once for all who watch the same portfolio at the same interval.
//!
//! A price that comes when the last frame had nothing new is told at once; others wait for the beat.
//!
//! A stream is born with its first watcher and ends with its last. Its frames are whole states and the newest wins, so a
//! watcher that reads slowly skips frames and costs nothing.

use crate::live::protocol::{PriceUpdate, ServerMessage};
use crate::live::server::outlet::Outlet;
use crate::portfolio::server::{Portfolio, Portfolios};
use crate::server::shutdown::Shutdown;
use bytes::Bytes;
use std::collections::HashMap;
use std::collections::hash_map::Entry;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;
use tokio::sync::Notify;
use tokio::task::JoinSet;
use tokio::time::{Instant, sleep_until};
use tokio_tungstenite::tungstenite::protocol::frame::Frame as WireFrame;
use tokio_tungstenite::tungstenite::protocol::frame::coding::{Data, OpCode};
use tokio_util::sync::CancellationToken;

/// How long a frame that was valued for one who just came serves the next who come: a crowd costs a few valuations.
const FRESH: Duration = Duration::from_millis(50);

/// Watchers that are served in one go: some milliseconds of writing, in which their core does nothing else.
const CREW: usize = 128;

/// An encoded update that all its readers share.
#[derive(Clone, Debug)]
pub struct Frame {
    /// Its number in the stream.
    pub seq: u64,
    /// The whole WebSocket frame, as it goes to every watcher's socket.
    pub wire: Bytes,
    /// What the text says, for the one answer that carries a request's `id`.
    pub update: Arc<PriceUpdate>,
    valued: Instant,
}

/// The streams that somebody watches. Cheap to clone.
#[derive(Clone, Debug)]
pub struct Streams {
    portfolios: Portfolios,
    shutdown: Shutdown,
    open: Arc<Mutex<Open>>,
}

#[derive(Debug, Default)]
struct Open {
    /// How many watches there were: the number of the next.
    watches: u64,
    /// By the portfolio's key and the interval.
    streams: HashMap<(String, u64), Arc<Stream>>,
    /// The highest number that was given for a portfolio: a new stream goes on from there.
    highest: HashMap<String, Arc<AtomicU64>>,
}

#[derive(Debug)]
struct Stream {
    portfolio: Arc<Portfolio>,
    interval: Duration,
    /// Who watches, by the number of the watch.
    outlets: Mutex<HashMap<u64, Arc<Outlet>>>,
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
    /// The newest frame that was valued, for all or for one who just came.
    newest: Option<Frame>,
    /// Whether the last frame had nothing new: the next price is told at once.
    quiet: bool,
}

/// A place at a stream, given back when it is dropped.
#[derive(Debug)]
pub struct Watcher {
    stream: Arc<Stream>,
    outlet: Arc<Outlet>,
    id: u64,
}

impl Watcher {
    /// Cancelled when the portfolio is no more.
    pub fn gone(&self) -> &CancellationToken {
        &self.stream.portfolio.gone
    }
}

impl Drop for Watcher {
    fn drop(&mut self) {
        self.outlet.end();
        let mut outlets = self.stream.outlets();
        outlets.remove(&self.id);
        if outlets.is_empty() {
            self.stream.left.notify_one();
        }
    }
}

impl Streams {
    /// No stream yet.
    pub fn new(portfolios: Portfolios, shutdown: Shutdown) -> Self {
        Self {
            portfolios,
            shutdown,
            open: Arc::default(),
        }
    }

    /// Watches a portfolio: the frame of this moment, and a place for those that follow at the interval. They go to `outlet`,
    /// whose gate is closed: the frame of this moment goes out first.
    ///
    /// Where nobody else watches, the numbers and the beat follow this watcher; where others do, it joins theirs, and nothing
    /// that it does moves them.
    pub fn watch(&self, portfolio: &Arc<Portfolio>, interval: Duration, outlet: &Arc<Outlet>) -> (Frame, Watcher) {
        let key = (portfolio.key.clone(), interval.as_millis() as u64);
        let mut open = self.open.lock().unwrap_or_else(PoisonError::into_inner);
        open.watches += 1;
        let id = open.watches;
        let highest = open.highest.entry(key.0.clone()).or_default().clone();
        let stream = match open.streams.entry(key.clone()) {
            Entry::Occupied(known) => known.get().clone(),
            Entry::Vacant(free) => {
                let stream = Arc::new(Stream::new(portfolio.clone(), interval, highest));
                self.shutdown.spawn(self.clone().run(key, stream.clone()));
                free.insert(stream).clone()
            }
        };
        // Under the lock, so that a stream neither ends nor is found by another between these.
        let alone = stream.outlets().is_empty();
        let frame = stream.first_frame(&self.portfolios, alone.then(|| outlet.seen()));
        outlet.begin(id, frame.seq);
        stream.outlets().insert(id, outlet.clone());
        let outlet = outlet.clone();
        (frame, Watcher { stream, outlet, id })
    }

    async fn run(self, key: (String, u64), stream: Arc<Stream>) {
        let mut owned = stream.portfolio.owned();
        let mut ear = self.portfolios.listen(&stream.portfolio);
        loop {
            let (next, quiet) = {
                let state = stream.state.lock().unwrap_or_else(PoisonError::into_inner);
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
                        stream.deliver(frame).await;
                    }
                }
                () = ear.called(), if quiet => {
                    // What called may be in the last frame already.
                    let frame = if ear.take() { stream.value_at_once(&self.portfolios) } else { None };
                    if let Some(frame) = frame {
                        stream.deliver(frame).await;
                    }
                }
                () = stream.left.notified() => {
                    let mut open = self.open.lock().unwrap_or_else(PoisonError::into_inner);
                    // Somebody may have come since the last one left.
                    if stream.outlets().is_empty() {
                        open.streams.remove(&key);
                        return;
                    }
                }
                () = stream.portfolio.gone.cancelled() => {
                    // Its watchers hear it from their sessions.
                    self.open.lock().unwrap_or_else(PoisonError::into_inner).streams.remove(&key);
                    return;
                }
                () = self.shutdown.stopping().cancelled() => return,
            }
        }
    }
}

impl Stream {
    fn new(portfolio: Arc<Portfolio>, interval: Duration, highest: Arc<AtomicU64>) -> Self {
        let seq = highest.load(Ordering::Relaxed) + 1;
        let state = Mutex::new(State {
            seq,
            next: Instant::now() + interval,
            newest: None,
            quiet: true,
        });
        Self {
            portfolio,
            interval,
            outlets: Mutex::default(),
            left: Notify::new(),
            highest,
            state,
        }
    }

    fn outlets(&self) -> MutexGuard<'_, HashMap<u64, Arc<Outlet>>> {
        self.outlets.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Values the portfolio for all, unless a lone watcher's new start has put it off.
    fn value_if_due(&self, portfolios: &Portfolios, news: bool) -> Option<Frame> {
        let mut state = self.state.lock().unwrap_or_else(PoisonError::into_inner);
        let now = Instant::now();
        if now < state.next {
            return None;
        }
        state.seq += 1;
        // The beat goes on from where it should have been; beats that a busy machine missed are left out.
        let late = now.duration_since(state.next).as_nanos() / self.interval.as_nanos().max(1);
        state.next += self.interval * (late as u32 + 1);
        state.quiet = !news;
        let frame = self.encode(portfolios, state.seq);
        state.newest = Some(frame.clone());
        Some(frame)
    }

    /// Values the portfolio for all because a price came, where the last frame had nothing new. The beat begins anew: what comes next is
    /// an interval away, so that prices that come often go out at the beat.
    fn value_at_once(&self, portfolios: &Portfolios) -> Option<Frame> {
        let mut state = self.state.lock().unwrap_or_else(PoisonError::into_inner);
        if !state.quiet {
            return None;
        }
        state.seq += 1;
        state.next = Instant::now() + self.interval;
        state.quiet = false;
        let frame = self.encode(portfolios, state.seq);
        state.newest = Some(frame.clone());
        Some(frame)
    }

    /// Gives a frame to all, in crews that the machine's cores share.
    async fn deliver(&self, frame: Frame) {
        let outlets: Vec<_> = self.outlets().iter().map(|(id, outlet)| (*id, outlet.clone())).collect();
        let mut crews = JoinSet::new();
        for crew in outlets.chunks(CREW).skip(1) {
            let (crew, frame) = (crew.to_vec(), frame.clone());
            crews.spawn(async move { crew.iter().for_each(|(id, outlet)| outlet.offer(*id, frame.seq, &frame.wire)) });
        }
        let first = outlets.iter().take(CREW);
        first.for_each(|(id, outlet)| outlet.offer(*id, frame.seq, &frame.wire));
        // The next frame does not begin before this one is through.
        crews.join_all().await;
    }

    /// A frame of this moment for one who just came, numbered so that the next one for all follows it by one. Where that
    /// next one comes within half an interval, the newcomer gets its number now and not the frame.
    fn first_frame(&self, portfolios: &Portfolios, alone_after: Option<u64>) -> Frame {
        let now = Instant::now();
        let mut state = self.state.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(after) = alone_after {
            state.seq = state.seq.max(after + 1);
            state.next = now + self.interval;
            state.quiet = true;
        }
        let soon = state.next.saturating_duration_since(now) < self.interval / 2;
        let seq = state.seq + u64::from(soon);
        match &state.newest {
            Some(newest) if newest.seq == seq && now.saturating_duration_since(newest.valued) < FRESH => newest.clone(),
            _ => {
                let frame = self.encode(portfolios, seq);
                state.newest = Some(frame.clone());
                frame
            }
        }
    }

    fn encode(&self, portfolios: &Portfolios, seq: u64) -> Frame {
        self.highest.fetch_max(seq, Ordering::Relaxed);
        let (data, timestamp) = portfolios.value(&self.portfolio);
        let update = PriceUpdate {
            id: None,
            seq,
            timestamp,
            data,
        };
        let wire = frame_of(ServerMessage::PriceUpdate(update.clone()).encode());
        Frame {
            seq,
            wire,
            update: Arc::new(update),
            valued: Instant::now(),
        }
    }
}

/// The text as one unmasked frame, header and all. Written by the codec, once for all who get it.
fn frame_of(text: String) -> Bytes {
    let frame = WireFrame::message(text, OpCode::Data(Data::Text), true);
    let mut wire = Vec::with_capacity(frame.len());
    // A vector takes what is written to it.
    let _ = frame.format(&mut wire);
    wire.into()
}
