//! The real server, over real sockets.
#![allow(clippy::unwrap_used, clippy::expect_used, reason = "a test may stop where it stands")]

mod accounts;
mod again;
mod allocation;
mod architecture;
mod asyncapi;
mod candles;
mod cli;
mod feeds;
mod figures;
mod golden;
mod harness;
mod health;
mod http;
mod imports;
mod imports_page;
mod instruments;
mod isolation;
mod kept;
mod live;
mod market;
mod midnight;
mod moves;
mod own;
mod owner;
mod pages;
mod performance;
mod polling;
mod rates;
mod replay;
mod rest;
mod search;
mod shutdown;
mod storage;
mod ticks;
mod whole;
