//! Users and their sessions, in the database.

mod arrivals;
pub mod command;
pub mod devices;
pub mod guesses;
mod nodes;
mod password;
pub mod replies;
pub mod session;
mod sweep;
pub mod tokens;
mod users;

pub use users::Listed;

use crate::accounts::server::arrivals::Arrivals;
use crate::accounts::server::guesses::Guesses;
use crate::accounts::server::nodes::{End, Watched};
use crate::accounts::server::password::Passwords;
use crate::accounts::visitor::Visitor;
use crate::server::clock::Clock;
use crate::server::config::{AccountsConfig, Registration};
use crate::server::database::{Database, StorageError};
use axum::http::HeaderMap;
use chrono::{DateTime, Utc};
use std::net::IpAddr;
use tokio::sync::broadcast;

/// Ends of sessions that a slow listener may fall behind; beyond, it is told that it missed some.
const ENDS_HELD: usize = 1024;

/// Somebody with a session: a user, or a guest without a name yet.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Viewer {
    /// Identity of the user.
    pub user: String,
    /// Their name; a guest has none.
    pub name: Option<String>,
    /// Identity of the session.
    pub session: String,
}

impl Viewer {
    /// As a page's header tells it.
    pub fn visitor(&self) -> Visitor {
        self.name.clone().map_or(Visitor::Guest, Visitor::User)
    }
}

/// What a session is begun from.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Device {
    /// Address of the network.
    pub address: IpAddr,
    /// What the browser says it is.
    pub agent: String,
}

/// Why a call changed nothing.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum AccountError {
    /// A field cannot be accepted, and why.
    #[error("{0}: {1}")]
    Invalid(&'static str, String),
    /// No such name, or not its password: one answer for both.
    #[error("The name or the password is wrong.")]
    Wrong,
    /// Too many attempts: seconds to wait.
    #[error("Too many attempts. Try again in {}.", seconds(*.0))]
    TooMany(u64),
    /// The address made as many accounts as it may in an hour: seconds to wait.
    #[error("Many accounts were made from your network's address. Try again in {}.", seconds(*.0))]
    Crowded(u64),
    /// More passwords wait to be worked on than the server can take.
    #[error("The server is busy. Try again in a moment.")]
    Busy,
    /// Nobody new may come in.
    #[error("This server takes no new users. Who runs it can make one.")]
    Closed,
    /// It is not there, or is another's.
    #[error("there is no such {0}")]
    NotFound(&'static str),
    /// The database did not do it.
    #[error(transparent)]
    Storage(#[from] StorageError),
}

impl From<sqlx::Error> for AccountError {
    fn from(error: sqlx::Error) -> Self {
        Self::Storage(error.into())
    }
}

fn seconds(count: u64) -> String {
    match count {
        1 => "a second".to_owned(),
        count if count < 120 => format!("{count} seconds"),
        count => format!("{} minutes", count.div_ceil(60)),
    }
}

/// The accounts of a server. Cheap to clone.
#[derive(Clone, Debug)]
pub struct Accounts {
    database: Database,
    config: AccountsConfig,
    clock: Clock,
    passwords: Passwords,
    guesses: Guesses,
    arrivals: Arrivals,
    ended: broadcast::Sender<String>,
    gone: broadcast::Sender<String>,
    /// What ended by this process, for the other nodes.
    here: broadcast::Sender<End>,
    watched: Watched,
}

impl Accounts {
    /// The accounts in a database.
    pub fn new(database: Database, config: AccountsConfig, clock: Clock) -> Self {
        let (ended, _) = broadcast::channel(ENDS_HELD);
        let (gone, _) = broadcast::channel(ENDS_HELD);
        Self {
            database,
            config,
            clock,
            passwords: Passwords::default(),
            guesses: Guesses::default(),
            arrivals: Arrivals::default(),
            ended,
            gone,
            here: broadcast::channel(ENDS_HELD).0,
            watched: Watched::default(),
        }
    }

    /// How they were set up.
    pub fn config(&self) -> &AccountsConfig {
        &self.config
    }

    /// Tells the identity of each session that ends from now on: signed out, revoked, expired, its user deleted.
    pub fn ends_from_now(&self) -> broadcast::Receiver<String> {
        self.ended.subscribe()
    }

    /// Tells the identity of each user who is deleted from now on: their account, or a guest who did not come back.
    pub fn gone_from_now(&self) -> broadcast::Receiver<String> {
        self.gone.subscribe()
    }

    /// The moment.
    pub fn moment(&self) -> DateTime<Utc> {
        self.clock.now()
    }

    /// Who sends a request, by its cookie; `None` without a session that is good.
    ///
    /// # Errors
    /// The database does not answer.
    pub async fn viewer(&self, headers: &HeaderMap) -> Result<Option<Viewer>, StorageError> {
        let Some(token) = session::token(headers) else { return Ok(None) };
        self.viewer_of(&token).await
    }

    /// An error where nobody new may come in.
    ///
    /// # Errors
    /// Registration is closed.
    pub fn admits_new(&self) -> Result<(), AccountError> {
        match self.config.registration {
            Registration::Open => Ok(()),
            Registration::Closed => Err(AccountError::Closed),
        }
    }

    /// Somebody new comes from an address.
    fn arrive(&self, from: IpAddr) -> Result<(), AccountError> {
        let most = self.config.new_accounts_per_hour;
        self.arrivals.begin(from, most, self.clock.now()).map_err(AccountError::Crowded)
    }

    /// Says that sessions ended. Nobody may be listening.
    fn tell(&self, ended: impl IntoIterator<Item = String>) {
        for session in ended {
            let _ = self.here.send(End::Session(session.clone()));
            let _ = self.ended.send(session);
        }
    }

    /// Says that users were deleted, with all that was theirs.
    fn tell_gone(&self, users: impl IntoIterator<Item = String>) {
        for user in users {
            let _ = self.here.send(End::User(user.clone()));
            let _ = self.gone.send(user);
        }
    }

    fn now(&self) -> i64 {
        self.clock.now().timestamp_millis()
    }
}

/// A new identity: 128 random bits.
fn new_id() -> String {
    format!("{:032x}", rand::random::<u128>())
}
