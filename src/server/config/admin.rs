//! The words of `finflow admin` that are not about users.

use clap::{Args, Subcommand};
use std::net::SocketAddr;
use std::path::PathBuf;

/// What is done with sources of prices.
#[derive(Clone, Debug, Subcommand)]
pub enum FeedVerb {
    /// List the sources of a running server, as it says itself. Exit 1 where prices do not come from all of them.
    List {
        /// The operator's port of that server, as it was told.
        #[arg(long, env = "FINFLOW_METRICS_ADDR", default_value = "127.0.0.1:9100")]
        metrics_addr: SocketAddr,
        /// As JSON.
        #[arg(long)]
        json: bool,
    },
}

/// What is done with instruments that people chose from providers' lists.
#[derive(Clone, Debug, Subcommand)]
pub enum InstrumentVerb {
    /// List them.
    List {
        /// As JSON.
        #[arg(long)]
        json: bool,
    },
    /// Forget one that nobody holds, to make room. A running server follows it until its next start.
    Forget {
        /// Its symbol.
        symbol: String,
    },
}

/// What is done with backups.
#[derive(Clone, Debug, Subcommand)]
pub enum BackupVerb {
    /// List those in a folder, the newest first.
    List {
        /// The folder.
        #[arg(long, default_value = "backups")]
        folder: PathBuf,
        /// As JSON.
        #[arg(long)]
        json: bool,
    },
    /// Make one in a folder, named after this moment; a server may be running.
    Make {
        /// The folder.
        #[arg(long, default_value = "backups")]
        folder: PathBuf,
    },
    /// Fill the database from one, as `finflow restore` does. Stop the server before.
    Restore(Restoring),
}

/// Which backup, and whether it takes the place of what is there.
#[derive(Clone, Debug, Args)]
pub struct Restoring {
    /// The file.
    pub file: PathBuf,
    /// Delete all that is in the database before.
    #[arg(long)]
    pub replace: bool,
}
