//! A socket as its shard holds it: as little as can be, for there are many.

use crate::accounts::server::Viewer;
use crate::live::protocol::close;
use crate::live::server::frame::{self, Frame};
use crate::live::server::limits::Place;
use crate::live::server::shard::reader::Reader;
use crate::live::server::stream::Watcher;
use bytes::{Buf as _, Bytes};
use mio::net::TcpStream;
use std::collections::VecDeque;
use std::io::{ErrorKind, Write as _};
use std::sync::Arc;
use std::time::Instant;
use tokio_tungstenite::tungstenite::Message;

/// Why a socket ends.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum End {
    /// The other side closed, with a code, or is gone (1006).
    Gone(u16),
    /// This side closes, with a code and a reason.
    Close(u16, &'static str),
    /// The reader made no progress: this side closes as soon as there is room for the word.
    Stalled,
    /// The other side broke the framing or sent too much: what else it sends is not read.
    Broken(u16, &'static str),
}

impl End {
    /// The close code, as it is counted.
    pub fn code(self) -> u16 {
        match self {
            Self::Gone(code) | Self::Close(code, _) | Self::Broken(code, _) => code,
            Self::Stalled => close::TOO_SLOW,
        }
    }
}

/// How far a socket's life has come.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Phase {
    /// It is served.
    Open,
    /// This side said that it closes, and waits for the other's word.
    Closing,
    /// The same, but what comes is thrown away: to close with bytes unread would reset the connection, and the word with it.
    Deaf,
    /// Nothing is awaited but that the last bytes go out.
    Leaving,
}

/// Its place at a stream.
#[derive(Debug)]
pub struct Watch {
    /// Which stream.
    pub watcher: Watcher,
    /// The newest frame for which there was no room.
    pub missed: Option<Box<Frame>>,
}

/// What waits to be written.
#[derive(Debug)]
pub struct Out {
    parts: VecDeque<Bytes>,
    /// When the socket last took something.
    pub moved: Instant,
}

/// What is being heard or worked out. A socket at rest has none.
#[derive(Debug, Default)]
pub struct Talk {
    /// In the middle of a message, or of a close.
    pub reader: Option<Reader>,
    /// What was heard and waits its turn.
    pub heard: VecDeque<Message>,
    /// How it ends once those were heard.
    pub end: Option<End>,
    /// Whether a request is being worked out elsewhere.
    pub busy: bool,
}

/// A socket.
#[derive(Debug)]
pub struct Socket {
    /// The stream.
    pub stream: TcpStream,
    /// Which of those that had its place.
    pub life: u32,
    /// Whether pings were not answered, and how many.
    pub unanswered: u8,
    /// How far its life has come.
    pub phase: Phase,
    /// Messages over the rate, less those within it.
    pub over_rate: u16,
    /// Messages that could not be read, less those that could.
    pub misread: u8,
    /// Until when its messages are paid for: microseconds since the shard began.
    pub paid: u64,
    /// The highest number of a frame that it got.
    pub seen: u64,
    /// Whether it gets updates as what changed.
    pub changes: bool,
    /// The version of the frame that it got last.
    pub holds: u64,
    /// What it watches.
    pub watch: Option<Watch>,
    /// What waits to be written.
    pub out: Option<Box<Out>>,
    /// What is being heard.
    pub talk: Option<Box<Talk>>,
    /// Who opened it, if they have a session.
    pub viewer: Option<Arc<Viewer>>,
    /// Given back when it is dropped.
    pub _place: Place,
}

/// What became of bytes that were to be written.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Wrote {
    /// The socket took all of them.
    All,
    /// It did not: the rest waits.
    Some,
    /// The other side is gone.
    Gone,
}

impl Socket {
    /// One that was just taken over.
    pub fn new(stream: TcpStream, life: u32, viewer: Option<Arc<Viewer>>, place: Place) -> Self {
        Self {
            stream,
            life,
            unanswered: 0,
            phase: Phase::Open,
            over_rate: 0,
            misread: 0,
            paid: 0,
            seen: 0,
            changes: false,
            holds: frame::NOTHING,
            watch: None,
            out: None,
            talk: None,
            viewer,
            _place: place,
        }
    }

    /// The form in which a frame is to be written next, as the newest that it holds.
    pub fn next<'f>(&mut self, frame: &'f Frame) -> &'f Bytes {
        self.seen = frame.seq;
        let held = std::mem::replace(&mut self.holds, frame.version);
        if self.changes { frame.after(held) } else { frame.whole() }
    }

    /// Writes bytes after those that wait.
    pub fn write(&mut self, bytes: &Bytes) -> Wrote {
        if let Some(out) = &mut self.out {
            out.parts.push_back(bytes.clone());
            return Wrote::Some;
        }
        let rest = match self.stream.write(bytes) {
            Ok(written) if written == bytes.len() => return Wrote::All,
            Ok(written) => bytes.slice(written..),
            Err(error) if error.kind() == ErrorKind::WouldBlock => bytes.clone(),
            Err(error) if error.kind() == ErrorKind::Interrupted => bytes.clone(),
            Err(_) => return Wrote::Gone,
        };
        self.out = Some(Box::new(Out {
            parts: VecDeque::from([rest]),
            moved: Instant::now(),
        }));
        // Whether it was full or interrupted, the rest goes on from here.
        self.flush()
    }

    /// Writes what waits, as much as the socket takes.
    pub fn flush(&mut self) -> Wrote {
        let Some(out) = &mut self.out else { return Wrote::All };
        while let Some(part) = out.parts.front_mut() {
            match self.stream.write(part) {
                Ok(written) => {
                    out.moved = Instant::now();
                    part.advance(written);
                    if part.is_empty() {
                        out.parts.pop_front();
                    }
                }
                Err(error) if error.kind() == ErrorKind::Interrupted => {}
                Err(error) if error.kind() == ErrorKind::WouldBlock => return Wrote::Some,
                Err(_) => return Wrote::Gone,
            }
        }
        self.out = None;
        Wrote::All
    }

    /// Whether a frame can go out now. Where something waits, or a request is being worked out, the newest comes after that.
    pub fn has_room(&self) -> bool {
        self.out.is_none() && self.talk.as_ref().is_none_or(|talk| !talk.busy)
    }

    /// Keeps a frame for which there is no room until there is.
    pub fn misses(&mut self, frame: &Frame) {
        if let Some(watch) = self.watch.as_mut().filter(|_| self.seen < frame.seq) {
            watch.missed = Some(Box::new(frame.kept()));
        }
    }

    /// The newest frame that it left out, where one is known.
    pub fn left_out(&mut self) -> Option<Frame> {
        let watch = self.watch.as_mut()?;
        let missed = watch.missed.take().map(|frame| *frame);
        let newest = watch.watcher.newest().or(missed)?;
        (newest.seq > self.seen).then_some(newest)
    }

    /// Whether it has sent no message yet: none is paid for.
    pub fn is_silent(&self) -> bool {
        self.paid == 0
    }

    /// Whether what it sends is to be read now: not while an answer is being worked out or waits to be read.
    pub fn listens(&self) -> bool {
        let resting = self
            .talk
            .as_ref()
            .is_none_or(|talk| !talk.busy && talk.heard.is_empty() && talk.end.is_none());
        match self.phase {
            Phase::Open => self.out.is_none() && resting,
            Phase::Closing | Phase::Deaf => true,
            Phase::Leaving => false,
        }
    }

    /// Whether one more message is within `rate` a second, twice as many in a burst (the generic cell rate algorithm, ITU-T I.371).
    pub fn pays(&mut self, now: u64, rate: u32) -> bool {
        let price = 1_000_000 / u64::from(rate.max(1));
        let paid = self.paid.max(now);
        let within = paid + price - now <= price * u64::from(rate) * 2;
        if within {
            self.paid = paid + price;
        }
        within
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::live::server::limits::Sockets;
    use std::io::Read as _;

    /// More than a socket takes at once.
    const MUCH: usize = 32 << 20;

    fn pair() -> (Socket, std::net::TcpStream) {
        let listener = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
        let near = std::net::TcpStream::connect(listener.local_addr().unwrap()).unwrap();
        near.set_nonblocking(true).unwrap();
        let place = Sockets::new(1, 1).take([127, 0, 0, 1].into()).unwrap();
        let socket = Socket::new(TcpStream::from_std(near), 1, None, place);
        (socket, listener.accept().unwrap().0)
    }

    #[test]
    fn what_was_not_taken_goes_out_first() {
        let (mut socket, mut far) = pair();
        assert_eq!(socket.write(&vec![b'a'; 10].into()), Wrote::All);
        assert_eq!(socket.write(&vec![b'b'; MUCH].into()), Wrote::Some);
        assert!(!socket.has_room() && !socket.listens());
        assert_eq!(socket.write(&vec![b'c'; 10].into()), Wrote::Some);
        let reader = std::thread::spawn(move || {
            let mut all = vec![0; MUCH + 20];
            far.read_exact(&mut all).unwrap();
            (all, far)
        });
        while socket.flush() == Wrote::Some {
            std::thread::yield_now();
        }
        assert!(socket.has_room() && socket.listens());
        let (all, far) = reader.join().unwrap();
        let of = |byte: u8| all.iter().filter(|one| **one == byte).count();
        assert_eq!([of(b'a'), of(b'b'), of(b'c')], [10, MUCH, 10]);
        assert!(all.is_sorted());
        socket2::SockRef::from(&far).set_linger(Some(std::time::Duration::ZERO)).unwrap();
        drop(far);
        while socket.write(&vec![b'd'; 10].into()) != Wrote::Gone {
            std::thread::yield_now();
        }
    }

    #[test]
    fn the_rate_allows_a_burst_and_then_its_pace() {
        let (mut socket, _far) = pair();
        let within = (0..100).filter(|_| socket.pays(0, 20)).count();
        assert_eq!(within, 40);
        assert!(!socket.pays(49_000, 20) && socket.pays(51_000, 20));
        assert_eq!((0..100).filter(|_| socket.pays(60_000_000, 20)).count(), 40);
    }

    #[test]
    fn a_socket_at_rest_is_small() {
        assert!(std::mem::size_of::<Socket>() <= 160, "{}", std::mem::size_of::<Socket>());
    }
}
