//! A server of our own for the browser tests: on a free port, ready before anything asks, stopped by its own pid.

use std::io::{Read, Write};
use std::net::{SocketAddr, TcpListener, TcpStream};
use std::path::{Path, PathBuf};
use std::process::Child;
use std::thread::sleep;
use std::time::{Duration, Instant};

use anyhow::{Context, Result, bail};

use crate::shell::{command, run, scratch};
use crate::site;

const READY_WITHIN: Duration = Duration::from_secs(60);
const STOPPED_WITHIN: Duration = Duration::from_secs(15);

/// A running server; dropped, it is killed.
pub struct Server {
    child: Child,
    address: SocketAddr,
    /// Its data, deleted with it.
    folder: PathBuf,
}

impl Server {
    /// Starts the program and waits until it is ready.
    pub fn start(program: &Path) -> Result<Self> {
        // The port is free again when the listener is dropped; nobody else is likely to take it in between.
        let address = TcpListener::bind(("127.0.0.1", 0))?.local_addr()?;
        let folder = scratch().join(format!("data-{}", std::process::id()));
        std::fs::create_dir_all(&folder).with_context(|| format!("cannot create {}", folder.display()))?;
        let mut server = command(program);
        server
            .arg("serve")
            .env("FINFLOW_ADDR", address.to_string())
            .env("FINFLOW_DATABASE_URL", format!("sqlite:{}/finflow.db", folder.display()))
            // Every test is a person of its own, and all come from this machine.
            .env("FINFLOW_NEW_ACCOUNTS_PER_HOUR", "100000")
            .env("FINFLOW_ENTRIES_PER_MINUTE", "0")
            .env("FINFLOW_READS_PER_MINUTE", "0")
            .env("FINFLOW_WRITES_PER_MINUTE", "0")
            .env("FINFLOW_IMPORTS_PER_MINUTE", "0")
            .env("FINFLOW_SEARCHES_PER_MINUTE", "0")
            .env("LEPTOS_SITE_ROOT", site::folder());
        let child = server.spawn().with_context(|| format!("cannot start {}", program.display()))?;
        let mut server = Self { child, address, folder };
        let began = Instant::now();
        while !answers(address) {
            if let Some(status) = server.child.try_wait()? {
                bail!("the server ended before it was ready ({status})");
            }
            if began.elapsed() > READY_WITHIN {
                bail!("the server was not ready within {} s", READY_WITHIN.as_secs());
            }
            sleep(Duration::from_millis(50));
        }
        Ok(server)
    }

    /// Where it serves.
    pub fn url(&self) -> String {
        format!("http://{}", self.address)
    }

    /// Asks it to stop and waits; an error if it does not, or not with success.
    pub fn stop(mut self) -> Result<()> {
        run(
            command("kill").args(["-TERM", &self.child.id().to_string()]),
            "kill is missing: apt-get install procps",
        )?;
        let began = Instant::now();
        while began.elapsed() < STOPPED_WITHIN {
            match self.child.try_wait()? {
                Some(status) if status.success() => return Ok(()),
                Some(status) => bail!("the server stopped with {status}"),
                None => sleep(Duration::from_millis(50)),
            }
        }
        bail!("the server did not stop within {} s", STOPPED_WITHIN.as_secs());
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        // It has ended, or it ends here: an error means that there is nothing left to end.
        let _ = self.child.kill();
        let _ = self.child.wait();
        let _ = std::fs::remove_dir_all(&self.folder);
    }
}

/// Whether `GET /readyz` is answered with 200.
fn answers(address: SocketAddr) -> bool {
    let ask = || -> std::io::Result<bool> {
        let mut stream = TcpStream::connect_timeout(&address, Duration::from_secs(1))?;
        stream.set_read_timeout(Some(Duration::from_secs(2)))?;
        write!(stream, "GET /readyz HTTP/1.1\r\nHost: {address}\r\nConnection: close\r\n\r\n")?;
        let mut head = [0; 12];
        stream.read_exact(&mut head)?;
        Ok(&head == b"HTTP/1.1 200")
    };
    ask().unwrap_or(false)
}
