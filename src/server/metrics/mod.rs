//! What is counted while the server runs, for whoever watches over it (ADR 0031). Plumbing: it knows no room, and rooms count here.
//!
//! A process has one of each figure, as it has one memory and one set of descriptors: they are statics, so that counting takes no handle, no
//! lock and no memory. No label is ever a user, a portfolio, an instrument or an address.

pub mod database;
pub mod figure;
pub mod http;
pub mod market;
pub mod process;
pub mod relay;
pub mod sockets;
pub mod streams;
pub mod text;

pub use figure::{By, Count, Histogram};

use crate::server::traces;
use text::{Kind, Text};

/// What happened to people who came to sign in.
pub static SIGN_INS: By<4> = By::new(["passed", "wrong", "too_many", "other"]);

/// Panics, wherever: each is a fault of the program, and cost no more than what it happened in.
pub static PANICS: Count = Count::new();

/// Writes the figures of the whole process. What only a room knows is written by who knows the rooms.
pub fn write(text: &mut Text) {
    sockets::SOCKETS.write(text);
    streams::STREAMS.write(text);
    market::MARKET.write(text);
    database::DATABASE.write(text);
    http::HTTP.write(text);
    relay::RELAY.write(text);
    text.about(
        "finflow_sign_ins_total",
        Kind::Counter,
        "Attempts to sign in with a password, by what came of them.",
    );
    text.by("result", &SIGN_INS);
    text.about(
        "finflow_panics_total",
        Kind::Counter,
        "Panics. Each is a fault of the program, logged with its place.",
    );
    text.value(&[], PANICS.get());
    text.about(
        "finflow_spans_dropped_total",
        Kind::Counter,
        "Spans that no collector of traces took; none where none is named.",
    );
    text.value(&[], traces::DROPPED.get());
    process::write(text);
}
