//! Connections: accepted, bounded, served by hyper, and ended. What each may take of time is in `wire` and `pace` (ADR 0033).

mod accepting;
pub mod pace;
mod places;
pub mod stage;
mod wire;

use accepting::Accepting;
use axum::Router;
use axum::extract::ConnectInfo;
use axum::http::Request;
use hyper::body::Incoming;
use hyper::server::conn::http1;
use hyper::service::Service as _;
use hyper_util::service::TowerToHyperService;
use ipnet::IpNet;
use places::{Places, Word};
use socket2::SockRef;
use stage::{Left, Stage, WayOut};
use std::convert::Infallible;
use std::io;
use std::mem::MaybeUninit;
use std::net::SocketAddr;
use std::pin::pin;
use std::sync::Arc;
use std::time::Duration;
use tokio::io::Interest;
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::watch;
use tokio_util::sync::CancellationToken;
use tokio_util::task::TaskTracker;
use wire::{Served, Wire};

/// Bytes of a request's head, its line included. Beyond it 431.
const LARGEST_HEAD: usize = 8 << 10;
/// Headers of a request. Beyond it 431.
const MOST_HEADERS: usize = 100;
/// Bytes that a connection's buffer holds: a head that is too large, at least, so that it is answered.
const BUFFER: usize = 2 * LARGEST_HEAD;
/// Unsent bytes that the kernel keeps for one connection, about: a reader that stalls costs no more.
const UNSENT: u32 = 16 << 10;
/// How often those at rest are asked again to make room.
const ROOM: Duration = Duration::from_secs(1);

/// What connections may take.
#[derive(Clone, Debug)]
pub struct Bounds {
    /// Connections at once that are no sockets.
    pub most: usize,
    /// Those of one address.
    pub most_per_address: usize,
    /// Proxies: they have no bound of their own.
    pub trusted: Vec<IpNet>,
    /// How long the head of a request may take.
    pub head: Duration,
    /// How long a connection may rest between two requests.
    pub rest: Duration,
    /// How long an answer may wait until the other side takes a byte of it.
    pub stall: Duration,
    /// How long who was just accepted has to ask when the server stops: where another process takes what comes next, nobody must ask twice.
    pub last: Duration,
}

/// Serves on `listener` until `stop`, and returns when the last connection has ended. To drop it ends the rest.
pub async fn serve(listener: TcpListener, router: Router, bounds: Bounds, stop: CancellationToken) {
    let places = Places::new(&bounds);
    let last = bounds.last;
    let (bounds, tasks) = (Arc::new(bounds), TaskTracker::new());
    let mut accepting = Accepting::default();
    loop {
        // The runtime lets others run between two batches of what is accepted.
        let accepted = tokio::select! {
            biased;
            () = stop.cancelled() => break,
            accepted = listener.accept() => accepted,
        };
        let (stream, peer) = match accepted {
            Ok(accepted) => accepted,
            Err(error) => {
                tokio::select! {
                    () = stop.cancelled() => break,
                    () = accepting.failed(&error) => continue,
                }
            }
        };
        accepting.resumed();
        // Between the word and this moment somebody may have come: where another server takes who is not heard, it is that one's.
        if last.is_zero() && stop.is_cancelled() {
            break;
        }
        tune(&stream);
        let free = tokio::select! {
            () = stop.cancelled() => break,
            free = places.take(ROOM) => free,
        };
        let Some(place) = places.of(free, peer.ip()) else {
            refuse(&stream);
            continue;
        };
        let (router, bounds, word) = (router.clone(), bounds.clone(), places.word());
        tasks.spawn(async move {
            connection(stream, peer, router, &bounds, word).await;
            drop(place);
        });
    }
    drop(listener);
    if !last.is_zero() {
        tokio::time::sleep(last).await;
    }
    places.say(Word::Leave);
    tasks.close();
    tasks.wait().await;
}

/// Set on each, and not on the listener, which would hand it on: who came before that has been in the queue without it.
fn tune(stream: &TcpStream) {
    // Without it a frame waits for the acknowledgement of the one before.
    let _ = stream.set_nodelay(true);
    #[cfg(target_os = "linux")]
    let _ = SockRef::from(stream).set_tcp_notsent_lowat(UNSENT);
}

/// Says why and hangs up: nothing was read, and nothing is waited for.
fn refuse(stream: &TcpStream) {
    let said = "HTTP/1.1 429 Too Many Requests\r\nretry-after: 10\r\nconnection: close\r\ncontent-type: text/plain\r\n\r\n\
                Too many connections from this address.\n";
    let _ = stream.try_write(said.as_bytes());
}

/// Serves one connection until its end, or until its stream leaves.
async fn connection(stream: TcpStream, peer: SocketAddr, router: Router, bounds: &Bounds, mut word: watch::Receiver<Word>) {
    let until = tokio::time::Instant::now() + bounds.head;
    if speaks(&stream, until, &mut word).await {
        // In a box, which is there from the first byte on.
        Box::pin(exchange(stream, peer, router, until, bounds, word)).await;
    }
}

async fn exchange(
    stream: TcpStream,
    peer: SocketAddr,
    router: Router,
    until: tokio::time::Instant,
    bounds: &Bounds,
    mut word: watch::Receiver<Word>,
) {
    let stage = Arc::new(Stage::default());
    let wire = Wire::new(stream, stage.clone(), until, bounds);
    let (service, at) = (TowerToHyperService::new(router), stage.clone());
    let service = hyper::service::service_fn(move |mut request: Request<Incoming>| {
        at.serves();
        request.extensions_mut().insert(ConnectInfo(peer));
        request.extensions_mut().insert(WayOut(at.clone()));
        let (answer, at) = (service.call(request), at.clone());
        async move { answer.await.map(|answer| answer.map(|body| Served::new(body, at))) as Result<_, Infallible> }
    });
    let mut http = http1::Builder::new();
    http.max_header_size(LARGEST_HEAD).max_headers(MOST_HEADERS).max_buf_size(BUFFER);
    // The wire knows the time of a head from the time between two requests.
    http.header_read_timeout(None);
    let mut serving = http.serve_connection(wire, service);
    let mut told = false;
    loop {
        tokio::select! {
            served = &mut serving => {
                // What went wrong with it is the other side's affair.
                if let (Ok(()), Some(taker)) = (served, stage.taker()) {
                    let parts = serving.into_parts();
                    let (stream, answer) = parts.io.into_parts();
                    if let Ok(stream) = stream.into_std() {
                        taker(Left { stream, answer, read: parts.read_buf.to_vec() });
                    }
                }
                return;
            }
            said = word.changed() => {
                if said.is_err() {
                    return;
                }
                if !told {
                    told = true;
                    Pin::new(&mut serving).graceful_shutdown();
                }
            }
        }
    }
}

/// Waits until who just came says something, for which no buffer is held until then. `false` where it is waited for no longer.
async fn speaks(stream: &TcpStream, until: tokio::time::Instant, word: &mut watch::Receiver<Word>) -> bool {
    // The runtime takes a stream that was just accepted for readable until it was read in vain.
    let first = stream.try_io(Interest::READABLE, || SockRef::from(stream).peek(&mut [MaybeUninit::uninit()]));
    if !first.is_err_and(|error| error.kind() == io::ErrorKind::WouldBlock) {
        return true;
    }
    let mut late = pin!(tokio::time::sleep_until(until));
    loop {
        tokio::select! {
            biased;
            ready = stream.readable() => return ready.is_ok(),
            () = &mut late => return false,
            // Who just came may be about to ask: those who rest make room.
            said = word.changed() => if said.is_err() || *word.borrow_and_update() == Word::Leave {
                return false;
            },
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use axum::Extension;
    use axum::http::StatusCode;
    use axum::response::IntoResponse;
    use axum::routing::get;
    use std::io::Write as _;
    use std::time::Instant;
    use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};

    fn bounds() -> Bounds {
        Bounds {
            most: 3,
            most_per_address: 3,
            trusted: vec![],
            head: Duration::from_millis(300),
            rest: Duration::from_millis(300),
            stall: Duration::from_millis(300),
            last: Duration::ZERO,
        }
    }

    struct Running {
        address: SocketAddr,
        stop: CancellationToken,
        served: tokio::task::JoinHandle<()>,
    }

    impl Running {
        async fn start(bounds: Bounds) -> Self {
            let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
            let (address, stop) = (listener.local_addr().unwrap(), CancellationToken::new());
            let router = Router::new()
                .route("/", get(async || "here"))
                .route("/much", get(async || vec![b'x'; 64 << 20]))
                .route("/breaks", get(async || -> &'static str { panic!("a handler that breaks") }))
                .route("/leaves", get(leaves));
            let served = tokio::spawn(serve(listener, router, bounds, stop.clone()));
            Self { address, stop, served }
        }

        async fn open(&self) -> TcpStream {
            TcpStream::connect(self.address).await.unwrap()
        }

        async fn stop(self) {
            self.stop.cancel();
            tokio::time::timeout(Duration::from_secs(20), self.served).await.unwrap().unwrap();
        }
    }

    /// Asks and reads the answer's first line.
    async fn ask(stream: &mut TcpStream, path: &str) -> String {
        let asked = format!("GET {path} HTTP/1.1\r\nhost: x\r\n\r\n");
        stream.write_all(asked.as_bytes()).await.unwrap();
        let mut heard = vec![0; 4096];
        let count = stream.read(&mut heard).await.unwrap_or_default();
        String::from_utf8_lossy(&heard[..count])
            .lines()
            .next()
            .unwrap_or_default()
            .to_owned()
    }

    /// Waits until the other side ends it.
    async fn ended(stream: &mut TcpStream) {
        let mut rest = vec![];
        let _ = tokio::time::timeout(Duration::from_secs(20), stream.read_to_end(&mut rest))
            .await
            .expect("ended");
    }

    #[tokio::test]
    async fn who_says_nothing_rests_too_long_or_takes_nothing_is_left() {
        let running = Running::start(bounds()).await;
        let (mut silent, mut rests, mut takes_nothing) = (running.open().await, running.open().await, running.open().await);
        assert_eq!(ask(&mut rests, "/").await, "HTTP/1.1 200 OK");
        takes_nothing.write_all(b"GET /much HTTP/1.1\r\nhost: x\r\n\r\n").await.unwrap();
        ended(&mut silent).await;
        ended(&mut rests).await;
        // All three places are free, also that of the one that reads nothing.
        for _ in 0..3 {
            assert_eq!(ask(&mut running.open().await, "/").await, "HTTP/1.1 200 OK");
        }
        running.stop().await;
    }

    #[tokio::test]
    async fn those_at_rest_make_room_for_those_who_come() {
        let mut bounds = bounds();
        (bounds.head, bounds.rest) = (Duration::from_secs(600), Duration::from_secs(600));
        (bounds.most_per_address, bounds.trusted) = (1, vec!["127.0.0.0/8".parse().unwrap()]);
        let running = Running::start(bounds).await;
        let mut at_rest = vec![];
        for _ in 0..3 {
            let mut stream = running.open().await;
            assert_eq!(ask(&mut stream, "/").await, "HTTP/1.1 200 OK");
            at_rest.push(stream);
        }
        assert_eq!(ask(&mut running.open().await, "/").await, "HTTP/1.1 200 OK");
        running.stop().await;
    }

    /// Takes the stream, and says what came after the request.
    async fn leaves(Extension(way): Extension<WayOut>) -> impl IntoResponse {
        way.to(|Left { stream, answer, read }| {
            let mut stream = &stream;
            stream.write_all(&[answer, b"then ".to_vec(), read].concat()).unwrap();
        });
        (StatusCode::SWITCHING_PROTOCOLS, [("upgrade", "words"), ("connection", "upgrade")])
    }

    #[tokio::test]
    async fn a_stream_leaves_with_its_answer_and_with_what_came_after_the_request() {
        let running = Running::start(bounds()).await;
        // More often than there are places: each is given back.
        for _ in 0..5 {
            let mut stream = running.open().await;
            let asked = "GET /leaves HTTP/1.1\r\nhost: x\r\nupgrade: words\r\nconnection: upgrade\r\n\r\nmore";
            stream.write_all(asked.as_bytes()).await.unwrap();
            let mut heard = String::new();
            stream.read_to_string(&mut heard).await.unwrap();
            let (answer, rest) = heard.split_once("\r\n\r\n").unwrap();
            assert!(answer.starts_with("HTTP/1.1 101 ") && answer.contains("upgrade: words"), "{answer}");
            assert_eq!(rest, "then more");
        }
        running.stop().await;
    }

    #[tokio::test]
    async fn an_address_has_so_many_connections_and_no_more() {
        let mut bounds = bounds();
        (bounds.most_per_address, bounds.rest) = (1, Duration::from_secs(600));
        let running = Running::start(bounds).await;
        let mut first = running.open().await;
        assert_eq!(ask(&mut first, "/").await, "HTTP/1.1 200 OK");
        let mut heard = String::new();
        let _ = running.open().await.read_to_string(&mut heard).await;
        assert!(heard.starts_with("HTTP/1.1 429 "), "{heard}");
        drop(first);
        let until = Instant::now() + Duration::from_secs(20);
        while ask(&mut running.open().await, "/").await != "HTTP/1.1 200 OK" {
            assert!(Instant::now() < until, "its place is free again");
        }
        running.stop().await;
    }

    #[tokio::test]
    async fn row_22_a_handler_that_panics_costs_one_connection() {
        let mut bounds = bounds();
        (bounds.head, bounds.rest) = (Duration::from_secs(600), Duration::from_secs(600));
        let running = Running::start(bounds).await;
        let mut other = running.open().await;
        assert_eq!(ask(&mut other, "/").await, "HTTP/1.1 200 OK");
        // More often than there are places: each is given back.
        for _ in 0..5 {
            assert_eq!(ask(&mut running.open().await, "/breaks").await, "");
        }
        assert_eq!(ask(&mut other, "/").await, "HTTP/1.1 200 OK");
        running.stop().await;
    }
}
