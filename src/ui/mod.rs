//! How it looks: what every room draws with, and nothing that knows a room.

pub mod assets;
