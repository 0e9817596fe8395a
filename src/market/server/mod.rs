//! Where prices come from.
