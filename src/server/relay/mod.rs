//! What the nodes of one installation tell each other, and which of them holds a lease. Knows no room: topics and bytes.
//!
//! Nothing here queues for a node that is away. Who subscribes hears [`Heard::Missed`] wherever something may have been lost, and reads
//! anew what it cares for: so a relay may lose messages and nobody is left with what is no longer true.
//!
//! Redis is the one relay there is (`redis.rs`). Another one is another arm of `Way` with the same five abilities: publish, publish
//! under a term, take, renew, release.

mod board;
mod lease;
mod redis;
mod scripts;
mod share;

pub use board::{Heard, Subscription};
pub use lease::{Lease, Term};

use crate::server::config::RedisUrl;
use crate::server::metrics::relay::RELAY;
use crate::server::shutdown::Shutdown;
use board::Board;
use std::time::{Duration, Instant};
use tokio::sync::watch;
use tokio_util::task::TaskTracker;

/// How long a node that is told to stop may take to let go of its leases.
const LETTING_GO: Duration = Duration::from_secs(8);

/// Whether this node reaches the others.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum State {
    /// There are no others.
    Alone,
    /// What it publishes comes back to it.
    Connected,
    /// It does not.
    Away {
        /// Since when.
        since: Instant,
    },
}

/// The relay did not take something, or did not say that it did.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum Unsaid {
    /// It does not answer.
    #[error("the relay is away")]
    Away,
    /// The term is over: another node holds the lease, or nobody.
    #[error("the term is over")]
    Over,
}

/// How the nodes reach each other.
#[derive(Clone, Debug)]
enum Way {
    /// There is one node.
    Alone,
    /// Over Redis.
    Redis(redis::Wire),
}

/// The relay of a node. Cheap to clone.
#[derive(Clone, Debug)]
pub struct Relay {
    way: Way,
    board: Board,
    state: watch::Sender<State>,
    /// The tasks that hold leases: the connections outlive them.
    leases: TaskTracker,
    shutdown: Shutdown,
}

impl Relay {
    /// The relay of a node that has no others: it holds every lease, and what it publishes reaches nobody.
    pub fn alone(shutdown: &Shutdown) -> Self {
        Self {
            way: Way::Alone,
            board: Board::default(),
            state: watch::Sender::new(State::Alone),
            leases: TaskTracker::new(),
            shutdown: shutdown.clone(),
        }
    }

    /// A relay over Redis. It need not be there yet: it is looked for until the server stops.
    ///
    /// # Errors
    /// The address is none.
    pub fn start(url: &RedisUrl, shutdown: &Shutdown) -> Result<Self, String> {
        let relay = Self {
            way: Way::Redis(redis::Wire::new(url)?),
            state: watch::Sender::new(State::Away { since: Instant::now() }),
            ..Self::alone(shutdown)
        };
        if let Way::Redis(wire) = &relay.way {
            RELAY.used.set(1);
            wire.start(&relay);
        }
        Ok(relay)
    }

    /// Whether there may be other nodes.
    pub fn is_shared(&self) -> bool {
        !matches!(self.way, Way::Alone)
    }

    /// Whether this node reaches the others, and changes of it.
    pub fn state(&self) -> watch::Receiver<State> {
        self.state.subscribe()
    }

    /// Tells the other nodes something, within about a second.
    ///
    /// # Errors
    /// It may not have reached them. They are told that they may have missed something as soon as that is possible.
    pub async fn publish(&self, topic: &'static str, payload: &[u8]) -> Result<(), Unsaid> {
        match &self.way {
            Way::Alone => Ok(()),
            Way::Redis(wire) => counted(wire.publish(topic, payload).await),
        }
    }

    /// Tells the other nodes something as the holder of a lease: nobody hears it of one whose term is over.
    ///
    /// # Errors
    /// It may not have reached them, or the term is over.
    pub async fn publish_under(&self, term: &Term, topic: &'static str, payload: &[u8]) -> Result<(), Unsaid> {
        match &self.way {
            _ if !term.is_good() => Err(Unsaid::Over),
            Way::Alone => Ok(()),
            Way::Redis(wire) => {
                let said = counted(wire.publish_under(term, topic, payload).await);
                if said == Err(Unsaid::Over) {
                    term.end();
                }
                said
            }
        }
    }

    /// Hears what other nodes publish under a topic from now on.
    pub fn subscribe(&self, topic: &'static str) -> Subscription {
        self.board.subscribe(topic)
    }

    /// Says that the other nodes may have missed something of this one, as soon as that is possible.
    pub async fn owe(&self) {
        if let Way::Redis(wire) = &self.way {
            wire.owe().await;
        }
    }

    /// Tries to hold a lease from now on, until the server stops. Then it is released as soon as nobody here holds its [`Term`].
    pub fn lease(&self, name: &'static str) -> Lease {
        match &self.way {
            Way::Alone => Lease::for_good(),
            Way::Redis(wire) => {
                let (lease, holder) = lease::hold(wire.clone(), name, self.board.subscribe(redis::FREE));
                let task = holder.run(self.shutdown.stopping().clone());
                self.shutdown.spawn(self.leases.track_future(task));
                lease
            }
        }
    }

    /// Done when the server stops and every lease is released, or was held for too long.
    async fn over(&self) {
        self.shutdown.stopping().cancelled().await;
        self.leases.close();
        let _ = tokio::time::timeout(LETTING_GO, self.leases.wait()).await;
    }
}

/// Counts what came of a message.
fn counted(said: Result<(), Unsaid>) -> Result<(), Unsaid> {
    RELAY.published.one(match said {
        Ok(()) => "said",
        Err(Unsaid::Away) => "away",
        Err(Unsaid::Over) => "over",
    });
    said
}

/// Tells the nodes of a running installation, from a command beside them, that anything may have changed.
///
/// # Errors
/// The address is none, or Redis does not answer.
pub async fn tell_all(url: &RedisUrl) -> Result<(), String> {
    let told = redis::Wire::new(url)?.tell_once().await;
    told.map_err(|unsaid| unsaid.to_string())
}
