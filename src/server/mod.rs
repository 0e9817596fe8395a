//! Plumbing for all rooms.

pub mod assets;
pub mod clock;
pub mod config;
#[cfg(feature = "embed")]
mod embedded;
pub mod security;
pub mod shutdown;
