//! A server under measurement: ready before anything asks, stopped by its own pid.

use std::net::{SocketAddr, TcpListener, TcpStream};
use std::path::PathBuf;
use std::process::{Child, Command, Stdio};
use std::thread::sleep;
use std::time::{Duration, Instant};

use anyhow::{Context, Result, bail};

use crate::http::is_well;
use crate::shell::{command, run, scratch};

const READY_WITHIN: Duration = Duration::from_secs(60);
const STOPPED_WITHIN: Duration = Duration::from_secs(20);

/// A running server; dropped, it is killed.
pub struct Running {
    child: Child,
    name: &'static str,
    /// Where it serves.
    pub address: SocketAddr,
    log: PathBuf,
}

/// A port that nobody else is likely to take before it is used.
pub fn free_port() -> Result<u16> {
    Ok(TcpListener::bind(("127.0.0.1", 0))?.local_addr()?.port())
}

impl Running {
    /// Starts it and waits until it is ready: until it answers `ready` with 200, or takes connections.
    pub fn start(name: &'static str, server: &mut Command, port: u16, ready: Option<&str>) -> Result<Self> {
        let folder = scratch().join("bench");
        std::fs::create_dir_all(&folder)?;
        let log = folder.join(format!("{name}-{port}.log"));
        let file = std::fs::OpenOptions::new().create(true).append(true).open(&log)?;
        server.stdin(Stdio::null()).stdout(file.try_clone()?).stderr(file);
        let child = server.spawn().with_context(|| format!("{name} does not start"))?;
        let address = SocketAddr::from(([127, 0, 0, 1], port));
        let mut running = Self { child, name, address, log };
        let began = Instant::now();
        let answers = || match ready {
            Some(path) => is_well(address, path),
            None => TcpStream::connect(address).is_ok(),
        };
        while !answers() {
            if let Some(status) = running.child.try_wait()? {
                bail!("{name} ended before it was ready ({status}): {}", running.log.display());
            }
            if began.elapsed() > READY_WITHIN {
                bail!(
                    "{name} was not ready within {} s: {}",
                    READY_WITHIN.as_secs(),
                    running.log.display()
                );
            }
            sleep(Duration::from_millis(50));
        }
        // What it does once, compiling and reading, is over before it is measured.
        sleep(Duration::from_secs(1));
        Ok(running)
    }

    /// The process.
    pub fn pid(&self) -> u32 {
        self.child.id()
    }

    /// Where viewers connect.
    pub fn socket(&self) -> String {
        format!("ws://{}/ws/portfolio/", self.address)
    }

    /// Sends it a signal by its name.
    pub fn signal(&self, signal: &str) -> Result<()> {
        run(
            command("kill").args([&format!("-{signal}"), &self.child.id().to_string()]),
            "kill is missing: apt-get install procps",
        )
    }

    /// Asks it to stop and waits; where it does not, it is killed, which is an error.
    pub fn stop(mut self) -> Result<Duration> {
        self.stop_in_place()
    }

    /// The same, where another one takes its place.
    pub fn stop_in_place(&mut self) -> Result<Duration> {
        self.signal("TERM")?;
        let began = Instant::now();
        while began.elapsed() < STOPPED_WITHIN {
            if self.child.try_wait()?.is_some() {
                let _ = std::fs::remove_file(&self.log);
                return Ok(began.elapsed());
            }
            sleep(Duration::from_millis(20));
        }
        bail!(
            "{} did not stop within {} s: {}",
            self.name,
            STOPPED_WITHIN.as_secs(),
            self.log.display()
        );
    }
}

impl Drop for Running {
    fn drop(&mut self) {
        // It has ended, or it ends here: an error means that there is nothing left to end.
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}
