//! What you own, and what it is worth.

pub mod api;
pub mod history;
pub mod holding;
pub mod position;
#[cfg(feature = "ssr")]
pub mod server;
pub mod store;
pub mod valuation;
pub mod view;
