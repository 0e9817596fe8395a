//! One file a route, and what the routes share.

pub mod home;
pub mod live_portfolio;
pub mod not_found;
mod watched;
