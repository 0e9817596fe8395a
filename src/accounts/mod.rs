//! Who you are.

pub mod agent;
pub mod credentials;
pub mod scope;
#[cfg(feature = "ssr")]
pub mod server;
pub mod view;
pub mod visitor;
