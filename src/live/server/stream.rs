//! Streams of frames: valued once and encoded once for all who watch the same portfolio at the same interval.
//!
//! A stream is born with its first watcher and ends with its last. Its frames are whole states and the newest wins, so a
//! watcher that reads slowly skips frames and costs nothing.

use crate::live::protocol::{PriceUpdate, ServerMessage};
use crate::portfolio::server::{Portfolio, Portfolios};
use crate::server::shutdown::Shutdown;
use bytes::Bytes;
use std::collections::HashMap;
use std::collections::hash_map::Entry;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;
use tokio::sync::watch;
use tokio::time::{Instant, sleep_until};
use tokio_tungstenite::tungstenite::protocol::frame::Frame as WireFrame;
use tokio_tungstenite::tungstenite::protocol::frame::coding::{Data, OpCode};

/// How long a frame that was valued for one who just came serves the next who come: a crowd costs a few valuations.
const FRESH: Duration = Duration::from_millis(50);

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
    /// By portfolio and interval.
    streams: HashMap<(String, u64), Arc<Stream>>,
    /// The highest number that was given for a portfolio: a new stream goes on from there.
    highest: HashMap<String, Arc<AtomicU64>>,
}

#[derive(Debug)]
struct Stream {
    portfolio: Arc<Portfolio>,
    interval: Duration,
    frames: watch::Sender<Option<Frame>>,
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
}

/// A place at a stream.
#[derive(Debug)]
pub struct Watcher {
    frames: watch::Receiver<Option<Frame>>,
    /// Frames up to this number were seen.
    seen: u64,
}

impl Watcher {
    /// Waits for the next frame. What came meanwhile is skipped; `None` when the server stops.
    pub async fn next(&mut self) -> Option<Frame> {
        loop {
            self.frames.changed().await.ok()?;
            if let Some(frame) = &*self.frames.borrow_and_update()
                && frame.seq > self.seen
            {
                self.seen = frame.seq;
                return Some(frame.clone());
            }
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

    /// Watches a portfolio: the frame of this moment, and a place for those that follow at the interval.
    ///
    /// `after` is the highest number that this watcher has seen. Where nobody else watches, the numbers and the beat follow
    /// this watcher; where others do, it joins theirs, and nothing that it does moves them.
    pub fn watch(&self, portfolio: &Arc<Portfolio>, interval: Duration, after: u64) -> (Frame, Watcher) {
        let key = (portfolio.id.clone(), interval.as_millis() as u64);
        let mut open = self.open.lock().unwrap_or_else(PoisonError::into_inner);
        let highest = open.highest.entry(key.0.clone()).or_default().clone();
        let stream = match open.streams.entry(key.clone()) {
            Entry::Occupied(known) => known.get().clone(),
            Entry::Vacant(free) => {
                let stream = Arc::new(Stream::new(portfolio.clone(), interval, highest));
                self.shutdown.spawn(self.clone().run(key, stream.clone()));
                free.insert(stream).clone()
            }
        };
        // Under the lock, so that a stream neither ends nor is found by another between these two.
        let alone = stream.frames.receiver_count() == 0;
        let frames = stream.frames.subscribe();
        let frame = stream.first_frame(&self.portfolios, alone.then_some(after));
        let watcher = Watcher { frames, seen: frame.seq };
        (frame, watcher)
    }

    async fn run(self, key: (String, u64), stream: Arc<Stream>) {
        loop {
            let next = stream.state.lock().unwrap_or_else(PoisonError::into_inner).next;
            tokio::select! {
                () = sleep_until(next) => stream.publish_if_due(&self.portfolios),
                () = stream.frames.closed() => {
                    let mut open = self.open.lock().unwrap_or_else(PoisonError::into_inner);
                    // Somebody may have come since the last one left.
                    if stream.frames.is_closed() {
                        open.streams.remove(&key);
                        return;
                    }
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
        });
        Self {
            portfolio,
            interval,
            frames: watch::Sender::new(None),
            highest,
            state,
        }
    }

    /// Values the portfolio and gives the frame to all, unless a lone watcher's new start has put it off.
    fn publish_if_due(&self, portfolios: &Portfolios) {
        let mut state = self.state.lock().unwrap_or_else(PoisonError::into_inner);
        let now = Instant::now();
        if now < state.next {
            return;
        }
        state.seq += 1;
        // The beat goes on from where it should have been; beats that a busy machine missed are left out.
        let late = now.duration_since(state.next).as_nanos() / self.interval.as_nanos().max(1);
        state.next += self.interval * (late as u32 + 1);
        let frame = self.encode(portfolios, state.seq);
        state.newest = Some(frame.clone());
        // Released first: who is woken asks for nothing that the lock guards, but who comes now does.
        drop(state);
        self.frames.send_replace(Some(frame));
    }

    /// A frame of this moment for one who just came, numbered so that the next one for all follows it by one. Where that
    /// next one comes within half an interval, the newcomer gets its number now and not the frame.
    fn first_frame(&self, portfolios: &Portfolios, alone_after: Option<u64>) -> Frame {
        let now = Instant::now();
        let mut state = self.state.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(after) = alone_after {
            state.seq = state.seq.max(after + 1);
            state.next = now + self.interval;
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
