//! The real server, over real sockets.
#![allow(clippy::unwrap_used, clippy::expect_used, reason = "a test may stop where it stands")]

mod accounts;
mod architecture;
mod asyncapi;
mod golden;
mod harness;
mod http;
mod imports;
mod live;
mod midnight;
mod own;
mod replay;
mod rest;
mod shutdown;
mod storage;
