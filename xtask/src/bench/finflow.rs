//! Our own server, with an environment that permits the load.

use std::path::PathBuf;
use std::sync::OnceLock;

use anyhow::{Context, Result};

use super::running::{Running, free_port};
use crate::shell::{command, scratch};
use crate::{build, site};

/// Limits that would end a measurement, and none that cost anything a frame. Variables that a build does not know mean nothing to it.
const PERMISSIONS: [(&str, &str); 12] = [
    ("FINFLOW_MAX_SOCKETS", "20000"),
    ("FINFLOW_MAX_SOCKETS_PER_ADDRESS", "20000"),
    ("FINFLOW_MAX_SOCKETS_PER_USER", "20000"),
    ("FINFLOW_MAX_CONNECTIONS", "20000"),
    ("FINFLOW_API_REQUESTS_PER_MINUTE", "1000000"),
    ("FINFLOW_NEW_ACCOUNTS_PER_HOUR", "100000"),
    ("FINFLOW_READS_PER_MINUTE", "0"),
    ("FINFLOW_WRITES_PER_MINUTE", "0"),
    ("FINFLOW_IMPORTS_PER_MINUTE", "0"),
    ("FINFLOW_ENTRIES_PER_MINUTE", "0"),
    ("FINFLOW_MIN_INTERVAL_MS", "10"),
    ("FINFLOW_LOG", "warn"),
];

/// The program: the one that `FINFLOW_BIN` names, or the release, built when it is first asked for: nothing compiles beside a measurement.
pub fn program() -> Result<PathBuf> {
    static BUILT: OnceLock<PathBuf> = OnceLock::new();
    match (std::env::var_os("FINFLOW_BIN"), BUILT.get()) {
        (Some(named), _) => Ok(named.into()),
        (None, Some(built)) => Ok(built.clone()),
        (None, None) => {
            let built = build::everything(true)?;
            Ok(BUILT.get_or_init(|| built).clone())
        }
    }
}

/// How it is started.
#[derive(Clone, Debug, Default)]
pub struct Settings {
    /// Where its data is; a new file of SQLite where nothing is said.
    pub database: Option<String>,
    /// A port of its own choice, to come back at the same address.
    pub port: Option<u16>,
    /// Further variables, which count before the others.
    pub environment: Vec<(String, String)>,
}

impl Settings {
    /// With one more variable.
    pub fn with(mut self, name: &str, value: impl ToString) -> Self {
        self.environment.push((name.to_owned(), value.to_string()));
        self
    }

    /// Where its data will be.
    pub fn database(&self) -> Result<String> {
        match &self.database {
            Some(url) => Ok(url.clone()),
            None => {
                let folder = scratch().join("bench");
                std::fs::create_dir_all(&folder).with_context(|| format!("cannot create {}", folder.display()))?;
                for end in ["", "-wal", "-shm"] {
                    let _ = std::fs::remove_file(folder.join(format!("finflow.db{end}")));
                }
                Ok(format!("sqlite:{}/finflow.db", folder.display()))
            }
        }
    }

    /// Starts it and waits until it is ready.
    pub fn start(&self) -> Result<Running> {
        let port = match self.port {
            Some(port) => port,
            None => free_port()?,
        };
        let mut server = command(program()?);
        server.arg("serve").envs(PERMISSIONS);
        server
            .env("FINFLOW_ADDR", format!("127.0.0.1:{port}"))
            .env("FINFLOW_DATABASE_URL", self.database()?);
        // Where the program has no site inside.
        if site::folder().exists() {
            server.env("LEPTOS_SITE_ROOT", site::folder());
        }
        server.envs(self.environment.iter().map(|(name, value)| (name, value)));
        Running::start("finflow", &mut server, port, Some("/readyz"))
    }
}
