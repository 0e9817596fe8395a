//! Who you are.

#[cfg(feature = "ssr")]
pub mod server;
pub mod visitor;
