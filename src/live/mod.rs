//! How it travels: the wire contract, the client's side of a connection and the server's.

#[cfg(feature = "browser")]
mod browser;
pub mod changes;
pub mod client;
pub mod clock;
pub mod latency;
pub mod protocol;
pub mod sequence;
#[cfg(feature = "ssr")]
pub mod server;
pub mod store;
pub mod view;

#[cfg(feature = "browser")]
pub use browser::connect;

/// A page that the server draws has no socket.
#[cfg(not(feature = "browser"))]
pub fn connect(_live: store::LiveStore, _portfolio: crate::portfolio::store::PortfolioStore) {}
