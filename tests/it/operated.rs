//! The program itself, as a process of its own: what it logs, what it counts, how it ends.

use crate::harness::PATIENCE;
use crate::metrics::Figures;
use std::net::SocketAddr;
use std::process::{ExitStatus, Stdio};
use std::sync::{Arc, Mutex};
use std::time::Duration;
use tokio::io::{AsyncBufReadExt as _, AsyncReadExt as _, AsyncWriteExt as _, BufReader};
use tokio::net::TcpStream;
use tokio::process::{Child, Command};
use tokio::time::timeout;

/// A process that serves. It is killed when it is dropped.
pub struct Program {
    pub addr: SocketAddr,
    /// The operator's port, where it was asked for.
    pub metrics: Option<SocketAddr>,
    child: Child,
    log: Arc<Mutex<String>>,
    reading: Option<tokio::task::JoinHandle<()>>,
}

impl Program {
    /// Serves with these arguments on a port of its own, with an empty site and its data in `folder`, and is live.
    pub async fn start(folder: &std::path::Path, args: &[&str], environment: &[(&str, &str)]) -> Self {
        let mut command = Command::new(env!("CARGO_BIN_EXE_finflow"));
        command.args(["--addr", "127.0.0.1:0"]);
        Self::run(command, folder, args, environment).await
    }

    /// The same by a command of the test's own.
    pub async fn run(mut command: Command, folder: &std::path::Path, args: &[&str], environment: &[(&str, &str)]) -> Self {
        if !args.contains(&"--database-url") {
            command.args(["--database-url", &format!("sqlite:{}/finflow.db", folder.display())]);
        }
        if !args.contains(&"--rates") {
            command.args(["--rates", "off"]);
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
        }
    }

    /// What it has logged so far.
    pub fn log(&self) -> String {
        self.log.lock().unwrap().clone()
    }

    /// A GET of one of its ports: the status, the head, the body.
    pub async fn get(at: SocketAddr, path: &str, headers: &str) -> (u16, String, String) {
        let mut stream = TcpStream::connect(at).await.unwrap();
        let text = format!("GET {path} HTTP/1.1\r\nhost: {at}\r\nconnection: close\r\n{headers}\r\n");
        stream.write_all(text.as_bytes()).await.unwrap();
        let mut answer = String::new();
        let read = timeout(PATIENCE, stream.read_to_string(&mut answer)).await.expect("an answer");
        read.unwrap();
        let (head, body) = answer.split_once("\r\n\r\n").expect("a head");
        (head[9..12].parse().unwrap(), head.to_owned(), body.to_owned())
    }

    /// The figures, as Prometheus reads them.
    pub async fn figures(&self) -> Figures {
        figures_at(self.metrics.expect("figures were asked for")).await
    }

    /// All that it logged, after it has ended.
    pub async fn whole_log(&mut self) -> String {
        if let Some(reading) = self.reading.take() {
            timeout(PATIENCE, reading).await.expect("the log ends with the program").unwrap();
        }
        self.log()
    }

    /// Asks for the figures until they are as they should be.
    pub async fn until(&self, what: &str, done: impl Fn(&Figures) -> bool) -> Figures {
        let began = std::time::Instant::now();
        loop {
            let figures = self.figures().await;
            if done(&figures) {
                return figures;
            }
            assert!(began.elapsed() < PATIENCE, "{what}:\n{}", figures.text);
            tokio::time::sleep(Duration::from_millis(20)).await;
        }
    }

    /// Asks it to end.
    pub async fn signal(&self, signal: &str) {
        let pid = self.child.id().unwrap().to_string();
        assert!(Command::new("kill").args([signal, &pid]).status().await.unwrap().success());
    }

    /// Waits until it has ended.
    pub async fn ended(&mut self) -> ExitStatus {
        timeout(PATIENCE, self.child.wait()).await.expect("ends in time").unwrap()
    }
}

/// The figures at an operator's port, as Prometheus reads them.
pub async fn figures_at(address: SocketAddr) -> Figures {
    let (status, head, body) = Program::get(address, "/metrics", "").await;
    assert_eq!(status, 200);
    assert!(head.contains("content-type: text/plain; version=0.0.4"), "{head}");
    Figures::read(&body)
}
