//! What people own and did, in the database. Every call names the user it is for: what is another's is not there.

mod activities;
mod changes;
mod handover;
mod nodes;
mod portfolios;
mod rows;
mod things;
mod whole;

pub use activities::{Filter, Page};
pub use changes::{Applied, Batch, Made};
pub use portfolios::{Listed, Marks};
pub use things::{check as check_instrument, check_prices, country_name};
pub use whole::{Everything, There};

use crate::market::server::reference::SharedExchange;
use crate::portfolio::settings::Invalid;
use crate::server::clock::Clock;
use crate::server::database::{Database, StorageError};
use crate::server::shutdown::Shutdown;
use chrono::NaiveDate;
use serde::{Deserialize, Serialize};
use std::collections::HashMap;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex, PoisonError};
use tokio::sync::Notify;
use tokio::sync::broadcast;
use tokio::sync::broadcast::error::RecvError;

/// Changes that a slow listener may fall behind; beyond, it is told that it missed some.
const CHANGES_HELD: usize = 1024;

/// The ledgers of all users. Cheap to clone.
#[derive(Clone, Debug)]
pub struct Ledger {
    database: Database,
    clock: Clock,
    changed: broadcast::Sender<Changed>,
    /// What this process changed, for the other nodes.
    here: broadcast::Sender<Changed>,
    /// How often this process changed something of a user's, or heard that another did.
    counts: Arc<Mutex<HashMap<String, u64>>>,
    /// How often something may have changed unheard.
    missed: Arc<Missed>,
    exchange: SharedExchange,
}

/// Changes that may have been missed.
#[derive(Debug, Default)]
struct Missed {
    count: AtomicU64,
    /// Told when there may be more.
    more: Notify,
}

/// Something of a user's that changed.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Changed {
    /// Whose it is.
    pub user: String,
    /// Which portfolio; `None` where it concerns all: instruments and prices.
    pub portfolio: Option<String>,
}

/// Why a call changed nothing.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum LedgerError {
    /// It does not exist, or is not the caller's: one answer for both.
    #[error("there is no such {0}")]
    NotFound(&'static str),
    /// A field cannot be accepted.
    #[error("{0}")]
    Invalid(Invalid),
    /// It does not fit what is there; the text says what to do.
    #[error("{0}")]
    Conflict(String),
    /// The database did not do it.
    #[error(transparent)]
    Storage(#[from] StorageError),
}

impl From<Invalid> for LedgerError {
    fn from(invalid: Invalid) -> Self {
        Self::Invalid(invalid)
    }
}

impl From<sqlx::Error> for LedgerError {
    fn from(error: sqlx::Error) -> Self {
        Self::Storage(error.into())
    }
}

impl Ledger {
    /// The ledgers in a database.
    pub fn new(database: Database, clock: Clock) -> Self {
        let (changed, _) = broadcast::channel(CHANGES_HELD);
        Self {
            database,
            clock,
            changed,
            here: broadcast::channel(CHANGES_HELD).0,
            counts: Arc::default(),
            missed: Arc::default(),
            exchange: SharedExchange::default(),
        }
    }

    /// The same, at reference rates that are kept current.
    pub fn at_rates(self, exchange: SharedExchange) -> Self {
        Self { exchange, ..self }
    }

    /// The reference rates that everything is booked and valued at.
    pub fn exchange(&self) -> &SharedExchange {
        &self.exchange
    }

    /// Tells what changed from now on, after its change is kept.
    pub fn changes_from_now(&self) -> broadcast::Receiver<Changed> {
        self.changed.subscribe()
    }

    /// Tells the end of each deleted user to whoever listens for changes, until the server stops. Their rows went with them.
    pub fn follow_the_gone(&self, mut gone: broadcast::Receiver<String>, shutdown: &Shutdown) {
        let (ledger, stopping) = (self.clone(), shutdown.stopping().clone());
        shutdown.spawn(async move {
            loop {
                let user = tokio::select! {
                    gone = gone.recv() => gone,
                    () = stopping.cancelled() => return,
                };
                match user {
                    Ok(user) => ledger.forget_user(&user),
                    // Those that were missed go when others need their place.
                    Err(RecvError::Lagged(_)) => {}
                    Err(RecvError::Closed) => return,
                }
            }
        });
    }

    fn forget_user(&self, user: &str) {
        // Each node hears of it by itself.
        self.take(Changed {
            user: user.to_owned(),
            portfolio: None,
        });
        self.counts.lock().unwrap_or_else(PoisonError::into_inner).remove(user);
    }

    /// `None` where it is what a user knows about instruments that changed.
    fn tell(&self, user: &str, portfolio: Option<&str>) {
        let changed = Changed {
            user: user.to_owned(),
            portfolio: portfolio.map(str::to_owned),
        };
        // Nobody may be listening.
        let _ = self.here.send(changed.clone());
        self.take(changed);
    }

    /// Something changed, here or elsewhere.
    fn take(&self, changed: Changed) {
        let mut counts = self.counts.lock().unwrap_or_else(PoisonError::into_inner);
        *counts.entry(changed.user.clone()).or_default() += 1;
        drop(counts);
        let _ = self.changed.send(changed);
    }

    /// How often something of the user's changed, as far as this process knows, or may have.
    fn count(&self, user: &str) -> u64 {
        let counts = self.counts.lock().unwrap_or_else(PoisonError::into_inner);
        counts.get(user).copied().unwrap_or_default() + self.missed.count.load(Ordering::Acquire)
    }

    /// Waits until anything may have changed unheard.
    pub async fn missed(&self) {
        self.missed.more.notified().await;
    }

    /// The day that it is, in UTC.
    pub fn today(&self) -> NaiveDate {
        self.clock.now().date_naive()
    }

    fn now(&self) -> i64 {
        self.clock.now().timestamp_millis()
    }
}

/// A new identity: 128 random bits.
pub fn new_id() -> String {
    format!("{:032x}", rand::random::<u128>())
}

/// A row that this program wrote and cannot read.
fn unreadable(what: &str, error: impl std::fmt::Display) -> LedgerError {
    tracing::error!(%error, what, "a row cannot be read");
    LedgerError::Storage(StorageError::Fault)
}
