//! The program itself, as a process of its own: for what is done to a process.

use crate::harness::{Client, PATIENCE};
use std::net::SocketAddr;
use std::path::Path;
use std::process::Stdio;
use std::sync::{Arc, Mutex};
use std::time::Instant;
use tokio::io::{AsyncBufReadExt as _, AsyncReadExt as _, AsyncWriteExt as _, BufReader};
use tokio::net::TcpStream;
use tokio::process::{Child, Command};
use tokio::time::timeout;
use tokio_tungstenite::tungstenite::client::IntoClientRequest as _;

/// A running program.
pub struct Program {
    pub addr: SocketAddr,
    child: Child,
    log: Arc<Mutex<Vec<String>>>,
    _folder: Option<tempfile::TempDir>,
}

impl Program {
    /// Starts it after a word of the shell that bounds it, on an empty database of its own.
    pub async fn start(before: &str, args: &[&str]) -> Self {
        let folder = tempfile::tempdir().unwrap();
        let mut program = Self::start_in(folder.path(), before, args).await;
        program._folder = Some(folder);
        program
    }

    /// The same on the database of a folder, which stays.
    pub async fn start_in(folder: &Path, before: &str, args: &[&str]) -> Self {
        let database = format!("sqlite:{}/finflow.db", folder.display());
        let mut shell = Command::new("sh");
        shell.args(["-c", &format!("{before}; exec \"$0\" \"$@\""), env!("CARGO_BIN_EXE_finflow")]);
        shell.args([
            "--addr",
            "127.0.0.1:0",
            "--database-url",
            &database,
            "--rates",
            "off",
            "--site-root",
        ]);
        shell.arg(folder).args(args);
        shell.stderr(Stdio::piped()).kill_on_drop(true);
        let mut child = shell.spawn().unwrap();
        let mut lines = BufReader::new(child.stderr.take().unwrap()).lines();
        let log = Arc::new(Mutex::new(vec![]));
        let addr = loop {
            let line = timeout(PATIENCE, lines.next_line()).await.expect("starts").unwrap().expect("lives");
            if let Some((_, address)) = line.split_once("is live on http://") {
                break address.trim().parse().unwrap();
            }
        };
        let kept = log.clone();
        tokio::spawn(async move {
            while let Ok(Some(line)) = lines.next_line().await {
                kept.lock().unwrap().push(line);
            }
        });
        Self {
            addr,
            child,
            log,
            _folder: None,
        }
    }

    /// How many lines of its log have these words.
    pub fn said(&self, words: &str) -> usize {
        self.log.lock().unwrap().iter().filter(|line| line.contains(words)).count()
    }

    /// Waits until it says so.
    pub async fn says(&self, words: &str) {
        let until = Instant::now() + PATIENCE;
        while self.said(words) == 0 {
            assert!(Instant::now() < until, "it did not say: {words}");
            tokio::time::sleep(std::time::Duration::from_millis(10)).await;
        }
    }

    fn proc(&self, of: &str) -> std::path::PathBuf {
        format!("/proc/{}/{of}", self.child.id().unwrap()).into()
    }

    /// Time of processors that it took, in hundredths of a second.
    pub fn ticks(&self) -> u64 {
        let stat = std::fs::read_to_string(self.proc("stat")).unwrap();
        let fields: Vec<_> = stat.rsplit_once(')').unwrap().1.split_whitespace().collect();
        fields[11].parse::<u64>().unwrap() + fields[12].parse::<u64>().unwrap()
    }

    /// Descriptors that it has open.
    pub fn descriptors(&self) -> usize {
        std::fs::read_dir(self.proc("fd")).unwrap().count()
    }

    /// Asks for an address: the status, where there was an answer.
    pub async fn get(&self, path: &str) -> Option<u16> {
        self.ask(&format!("GET {path} HTTP/1.1\r\n"), "").await.map(|(status, _)| status)
    }

    /// Asks: `head` without its last line, and a body. The status and all of the answer.
    pub async fn ask(&self, head: &str, body: &str) -> Option<(u16, String)> {
        let mut stream = TcpStream::connect(self.addr).await.ok()?;
        let text = format!(
            "{head}host: {}\r\nconnection: close\r\ncontent-length: {}\r\n\r\n{body}",
            self.addr,
            body.len()
        );
        stream.write_all(text.as_bytes()).await.ok()?;
        let mut heard = vec![];
        timeout(PATIENCE, stream.read_to_end(&mut heard)).await.ok()?.ok()?;
        let heard = String::from_utf8_lossy(&heard).into_owned();
        Some((heard.get(9..12)?.parse().ok()?, heard))
    }

    /// A socket whose greeting was read.
    pub async fn connect(&self) -> Client {
        let request = format!("ws://{}/ws/portfolio/", self.addr).into_client_request().unwrap();
        let mut client = Client::open(self.addr, request).await.unwrap();
        assert_eq!(client.next().await["type"], "connection_established");
        client
    }

    /// SIGKILL: nothing of it runs any more.
    pub async fn kill(mut self) {
        self.child.start_kill().unwrap();
        self.child.wait().await.unwrap();
    }

    /// SIGTERM: it ends as it should.
    pub async fn stop(mut self) {
        let pid = self.child.id().unwrap().to_string();
        assert!(Command::new("kill").args(["-TERM", &pid]).status().await.unwrap().success());
        let status = timeout(PATIENCE, self.child.wait()).await.expect("stops").unwrap();
        assert_eq!(status.code(), Some(0));
    }
}
