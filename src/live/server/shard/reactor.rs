//! The loop of a shard: what the kernel says, what it is told, what time it is.

use crate::accounts::server::Viewer;
use crate::live::protocol::close;
use crate::live::server::Live;
use crate::live::server::shard::answer::not_found;
use crate::live::server::shard::deadlines::Deadlines;
use crate::live::server::shard::giving::Round;
use crate::live::server::shard::inbox::{Command, Inbox, Key, Newcomer};
use crate::live::server::shard::reader;
use crate::live::server::shard::socket::{End, Phase, Socket, Wrote};
use crate::server::metrics::sockets::Turn;
use bytes::Bytes;
use mio::event::Event;
use mio::{Events, Poll, Token};
use slab::Slab;
use std::collections::{HashMap, VecDeque};
use std::io::{ErrorKind, Read as _};
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::Arc;
use std::time::{Duration, Instant};
use tokio_tungstenite::tungstenite::protocol::WebSocketConfig;

/// Says that something waits in the inbox.
pub const WAKE: Token = Token(usize::MAX);

/// What is read of a socket at once; all sockets of a shard share it.
const SCRATCH: usize = 16 << 10;
/// Reads of one socket before another one has its turn.
const TURN: usize = 4;
/// Newcomers that may be in without having asked for anything. They will ask at once, and get it at once: those beyond wait for their answer.
const SILENT: usize = 128;
/// How long one of them is waited for: most clients ask at once, and who only listens must not keep others out.
const ASKS: Duration = Duration::from_millis(20);
/// How long the other side may take to answer a close.
const CLOSING: Duration = Duration::from_secs(2);

/// A shard.
#[derive(Debug)]
pub struct Reactor {
    /// What every socket shares.
    pub live: Live,
    /// Its number.
    pub number: usize,
    /// The way in.
    pub inbox: Arc<Inbox>,
    /// Its sockets.
    pub sockets: Slab<Socket>,
    /// Who watches each stream: places of sockets.
    pub groups: HashMap<u64, Vec<usize>>,
    /// Frames on their way.
    pub(super) rounds: VecDeque<Round>,
    /// Whether frames may wait, here or in the inbox, of which nobody tells.
    gives: bool,
    /// How messages are read.
    pub reading: WebSocketConfig,
    pub(super) poll: Poll,
    began: Instant,
    pub(super) lives: u32,
    pub(super) stopping: bool,
    /// Who is to be let in.
    newcomers: VecDeque<Newcomer>,
    /// Who was let in and has not asked yet, each with the moment until which it is waited for.
    silent: VecDeque<(Instant, Key)>,
    scratch: Box<[u8]>,
    /// Sockets that have more to be read.
    pub(super) again: Vec<Key>,
    pub(super) pings: Deadlines,
    pub(super) stalls: Deadlines,
    pub(super) closings: Deadlines,
    /// The second wait of those that stalled.
    pub(super) last: Deadlines,
    /// What it did in this turn.
    pub(super) turn: Turn,
}

impl Reactor {
    /// A shard without sockets.
    pub fn new(live: Live, number: usize, poll: Poll, inbox: Arc<Inbox>) -> Self {
        let config = &live.config;
        let stall = Duration::from_secs(config.stall_seconds);
        Self {
            reading: reader::config(config.max_message_bytes as usize),
            pings: Deadlines::new(Duration::from_secs(config.ping_seconds)),
            stalls: Deadlines::new(stall),
            last: Deadlines::new(stall),
            closings: Deadlines::new(CLOSING),
            live,
            number,
            inbox,
            sockets: Slab::new(),
            groups: HashMap::new(),
            rounds: VecDeque::new(),
            gives: false,
            poll,
            began: Instant::now(),
            lives: 0,
            stopping: false,
            newcomers: VecDeque::new(),
            silent: VecDeque::new(),
            scratch: vec![0; SCRATCH].into(),
            again: vec![],
            turn: Turn::default(),
        }
    }

    /// Microseconds since it began.
    pub fn micros(&self) -> u64 {
        self.began.elapsed().as_micros() as u64
    }

    /// Serves until the server stops and every socket is closed.
    pub fn run(mut self) {
        let mut events = Events::with_capacity(1 << 10);
        while !(self.stopping && self.sockets.is_empty() && self.newcomers.is_empty()) {
            match self.poll.poll(&mut events, self.wait()) {
                Ok(()) => {}
                Err(error) if error.kind() == ErrorKind::Interrupted => continue,
                Err(error) => {
                    tracing::error!("the sockets' loop {} cannot go on: {error}", self.number);
                    return;
                }
            }
            for event in &events {
                if event.token() != WAKE {
                    self.alone(event.token().0, |this| this.ready(event));
                }
            }
            for key in std::mem::take(&mut self.again) {
                self.alone_if_there(key, |this| this.read(key.at, true));
            }
            // Until all have what is on its way, newer frames wait, each in the place of the one before.
            let gives = !self.rounds.is_empty();
            let waiting = if gives { self.inbox.take_but_frames() } else { self.inbox.take() };
            waiting.commands.into_iter().for_each(|command| self.obey(command));
            let rounds = waiting.frames.into_iter().map(|(stream, frame)| Round::new(stream, frame));
            self.rounds.extend(rounds);
            self.give();
            self.gives = gives || !self.rounds.is_empty();
            self.newcomers.extend(waiting.newcomers);
            self.welcome(Instant::now());
            self.keep_time(Instant::now());
            self.turn.end(self.number, self.sockets.len());
        }
    }

    /// Lets newcomers in, as many as those who are in leave room for.
    fn welcome(&mut self, now: Instant) {
        while let Some((until, key)) = self.silent.front() {
            let socket = self.sockets.get(key.at).filter(|socket| socket.life == key.life);
            if *until > now && socket.is_some_and(Socket::is_silent) {
                break;
            }
            self.silent.pop_front();
        }
        while self.stopping || self.silent.len() < SILENT {
            let Some(newcomer) = self.newcomers.pop_front() else { break };
            if let Some(key) = self.adopt(newcomer) {
                self.silent.push_back((now + ASKS, key));
            }
        }
    }

    /// How long there is nothing to do by itself.
    fn wait(&self) -> Option<Duration> {
        if self.gives || !self.again.is_empty() {
            return Some(Duration::ZERO);
        }
        let all = [&self.pings, &self.stalls, &self.closings, &self.last];
        let next = all.into_iter().filter_map(Deadlines::next);
        let asks = self.silent.front().filter(|_| !self.newcomers.is_empty()).map(|(until, _)| *until);
        let next = next.chain(asks).min()?;
        Some(next.saturating_duration_since(Instant::now()))
    }

    /// Does something for one socket: what breaks there costs that socket alone.
    pub(super) fn alone(&mut self, at: usize, act: impl FnOnce(&mut Self)) {
        if catch_unwind(AssertUnwindSafe(|| act(self))).is_err() {
            tracing::error!("a socket broke its loop's turn, and was closed");
            self.remove(at);
        }
    }

    fn key(&self, at: usize) -> Option<Key> {
        self.sockets.get(at).map(|socket| Key { at, life: socket.life })
    }

    /// Who opened a socket.
    pub fn viewer(&self, at: usize) -> Option<Arc<Viewer>> {
        self.sockets.get(at).and_then(|socket| socket.viewer.clone())
    }

    fn ready(&mut self, event: &Event) {
        let at = event.token().0;
        if event.is_writable() && self.sockets.get(at).is_some_and(|socket| socket.out.is_some()) {
            self.flush(at);
        }
        let ends = event.is_read_closed() || event.is_error();
        if event.is_readable() || ends {
            self.read(at, ends);
        }
    }

    /// Reads what is there; `told` where something may be that is told no more, such as the end of the stream.
    fn read(&mut self, at: usize, told: bool) {
        let mut scratch = std::mem::take(&mut self.scratch);
        if scratch.is_empty() {
            // A turn that broke took it along.
            scratch = vec![0; SCRATCH].into();
        }
        for turn in 0.. {
            let Some(socket) = self.sockets.get_mut(at).filter(|socket| socket.listens()) else {
                break;
            };
            if turn == TURN {
                self.again.extend(self.key(at));
                break;
            }
            match socket.stream.read(&mut scratch) {
                Ok(0) => {
                    self.end(at, End::Gone(close::ABNORMAL));
                    break;
                }
                Ok(_) if socket.phase == Phase::Deaf => {}
                Ok(count) => {
                    self.take(at, scratch.get(..count).unwrap_or_default());
                    // It was all (epoll(7)); what comes after it is told.
                    if count < SCRATCH && !told && cfg!(unix) {
                        break;
                    }
                }
                Err(error) if error.kind() == ErrorKind::WouldBlock => break,
                Err(error) if error.kind() == ErrorKind::Interrupted => {}
                Err(_) => {
                    self.remove(at);
                    break;
                }
            }
        }
        self.scratch = scratch;
    }

    fn flush(&mut self, at: usize) {
        let Some(socket) = self.sockets.get_mut(at) else { return };
        match socket.flush() {
            Wrote::Gone => self.remove(at),
            Wrote::Some => {}
            Wrote::All => match socket.phase {
                Phase::Leaving => self.remove(at),
                Phase::Closing => {}
                Phase::Deaf => {
                    let _ = socket.stream.shutdown(std::net::Shutdown::Write);
                }
                Phase::Open => {
                    self.catch_up(at);
                    self.resume(at);
                }
            },
        }
    }

    /// Hears on after something was in the way.
    pub fn resume(&mut self, at: usize) {
        self.go_on(at);
        if self.sockets.get(at).is_some_and(Socket::listens) {
            // What came meanwhile was told once, and is told no more.
            self.again.extend(self.key(at));
        }
    }

    /// Gives a socket the newest frame of its stream where it left some out.
    pub fn catch_up(&mut self, at: usize) {
        let Some(socket) = self.sockets.get_mut(at) else { return };
        if !socket.has_room() {
            return;
        }
        if let Some(frame) = socket.left_out() {
            self.turn.caught_up(frame.seq.saturating_sub(socket.seen + 1));
            let wire = socket.next(&frame).clone();
            self.say(at, &wire);
        }
    }

    /// Writes bytes to a socket.
    pub fn say(&mut self, at: usize, bytes: &Bytes) {
        let Some(socket) = self.sockets.get_mut(at) else { return };
        let waited = socket.out.is_some();
        self.turn.sent(bytes.len());
        match socket.write(bytes) {
            Wrote::All => {}
            Wrote::Some if waited => {}
            Wrote::Some => {
                let key = Key { at, life: socket.life };
                self.stalls.set(Instant::now(), key);
            }
            Wrote::Gone => self.remove(at),
        }
    }

    fn obey(&mut self, command: Command) {
        match command {
            Command::Answer(key, answer) => self.alone(key.at, |this| this.answered(key, *answer)),
            Command::Gone(stream) => {
                for at in self.groups.remove(&stream).unwrap_or_default() {
                    if let Some(socket) = self.sockets.get_mut(at) {
                        socket.watch = None;
                        self.say_text(at, not_found(None));
                    }
                }
            }
            Command::Watching(stream, said) => {
                for at in self.groups.get(&stream).cloned().unwrap_or_default() {
                    self.say(at, &said);
                }
            }
            Command::Ended(session) => {
                let whose = |socket: &Socket| {
                    let viewer = socket.viewer.as_ref();
                    viewer.is_some_and(|viewer| session.as_ref().is_none_or(|session| *session == viewer.session))
                };
                for at in self.every(whose) {
                    self.end(at, End::Close(close::SIGNED_OUT, "signed out"));
                }
            }
            Command::Tell(said) => {
                for at in self.every(|socket| socket.phase == Phase::Open) {
                    self.say(at, &said);
                }
            }
            Command::Stop => {
                self.stopping = true;
                let away = self.away();
                for at in self.every(|_| true) {
                    self.end(at, away);
                }
            }
        }
    }

    fn every(&self, which: impl Fn(&Socket) -> bool) -> Vec<usize> {
        let all = self.sockets.iter().filter(|(_, socket)| which(socket));
        all.map(|(at, _)| at).collect()
    }

    fn keep_time(&mut self, now: Instant) {
        while let Some(key) = self.pings.pop(now) {
            self.alone_if_there(key, |this| this.ping(key, now));
        }
        while let Some(key) = self.stalls.pop(now) {
            self.alone_if_there(key, |this| this.stalled(key, now));
        }
        // Whether the goodbye was heard makes no difference any more.
        while let Some(key) = self.closings.pop(now).or_else(|| self.last.pop(now)) {
            self.alone_if_there(key, |this| this.remove(key.at));
        }
    }

    fn alone_if_there(&mut self, key: Key, act: impl FnOnce(&mut Self)) {
        if self.sockets.get(key.at).is_some_and(|socket| socket.life == key.life) {
            self.alone(key.at, act);
        }
    }
}
