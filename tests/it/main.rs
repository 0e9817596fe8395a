//! The real server, over real sockets.

mod architecture;
mod asyncapi;
mod golden;
mod harness;
mod http;
mod live;
mod midnight;
mod replay;
mod shutdown;
