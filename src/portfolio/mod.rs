//! What you own, and what it is worth.

pub mod activity;
pub mod allocation;
pub mod api;
pub mod book;
pub mod change;
pub mod derivation;
pub mod described;
pub mod history;
pub mod holding;
pub mod mark;
pub mod performance;
pub mod position;
pub mod premise;
pub mod range;
pub mod rate;
pub mod ratio;
pub mod report;
#[cfg(feature = "ssr")]
pub mod server;
pub mod settings;
pub mod store;
pub mod typed;
pub mod valuation;
pub mod view;
pub mod what_if;
