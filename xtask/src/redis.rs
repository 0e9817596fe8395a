//! A Redis of the tests' own: on a free port, keeping nothing, stopped by its pid.

use std::net::{TcpListener, TcpStream};
use std::process::{Child, Command, Stdio};
use std::thread::sleep;
use std::time::{Duration, Instant};

use anyhow::{Context, Result, bail};

use crate::bootstrap::provide;
use crate::shell::output;

const READY_WITHIN: Duration = Duration::from_secs(20);
const HINT: &str = "Redis is missing: apt-get install redis-server";
const PROGRAM: &str = "redis-server";

/// A running server; dropped, it is stopped.
pub struct Redis {
    child: Option<Child>,
    port: u16,
}

impl Redis {
    /// Installs Redis where it is missing, and starts a server. Tests that kill or pause one start their own.
    pub fn start() -> Result<Self> {
        // The port is free again when the listener is dropped; nobody else is likely to take it in between.
        let port = TcpListener::bind(("127.0.0.1", 0))?.local_addr()?.port();
        let mut redis = Self { child: None, port };
        provide("Redis for the tests of several nodes", &["redis-server"], HINT, || {
            output(Command::new(PROGRAM).arg("--version")).is_some()
        })?;
        redis.go_on()?;
        Ok(redis)
    }

    /// Starts the server that [`Self::pause`] stopped, empty, at its port.
    pub fn go_on(&mut self) -> Result<()> {
        let child = self.child.insert(spawn(self.port).context(HINT)?);
        let began = Instant::now();
        while TcpStream::connect(("127.0.0.1", self.port)).is_err() {
            if let Some(status) = child.try_wait()? {
                bail!("Redis ended before it was ready ({status})");
            }
            if began.elapsed() > READY_WITHIN {
                bail!("Redis was not ready within {} s", READY_WITHIN.as_secs());
            }
            sleep(Duration::from_millis(20));
        }
        Ok(())
    }

    /// Kills it: it keeps nothing that would have to be written.
    pub fn pause(&mut self) {
        if let Some(mut child) = self.child.take() {
            // An error means that there is nothing left to end.
            let _ = child.kill();
            let _ = child.wait();
        }
    }

    /// Where it serves.
    pub fn url(&self) -> String {
        format!("redis://127.0.0.1:{}", self.port)
    }
}

/// Each test has a database of its own.
fn spawn(port: u16) -> std::io::Result<Child> {
    let mut server = Command::new(PROGRAM);
    server.args(["--port", &port.to_string(), "--bind", "127.0.0.1", "--databases", "1000"]);
    server.args(["--save", "", "--appendonly", "no"]).current_dir(std::env::temp_dir());
    server.stdout(Stdio::null()).stderr(Stdio::null()).spawn()
}

impl Drop for Redis {
    fn drop(&mut self) {
        self.pause();
    }
}
