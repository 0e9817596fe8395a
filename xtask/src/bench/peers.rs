//! The servers of other makes: bench/peers/README.md.

use std::process::Command;

use anyhow::{Result, bail};

use super::running::{Running, free_port};
use super::tools::{built, npm, python};
use crate::shell::{command, root};

/// One of them.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Peer {
    Handoff,
    Bun,
    Axum4k,
    Axum,
    Node,
    Picows,
    Django,
}

impl Peer {
    /// Each that can bear the full load; Django Channels cannot.
    pub const FAST: [Self; 6] = [Self::Handoff, Self::Bun, Self::Axum4k, Self::Axum, Self::Node, Self::Picows];

    /// What it is called in tables.
    pub fn name(self) -> &'static str {
        match self {
            Self::Handoff => "handoff",
            Self::Bun => "bun",
            Self::Axum4k => "axum-4k",
            Self::Axum => "axum",
            Self::Node => "node",
            Self::Picows => "picows",
            Self::Django => "django",
        }
    }

    /// The one of this name.
    pub fn named(name: &str) -> Result<Self> {
        match Self::FAST.into_iter().chain([Self::Django]).find(|peer| peer.name() == name) {
            Some(peer) => Ok(peer),
            None => bail!("no peer `{name}`"),
        }
    }

    /// Starts it, with an update each interval.
    pub fn start(self, interval_ms: u64) -> Result<Running> {
        let port = free_port()?;
        let mut server = self.program(port)?;
        server
            .env("PORT", port.to_string())
            .env("INTERVAL_MS", interval_ms.to_string())
            .env("SAMPLE", root().join("bench/peers/sample.json"));
        Running::start(self.name(), &mut server, port, None)
    }

    fn program(self, port: u16) -> Result<Command> {
        let peers = root().join("bench/peers");
        Ok(match self {
            Self::Handoff => command(built("handoff")),
            Self::Axum => command(built("axum-task")),
            Self::Axum4k => {
                let mut axum = command(built("axum-task"));
                axum.env("READ_BUFFER", "4096");
                axum
            }
            Self::Bun => {
                let folder = npm("bun")?;
                let mut bun = command(folder.join("node_modules/bun/bin/bun.exe"));
                bun.arg(folder.join("server.ts"));
                bun
            }
            Self::Node => {
                let mut node = command("node");
                node.arg(npm("node")?.join("server.mjs"));
                node
            }
            Self::Picows => {
                let mut picows = command(python("python")?);
                picows.arg(peers.join("picows/server.py")).env("PYTHONDONTWRITEBYTECODE", "1");
                picows
            }
            Self::Django => {
                let mut uvicorn = command(python("uvicorn")?);
                uvicorn.args(["--host", "127.0.0.1", "--port", &port.to_string(), "--log-level", "error"]);
                uvicorn
                    .args(["--backlog", "4096", "--ws", "websockets", "--app-dir"])
                    .arg(peers.join("django"));
                uvicorn.arg("app:application").env("PYTHONDONTWRITEBYTECODE", "1");
                uvicorn
            }
        })
    }
}
