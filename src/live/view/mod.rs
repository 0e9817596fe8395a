//! What shows the connection, and what acts on it.

pub mod controls;
pub mod debug;
pub mod keys;
pub mod notice;
pub mod pretty;
pub mod status;
pub mod summary;
