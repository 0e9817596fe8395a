//! What a caller may have to decide after the database said no.

use crate::server::metrics::database::DATABASE;

/// Why the database did not do what was asked.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum StorageError {
    /// What must be unique is there already.
    #[error("it is there already")]
    Taken,
    /// There is no room on the disk: nothing was changed.
    #[error("the disk is full")]
    Full,
    /// The database takes no writes, does not answer, or is busy for too long: nothing was changed.
    #[error("the database is not available")]
    Unavailable,
    /// A fault of this program or of the data; it was logged.
    #[error("the database reported a fault")]
    Fault,
}

impl From<sqlx::Error> for StorageError {
    fn from(error: sqlx::Error) -> Self {
        let decision = decide(&error);
        match decision {
            Self::Taken => {}
            Self::Full | Self::Unavailable => tracing::warn!(%error, "database"),
            Self::Fault => tracing::error!(%error, "database"),
        }
        match decision {
            Self::Taken => {}
            Self::Full => DATABASE.errors.one("full"),
            Self::Unavailable => DATABASE.errors.one("unavailable"),
            Self::Fault => DATABASE.errors.one("fault"),
        }
        decision
    }
}

fn decide(error: &sqlx::Error) -> StorageError {
    use sqlx::Error::{Database, Io, PoolClosed, PoolTimedOut};
    match error {
        Io(_) | PoolClosed | PoolTimedOut => StorageError::Unavailable,
        Database(error) if error.is_unique_violation() => StorageError::Taken,
        Database(error) => error.code().map_or(StorageError::Fault, |code| of_code(&code)),
        _ => StorageError::Fault,
    }
}

/// PostgreSQL's codes have five places (https://www.postgresql.org/docs/current/errcodes-appendix.html); those of SQLite are
/// numbers whose low byte is the kind (https://www.sqlite.org/rescode.html).
fn of_code(code: &str) -> StorageError {
    match (code, code.parse::<u32>().map(|code| code & 0xff)) {
        ("53100", _) => StorageError::Full,
        ("25006" | "53300" | "57P01" | "57P02" | "57P03" | "57P05", _) => StorageError::Unavailable,
        // A connection that cannot be, or is no more.
        (code, _) if code.len() == 5 && code.starts_with("08") => StorageError::Unavailable,
        (code, _) if code.len() == 5 => StorageError::Fault,
        (_, Ok(13)) => StorageError::Full,
        // Busy, locked, read-only, reading or writing failed, cannot be opened.
        (_, Ok(5 | 6 | 8 | 10 | 14)) => StorageError::Unavailable,
        _ => StorageError::Fault,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn codes_of_both_databases_lead_to_their_decision() {
        for (code, decision) in [
            ("53100", StorageError::Full),
            ("25006", StorageError::Unavailable),
            ("23502", StorageError::Fault),
            ("13", StorageError::Full),
            ("1032", StorageError::Unavailable),
            ("517", StorageError::Unavailable),
            ("1", StorageError::Fault),
        ] {
            assert_eq!(of_code(code), decision, "{code}");
        }
    }
}
