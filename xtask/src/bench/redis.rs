//! A Redis of our own: in memory, on a free port, stopped by its pid.

use std::net::{SocketAddr, TcpStream};
use std::process::{Child, Stdio};
use std::thread::sleep;
use std::time::{Duration, Instant};

use anyhow::{Context, Result, bail};

use super::running::free_port;
use crate::bootstrap::apt_install;
use crate::shell::{command, output, scratch, step};

const READY_WITHIN: Duration = Duration::from_secs(30);
const HINT: &str = "Redis is missing: apt-get install redis-server";

/// A running server; dropped, it is killed. It keeps nothing.
pub struct Redis {
    child: Option<Child>,
    port: u16,
}

impl Redis {
    /// Installs Redis where it is missing, and starts it.
    pub fn start() -> Result<Self> {
        if output(command("redis-server").arg("--version")).is_none() {
            step("installing Redis");
            apt_install(&["redis-server"]).context(HINT)?;
        }
        let mut redis = Self {
            child: None,
            port: free_port()?,
        };
        redis.go_on()?;
        Ok(redis)
    }

    /// Starts the server that [`Self::pause`] stopped, empty, at its port.
    pub fn go_on(&mut self) -> Result<()> {
        let folder = scratch().join("bench");
        std::fs::create_dir_all(&folder)?;
        let mut server = command("redis-server");
        server.args(["--bind", "127.0.0.1", "--port", &self.port.to_string()]);
        server.args(["--save", "", "--appendonly", "no"]).current_dir(&folder);
        server.stdout(Stdio::null()).stderr(Stdio::null());
        let child = self.child.insert(server.spawn().context(HINT)?);
        let began = Instant::now();
        while TcpStream::connect(SocketAddr::from(([127, 0, 0, 1], self.port))).is_err() {
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

    /// Kills it.
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

impl Drop for Redis {
    fn drop(&mut self) {
        self.pause();
    }
}
