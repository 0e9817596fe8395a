//! Bringing history in, taking it out.

pub mod mapping;
pub mod preview;
#[cfg(feature = "ssr")]
pub mod server;
pub mod view;
