//! Several nodes as one, over a real Redis: what they tell each other, and what happens when something between them breaks.

mod relay;

use finflow_app::server::config::RedisUrl;
use std::net::TcpListener;
use std::process::{Child, Command, Stdio};

/// A Redis for a test. One of the test's own can be killed, paused and started again.
pub struct Redis {
    port: u16,
    /// Which database: what others do in theirs is nobody's here.
    number: u32,
    own: Option<Child>,
}

impl Redis {
    /// The one that the run has, or one of the test's own; `None` where there is none and none is required.
    pub fn shared() -> Option<Self> {
        match std::env::var("FINFLOW_TEST_REDIS_PORT").ok().and_then(|port| port.parse().ok()) {
            Some(port) => Some(Self {
                port,
                number: rand::random_range(0..DATABASES),
                own: None,
            }),
            None => Self::own(),
        }
    }

    /// One of the test's own.
    pub fn own() -> Option<Self> {
        let port = TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap().port();
        let mut redis = Self {
            port,
            number: 0,
            own: None,
        };
        match redis.spawn() {
            Ok(child) => redis.own = Some(child),
            Err(_) if std::env::var_os("FINFLOW_REQUIRE_REDIS").is_none() => {
                eprintln!("without Redis: there is no redis-server (cargo xtask test installs it)");
                return None;
            }
            Err(error) => panic!("redis-server: {error}"),
        }
        Some(redis)
    }

    fn spawn(&self) -> std::io::Result<Child> {
        let mut server = Command::new("redis-server");
        server.args([
            "--port",
            &self.port.to_string(),
            "--bind",
            "127.0.0.1",
            "--save",
            "",
            "--appendonly",
            "no",
        ]);
        server.stdout(Stdio::null()).stderr(Stdio::null()).spawn()
    }

    pub fn url(&self) -> String {
        format!("redis://127.0.0.1:{}/{}", self.port, self.number)
    }

    pub fn address(&self) -> RedisUrl {
        self.url().parse().unwrap()
    }

    /// It is gone at once, and all that it knew.
    pub fn kill(&mut self) {
        let mut child = self.own.take().expect("the test's own");
        child.kill().unwrap();
        child.wait().unwrap();
    }

    /// It is there again, and knows nothing.
    pub fn start_again(&mut self) {
        self.own = Some(self.spawn().unwrap());
    }

    /// It takes connections and answers nothing.
    pub fn pause(&self) {
        signal(self.own.as_ref().unwrap().id(), "STOP");
    }

    /// It goes on.
    pub fn resume(&self) {
        signal(self.own.as_ref().unwrap().id(), "CONT");
    }
}

impl Drop for Redis {
    fn drop(&mut self) {
        if let Some(mut child) = self.own.take() {
            let _ = child.kill();
            let _ = child.wait();
        }
    }
}

/// Databases that the run's Redis has.
const DATABASES: u32 = 1_000;

/// Sends a signal to a process of the test's own.
pub fn signal(process: u32, name: &str) {
    let sent = Command::new("kill").arg(format!("-{name}")).arg(process.to_string()).status();
    assert!(sent.unwrap().success());
}
