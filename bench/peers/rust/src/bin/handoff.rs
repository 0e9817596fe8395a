//! The limit of the shape: axum answers the upgrade, the stream leaves it for an event loop, which writes the shared bytes and nothing else.

use std::io::{ErrorKind, Read as _, Write as _};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use anyhow::Result;
use axum::Router;
use axum::extract::{Request, State};
use axum::http::{HeaderValue, StatusCode, header};
use axum::response::{IntoResponse as _, Response};
use axum::routing::get;
use hyper_util::rt::TokioIo;
use hyper_util::server::conn::auto::upgrade::downcast;
use mio::net::TcpStream;
use mio::{Events, Interest, Poll, Token, Waker};
use peers::{Asked, GREETING, Maker, REFUSAL, asked, produce, setting};
use tokio::net::TcpSocket;
use tungstenite::handshake::derive_accept_key;

const WAKE: Token = Token(usize::MAX);
const LOOPS: usize = 2;

/// What a loop is told from outside.
struct Inbox {
    waker: Waker,
    newcomers: Mutex<Vec<(std::net::TcpStream, Vec<u8>)>>,
    newest: Mutex<(u64, Arc<[u8]>)>,
}

struct Client {
    stream: TcpStream,
    watches: bool,
    part: Vec<u8>,
    /// What the kernel did not take of a frame: other frames are passed over until it is out.
    rest: Option<(Arc<[u8]>, usize)>,
}

fn locked<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

/// A server's frame with a text.
fn frame(text: &str) -> Arc<[u8]> {
    let mut bytes = vec![0x81];
    match u8::try_from(text.len()) {
        Ok(length @ 0..=125) => bytes.push(length),
        _ => {
            bytes.push(126);
            bytes.extend(u16::try_from(text.len()).unwrap_or(0).to_be_bytes());
        }
    }
    bytes.extend(text.as_bytes());
    bytes.into()
}

/// A client's frame at the head of some bytes: its kind, its payload, its length. `Err` for what only a bad client sends.
fn unmask(bytes: &[u8]) -> Result<Option<(u8, Vec<u8>, usize)>, ()> {
    let [first, second, ..] = *bytes else { return Ok(None) };
    let (head, length) = match (second & 0x7f, bytes.get(2..4)) {
        (126, Some(&[a, b])) => (4, usize::from(u16::from_be_bytes([a, b]))),
        (126, _) => return Ok(None),
        (127, _) => return Err(()),
        (short, _) => (2, usize::from(short)),
    };
    let (Some(mask), Some(masked)) = (bytes.get(head..head + 4), bytes.get(head + 4..head + 4 + length)) else {
        return Ok(None);
    };
    let payload = masked.iter().zip(mask.iter().cycle()).map(|(byte, mask)| byte ^ mask).collect();
    Ok(Some((first & 0x0f, payload, head + 4 + length)))
}

impl Client {
    /// Writes a frame, unless one is still going out; `false` when the connection is gone.
    fn tell(&mut self, frame: &Arc<[u8]>) -> bool {
        self.rest.is_some() || self.push(frame.clone(), 0)
    }

    fn push(&mut self, frame: Arc<[u8]>, from: usize) -> bool {
        match self.stream.write(&frame[from..]) {
            Ok(written) if from + written == frame.len() => true,
            Ok(written) => {
                self.rest = Some((frame, from + written));
                true
            }
            Err(error) if error.kind() == ErrorKind::WouldBlock => {
                self.rest = Some((frame, from));
                true
            }
            Err(_) => false,
        }
    }

    fn hear(&mut self, heard: &[u8], inbox: &Inbox, maker: &mut Maker) -> bool {
        self.part.extend_from_slice(heard);
        while let Ok(Some((kind, payload, used))) = unmask(&self.part) {
            self.part.drain(..used);
            let answered = match (kind, asked(&payload)) {
                (8, _) => false,
                (1, Asked::Data) => self.tell(&frame(&maker.message("portfolio_data", 0))),
                (1, Asked::Start) => {
                    self.watches = true;
                    let newest = locked(&inbox.newest).1.clone();
                    self.tell(&newest)
                }
                (1, Asked::Stop) => {
                    self.watches = false;
                    true
                }
                (1, Asked::Unknown) => self.tell(&frame(REFUSAL)),
                _ => true,
            };
            if !answered {
                return false;
            }
        }
        if self.part.is_empty() {
            self.part = Vec::new();
        }
        unmask(&self.part).is_ok()
    }
}

fn run(mut poll: Poll, inbox: &Inbox, mut maker: Maker) -> Result<()> {
    let mut clients: Vec<Option<Client>> = Vec::new();
    let mut free = Vec::new();
    let mut events = Events::with_capacity(4_096);
    let mut buffer = [0; 4_096];
    let mut told = 0;
    loop {
        poll.poll(&mut events, None)?;
        for event in &events {
            if event.token() == WAKE {
                for (stream, early) in std::mem::take(&mut *locked(&inbox.newcomers)) {
                    let slot = free.pop().unwrap_or(clients.len());
                    let mut client = Client {
                        stream: TcpStream::from_std(stream),
                        watches: false,
                        part: Vec::new(),
                        rest: None,
                    };
                    poll.registry()
                        .register(&mut client.stream, Token(slot), Interest::READABLE | Interest::WRITABLE)?;
                    let stays = client.tell(&frame(GREETING)) && client.hear(&early, inbox, &mut maker);
                    if slot == clients.len() {
                        clients.push(None);
                    }
                    if stays {
                        clients[slot] = Some(client);
                    } else {
                        free.push(slot);
                    }
                }
                let (number, update) = locked(&inbox.newest).clone();
                if std::mem::replace(&mut told, number) == number {
                    continue;
                }
                for (slot, place) in clients.iter_mut().enumerate() {
                    if place.as_mut().is_some_and(|client| client.watches && !client.tell(&update)) {
                        *place = None;
                        free.push(slot);
                    }
                }
                continue;
            }
            let slot = event.token().0;
            let Some(client) = clients.get_mut(slot).and_then(Option::as_mut) else {
                continue;
            };
            let mut stays = match client.rest.take() {
                Some((frame, from)) if event.is_writable() => client.push(frame, from),
                rest => {
                    client.rest = rest;
                    true
                }
            };
            while stays && event.is_readable() {
                match client.stream.read(&mut buffer) {
                    Ok(0) => stays = false,
                    Ok(got) => stays = client.hear(&buffer[..got], inbox, &mut maker),
                    Err(error) if error.kind() == ErrorKind::WouldBlock => break,
                    Err(_) => stays = false,
                }
            }
            if !stays {
                clients[slot] = None;
                free.push(slot);
            }
        }
    }
}

/// Answers the handshake; the stream goes to the loops in turn.
async fn upgrade(State(loops): State<Arc<Vec<Arc<Inbox>>>>, request: Request) -> Response {
    let Some(key) = request.headers().get(header::SEC_WEBSOCKET_KEY) else {
        return StatusCode::UPGRADE_REQUIRED.into_response();
    };
    let Ok(accept) = HeaderValue::from_str(&derive_accept_key(key.as_bytes())) else {
        return StatusCode::BAD_REQUEST.into_response();
    };
    tokio::spawn(async move {
        let upgraded = hyper::upgrade::on(request).await.ok()?;
        let parts = downcast::<TokioIo<tokio::net::TcpStream>>(upgraded).ok()?;
        let stream = parts.io.into_inner().into_std().ok()?;
        stream.set_nodelay(true).ok()?;
        let port = usize::from(stream.peer_addr().ok()?.port());
        let inbox = &loops[port % loops.len()];
        locked(&inbox.newcomers).push((stream, parts.read_buf.to_vec()));
        inbox.waker.wake().ok()
    });
    let told = [
        (header::UPGRADE, HeaderValue::from_static("websocket")),
        (header::CONNECTION, HeaderValue::from_static("Upgrade")),
        (header::SEC_WEBSOCKET_ACCEPT, accept),
    ];
    (StatusCode::SWITCHING_PROTOCOLS, told).into_response()
}

#[tokio::main(worker_threads = 2)]
async fn main() -> Result<()> {
    let maker = Maker::new()?;
    let first = frame(&maker.clone().message("price_update", 0));
    let mut loops = Vec::new();
    for _ in 0..LOOPS {
        let poll = Poll::new()?;
        let inbox = Arc::new(Inbox {
            waker: Waker::new(poll.registry(), WAKE)?,
            newcomers: Mutex::default(),
            newest: Mutex::new((0, first.clone())),
        });
        loops.push(inbox.clone());
        let maker = maker.clone();
        std::thread::spawn(move || {
            if let Err(error) = run(poll, &inbox, maker) {
                eprintln!("handoff: {error:#}");
                std::process::exit(1);
            }
        });
    }
    let loops = Arc::new(loops);
    let producing = loops.clone();
    std::thread::spawn(move || {
        let mut number = 0;
        produce(maker, |text| {
            let update = frame(&text);
            number += 1;
            for inbox in producing.iter() {
                *locked(&inbox.newest) = (number, update.clone());
                let _ = inbox.waker.wake();
            }
        });
    });
    let socket = TcpSocket::new_v4()?;
    socket.set_reuseaddr(true)?;
    socket.bind(([127, 0, 0, 1], u16::try_from(setting("PORT", 8000))?).into())?;
    let app = Router::new().route("/ws/portfolio/", get(upgrade)).with_state(loops);
    Ok(axum::serve(socket.listen(4_096)?, app).await?)
}
