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

/// Milliseconds of the clock that attempts are timed by.
#[cfg(feature = "browser")]
pub(crate) fn clock_ms() -> u64 {
    0
}

/// The server connects to nobody.
#[cfg(not(feature = "browser"))]
pub(crate) fn clock_ms() -> u64 {
    0
}

/// Connects a page.
pub fn connect(live: store::LiveStore, portfolio: crate::portfolio::store::PortfolioStore) {
    let _ = (live, portfolio);
}
