//! What things cost: instruments, quotes, and the state of the feed that brings them.

pub mod candle;
pub mod exchange;
pub mod feed;
pub mod instrument;
pub mod quote;
#[cfg(feature = "ssr")]
pub mod server;
