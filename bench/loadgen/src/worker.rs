//! A thread: opens its share of the sockets, hears them, and does in time what is due.

use std::cmp::Reverse;
use std::collections::BinaryHeap;
use std::io::{ErrorKind, Write as _};
use std::net::{Ipv4Addr, SocketAddr, SocketAddrV4};
use std::sync::atomic::Ordering::Relaxed;
use std::time::{Duration, SystemTime, UNIX_EPOCH};

use anyhow::{Context as _, Result};
use mio::net::TcpStream;
use mio::{Events, Interest, Poll, Token};
use socket2::{Domain, Socket, Type};

use crate::args::Args;
use crate::control::{Control, Phase};
use crate::mischief::Mischief;
use crate::stats::{Stats, Window};
use crate::viewer::{Role, Stage, Viewer, comes_back, wait};
use crate::wire::{frame, opcode, request};

/// Bytes that are read at once; a frame may be as long.
const BUFFER: usize = 1 << 19;
/// Receive buffer of who stops reading: what lies there is none of the server's memory.
const SLOW_BUFFER: usize = 16 << 10;
const SECOND: u64 = 1_000_000;

/// What is due at a moment for a socket.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
enum Due {
    /// Its handshake has taken too long.
    GiveUp,
    ComeBack,
    /// It reads again.
    Resume,
    /// It was not closed, and stops reading anew.
    StallAgain,
    Misbehave,
}

/// A thread's sockets and counts.
pub struct Worker<'a> {
    pub(crate) args: &'a Args,
    pub(crate) control: &'a Control,
    portfolios: &'a [Portfolio],
    /// Its sockets are those whose number is `first`, `first + step`, …
    first: usize,
    step: usize,
    poll: Poll,
    pub(crate) viewers: Vec<Viewer>,
    pub(crate) stats: Stats,
    pub(crate) buffer: Vec<u8>,
    pub(crate) phase: Phase,
    timers: BinaryHeap<Reverse<(u64, usize, u32, Due)>>,
    pub(crate) under_way: usize,
    begun: usize,
    random: u64,
}

/// What a viewer asks for, and as whom.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Portfolio {
    identity: String,
    cookie: Option<String>,
}

impl Portfolio {
    /// Reads a line: the identity, and behind it a cookie.
    pub fn read(line: &str) -> Option<Self> {
        let (identity, cookie) = line.trim().split_once(' ').unwrap_or((line.trim(), ""));
        let cookie = Some(cookie.trim()).filter(|cookie| !cookie.is_empty()).map(str::to_owned);
        (!identity.is_empty()).then(|| Self {
            identity: identity.to_owned(),
            cookie,
        })
    }
}

/// Microseconds since 1970.
pub fn now() -> u64 {
    let since = SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default();
    u64::try_from(since.as_micros()).unwrap_or(u64::MAX)
}

impl<'a> Worker<'a> {
    /// The thread with number `first` of those that share the sockets.
    ///
    /// # Errors
    /// The kernel gives no event queue.
    pub fn new(args: &'a Args, control: &'a Control, portfolios: &'a [Portfolio], first: usize) -> Result<Self> {
        let step = args.threads;
        let numbers = (first..args.connections).step_by(step);
        let viewers = numbers.map(|number| Viewer::new(Role::of(number, args.connections, args.slow, args.garbage)));
        Ok(Self {
            args,
            control,
            portfolios,
            first,
            step,
            poll: Poll::new().context("no event queue")?,
            viewers: viewers.collect(),
            stats: Stats::default(),
            buffer: vec![0; BUFFER],
            phase: Phase::Opening,
            timers: BinaryHeap::new(),
            under_way: 0,
            begun: 0,
            random: 0x9e37_79b9_7f4a_7c15 ^ (first as u64 + 1),
        })
    }

    /// Runs until the end of the run; gives what was counted.
    ///
    /// # Errors
    /// The event queue fails.
    pub fn run(mut self) -> Result<Stats> {
        let mut events = Events::with_capacity(4_096);
        let began = now();
        let (mut churned, mut next_to_leave, mut window_began) = (0, 0, 0);
        loop {
            let phase = self.control.phase();
            if phase != self.phase {
                self.phase = phase;
                match phase {
                    Phase::Window => {
                        self.stats.window = Window::default();
                        window_began = now();
                    }
                    Phase::Draining => self.resume_all(),
                    Phase::Ended => return Ok(self.stats),
                    Phase::Opening | Phase::WarmUp => {}
                }
            }
            let at = now();
            self.open_due(at - began);
            self.timers_due(at);
            if phase == Phase::Window && self.args.churn > 0 {
                let due = (at - window_began) * self.args.churn / self.step as u64 / SECOND;
                while churned < due {
                    churned += 1;
                    next_to_leave = self.leave(next_to_leave, churned);
                }
            }
            let opening = self.begun < self.viewers.len() && self.under_way < self.args.inflight;
            let timeout = Duration::from_millis(if opening { 1 } else { 5 });
            match self.poll.poll(&mut events, Some(timeout)) {
                Err(error) if error.kind() != ErrorKind::Interrupted => return Err(error).context("the event queue fails"),
                _ => {}
            }
            for event in &events {
                self.happened(event.token().0);
            }
        }
    }

    /// Opens what the rate allows by now.
    fn open_due(&mut self, elapsed: u64) {
        let share = self.args.rate.div_ceil(self.step as u64);
        let due = match self.args.rate {
            0 => self.viewers.len(),
            _ => usize::try_from(elapsed * share / SECOND + 1)
                .unwrap_or(usize::MAX)
                .min(self.viewers.len()),
        };
        while self.begun < due && self.under_way < self.args.inflight {
            self.connect(self.begun);
            self.begun += 1;
        }
    }

    fn timers_due(&mut self, at: u64) {
        while let Some(&Reverse((due, slot, turn, what))) = self.timers.peek() {
            if due > at {
                return;
            }
            self.timers.pop();
            if self.viewers[slot].turn != turn {
                continue;
            }
            match (what, self.viewers[slot].stage) {
                (Due::GiveUp, Stage::Connecting | Stage::Asked) => self.failed(slot, "took too long"),
                (Due::ComeBack, Stage::Away) => self.connect(slot),
                (Due::Resume, Stage::Stalled) => self.resume(slot),
                (Due::StallAgain, Stage::Open) => self.viewers[slot].resumed = false,
                (Due::Misbehave, Stage::Open | Stage::Asked) => self.misbehave(slot),
                _ => {}
            }
        }
    }

    fn later(&mut self, slot: usize, micros: u64, what: Due) {
        let turn = self.viewers[slot].turn;
        self.timers.push(Reverse((now() + micros, slot, turn, what)));
    }

    /// Begins a connection.
    fn connect(&mut self, slot: usize) {
        let number = self.first + slot * self.step;
        let viewer = &mut self.viewers[slot];
        viewer.turn += 1;
        viewer.since = now();
        viewer.stage = Stage::Connecting;
        self.under_way += 1;
        let target = self.args.urls[number % self.args.urls.len()].address;
        match dial(target, source(number, self.args.per_address), viewer.role == Role::Slow) {
            Ok(mut stream) => {
                let interest = Interest::READABLE | Interest::WRITABLE;
                if self.poll.registry().register(&mut stream, Token(slot), interest).is_err() {
                    return self.failed(slot, "the event queue takes no more");
                }
                self.viewers[slot].stream = Some(stream);
                self.later(slot, (self.args.timeout * SECOND as f64) as u64, Due::GiveUp);
            }
            Err(error) => self.failed(slot, &error.kind().to_string()),
        }
    }

    /// A socket can be read or written.
    fn happened(&mut self, slot: usize) {
        if self.viewers[slot].stage == Stage::Connecting {
            let Some(stream) = &self.viewers[slot].stream else { return };
            match stream.take_error() {
                Ok(None) if stream.peer_addr().is_ok() => self.ask(slot),
                // Not there yet: the event told of something else.
                Ok(None) => return,
                Ok(Some(error)) | Err(error) => return self.failed(slot, &error.kind().to_string()),
            }
        }
        if self.viewers[slot].stage != Stage::Stalled {
            self.hear(slot);
        }
    }

    /// Connected: asks for a socket, or does what it came for.
    fn ask(&mut self, slot: usize) {
        let number = self.first + slot * self.step;
        let target = &self.args.urls[number % self.args.urls.len()];
        self.viewers[slot].stage = Stage::Asked;
        let bytes = match self.viewers[slot].role {
            Role::Garbage(kind) if Mischief::ALL[usize::from(kind)].0.instead_of_handshake() => {
                self.later(slot, SECOND / 10, Due::Misbehave);
                self.settle(slot);
                Mischief::ALL[usize::from(kind)].0.opening()
            }
            _ => {
                let cookie = self.portfolio(number).and_then(|portfolio| portfolio.cookie.as_ref());
                let mut headers = self.args.headers.clone();
                headers.extend(cookie.map(|cookie| format!("Cookie: {cookie}")));
                request(
                    &target.address.to_string(),
                    &target.path,
                    &headers,
                    self.args.subprotocol.as_deref(),
                )
            }
        };
        self.write(slot, &bytes);
    }

    /// What the socket with this number asks for, where portfolios are named.
    fn portfolio(&self, number: usize) -> Option<&'a Portfolio> {
        self.portfolios.get(number.checked_rem(self.portfolios.len())?)
    }

    /// The handshake is answered: asks for updates.
    pub(crate) fn opened(&mut self, slot: usize) {
        self.under_way -= 1;
        self.control.open.fetch_add(1, Relaxed);
        let at = now();
        let number = self.first + slot * self.step;
        let viewer = &mut self.viewers[slot];
        self.stats.whole.open.record(at - viewer.since);
        viewer.since = at;
        viewer.stage = Stage::Open;
        // What was counted before belongs to another connection; the number that it had is named, once.
        let named = std::mem::take(&mut viewer.seq);
        viewer.update_at = 0;
        viewer.resumed = false;
        if let Role::Garbage(kind) = viewer.role {
            let opening = Mischief::ALL[usize::from(kind)].0.opening();
            self.write(slot, &opening);
            self.later(slot, SECOND / 10, Due::Misbehave);
            return self.settle(slot);
        }
        if self.args.idle {
            return self.settle(slot);
        }
        let mut start = String::from("{\"type\":\"start_updates\"");
        if self.args.interval > 0 {
            start += &format!(",\"interval_ms\":{}", self.args.interval);
        }
        if let Some(portfolio) = self.portfolio(number) {
            start += &format!(",\"portfolio_id\":\"{}\"", portfolio.identity);
        }
        if self.args.reconnect && named > 0 {
            start += &format!(",\"seq\":{named}");
        }
        let bytes = frame(opcode::TEXT, (start + "}").as_bytes());
        self.write(slot, &bytes);
    }

    /// Writes what fits: requests are short, and of mischief each part will do.
    pub(crate) fn write(&mut self, slot: usize, bytes: &[u8]) {
        if let Some(stream) = &mut self.viewers[slot].stream {
            // A connection that is gone is found out by reading.
            let _ = stream.write(bytes);
        }
    }

    fn misbehave(&mut self, slot: usize) {
        if let Role::Garbage(kind) = self.viewers[slot].role {
            let bytes = Mischief::ALL[usize::from(kind)].0.bytes();
            self.write(slot, &bytes);
            self.later(slot, SECOND / 10, Due::Misbehave);
        }
    }

    /// This socket has come as far as it will by itself.
    pub(crate) fn settle(&mut self, slot: usize) {
        if !std::mem::replace(&mut self.viewers[slot].settled, true) {
            self.control.settled.fetch_add(1, Relaxed);
        }
    }

    /// The handshake failed.
    pub(crate) fn failed(&mut self, slot: usize, why: &str) {
        let kept = matches!(self.viewers[slot].role, Role::Garbage(_));
        let (counts, name) = match self.viewers[slot].role {
            role @ Role::Garbage(_) => (&mut self.stats.whole.closes, format!("{} {why}", role.name())),
            Role::Viewer | Role::Slow => (&mut self.stats.whole.failures, why.to_owned()),
        };
        *counts.entry(name).or_default() += 1;
        self.under_way -= 1;
        self.viewers[slot].failures = self.viewers[slot].failures.saturating_add(1);
        self.away(slot);
        if kept || self.args.reconnect {
            self.come_back(slot, None);
        }
        self.settle(slot);
    }

    /// The connection ended: with a code, or 1006 without one.
    pub(crate) fn ended(&mut self, slot: usize, code: u16, within: Option<u64>) {
        let viewer = &mut self.viewers[slot];
        *self.stats.whole.closes.entry(format!("{} {code}", viewer.role.name())).or_default() += 1;
        self.control.open.fetch_sub(1, Relaxed);
        let role = viewer.role;
        if role == Role::Viewer {
            self.stats.whole.lost += 1;
            self.control.lost.fetch_add(1, Relaxed);
        }
        if viewer.lost_at == 0 {
            viewer.lost_at = now();
        }
        if viewer.resumed {
            self.stats.window.slow_closed += 1;
        }
        self.away(slot);
        if matches!(role, Role::Garbage(_)) || (self.args.reconnect && comes_back(code)) {
            self.come_back(slot, within);
        }
        self.settle(slot);
    }

    fn come_back(&mut self, slot: usize, within: Option<u64>) {
        self.random = self
            .random
            .wrapping_mul(6_364_136_223_846_793_005)
            .wrapping_add(1_442_695_040_888_963_407);
        let micros = match self.viewers[slot].role {
            // It is not to be a flood of connections.
            Role::Garbage(_) => SECOND,
            Role::Viewer | Role::Slow => wait(self.viewers[slot].failures, within, self.random >> 16),
        };
        self.later(slot, micros, Due::ComeBack);
    }

    fn away(&mut self, slot: usize) {
        let viewer = &mut self.viewers[slot];
        viewer.stage = Stage::Away;
        viewer.part = Vec::new();
        // Dropped, it leaves the event queue too.
        viewer.stream = None;
    }

    /// Stops reading.
    pub(crate) fn stall(&mut self, slot: usize) {
        self.viewers[slot].stage = Stage::Stalled;
        if self.args.slow_seconds > 0.0 {
            self.later(slot, (self.args.slow_seconds * SECOND as f64) as u64, Due::Resume);
        }
    }

    fn resume_all(&mut self) {
        for slot in 0..self.viewers.len() {
            if self.viewers[slot].stage == Stage::Stalled {
                self.resume(slot);
            }
        }
    }

    /// Reads again, and so finds the close code.
    fn resume(&mut self, slot: usize) {
        self.viewers[slot].stage = Stage::Open;
        self.viewers[slot].resumed = true;
        self.later(slot, 2 * SECOND, Due::StallAgain);
        self.hear(slot);
        if self.viewers[slot].stage == Stage::Open {
            self.stats.window.slow_open += 1;
        }
    }

    /// The next viewer from a place on leaves and comes back at once; gives the place after it.
    fn leave(&mut self, from: usize, way: u64) -> usize {
        let count = self.viewers.len();
        let open = |viewer: &Viewer| viewer.role == Role::Viewer && viewer.stage == Stage::Open;
        let Some(slot) = (from..from + count)
            .map(|place| place % count)
            .find(|&slot| open(&self.viewers[slot]))
        else {
            return from;
        };
        match way % 3 {
            0 => self.write(slot, &frame(opcode::CLOSE, &1000_u16.to_be_bytes())),
            1 => {}
            _ => {
                // A reset: the other end learns of it by an error.
                if let Some(stream) = self.viewers[slot].stream.take() {
                    let _ = Socket::from(std::net::TcpStream::from(stream)).set_linger(Some(Duration::ZERO));
                }
            }
        }
        self.stats.whole.churned += 1;
        self.viewers[slot].lost_at = now();
        self.control.open.fetch_sub(1, Relaxed);
        self.away(slot);
        self.connect(slot);
        slot + 1
    }
}

/// The source address of a socket: after so many of one the next, from 127.0.1.1 on.
fn source(number: usize, per_address: usize) -> Option<Ipv4Addr> {
    let place = number.checked_div(per_address)?;
    let byte = |value: usize| u8::try_from(value).unwrap_or(250);
    Some(Ipv4Addr::new(
        127,
        byte(place / 62_500),
        byte(place / 250 % 250 + 1),
        byte(place % 250 + 1),
    ))
}

/// Begins to connect.
fn dial(target: SocketAddr, source: Option<Ipv4Addr>, slow: bool) -> std::io::Result<TcpStream> {
    let socket = Socket::new(Domain::IPV4, Type::STREAM, None)?;
    socket.set_nonblocking(true)?;
    socket.set_tcp_nodelay(true)?;
    if slow {
        socket.set_recv_buffer_size(SLOW_BUFFER)?;
    }
    if let Some(source) = source {
        socket.bind(&SocketAddrV4::new(source, 0).into())?;
    }
    match socket.connect(&target.into()) {
        Ok(()) => {}
        // What a connect that goes on by itself answers.
        Err(error) if error.kind() == ErrorKind::WouldBlock || error.raw_os_error() == Some(115) => {}
        Err(error) => return Err(error),
    }
    Ok(TcpStream::from_std(socket.into()))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_portfolio_may_have_a_cookie() {
        let read = |line| Portfolio::read(line).map(|read| (read.identity, read.cookie));
        assert_eq!(read("p1 a=1; b=2\n"), Some(("p1".into(), Some("a=1; b=2".into()))));
        assert_eq!(read("p1"), Some(("p1".into(), None)));
        assert_eq!(read("  "), None);
    }

    #[test]
    fn addresses_are_spread_over_the_loopback_network() {
        assert_eq!(source(7, 0), None);
        assert_eq!(source(49, 50), Some(Ipv4Addr::new(127, 0, 1, 1)));
        assert_eq!(source(50, 50), Some(Ipv4Addr::new(127, 0, 1, 2)));
        assert_eq!(source(250 * 50, 50), Some(Ipv4Addr::new(127, 0, 2, 1)));
    }
}
