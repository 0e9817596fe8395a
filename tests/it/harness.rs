//! The real build on a port of its own, and clients that speak to it. Asserts on drop that no task is left.

use clap::Parser as _;
use finflow_app::server::clock::Clock;
use finflow_app::server::config::{Cli, Config};
use finflow_app::server::shutdown::Shutdown;
use finflow_app::start;
use futures_util::{SinkExt, StreamExt};
use serde_json::{Value, json};
use std::net::SocketAddr;
use std::time::Duration;
use tokio::net::{TcpListener, TcpStream};
use tokio::time::{Instant, timeout, timeout_at};
use tokio_tungstenite::tungstenite::client::IntoClientRequest;
use tokio_tungstenite::tungstenite::{Error, Message, handshake::client::Request};
use tokio_tungstenite::{WebSocketStream, client_async};

/// How long anything that must happen may take on a busy machine.
pub const PATIENCE: Duration = Duration::from_secs(60);

/// A running server.
pub struct TestApp {
    pub addr: SocketAddr,
    pub shutdown: Shutdown,
    served: tokio::task::JoinHandle<anyhow::Result<()>>,
    _site: tempfile::TempDir,
}

impl TestApp {
    /// A server with these arguments, on a port that the system chooses.
    pub async fn start(args: &[&str]) -> Self {
        Self::start_with(args, Clock::System, Shutdown::default()).await
    }

    /// The same with a clock and an end of the test's own.
    pub async fn start_with(args: &[&str], clock: Clock, shutdown: Shutdown) -> Self {
        Self::start_set(args, clock, shutdown, |_| ()).await
    }

    /// One whose sockets send back what comes.
    pub async fn echo() -> Self {
        let echo = |config: &mut Config| (config.live.echo, config.live.max_message_bytes) = (true, 4 << 20);
        Self::start_set(&[], Clock::System, Shutdown::default(), echo).await
    }

    /// The same, with what no argument sets.
    pub async fn start_set(args: &[&str], clock: Clock, shutdown: Shutdown, set: impl FnOnce(&mut Config)) -> Self {
        let site = tempfile::tempdir().unwrap();
        std::fs::create_dir(site.path().join("pkg")).unwrap();
        std::fs::write(site.path().join("pkg/finflow.js"), "export default function () {}").unwrap();
        std::fs::write(site.path().join("pkg/finflow.js.br"), "compressed").unwrap();
        let root = site.path().to_str().unwrap();
        let database = format!("sqlite:{root}/finflow.db");
        let mut all = vec!["finflow", "--addr", "127.0.0.1:0", "--site-root", root, "--min-interval-ms", "20"];
        if !args.contains(&"--database-url") {
            all.extend(["--database-url", &database]);
        }
        // Nothing is asked of anybody outside.
        if !args.contains(&"--rates") {
            all.extend(["--rates", "off"]);
        }
        // Many tests ask more often than anybody would, and from one address.
        for unbounded in [
            "--reads-per-minute",
            "--searches-per-minute",
            "--writes-per-minute",
            "--imports-per-minute",
            "--entries-per-minute",
        ] {
            if !args.contains(&unbounded) {
                all.extend([unbounded, "0"]);
            }
        }
        let args = [&all, args].concat();
        let mut config: Config = Cli::try_parse_from(args).unwrap().config;
        config.check().unwrap();
        set(&mut config);
        let listener = TcpListener::bind(config.addr).await.unwrap();
        let addr = listener.local_addr().unwrap();
        let served = tokio::spawn(start::serve(listener, config, clock, shutdown.clone()));
        Self {
            addr,
            shutdown,
            served,
            _site: site,
        }
    }

    /// Ends the server and checks that nothing of it is left.
    pub async fn stop(self) {
        self.shutdown.stopping().cancel();
        let tasks = self.shutdown.clone();
        timeout(PATIENCE, self.served).await.expect("stops").unwrap().unwrap();
        assert_eq!(tasks.tasks(), 0, "no task is left");
    }

    /// The request of an upgrade, to be changed by a test.
    pub fn upgrade(&self) -> Request {
        format!("ws://{}/ws/portfolio/", self.addr).into_client_request().unwrap()
    }

    /// A socket whose greeting was read.
    pub async fn connect(&self) -> Client {
        let mut client = Client::open(self.addr, self.upgrade()).await.unwrap();
        assert_eq!(client.next().await["type"], "connection_established");
        client
    }

    /// The same on a connection whose kernel holds little for a reader that does not read.
    pub async fn connect_with_small_buffer(&self) -> Client {
        let socket = tokio::net::TcpSocket::new_v4().unwrap();
        socket.set_recv_buffer_size(4096).unwrap();
        let stream = socket.connect(self.addr).await.unwrap();
        let mut client = Client(client_async(self.upgrade(), stream).await.unwrap().0);
        assert_eq!(client.next().await["type"], "connection_established");
        client
    }

    /// A plain HTTP exchange: the status, the head in lower case and the body.
    pub async fn http(&self, request: &str) -> (u16, String, String) {
        let (status, head, body) = self.exchange(request).await;
        (status, head.to_lowercase(), body)
    }

    /// The same with the head as it came. What follows an empty line of the request is its body.
    pub async fn exchange(&self, request: &str) -> (u16, String, String) {
        use tokio::io::{AsyncReadExt, AsyncWriteExt};
        let mut stream = TcpStream::connect(self.addr).await.unwrap();
        let (first, rest) = request.split_once('\n').unwrap_or((request, ""));
        let (headers, sent) = rest
            .split_once("\n\n")
            .map_or((rest.to_owned(), ""), |(head, body)| (format!("{head}\n"), body));
        let text = format!(
            "{first} HTTP/1.1\r\nhost: {}\r\nconnection: close\r\n{}\r\n{sent}",
            self.addr,
            headers.replace('\n', "\r\n")
        );
        stream.write_all(text.as_bytes()).await.unwrap();
        let mut answer = vec![];
        timeout(PATIENCE, stream.read_to_end(&mut answer))
            .await
            .expect("an answer")
            .unwrap();
        let answer = String::from_utf8_lossy(&answer).into_owned();
        let (head, body) = answer.split_once("\r\n\r\n").expect("a head");
        (head[9..12].parse().unwrap(), head.to_owned(), body.to_owned())
    }

    /// A browser that has not been here.
    pub fn browser(&self) -> Browser<'_> {
        Browser {
            app: self,
            cookie: None,
            headers: format!("origin: http://{}\naccept: text/html\nuser-agent: Test\n", self.addr),
        }
    }
}

/// Looks at pages, sends forms and keeps the session's cookie.
pub struct Browser<'a> {
    app: &'a TestApp,
    /// The session's cookie, `name=value`.
    pub cookie: Option<String>,
    /// What each request says, a line a header.
    pub headers: String,
}

/// What a browser got.
#[derive(Debug)]
pub struct Answer {
    pub status: u16,
    pub head: String,
    pub body: String,
}

impl Answer {
    /// A header, by its name in lower case.
    pub fn header(&self, name: &str) -> Option<&str> {
        let lines = self.head.lines().filter_map(|line| line.split_once(": "));
        lines
            .filter(|(one, _)| one.eq_ignore_ascii_case(name))
            .map(|(_, value)| value)
            .next()
    }

    /// Where it leads.
    pub fn location(&self) -> &str {
        self.header("location").unwrap_or_default()
    }
}

impl Browser<'_> {
    /// Looks at a page.
    pub async fn get(&mut self, path: &str) -> Answer {
        self.ask(&format!("GET {path}\n{}{}", self.headers, self.own())).await
    }

    /// Sends a form. The answer is not followed.
    pub async fn post(&mut self, path: &str, fields: &[(&str, &str)]) -> Answer {
        let body = url::form_urlencoded::Serializer::new(String::new()).extend_pairs(fields).finish();
        self.send(path, "application/x-www-form-urlencoded", &body).await
    }

    /// Sends a body of any kind. The answer is not followed.
    pub async fn send(&mut self, path: &str, kind: &str, body: &str) -> Answer {
        let about = format!("content-type: {kind}\ncontent-length: {}", body.len());
        self.ask(&format!("POST {path}\n{}{}{about}\n\n{body}", self.headers, self.own()))
            .await
    }

    fn own(&self) -> String {
        self.cookie.as_ref().map(|cookie| format!("cookie: {cookie}\n")).unwrap_or_default()
    }

    async fn ask(&mut self, request: &str) -> Answer {
        let (status, head, body) = self.app.exchange(request).await;
        let answer = Answer { status, head, body };
        if let Some(set) = answer.header("set-cookie") {
            let (pair, rest) = set.split_once(';').unwrap();
            self.cookie = (!rest.contains("Max-Age=0")).then(|| pair.to_owned());
        }
        answer
    }
}

/// A client of the socket.
pub struct Client(pub WebSocketStream<TcpStream>);

impl Client {
    /// Opens a socket; an error holds the server's answer where it refused.
    pub async fn open(addr: SocketAddr, request: Request) -> Result<Self, Error> {
        let stream = TcpStream::connect(addr).await.unwrap();
        let opened = timeout(PATIENCE, client_async(request, stream)).await.expect("an answer");
        opened.map(|(socket, _)| Self(socket))
    }

    /// Sends a JSON message.
    pub async fn send(&mut self, message: Value) {
        self.send_text(&message.to_string()).await;
    }

    /// Sends any text.
    pub async fn send_text(&mut self, text: &str) {
        self.0.send(Message::text(text)).await.unwrap();
    }

    /// Starts updates at an interval.
    pub async fn start(&mut self, interval_ms: u64) {
        self.send(json!({"type": "start_updates", "interval_ms": interval_ms})).await;
    }

    /// The next message.
    pub async fn next(&mut self) -> Value {
        self.within(PATIENCE).await.expect("a message in time")
    }

    /// The next message of a type; others are passed over.
    pub async fn next_of(&mut self, kind: &str) -> Value {
        loop {
            let message = self.next().await;
            if message["type"] == kind {
                return message;
            }
        }
    }

    /// The next message, or `None` where none comes in time.
    pub async fn within(&mut self, wait: Duration) -> Option<Value> {
        let until = Instant::now() + wait;
        loop {
            match timeout_at(until, self.0.next()).await {
                Err(_) => return None,
                Ok(Some(Ok(Message::Text(text)))) => return Some(serde_json::from_str(&text).unwrap()),
                Ok(Some(Ok(Message::Ping(_) | Message::Pong(_)))) => {}
                Ok(other) => panic!("expected a message, got {other:?}"),
            }
        }
    }

    /// The code with which the server closes; what comes before is passed over.
    pub async fn closed(&mut self) -> u16 {
        let until = Instant::now() + PATIENCE;
        while let Some(heard) = timeout_at(until, self.0.next()).await.expect("closed in time") {
            if let Message::Close(frame) = heard.expect("a close frame before the end") {
                return frame.expect("a code").code.into();
            }
        }
        panic!("ended without a close frame");
    }
}

impl TestApp {
    /// Ends a server that may leave tasks behind, within a time.
    pub async fn stop_within(self, wait: Duration) {
        timeout(wait, self.served).await.expect("stops in time").unwrap().unwrap();
    }
}
