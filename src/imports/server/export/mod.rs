//! Taking history out: our table, and Ghostfolio's export. Our own JSON is in `archive`.

pub mod csv;
pub mod ghostfolio;
