//! Where shared frames leave a socket: a stream writes them itself, and the socket's session sleeps on.
//!
//! Waking a task a viewer, only for it to write the same bytes, is what a fan-out costs beside the writing. So a frame is
//! written by whoever made it, as long as the socket takes it whole. Where it does not, or where the session has words of its
//! own to finish, the session takes over.

use bytes::Bytes;
use std::io::ErrorKind;
use std::pin::Pin;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::task::{Context, Poll, ready};
use tokio::io::{AsyncRead, AsyncWrite, ReadBuf};
use tokio::net::TcpStream;
use tokio::sync::Notify;

/// The writing side of a socket, shared by its session and the stream that it watches.
///
/// Invariant: who writes holds the gate, either for the moment of one write or, as the session does, by closing it. So
/// bytes of two frames never mix.
#[derive(Debug)]
pub struct Outlet {
    stream: Arc<TcpStream>,
    gate: Mutex<Gate>,
    called: Notify,
}

#[derive(Debug, Default)]
struct Gate {
    /// Whether the session is writing, or has to.
    closed: bool,
    /// Which watch the socket has, if any: a frame that was on its way when it ended is left out.
    watch: Option<u64>,
    /// The highest frame number that this connection got.
    seen: u64,
    /// What the socket did not take of a frame. Nothing else is written before it.
    rest: Bytes,
    /// The newest frame that came while the gate was closed.
    waiting: Option<(u64, Bytes)>,
    /// Whether the other side is gone.
    broken: bool,
}

impl Outlet {
    /// The outlet of a stream that nobody writes to yet.
    pub fn new(stream: Arc<TcpStream>) -> Self {
        Self {
            stream,
            gate: Mutex::default(),
            called: Notify::new(),
        }
    }

    fn gate(&self) -> MutexGuard<'_, Gate> {
        self.gate.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Gives frame `seq` of the watch `watch` to the socket. Where it cannot take it whole now, its session is called.
    pub fn offer(&self, watch: u64, seq: u64, wire: &Bytes) {
        let mut gate = self.gate();
        if gate.watch != Some(watch) || seq <= gate.seen {
            return;
        }
        if gate.closed {
            gate.waiting = Some((seq, wire.clone()));
            return;
        }
        gate.seen = seq;
        gate.rest = match self.stream.try_write(wire) {
            Ok(written) if written == wire.len() => return,
            Ok(written) => wire.slice(written..),
            Err(error) if error.kind() == ErrorKind::WouldBlock => wire.clone(),
            Err(_) => {
                gate.broken = true;
                Bytes::new()
            }
        };
        gate.closed = true;
        drop(gate);
        self.called.notify_one();
    }

    /// Waits until the session has to finish what a stream began.
    pub async fn called(&self) {
        self.called.notified().await;
    }

    /// Closes the gate for words of the session's own, and returns what must go out before them.
    pub fn close(&self) -> Bytes {
        let mut gate = self.gate();
        gate.closed = true;
        std::mem::take(&mut gate.rest)
    }

    /// The frame that came meanwhile, to be written next; where there is none, the gate is open again.
    pub fn next_or_open(&self) -> Option<Bytes> {
        let mut gate = self.gate();
        let newest = gate.waiting.take().filter(|(seq, _)| *seq > gate.seen);
        match newest {
            Some((seq, wire)) => {
                gate.seen = seq;
                Some(wire)
            }
            None => {
                gate.closed = false;
                None
            }
        }
    }

    /// Whether a stream found the other side gone.
    pub fn broken(&self) -> bool {
        self.gate().broken
    }

    /// The highest frame number that this connection got.
    pub fn seen(&self) -> u64 {
        self.gate().seen
    }

    /// Takes frames of a watch from now on, those after `seen`.
    pub fn begin(&self, watch: u64, seen: u64) {
        let mut gate = self.gate();
        gate.watch = Some(watch);
        gate.seen = seen;
        gate.waiting = None;
    }

    /// Takes no more frames, from this moment on.
    pub fn end(&self) {
        let mut gate = self.gate();
        gate.watch = None;
        gate.waiting = None;
    }
}

/// A session's own end of the stream that it shares with its [`Outlet`].
#[derive(Debug)]
pub struct Line(pub Arc<TcpStream>);

impl AsyncRead for Line {
    fn poll_read(self: Pin<&mut Self>, cx: &mut Context<'_>, into: &mut ReadBuf<'_>) -> Poll<std::io::Result<()>> {
        loop {
            ready!(self.0.poll_read_ready(cx))?;
            match self.0.try_read(into.initialize_unfilled()) {
                Ok(read) => {
                    into.advance(read);
                    return Poll::Ready(Ok(()));
                }
                Err(error) if error.kind() == ErrorKind::WouldBlock => {}
                Err(error) => return Poll::Ready(Err(error)),
            }
        }
    }
}

impl AsyncWrite for Line {
    fn poll_write(self: Pin<&mut Self>, cx: &mut Context<'_>, bytes: &[u8]) -> Poll<std::io::Result<usize>> {
        loop {
            ready!(self.0.poll_write_ready(cx))?;
            match self.0.try_write(bytes) {
                Err(error) if error.kind() == ErrorKind::WouldBlock => {}
                written => return Poll::Ready(written),
            }
        }
    }

    fn poll_flush(self: Pin<&mut Self>, _cx: &mut Context<'_>) -> Poll<std::io::Result<()>> {
        Poll::Ready(Ok(()))
    }

    fn poll_shutdown(self: Pin<&mut Self>, _cx: &mut Context<'_>) -> Poll<std::io::Result<()>> {
        Poll::Ready(socket2::SockRef::from(&*self.0).shutdown(std::net::Shutdown::Write))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use tokio::io::AsyncReadExt;
    use tokio::net::TcpListener;

    /// More than the socket takes at once.
    const MUCH: usize = 32 << 20;

    async fn pair() -> (Outlet, TcpStream) {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let (near, far) = tokio::join!(TcpStream::connect(listener.local_addr().unwrap()), listener.accept());
        (Outlet::new(Arc::new(near.unwrap())), far.unwrap().0)
    }

    fn frame(byte: u8, length: usize) -> Bytes {
        vec![byte; length].into()
    }

    async fn heard(far: &mut TcpStream, length: usize) -> Vec<u8> {
        let mut bytes = vec![0; length];
        far.read_exact(&mut bytes).await.unwrap();
        bytes
    }

    #[tokio::test]
    async fn a_frame_that_the_socket_takes_whole_calls_nobody() {
        let (outlet, mut far) = pair().await;
        outlet.stream.writable().await.unwrap();
        outlet.begin(1, 0);
        outlet.offer(1, 1, &frame(b'a', 100));
        assert_eq!(heard(&mut far, 100).await, [b'a'; 100]);
        outlet.offer(1, 1, &frame(b'b', 100));
        outlet.offer(2, 2, &frame(b'c', 100));
        outlet.end();
        outlet.offer(1, 3, &frame(b'd', 100));
        assert!(futures_util::FutureExt::now_or_never(outlet.called()).is_none());
        drop(outlet);
        assert_eq!(
            far.read(&mut [0; 1]).await.unwrap(),
            0,
            "a frame twice, of another watch, or after the end"
        );
    }

    #[tokio::test]
    async fn what_was_not_taken_goes_out_before_the_newest_and_the_rest_is_skipped() {
        let (outlet, mut far) = pair().await;
        outlet.stream.writable().await.unwrap();
        outlet.begin(1, 0);
        outlet.offer(1, 1, &frame(b'a', MUCH));
        outlet.called().await;
        for (seq, byte) in [(2, b'b'), (3, b'c')] {
            outlet.offer(1, seq, &frame(byte, 10));
        }
        let mut rest = outlet.close();
        assert!(!rest.is_empty() && rest.len() < MUCH);
        let session = async {
            while !rest.is_empty() {
                outlet.stream.writable().await.unwrap();
                if let Ok(written) = outlet.stream.try_write(&rest) {
                    rest = rest.slice(written..);
                }
            }
            outlet.next_or_open()
        };
        let (newest, first) = tokio::join!(session, heard(&mut far, MUCH));
        assert!(first.iter().all(|byte| *byte == b'a'));
        assert_eq!(newest, Some(frame(b'c', 10)));
        assert_eq!((outlet.next_or_open(), outlet.seen()), (None, 3));
    }

    #[tokio::test]
    async fn behind_a_closed_gate_nothing_is_written_and_an_end_leaves_nothing_waiting() {
        let (outlet, mut far) = pair().await;
        outlet.stream.writable().await.unwrap();
        outlet.begin(1, 0);
        assert!(outlet.close().is_empty());
        outlet.offer(1, 1, &frame(b'a', 10));
        outlet.end();
        assert_eq!(outlet.next_or_open(), None);
        outlet.begin(2, 1);
        outlet.offer(2, 2, &frame(b'b', 10));
        assert_eq!(heard(&mut far, 10).await, [b'b'; 10]);
    }

    #[tokio::test]
    async fn a_peer_that_is_gone_is_told_to_the_session() {
        let (outlet, far) = pair().await;
        outlet.begin(1, 0);
        socket2::SockRef::from(&far).set_linger(Some(std::time::Duration::ZERO)).unwrap();
        drop(far);
        outlet.stream.readable().await.unwrap();
        outlet.stream.writable().await.unwrap();
        outlet.offer(1, 1, &frame(b'a', 10));
        outlet.called().await;
        assert!(outlet.broken());
    }
}
