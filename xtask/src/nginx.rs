//! An nginx of our own before nodes on this machine, as deploy/ puts it there.

use std::net::{SocketAddr, TcpStream};
use std::path::PathBuf;
use std::process::{Child, Command, Stdio};
use std::thread::sleep;
use std::time::{Duration, Instant};

use anyhow::{Context, Result, bail};

use crate::bootstrap::provide;
use crate::shell::{output, root};

const READY_WITHIN: Duration = Duration::from_secs(20);
const HINT: &str = "nginx is missing: apt-get install nginx-light";
const PROGRAM: &str = "nginx";

/// Installs nginx where it is missing.
pub fn ensure() -> Result<()> {
    provide("nginx for the rolling restart", &["nginx-light"], HINT, || {
        output(Command::new(PROGRAM).arg("-v")).is_some()
    })
}

/// A running server; dropped, it is killed.
pub struct Nginx {
    child: Child,
    folder: PathBuf,
    /// Where it serves.
    pub address: SocketAddr,
}

impl Nginx {
    /// Starts one before these nodes.
    pub fn before(nodes: &[SocketAddr], address: SocketAddr) -> Result<Self> {
        ensure()?;
        let folder = std::env::temp_dir().join(format!("finflow-nginx-{}", std::process::id()));
        std::fs::create_dir_all(&folder).with_context(|| format!("cannot create {}", folder.display()))?;
        let read = |path: &str| std::fs::read_to_string(root().join(path)).with_context(|| format!("cannot read {path}"));
        let text = read("tests/it/nodes/nginx.conf")?
            .replace("{{folder}}", &folder.to_string_lossy())
            .replace("{{listen}}", &address.to_string())
            .replace("{{upstream}}", &upstream(&read("deploy/nginx/upstream.nodes.conf")?, nodes)?);
        let file = folder.join("nginx.conf");
        std::fs::write(&file, text)?;
        let mut server = Command::new(PROGRAM);
        server.arg("-p").arg(&folder).arg("-c").arg(&file);
        let child = server.stdout(Stdio::null()).stderr(Stdio::null()).spawn().context(HINT)?;
        let mut nginx = Self { child, folder, address };
        let began = Instant::now();
        while TcpStream::connect(address).is_err() {
            if let Some(status) = nginx.child.try_wait()? {
                bail!("nginx ended before it was ready ({status}): {}", nginx.log("error.log"));
            }
            if began.elapsed() > READY_WITHIN {
                bail!("nginx was not ready within {} s", READY_WITHIN.as_secs());
            }
            sleep(Duration::from_millis(20));
        }
        Ok(nginx)
    }

    /// How many of its answers were faults of the server, as 502 is.
    pub fn faults(&self) -> usize {
        self.log("access.log").lines().filter(|line| line.starts_with('5')).count()
    }

    fn log(&self, name: &str) -> String {
        std::fs::read_to_string(self.folder.join(name)).unwrap_or_default()
    }
}

impl Drop for Nginx {
    fn drop(&mut self) {
        // An error means that there is nothing left to end or to remove.
        let _ = self.child.kill();
        let _ = self.child.wait();
        let _ = std::fs::remove_dir_all(&self.folder);
    }
}

/// The upstream of several nodes, with these in the place of those that it names.
fn upstream(text: &str, nodes: &[SocketAddr]) -> Result<String> {
    let mut nodes = nodes.iter();
    let mut lines = Vec::new();
    for line in text.lines() {
        lines.push(
            match line.trim_start().strip_prefix("server ").and_then(|rest| rest.split_once(' ')) {
                Some((_, rest)) => format!("    server {} {rest}", nodes.next().context("a node for each server")?),
                None => line.to_owned(),
            },
        );
    }
    if nodes.next().is_some() {
        bail!("there are more nodes than servers in the upstream");
    }
    Ok(lines.join("\n"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn nodes_take_the_places_of_servers() {
        let [one, two] = ["127.0.0.1:1", "127.0.0.1:2"].map(|node| node.parse().unwrap());
        let text = "upstream finflow {\n    server a:8000 max_fails=2;\n    server b:8000 max_fails=2;\n}";
        let told = upstream(text, &[one, two]).unwrap();
        assert_eq!(
            told,
            "upstream finflow {\n    server 127.0.0.1:1 max_fails=2;\n    server 127.0.0.1:2 max_fails=2;\n}"
        );
        assert!(upstream(text, &[one]).is_err() && upstream(text, &[one, two, one]).is_err());
    }
}
