//! How the market's own pages look.

pub mod feeds;
