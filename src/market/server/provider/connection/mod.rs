//! The one task behind every streaming venue: connect, subscribe, listen, notice silence, come back.

pub mod backoff;
mod gaps;
mod pulse;
mod session;
mod subscriptions;

use super::venue::{Access, Retry, Tick, Venue, VenueError};
use crate::server::clock::Clock;
use backoff::Backoff;
use chrono::{DateTime, Utc};
use std::collections::BTreeSet;
use std::sync::Arc;
use std::time::Duration;
use tokio::sync::{mpsc, watch};
use tokio::time::Instant;
use tokio_util::sync::CancellationToken;

/// How long a venue that has nothing of what is wanted is left alone.
const NOT_THERE: Duration = Duration::from_secs(600);

/// What a connection tells of its venue.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Report {
    /// Which venue: its place in the configuration.
    pub provider: usize,
    /// When it happened, by the clock of this server.
    pub at: DateTime<Utc>,
    /// What happened.
    pub news: News,
}

/// What happened on a connection.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum News {
    /// It is open.
    Opened,
    /// A price.
    Price(Tick),
    /// The last price of a symbol is still the last one.
    Current(String),
    /// Nothing comes any more; the connection is not given up yet.
    Silent,
    /// Something comes again on the same connection.
    Speaks,
    /// It does not have a symbol.
    Refused {
        /// The symbol.
        symbol: String,
        /// What it said.
        reason: String,
    },
    /// It ended. The task comes back by itself, except after [`Retry::Never`].
    Ended(VenueError),
    /// A trade was missed; it is asked for anew.
    Missed,
    /// A price that was asked for, in a currency that the answer names.
    Polled {
        /// The price.
        tick: Tick,
        /// Its currency.
        currency: String,
    },
    /// All of one round came.
    Answered {
        /// What was asked together.
        lane: String,
    },
    /// A round failed. What was said before counts as long as it is not too old.
    Failing {
        /// What was asked together.
        lane: String,
        /// What was not told.
        symbols: Vec<String>,
        /// Why.
        error: VenueError,
    },
    /// The next attempt comes after a while.
    Waits {
        /// How long.
        wait: Duration,
        /// Whether so much failed that the provider is left alone.
        open: bool,
    },
}

/// What a connection is made of.
#[derive(Debug)]
pub struct Connection {
    /// The venue.
    pub venue: &'static dyn Venue,
    /// Its place in the configuration.
    pub provider: usize,
    /// Where to connect, and as whom.
    pub access: Access,
    /// Without a sign of life for so long it is silent.
    pub silent: Duration,
    /// The symbols that are wanted now. A change is said without a new connection. While none is, there is no connection.
    pub wanted: watch::Receiver<Arc<BTreeSet<String>>>,
    /// Where news goes.
    pub reports: mpsc::Sender<Report>,
    /// The clock of this server.
    pub clock: Clock,
    /// The end.
    pub stopping: CancellationToken,
}

/// Keeps a connection to a venue until the server stops, or until nothing but another configuration helps.
pub async fn run(mut connection: Connection) {
    let stopping = connection.stopping.clone();
    let mut backoff = Backoff::default();
    let mut told = None;
    loop {
        tokio::select! {
            wanted = connection.wanted.wait_for(|wanted| !wanted.is_empty()) => if wanted.is_err() { return },
            () = stopping.cancelled() => return,
        }
        let began = Instant::now();
        let error = tokio::select! {
            error = session::run(&mut connection) => error,
            () = stopping.cancelled() => return,
        };
        if stopping.is_cancelled() {
            return;
        }
        let (venue, lasted) = (connection.venue.name(), began.elapsed());
        // The same again and again is said once.
        if told.as_ref() != Some(&error) || lasted > Duration::from_secs(60) {
            tracing::warn!(venue, %error, "the connection to a venue ended");
        }
        let retry = error.retry();
        let wait = backoff.wait(lasted, &error, rand::random());
        told = Some(error.clone());
        if connection.tell(News::Ended(error)).await.is_err() {
            return;
        }
        let wait = match retry {
            Retry::Never => {
                tracing::error!(
                    venue,
                    "it is not tried again: see to its address and its credentials, and start anew"
                );
                return;
            }
            Retry::NextProvider => NOT_THERE,
            Retry::Later => wait,
        };
        let open = backoff.is_open();
        tracing::debug!(venue, ?wait, open, "the next attempt");
        if connection.tell(News::Waits { wait, open }).await.is_err() {
            return;
        }
        tokio::select! {
            () = tokio::time::sleep(wait) => {}
            // It may have what is wanted now.
            changed = connection.wanted.changed(), if retry == Retry::NextProvider => if changed.is_err() { return },
            () = stopping.cancelled() => return,
        }
    }
}

/// Nobody listens any more: the server stops.
#[derive(Debug)]
struct Unheard;

impl Connection {
    async fn tell(&self, news: News) -> Result<(), Unheard> {
        let report = Report {
            provider: self.provider,
            at: self.clock.now(),
            news,
        };
        self.reports.send(report).await.map_err(|_| Unheard)
    }
}
