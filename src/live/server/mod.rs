//! The server's side of a socket: upgrade, session, shared streams of frames.

pub mod buffers;
pub mod frame;
pub mod handler;
pub mod limits;
pub mod member;
pub mod request;
pub mod shard;
pub mod snapshots;
pub mod stream;
pub mod upgrade;

use crate::accounts::server::Accounts;
use crate::market::server::Market;
use crate::portfolio::server::Portfolios;
use crate::server::clock::Clock;
use crate::server::config::LiveConfig;
use crate::server::shutdown::Shutdown;
use limits::Sockets;
use shard::Shards;
use snapshots::Snapshots;
use std::ops::Deref;
use std::sync::Arc;
use stream::Streams;

/// What every socket shares. Cheap to clone: each request to come in takes it several times.
#[derive(Clone, Debug)]
pub struct Live(Arc<Room>);

/// What there is in the live room.
#[derive(Debug)]
pub struct Room {
    /// The limits, and the interval that is granted.
    pub config: LiveConfig,
    /// Who opens a socket, and whose session ends.
    pub accounts: Accounts,
    /// The portfolios and their values.
    pub portfolios: Portfolios,
    /// The feed's state.
    pub market: Market,
    /// The streams of frames that somebody watches.
    pub streams: Streams,
    /// What was told of them whole.
    pub snapshots: Snapshots,
    /// Who owns the sockets.
    pub shards: Shards,
    /// The places for sockets.
    pub sockets: Sockets,
    /// The time.
    pub clock: Clock,
    /// Where sockets run, and when they end.
    pub shutdown: Shutdown,
}

impl Deref for Live {
    type Target = Room;

    fn deref(&self) -> &Room {
        &self.0
    }
}

impl Live {
    /// The live room of a server, its shards running.
    ///
    /// # Errors
    /// The system has no descriptor or thread left.
    pub fn start(
        config: LiveConfig,
        accounts: Accounts,
        portfolios: Portfolios,
        market: Market,
        clock: Clock,
        shutdown: Shutdown,
    ) -> std::io::Result<Self> {
        let (shards, unstarted) = Shards::new()?;
        let live = Self(Arc::new(Room {
            streams: Streams::start(portfolios.clone(), shards.clone(), shutdown.clone(), config.faults.clone()),
            snapshots: Snapshots::default(),
            shards,
            sockets: Sockets::new(config.max_sockets, config.max_sockets_per_address).of_a_user(config.max_sockets_per_user),
            config,
            accounts,
            portfolios,
            market,
            clock,
            shutdown,
        }));
        unstarted.start(&live)?;
        Ok(live)
    }
}
