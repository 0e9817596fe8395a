//! Where data is kept: SQLite in a file beside the program, or PostgreSQL. One dialect for both, and one writer at a time
//! where the file allows no more.
//!
//! Statements number their values `$1`, `$2`. Identities are TEXT, moments BIGINT (milliseconds since 1970), days TEXT
//! (`2026-11-23`), amounts TEXT (exact), flags BIGINT.

mod error;
mod migrations;
mod portable;

pub use error::StorageError;
pub use migrations::VERSIONS;

use crate::server::metrics::database::DATABASE;
use sqlx::any::{Any, AnyPoolOptions, install_default_drivers};
use sqlx::{AnyPool, Executor as _, Transaction};
use std::path::Path;
use std::time::{Duration, Instant};

/// Connections that read at once.
const READERS: u32 = 8;
/// How long a caller waits for a connection before it hears that the database is busy: writers of a file wait for each other.
/// Once it has the connection, the file may be another process's for the time in [`SQLITE`]: both are one wait for who asks.
const PATIENCE: Duration = Duration::from_secs(10);
/// The same of a server: it takes writers side by side, and one that does not answer is away.
const PATIENCE_WITH_SERVER: Duration = Duration::from_secs(4);
/// How long closing may take: a server that is away does not answer that either.
const CLOSED_WITHIN: Duration = Duration::from_secs(4);
/// How often, and after which time, tables are brought up again where that failed.
const TRIES: u32 = 5;
const BETWEEN_TRIES: Duration = Duration::from_millis(100);
/// How long the database may take to say that it lives.
const PULSE: Duration = Duration::from_secs(1);
/// What each connection to SQLite begins with: readers beside a writer, waiting in the place of failing, commits that outlive
/// a loss of power, and references that hold.
const SQLITE: &str = "PRAGMA journal_mode = WAL; PRAGMA busy_timeout = 5000; PRAGMA synchronous = FULL; PRAGMA foreign_keys = ON;";

/// An open database. Cheap to clone.
#[derive(Clone, Debug)]
pub struct Database {
    read: AnyPool,
    write: AnyPool,
    kind: Kind,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Kind {
    Sqlite,
    Postgres,
}

/// A change of several rows: all of it is there after `commit`, nothing of it otherwise.
pub type Change = Transaction<'static, Any>;

impl Database {
    /// Opens the database at `url` (`sqlite:FILE`, `postgres://…`), creates the file where it is missing, and brings its
    /// tables up to this program.
    ///
    /// # Errors
    /// In one line, without a password: the database cannot be reached, or was written by a newer program.
    pub async fn open(url: &str) -> Result<Self, String> {
        let database = Self::connect(url).await?;
        let mut said = migrations::run(&database.write, i64::MAX).await;
        // Another process may bring the same new file up at this moment: what it began was whole, or is not there.
        for _ in 0..TRIES {
            if said.is_ok() {
                break;
            }
            tokio::time::sleep(BETWEEN_TRIES).await;
            said = migrations::run(&database.write, i64::MAX).await;
        }
        said.map_err(|error| format!("FINFLOW_DATABASE_URL: the tables cannot be brought up to this version: {error}"))?;
        Ok(database)
    }

    /// Opens it with the tables of an older version, as tests of the way from there need it.
    ///
    /// # Errors
    /// As [`Database::open`].
    pub async fn open_at(url: &str, version: i64) -> Result<Self, String> {
        let database = Self::connect(url).await?;
        migrations::run(&database.write, version).await.map_err(|error| error.to_string())?;
        Ok(database)
    }

    async fn connect(url: &str) -> Result<Self, String> {
        install_default_drivers();
        let Some(file) = url.strip_prefix("sqlite:") else {
            let options = AnyPoolOptions::new()
                .max_connections(2 * READERS)
                .acquire_timeout(PATIENCE_WITH_SERVER);
            let pool = options.connect(url).await.map_err(unreachable)?;
            return Ok(Self {
                read: pool.clone(),
                write: pool,
                kind: Kind::Postgres,
            });
        };
        let file = file.strip_prefix("//").unwrap_or(file);
        let (path, _) = file.split_once('?').unwrap_or((file, ""));
        if path.is_empty() || path.contains(":memory:") {
            return Err("FINFLOW_DATABASE_URL: sqlite: must name a file, as in sqlite:finflow.db".into());
        }
        create(Path::new(path)).map_err(|error| format!("FINFLOW_DATABASE_URL: the file {path} cannot be written: {error}"))?;
        let pool = |connections| {
            let options = AnyPoolOptions::new().max_connections(connections).acquire_timeout(PATIENCE);
            options.after_connect(|connection, _| Box::pin(async move { connection.execute(SQLITE).await.map(drop) }))
        };
        let write = pool(1).connect(url).await.map_err(unreachable)?;
        let read = pool(READERS).connect(url).await.map_err(unreachable)?;
        Ok(Self {
            read,
            write,
            kind: Kind::Sqlite,
        })
    }

    /// For statements that change nothing.
    pub fn read(&self) -> &AnyPool {
        &self.read
    }

    /// Begins a change. On SQLite one begins when the one before has ended.
    ///
    /// # Errors
    /// The database does not answer, or is busy for too long.
    pub async fn write(&self) -> Result<Change, StorageError> {
        let began = Instant::now();
        let change = match self.kind {
            // At once the writer, so that what it reads cannot be outdated by another's commit.
            Kind::Sqlite => self.write.begin_with("BEGIN IMMEDIATE").await?,
            Kind::Postgres => self.write.begin().await?,
        };
        DATABASE.wait.take(began.elapsed());
        Ok(change)
    }

    /// Begins a reading of one moment: what others write meanwhile is not in it.
    ///
    /// # Errors
    /// The database does not answer.
    pub async fn moment(&self) -> Result<Change, sqlx::Error> {
        let begin = match self.kind {
            Kind::Sqlite => "BEGIN",
            Kind::Postgres => "BEGIN ISOLATION LEVEL REPEATABLE READ, READ ONLY",
        };
        self.read.begin_with(begin).await
    }

    /// Whether it is a file that one process writes, so that a copy of it is a backup.
    pub fn is_sqlite(&self) -> bool {
        self.kind == Kind::Sqlite
    }

    /// Its connections by what they are for: how many are open, and how many of them are at rest.
    pub fn connections(&self) -> Vec<(&'static str, u32, usize)> {
        let of = |name, pool: &AnyPool| (name, pool.size(), pool.num_idle());
        match self.kind {
            Kind::Sqlite => vec![of("read", &self.read), of("write", &self.write)],
            Kind::Postgres => vec![of("all", &self.read)],
        }
    }

    /// Whether the database answers within a second.
    pub async fn answers(&self) -> bool {
        let asked = tokio::time::timeout(PULSE, self.read.execute("SELECT 1")).await;
        matches!(asked, Ok(Ok(_)))
    }

    /// Waits until running statements are done, and closes every connection.
    pub async fn close(&self) {
        let closed = async {
            self.write.close().await;
            self.read.close().await;
        };
        match self.kind {
            Kind::Sqlite => closed.await,
            Kind::Postgres => {
                let _ = tokio::time::timeout(CLOSED_WITHIN, closed).await;
            }
        }
    }
}

/// An empty file, which only its owner reads: what it will hold is nobody else's.
fn create(path: &Path) -> std::io::Result<()> {
    let mut options = std::fs::OpenOptions::new();
    options.append(true).create(true);
    #[cfg(unix)]
    std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
    options.open(path).map(drop)
}

/// Said without the address, which may hold a password.
fn unreachable(error: sqlx::Error) -> String {
    format!("FINFLOW_DATABASE_URL: the database cannot be opened: {error}")
}
