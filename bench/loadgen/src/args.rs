//! What is asked for on the command line.

use std::net::SocketAddr;
use std::path::PathBuf;

use anyhow::{Context as _, Result, bail};
use clap::Parser;

/// Opens many sockets to servers on this machine that speak FinFlow's protocol, and tells what came and what it cost.
#[derive(Clone, Debug, Parser)]
#[command(version, about)]
pub struct Args {
    /// Where the sockets go, as ws://127.0.0.1:8000/ws/portfolio/; several are taken in turn.
    #[arg(long = "url", required = true)]
    pub urls: Vec<Target>,
    /// Sockets in all, those that misbehave included.
    #[arg(long, default_value_t = 1_000)]
    pub connections: usize,
    /// Threads that share them.
    #[arg(long, default_value_t = 1)]
    pub threads: usize,
    /// Sockets opened a second; 0 opens all at once.
    #[arg(long, default_value_t = 1_000)]
    pub rate: u64,
    /// Handshakes that may be under way at once.
    #[arg(long, default_value_t = 512)]
    pub inflight: usize,
    /// Interval that each asks for, in milliseconds; 0 names none.
    #[arg(long, default_value_t = 1_000)]
    pub interval: u64,
    /// Ask for no updates: sockets that are only open.
    #[arg(long)]
    pub idle: bool,
    /// A file with a portfolio's identity a line, taken in turn; behind it the cookie of who may see it.
    #[arg(long)]
    pub portfolios: Option<PathBuf>,
    /// A header of the handshake, as "Origin: http://127.0.0.1:8000"; may be repeated.
    #[arg(long = "header")]
    pub headers: Vec<String>,
    /// Subprotocol to ask for.
    #[arg(long)]
    pub subprotocol: Option<String>,
    /// Sockets from one source address; beyond it the next of 127.0.0.0/8 is taken. 0: all from 127.0.0.1.
    #[arg(long, default_value_t = 0)]
    pub per_address: usize,
    /// Seconds from the last socket's opening to the window.
    #[arg(long, default_value_t = 2.0)]
    pub warm_up: f64,
    /// Seconds of the window in which is measured.
    #[arg(long, default_value_t = 10.0)]
    pub seconds: f64,
    /// Seconds that a handshake may take.
    #[arg(long, default_value_t = 30.0)]
    pub timeout: f64,
    /// Seconds that all of the opening may take.
    #[arg(long, default_value_t = 180.0)]
    pub opening: f64,
    /// How many stop reading when the window begins.
    #[arg(long, default_value_t = 0)]
    pub slow: usize,
    /// Seconds after which these read again, to see the close code and to come back; 0: at the end.
    #[arg(long, default_value_t = 0.0)]
    pub slow_seconds: f64,
    /// How many send what no client should, and come back when they are closed.
    #[arg(long, default_value_t = 0)]
    pub garbage: usize,
    /// Viewers a second that leave, each in its way, and come back at once.
    #[arg(long, default_value_t = 0)]
    pub churn: u64,
    /// Come back after a loss as the protocol says: with jitter, backing off, or not at all.
    #[arg(long)]
    pub reconnect: bool,
    /// Processes whose trees are measured.
    #[arg(long = "pid", value_delimiter = ',')]
    pub pids: Vec<u32>,
    /// Name of this run in the report.
    #[arg(long, default_value = "")]
    pub label: String,
    /// Where the report goes; standard output where nothing is said.
    #[arg(long)]
    pub out: Option<PathBuf>,
    /// Seconds between lines on standard error that tell how it goes; 0: none.
    #[arg(long, default_value_t = 0.0)]
    pub progress: f64,
}

impl Args {
    /// Whether the numbers make sense together.
    ///
    /// # Errors
    /// Says which do not.
    pub fn check(&self) -> Result<()> {
        if self.threads == 0 || self.connections == 0 || self.inflight == 0 {
            bail!("--threads, --connections and --inflight are at least 1");
        }
        if self.slow + self.garbage > self.connections {
            bail!("--slow and --garbage are a part of --connections");
        }
        Ok(())
    }
}

/// An address on this machine, and a path there.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Target {
    /// Where to connect.
    pub address: SocketAddr,
    /// What to ask for.
    pub path: String,
}

impl std::str::FromStr for Target {
    type Err = anyhow::Error;

    fn from_str(text: &str) -> Result<Self> {
        let rest = text.strip_prefix("ws://").context("it begins with ws://")?;
        let (address, path) = rest.find('/').map_or((rest, "/"), |slash| rest.split_at(slash));
        let address: SocketAddr = address.parse().context("address and port in digits, as 127.0.0.1:8000")?;
        if !address.is_ipv4() || !address.ip().is_loopback() {
            bail!("only servers on this machine are loaded (127.0.0.0/8)");
        }
        Ok(Self {
            address,
            path: path.to_owned(),
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_this_machine_is_loaded() {
        let target: Target = "ws://127.0.0.1:8000/ws/portfolio/".parse().unwrap();
        assert_eq!((target.address.port(), target.path.as_str()), (8000, "/ws/portfolio/"));
        assert_eq!("ws://127.0.0.1:80".parse::<Target>().unwrap().path, "/");
        for wrong in ["http://127.0.0.1:1/", "ws://192.0.2.1:80/", "ws://localhost:80/", "ws://[::1]:80/"] {
            assert!(wrong.parse::<Target>().is_err(), "{wrong}");
        }
    }
}
