//! A PostgreSQL of the tests' own: in a temporary folder, on a free port, stopped by its pid.

use std::net::TcpListener;
use std::os::unix::process::CommandExt as _;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::thread::sleep;
use std::time::{Duration, Instant};

use anyhow::{Context, Result, bail};

use crate::bootstrap::provide;
use crate::shell::{command, output, run};

const READY_WITHIN: Duration = Duration::from_secs(60);
const HINT: &str =
    "PostgreSQL is missing: apt-get install postgresql, or set FINFLOW_TEST_POSTGRES_URL to a server where databases may be created";

/// A running server; dropped, it is stopped and its data is deleted.
pub struct Postgres {
    child: Option<Child>,
    folder: PathBuf,
    port: u16,
    programs: PathBuf,
    owner: Option<(u32, u32)>,
}

impl Postgres {
    /// Installs PostgreSQL where it is missing, and starts a server that keeps nothing: what a test writes need not survive.
    pub fn start() -> Result<Self> {
        provide("PostgreSQL for the storage tests", &["postgresql"], HINT, || programs().is_some())?;
        let programs = programs().context(HINT)?;
        let folder = std::env::temp_dir().join(format!("finflow-postgres-{}", std::process::id()));
        std::fs::create_dir(&folder).with_context(|| format!("cannot create {}", folder.display()))?;
        // The port is free again when the listener is dropped; nobody else is likely to take it in between.
        let port = TcpListener::bind(("127.0.0.1", 0))?.local_addr()?.port();
        let owner = owner_of(&folder)?;
        let mut postgres = Self {
            child: None,
            folder,
            port,
            programs,
            owner,
        };
        let mut made = postgres.as_owner("initdb");
        made.arg("-D")
            .arg(postgres.folder.join("data"))
            .args(["-U", "finflow", "-A", "trust", "-E", "UTF8", "--locale=C", "--no-sync"]);
        run(&mut made, HINT)?;
        postgres.go_on()?;
        Ok(postgres)
    }

    /// Starts the server that [`Self::pause`] stopped, with its data, at its port.
    pub fn go_on(&mut self) -> Result<()> {
        let mut server = self.as_owner("postgres");
        server.arg("-D").arg(self.folder.join("data")).args(["-p", &self.port.to_string()]);
        server.args(["-c", "listen_addresses=127.0.0.1", "-c", "unix_socket_directories="]);
        server.args(["-c", "fsync=off", "-c", "max_connections=200"]);
        let child = self.child.insert(server.spawn().context(HINT)?);
        let began = Instant::now();
        let mut ready = Command::new(self.programs.join("pg_isready"));
        ready.args(["-q", "-h", "127.0.0.1", "-p", &self.port.to_string()]);
        while !ready.status().context(HINT)?.success() {
            if let Some(status) = child.try_wait()? {
                bail!("PostgreSQL ended before it was ready ({status})");
            }
            if began.elapsed() > READY_WITHIN {
                bail!("PostgreSQL was not ready within {} s", READY_WITHIN.as_secs());
            }
            sleep(Duration::from_millis(50));
        }
        Ok(())
    }

    /// Stops it in its quick way, which ends its own children and breaks each connection.
    pub fn pause(&mut self) {
        if let Some(mut child) = self.child.take() {
            // An error means that there is nothing left to end.
            let _ = run(
                command("kill").args(["-INT", &child.id().to_string()]),
                "kill is missing: apt-get install procps",
            );
            let _ = child.wait();
        }
    }

    fn as_owner(&self, program: &str) -> Command {
        let mut command = Command::new(self.programs.join(program));
        command.current_dir(&self.folder).stdout(Stdio::null()).stderr(Stdio::null());
        if let Some((user, group)) = self.owner {
            command.uid(user).gid(group);
        }
        command
    }

    /// Where it serves, as a user who may create databases.
    pub fn url(&self) -> String {
        format!("postgres://finflow@127.0.0.1:{}/postgres", self.port)
    }
}

impl Drop for Postgres {
    fn drop(&mut self) {
        self.pause();
        let _ = std::fs::remove_dir_all(&self.folder);
    }
}

/// What a test run calls, all from one folder.
const PROGRAMS: [&str; 3] = ["initdb", "pg_isready", "postgres"];

/// Where Debian and others put the server's programs, or the folder on PATH that has them. The newest counts.
///
/// A folder on PATH may hold links to some of them alone: only one with all of them will do.
fn programs() -> Option<PathBuf> {
    let versions = Path::new("/usr/lib/postgresql").read_dir().into_iter().flatten().flatten();
    let debian = versions.map(|version| version.path().join("bin"));
    let on_path = std::env::var_os("PATH").map(|path| std::env::split_paths(&path).collect::<Vec<_>>());
    let mut found: Vec<_> = debian.chain(on_path.unwrap_or_default()).collect();
    found.retain(|folder| PROGRAMS.iter().all(|program| folder.join(program).exists()));
    found.into_iter().max()
}

/// The server refuses to run as root: there, the user that its package made gets the folder.
fn owner_of(folder: &Path) -> Result<Option<(u32, u32)>> {
    let id = |arguments: &[&str]| output(command("id").args(arguments)).and_then(|id| id.trim().parse::<u32>().ok());
    if id(&["-u"]) != Some(0) {
        return Ok(None);
    }
    let user = id(&["-u", "postgres"]).context("PostgreSQL does not run as root, and there is no user postgres")?;
    let group = id(&["-g", "postgres"]).context("there is no group of the user postgres")?;
    std::os::unix::fs::chown(folder, Some(user), Some(group))?;
    Ok(Some((user, group)))
}
