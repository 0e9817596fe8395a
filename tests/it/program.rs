//! The program itself, as a process of its own: what is done to a process, what it logs, what it counts, how it ends.

use crate::harness::{Client, PATIENCE};
use crate::metrics::Figures;
use std::net::SocketAddr;
use std::path::Path;
use std::process::{ExitStatus, Stdio};
use std::sync::{Arc, Mutex};
use std::time::{Duration, Instant};
use tokio::io::{AsyncBufReadExt as _, AsyncReadExt as _, AsyncWriteExt as _, BufReader};
use tokio::net::TcpStream;
use tokio::process::{Child, Command};
use tokio::time::timeout;
use tokio_tungstenite::tungstenite::client::IntoClientRequest as _;

/// Between two looks.
const LOOK: Duration = Duration::from_millis(20);

/// A process that serves. It is killed when it is dropped.
pub struct Program {
    pub addr: SocketAddr,
    /// The operator's port, where it was asked for.
    pub metrics: Option<SocketAddr>,
    child: Child,
    log: Arc<Mutex<String>>,
    reading: Option<tokio::task::JoinHandle<()>>,
    /// Where its data is, where nobody else has that.
    folder: Option<tempfile::TempDir>,
}

/// Sends a signal to a process.
pub fn signal(process: u32, name: &str) {
    let sent = std::process::Command::new("kill")
        .arg(format!("-{name}"))
        .arg(process.to_string())
        .status();
    assert!(sent.unwrap().success());
}

impl Program {
    /// Serves with these arguments, on a port of its own unless they name one, with an empty site and its data in `folder`, and is live.
    pub async fn start(folder: &Path, args: &[&str], environment: &[(&str, &str)]) -> Self {
        Self::run(Command::new(env!("CARGO_BIN_EXE_finflow")), folder, args, environment).await
    }

    /// The same on an empty folder of its own.
    pub async fn alone(args: &[&str]) -> Self {
        Self::bounded("true", args).await
    }

    /// The same after a word of the shell that bounds it.
    pub async fn bounded(before: &str, args: &[&str]) -> Self {
        let folder = tempfile::tempdir().unwrap();
        let mut program = Self::bounded_in(folder.path(), before, args).await;
        program.folder = Some(folder);
        program
    }

    /// The same on a folder, which stays.
    pub async fn bounded_in(folder: &Path, before: &str, args: &[&str]) -> Self {
        let mut shell = Command::new("sh");
        shell.args(["-c", &format!("{before}; exec \"$0\" \"$@\""), env!("CARGO_BIN_EXE_finflow")]);
        Self::run(shell, folder, args, &[]).await
    }

    /// The same by a command of the test's own.
    pub async fn run(mut command: Command, folder: &Path, args: &[&str], environment: &[(&str, &str)]) -> Self {
        for (option, usual) in [
            ("--addr", "127.0.0.1:0"),
            ("--database-url", &format!("sqlite:{}/finflow.db", folder.display())),
            ("--rates", "off"),
        ] {
            if !args.contains(&option) {
                command.args([option, usual]);
            }
        }
        command.arg("--site-root").arg(folder).args(args).envs(environment.iter().copied());
        command.stdout(Stdio::null()).stderr(Stdio::piped()).kill_on_drop(true);
        let mut child = command.spawn().unwrap();
        let mut lines = BufReader::new(child.stderr.take().unwrap()).lines();
        let log = Arc::new(Mutex::new(String::new()));
        let mut found = (None, None);
        while found.0.is_none() {
            let line = timeout(PATIENCE, lines.next_line()).await.expect("starts in time").unwrap();
            let line = line.unwrap_or_else(|| panic!("ended before it was live: {}", log.lock().unwrap()));
            let after = |words: &str| {
                let (_, rest) = line.split_once(words)?;
                let address: String = rest.chars().take_while(|c| c.is_ascii_digit() || ".:[]".contains(*c)).collect();
                address.parse().ok()
            };
            found = (after("is live on http://"), found.1.or_else(|| after("figures on http://")));
            *log.lock().unwrap() += &(line + "\n");
        }
        let reading = tokio::spawn({
            let log = log.clone();
            async move {
                while let Ok(Some(line)) = lines.next_line().await {
                    *log.lock().unwrap() += &(line + "\n");
                }
            }
        });
        Self {
            addr: found.0.unwrap(),
            metrics: found.1,
            child,
            log,
            reading: Some(reading),
            folder: None,
        }
    }

    /// What it has logged so far.
    pub fn log(&self) -> String {
        self.log.lock().unwrap().clone()
    }

    /// All that it logged, after it has ended.
    pub async fn whole_log(&mut self) -> String {
        if let Some(reading) = self.reading.take() {
            timeout(PATIENCE, reading).await.expect("the log ends with the program").unwrap();
        }
        self.log()
    }

    /// How many lines of its log have these words.
    pub fn said(&self, words: &str) -> usize {
        self.log().lines().filter(|line| line.contains(words)).count()
    }

    /// Waits until it says so.
    pub async fn says(&self, words: &str) {
        let until = Instant::now() + PATIENCE;
        while self.said(words) == 0 {
            assert!(Instant::now() < until, "it did not say: {words}");
            tokio::time::sleep(LOOK).await;
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

    /// A GET of one of its ports: the status, the head, the body.
    pub async fn fetch(at: SocketAddr, path: &str, headers: &str) -> (u16, String, String) {
        let mut stream = TcpStream::connect(at).await.unwrap();
        let text = format!("GET {path} HTTP/1.1\r\nhost: {at}\r\nconnection: close\r\n{headers}\r\n");
        stream.write_all(text.as_bytes()).await.unwrap();
        let mut answer = String::new();
        let read = timeout(PATIENCE, stream.read_to_string(&mut answer)).await.expect("an answer");
        read.unwrap();
        let (head, body) = answer.split_once("\r\n\r\n").expect("a head");
        (head[9..12].parse().unwrap(), head.to_owned(), body.to_owned())
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

    /// The figures, as Prometheus reads them.
    pub async fn figures(&self) -> Figures {
        figures_at(self.metrics.expect("figures were asked for")).await
    }

    /// Asks for the figures until they are as they should be.
    pub async fn until(&self, what: &str, done: impl Fn(&Figures) -> bool) -> Figures {
        let began = Instant::now();
        loop {
            let figures = self.figures().await;
            if done(&figures) {
                return figures;
            }
            assert!(began.elapsed() < PATIENCE, "{what}:\n{}", figures.text);
            tokio::time::sleep(LOOK).await;
        }
    }

    /// Sends it a signal by its name.
    pub fn signal(&self, name: &str) {
        signal(self.child.id().unwrap(), name);
    }

    /// Waits until it has ended.
    pub async fn ended(&mut self) -> ExitStatus {
        timeout(PATIENCE, self.child.wait()).await.expect("ends in time").unwrap()
    }

    /// SIGTERM: it ends as it should.
    pub async fn stop(&mut self) {
        self.signal("TERM");
        assert_eq!(self.ended().await.code(), Some(0));
    }

    /// SIGKILL: nothing of it runs any more.
    pub async fn kill(&mut self) {
        self.child.kill().await.unwrap();
    }
}

/// The figures at an operator's port, as Prometheus reads them.
pub async fn figures_at(address: SocketAddr) -> Figures {
    let (status, head, body) = Program::fetch(address, "/metrics", "").await;
    assert_eq!(status, 200);
    assert!(head.contains("content-type: text/plain; version=0.0.4"), "{head}");
    Figures::read(&body)
}
