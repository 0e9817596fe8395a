//! The database as its callers find it.

use super::figure::{By, Histogram};
use super::text::{Kind, Text};

/// The figures of the database.
pub static DATABASE: Database = Database {
    errors: By::new(["full", "unavailable", "fault"]),
    wait: Histogram::new(),
};

/// See [`DATABASE`].
#[derive(Debug)]
pub struct Database {
    /// What it refused or failed at, by what callers can do about it.
    pub errors: By<3>,
    /// How long a change waits before it may begin.
    pub wait: Histogram,
}

impl Database {
    /// Writes them.
    pub fn write(&self, text: &mut Text) {
        text.about(
            "finflow_database_errors_total",
            Kind::Counter,
            "Statements that failed: the disk is full, the database is not available, or a fault. What is there already is no error.",
        );
        text.by("kind", &self.errors);
        text.about(
            "finflow_database_write_wait_seconds",
            Kind::Histogram,
            "From a change that wants to begin to its beginning: the wait for a connection and, on SQLite, for the writer before.",
        );
        text.histogram(&[], &self.wait);
    }
}
