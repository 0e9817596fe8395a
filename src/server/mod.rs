//! Plumbing for all rooms.
