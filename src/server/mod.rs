//! Plumbing for all rooms.

pub mod address;
pub mod arguments;
pub mod assets;
pub mod backup;
pub mod clock;
pub mod config;
pub mod database;
#[cfg(feature = "embed")]
mod embedded;
pub mod fetch;
#[cfg(not(feature = "embed"))]
mod folder;
pub mod listener;
pub mod log;
pub mod metrics;
pub mod origin;
pub mod relay;
pub mod requests;
pub mod security;
pub mod serving;
pub mod shutdown;
pub mod systemd;
pub mod terminal;
pub mod traces;

// Where the built site is: one of two, with the same face.
#[cfg(feature = "embed")]
use embedded as site;
#[cfg(not(feature = "embed"))]
use folder as site;
