//! What things cost: instruments, quotes, and the state of the feeds that bring them.

pub mod candle;
pub mod exchange;
pub mod feed;
pub mod health;
pub mod hours;
pub mod instrument;
pub mod quote;
#[cfg(feature = "ssr")]
pub mod search;
#[cfg(feature = "ssr")]
pub mod server;
pub mod span;
pub mod view;
