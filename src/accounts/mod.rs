//! Who you are.

pub mod agent;
pub mod credentials;
#[cfg(feature = "ssr")]
pub mod server;
pub mod view;
pub mod visitor;
