//! The sockets of the server: a few threads that own them all (ADR 0028).
//!
//! A stream leaves the HTTP server for a shard. The shard reads its rare requests, has them worked out by the runtime, and writes the
//! newest shared frame to each: no task and no buffer a viewer.

pub mod answer;
pub mod deadlines;
pub mod giving;
pub mod hear;
pub mod inbox;
pub mod life;
pub mod reactor;
pub mod reader;
pub mod socket;

use crate::live::protocol::{FeedStatusMessage, ServerMessage};
use crate::live::server::Live;
use crate::live::server::frame;
use inbox::{Command, Inbox, Newcomer};
use mio::{Poll, Waker};
use reactor::{Reactor, WAKE};
use std::num::NonZeroUsize;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use tokio::sync::broadcast::error::RecvError;
use tokio::sync::oneshot;

/// More than this do not help: the kernel's part is most of the work.
const MOST: usize = 16;

/// The ways to all shards. Cheap to clone.
#[derive(Clone, Debug)]
pub struct Shards {
    inboxes: Arc<[Arc<Inbox>]>,
    next: Arc<AtomicUsize>,
    broken: Arc<AtomicUsize>,
}

/// Shards that do not run yet.
#[derive(Debug)]
pub struct Unstarted(Vec<(Poll, Arc<Inbox>)>);

impl Shards {
    /// One a core.
    ///
    /// # Errors
    /// The system has no descriptors left.
    pub fn new() -> std::io::Result<(Self, Unstarted)> {
        let count = std::thread::available_parallelism().map_or(1, NonZeroUsize::get).min(MOST);
        let shards = (0..count).map(|_| {
            let poll = Poll::new()?;
            let inbox = Arc::new(Inbox::new(Waker::new(poll.registry(), WAKE)?));
            Ok((poll, inbox))
        });
        let shards: Vec<(Poll, Arc<Inbox>)> = shards.collect::<std::io::Result<_>>()?;
        let ways = Self {
            inboxes: shards.iter().map(|(_, inbox)| inbox.clone()).collect(),
            next: Arc::default(),
            broken: Arc::default(),
        };
        Ok((ways, Unstarted(shards)))
    }

    /// How many there are.
    pub fn count(&self) -> usize {
        self.inboxes.len()
    }

    /// How many ended before the server did.
    pub fn broken(&self) -> usize {
        self.broken.load(Ordering::Relaxed)
    }

    /// The way to one of them.
    pub fn inbox(&self, number: usize) -> Option<&Arc<Inbox>> {
        self.inboxes.get(number)
    }

    /// Gives a socket to one of them, each in turn.
    pub fn adopt(&self, newcomer: Newcomer) {
        let turn = self.next.fetch_add(1, Ordering::Relaxed) % self.inboxes.len().max(1);
        if let Some(inbox) = self.inbox(turn) {
            inbox.bring(newcomer);
        }
    }

    /// Tells all of them.
    fn tell(&self, command: impl Fn() -> Command) {
        for inbox in self.inboxes.iter() {
            inbox.send(command());
        }
    }
}

impl Unstarted {
    /// Starts them. They end when the server stops, and the shutdown waits for them.
    ///
    /// # Errors
    /// The system has no thread left.
    pub fn start(self, live: &Live) -> std::io::Result<()> {
        for (number, (poll, inbox)) in self.0.into_iter().enumerate() {
            let (ended, end) = oneshot::channel::<()>();
            let reactor = Reactor::new(live.clone(), number, poll, inbox);
            let (broken, stopping) = (live.shards.broken.clone(), live.shutdown.stopping().clone());
            let runtime = tokio::runtime::Handle::current();
            std::thread::Builder::new().name(format!("sockets-{number}")).spawn(move || {
                // Requests are worked out by the runtime.
                let _runtime = runtime.enter();
                let ran = catch_unwind(AssertUnwindSafe(|| reactor.run()));
                if ran.is_err() || !stopping.is_cancelled() {
                    broken.fetch_add(1, Ordering::Relaxed);
                }
                drop(ended);
            })?;
            live.shutdown.spawn(async move {
                let _ = end.await;
            });
        }
        live.shutdown.spawn(news(live.clone()));
        Ok(())
    }
}

/// Tells the shards what the rest of the server says: sessions that end, the feed's state, the end.
async fn news(live: Live) {
    let mut ends = live.accounts.ends_from_now();
    let mut feed = live.market.bus.feed_changes();
    loop {
        tokio::select! {
            biased;
            () = live.shutdown.stopping().cancelled() => break,
            ended = ends.recv() => match ended {
                Ok(session) => live.shards.tell(|| Command::Ended(Some(session.clone()))),
                // Whoever's it was comes back by hand, and is told whether it is theirs.
                Err(RecvError::Lagged(_)) => live.shards.tell(|| Command::Ended(None)),
                Err(RecvError::Closed) => break,
            },
            Ok(()) = feed.changed() => {
                let data = feed.borrow_and_update().clone();
                let said = frame::text(ServerMessage::FeedStatus(FeedStatusMessage { data }).encode());
                live.shards.tell(|| Command::Tell(said.clone()));
            }
        }
    }
    live.shards.tell(|| Command::Stop);
}
