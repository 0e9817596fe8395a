//! How a socket comes, is looked after, and goes.

use crate::live::protocol::close;
use crate::live::server::frame::{self, wire};
use crate::live::server::shard::inbox::{Key, Newcomer};
use crate::live::server::shard::reactor::Reactor;
use crate::live::server::shard::reader::Reader;
use crate::live::server::shard::socket::{End, Phase, Socket};
use crate::server::metrics::sockets::SOCKETS;
use crate::server::serving::stage::Left;
use bytes::Bytes;
use mio::{Interest, Token};
use std::sync::Arc;
use std::time::Instant;
use tokio_tungstenite::tungstenite::Utf8Bytes;
use tokio_tungstenite::tungstenite::protocol::CloseFrame;
use tokio_tungstenite::tungstenite::protocol::frame::Frame as WireFrame;
use tokio_tungstenite::tungstenite::protocol::frame::coding::CloseCode;

/// Pings without an answer that end a connection.
const UNANSWERED: u8 = 2;

impl Reactor {
    /// Takes a socket over, and returns which it is.
    pub fn adopt(&mut self, newcomer: Newcomer) -> Option<Key> {
        let Newcomer {
            left: Left { stream, answer, read },
            mut member,
            place,
            changes,
            foreign,
        } = newcomer;
        let mut stream = mio::net::TcpStream::from_std(stream);
        let slot = self.sockets.vacant_entry();
        let at = slot.key();
        let wanted = Interest::READABLE | Interest::WRITABLE;
        if let Err(error) = self.poll.registry().register(&mut stream, Token(at), wanted) {
            tracing::warn!("a socket could not be taken over: {error}");
            return None;
        }
        self.lives = self.lives.wrapping_add(1);
        SOCKETS.opened.one();
        // Ends that were told before this moment are heard here, and later ones as a command.
        let ended = member.as_mut().is_some_and(|member| member.has_ended());
        let key = Key { at, life: self.lives };
        let viewer = member.map(|member| Arc::new(member.viewer));
        slot.insert(Socket {
            changes,
            ..Socket::new(stream, self.lives, viewer, place)
        });
        self.pings.set(Instant::now(), key);
        let ends = match () {
            () if self.stopping => Some(self.away()),
            () if foreign => Some(End::Close(close::RELOAD, "the page is of another version")),
            () if ended => Some(End::Close(close::SIGNED_OUT, "signed out")),
            () => None,
        };
        let mut first = answer;
        if ends.is_none() && !self.live.config.echo {
            first.extend_from_slice(&frame::text(self.greeting(self.viewer(at).is_some())));
        }
        self.say(at, &first.into());
        match ends {
            Some(end) => self.end(at, end),
            // What came before it was registered, the kernel tells as what comes after.
            None if read.is_empty() => {}
            None => self.alone(at, |this| this.take(at, &read)),
        }
        Some(key)
    }

    /// How a socket ends because the server does. Each shard has as many as the others.
    pub fn away(&self) -> End {
        End::Close(close::GOING_AWAY, close::farewell(self.sockets.len() * self.live.shards.count()))
    }

    /// Gives its place at a stream back.
    pub fn leave(&mut self, at: usize) {
        let Some(watch) = self.sockets.get_mut(at).and_then(|socket| socket.watch.take()) else {
            return;
        };
        let stream = watch.watcher.stream();
        let Some(group) = self.groups.get_mut(&stream) else { return };
        let place = watch.watcher.at;
        group.swap_remove(place as usize);
        if let Some(moved) = group.get(place as usize).copied()
            && let Some(moved) = self.sockets.get_mut(moved).and_then(|socket| socket.watch.as_mut())
        {
            moved.watcher.at = place;
        }
        if self.groups.get(&stream).is_some_and(Vec::is_empty) {
            self.groups.remove(&stream);
        }
    }

    /// Ends a socket as it should be ended.
    pub fn end(&mut self, at: usize, end: End) {
        // The place in the stream is given back before the goodbye, which may take a while.
        self.leave(at);
        let reading = self.reading;
        let Some(socket) = self.sockets.get_mut(at) else { return };
        let key = Key { at, life: socket.life };
        let open = socket.phase == Phase::Open;
        if open {
            SOCKETS.closed(end.code());
        }
        let (phase, code, reason) = match end {
            End::Gone(_) => {
                socket.phase = Phase::Leaving;
                if socket.out.is_none() || !open {
                    return self.remove(at);
                }
                return self.closings.set(Instant::now(), key);
            }
            _ if !open => return,
            End::Close(code, reason) => (Phase::Closing, code, reason),
            End::Stalled => (Phase::Closing, close::TOO_SLOW, "the reader made no progress"),
            End::Broken(code, reason) => (Phase::Deaf, code, reason),
        };
        socket.phase = phase;
        let frame = CloseFrame {
            code: CloseCode::from(code),
            reason: Utf8Bytes::from_static(reason),
        };
        let said = if phase == Phase::Closing {
            // The codec knows the answer when it comes.
            let talk = socket.talk.get_or_insert_default();
            talk.heard.clear();
            let reader = talk.reader.get_or_insert_with(|| Reader::new(reading));
            reader.close(frame);
            reader.output()
        } else {
            socket.talk = None;
            wire(WireFrame::close(Some(frame)))
        };
        let waits = if end == End::Stalled { &mut self.last } else { &mut self.closings };
        waits.set(Instant::now(), key);
        self.say(at, &said);
        let out = self.sockets.get(at).filter(|socket| socket.out.is_none());
        if let Some(socket) = out.filter(|_| phase == Phase::Deaf) {
            let _ = socket.stream.shutdown(std::net::Shutdown::Write);
        }
        self.again.push(key);
    }

    /// Drops a socket.
    pub fn remove(&mut self, at: usize) {
        self.leave(at);
        if let Some(mut socket) = self.sockets.try_remove(at) {
            if socket.phase == Phase::Open {
                SOCKETS.closed(close::ABNORMAL);
            }
            let _ = self.poll.registry().deregister(&mut socket.stream);
        }
    }

    /// Asks whether the other side is there, and ends what did not answer.
    pub fn ping(&mut self, key: Key, now: Instant) {
        let Some(socket) = self.sockets.get_mut(key.at).filter(|socket| socket.phase == Phase::Open) else {
            return;
        };
        if socket.unanswered >= UNANSWERED {
            return self.end(key.at, End::Close(close::TOO_SLOW, "no answer to pings"));
        }
        socket.unanswered += 1;
        self.pings.set(now, key);
        self.say(key.at, &wire(WireFrame::ping(Bytes::new())));
    }

    /// Ends a socket that took nothing for too long.
    pub fn stalled(&mut self, key: Key, now: Instant) {
        let socket = self.sockets.get(key.at).filter(|socket| socket.phase == Phase::Open);
        let Some(moved) = socket.and_then(|socket| Some(socket.out.as_ref()?.moved)) else {
            return;
        };
        if moved + self.stalls.ahead() > now {
            self.stalls.set(moved, key);
        } else {
            self.end(key.at, End::Stalled);
        }
    }
}
