//! A rolling restart behind nginx: every viewer is back, and nobody is shown an error.

use super::{Redis, postgres, process};
use crate::harness::{Client, PATIENCE};
use std::net::{Ipv4Addr, SocketAddr, TcpListener};
use std::process::{Child, Command, Stdio};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::time::Duration;
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::{TcpSocket, TcpStream};
use tokio::time::{sleep, timeout};
use tokio_tungstenite::client_async;
use tokio_tungstenite::tungstenite::Message;
use tokio_tungstenite::tungstenite::client::IntoClientRequest as _;

const NODES: usize = 3;
/// Each from an address of its own: by it nginx chooses the node.
const VIEWERS: u8 = 24;
/// Between two looks at what others change.
const LOOK: Duration = Duration::from_millis(20);

/// nginx before nodes, with the upstream that deploy/ has.
struct Nginx {
    addr: SocketAddr,
    child: Child,
    folder: tempfile::TempDir,
}

fn free() -> SocketAddr {
    TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap()
}

impl Nginx {
    /// `None` where there is none and none is required.
    fn before(nodes: &[SocketAddr]) -> Option<Self> {
        let (folder, addr) = (tempfile::tempdir().unwrap(), free());
        let mut nodes = nodes.iter();
        let upstream = include_str!("../../../deploy/nginx/upstream.nodes.conf").lines().map(|line| {
            let options = line.trim_start().strip_prefix("server ").and_then(|rest| rest.split_once(' '));
            options.map_or(line.to_owned(), |(_, options)| {
                format!("server {} {options}", nodes.next().unwrap())
            })
        });
        let upstream = upstream.collect::<Vec<_>>().join("\n");
        assert!(nodes.next().is_none(), "the upstream has a place for each node");
        let text = include_str!("nginx.conf")
            .replace("{{folder}}", folder.path().to_str().unwrap())
            .replace("{{listen}}", &addr.to_string())
            .replace("{{upstream}}", &upstream);
        let file = folder.path().join("nginx.conf");
        std::fs::write(&file, text).unwrap();
        let mut nginx = Command::new("nginx");
        nginx.arg("-p").arg(folder.path()).arg("-c").arg(&file);
        match nginx.stdout(Stdio::null()).stderr(Stdio::null()).spawn() {
            Ok(mut child) => {
                while std::net::TcpStream::connect(addr).is_err() {
                    let ended = child.try_wait().unwrap();
                    let why = || std::fs::read_to_string(folder.path().join("error.log"));
                    assert!(ended.is_none(), "nginx ended: {:?}", why());
                    std::thread::sleep(LOOK);
                }
                Some(Self { addr, child, folder })
            }
            Err(_) if std::env::var_os("FINFLOW_REQUIRE_NGINX").is_none() => {
                eprintln!("without nginx: there is none (cargo xtask test installs it)");
                None
            }
            Err(error) => panic!("nginx: {error}"),
        }
    }

    /// What it answered with a fault of the server, as 502 is.
    fn faults(&self) -> Vec<String> {
        let log = std::fs::read_to_string(self.folder.path().join("access.log")).unwrap();
        log.lines().filter(|line| line.starts_with('5')).map(str::to_owned).collect()
    }
}

impl Drop for Nginx {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

/// A connection of the person with this number.
async fn connect(addr: SocketAddr, person: u8) -> std::io::Result<TcpStream> {
    let socket = TcpSocket::new_v4()?;
    socket.bind(SocketAddr::from((Ipv4Addr::new(127, 0, 7, person), 0)))?;
    socket.connect(addr).await
}

/// The first line of an answer, and the node that gave it.
async fn get(addr: SocketAddr, person: u8, path: &str) -> std::io::Result<(String, Option<SocketAddr>)> {
    let mut stream = connect(addr, person).await?;
    let request = format!("GET {path} HTTP/1.1\r\nhost: {addr}\r\nconnection: close\r\n\r\n");
    stream.write_all(request.as_bytes()).await?;
    let mut answer = vec![];
    stream.read_to_end(&mut answer).await?;
    let answer = String::from_utf8_lossy(&answer);
    let node = answer
        .lines()
        .find_map(|line| line.strip_prefix("X-Node: "))
        .and_then(|node| node.parse().ok());
    Ok((answer.lines().next().unwrap_or_default().to_owned(), node))
}

/// Watches, and comes back whenever the server says goodbye, as the page does. Counts updates since it last came, and goodbyes.
async fn watch(addr: SocketAddr, person: u8, got: Arc<AtomicUsize>, ends: Arc<AtomicUsize>, enough: Arc<AtomicBool>) {
    while !enough.load(Ordering::Acquire) {
        let request = format!("ws://{addr}/ws/portfolio/").into_client_request().unwrap();
        let stream = connect(addr, person).await.unwrap();
        let (socket, _) = client_async(request, stream).await.expect("another node takes who comes back");
        let mut client = Client(socket);
        client.start(250).await;
        while !enough.load(Ordering::Acquire) {
            match futures_util::StreamExt::next(&mut client.0).await {
                Some(Ok(Message::Text(text))) => {
                    assert!(!text.contains("\"type\":\"error\""), "{text}");
                    got.fetch_add(usize::from(text.contains("\"price_update\"")), Ordering::AcqRel);
                }
                Some(Ok(Message::Close(frame))) => {
                    assert_eq!(frame.map(|frame| u16::from(frame.code)), Some(1001));
                    ends.fetch_add(1, Ordering::AcqRel);
                    break;
                }
                Some(Ok(_)) => {}
                other => panic!("it ended without a word: {other:?}"),
            }
        }
        got.store(0, Ordering::Release);
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn row_17_nodes_restarted_in_turn_behind_nginx_lose_no_viewer_and_show_no_error() {
    let (Some(redis), Some(place)) = (Redis::shared(), postgres().await) else {
        return;
    };
    let addrs: Vec<_> = (0..NODES).map(|_| free()).collect();
    let Some(nginx) = Nginx::before(&addrs) else { return };
    let mut nodes = vec![];
    for addr in &addrs {
        nodes.push(process(*addr, &redis, &place, "8", &[]).await);
    }
    let enough = Arc::new(AtomicBool::new(false));
    let ends = Arc::new(AtomicUsize::new(0));
    let viewers: Vec<_> = (1..=VIEWERS)
        .map(|person| {
            let got = Arc::<AtomicUsize>::default();
            let task = tokio::spawn(watch(nginx.addr, person, got.clone(), ends.clone(), enough.clone()));
            (got, task)
        })
        .collect();
    let all_watch = async || {
        let all = async {
            while !viewers.iter().all(|(got, _)| got.load(Ordering::Acquire) >= 2) {
                sleep(LOOK).await;
            }
        };
        timeout(3 * PATIENCE, all).await.expect("every viewer gets updates");
    };
    all_watch().await;
    // Somebody looks at pages all the while.
    let looks = tokio::spawn({
        let (addr, enough) = (nginx.addr, enough.clone());
        async move {
            let mut count: usize = 0;
            while !enough.load(Ordering::Acquire) {
                for path in ["/live-portfolio/", "/api/v1/sample"] {
                    let person = (count % usize::from(VIEWERS)) as u8 + 1;
                    let (status, _) = get(addr, person, path).await.unwrap();
                    assert_eq!(status, "HTTP/1.1 200 OK", "{path}");
                    count += 1;
                }
                sleep(LOOK).await;
            }
            count
        }
    });
    for (number, addr) in addrs.iter().enumerate() {
        let mut person = 1;
        while get(nginx.addr, person, "/healthz").await.unwrap().1 != Some(*addr) {
            person += 1;
            assert!(person < u8::MAX, "nobody is served by {addr}");
        }
        nodes[number].stop().await;
        nodes[number] = process(*addr, &redis, &place, "8", &[]).await;
        // The next one goes when this one serves again: nginx leaves a node alone for some seconds that failed.
        let back = async {
            while get(*addr, 1, "/readyz").await.unwrap().0 != "HTTP/1.1 200 OK"
                || get(nginx.addr, person, "/healthz").await.unwrap().1 != Some(*addr)
            {
                sleep(LOOK).await;
            }
        };
        timeout(PATIENCE, back).await.expect("nginx sends people to it again");
        all_watch().await;
    }
    enough.store(true, Ordering::Release);
    assert!(looks.await.unwrap() > 10);
    for (_, task) in viewers {
        task.await.unwrap();
    }
    assert!(ends.load(Ordering::Acquire) >= usize::from(VIEWERS), "each was told at least once");
    assert_eq!(nginx.faults(), Vec::<String>::new());
}
