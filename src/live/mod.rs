//! How it travels: the wire contract, the client's side of a connection and the server's.

#[cfg(feature = "browser")]
pub mod browser;
pub mod client;
pub mod latency;
pub mod protocol;
#[cfg(feature = "ssr")]
pub mod server;
pub mod store;
pub mod view;

/// Connects a page.
pub fn connect(live: store::LiveStore, portfolio: crate::portfolio::store::PortfolioStore) {
    let _ = (live, portfolio);
}
