//! The pages of accounts: plain data in, forms out.

pub mod account;
pub mod enter;
pub mod everything;
pub mod notice;
pub mod tokens;
