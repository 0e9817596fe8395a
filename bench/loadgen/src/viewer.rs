//! One socket's state, in a few dozen bytes.

use mio::net::TcpStream;

/// What a socket is there for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Role {
    Viewer,
    /// Stops reading.
    Slow,
    /// Misbehaves, in the way of this place in [`crate::mischief::Mischief::ALL`].
    Garbage(u8),
}

impl Role {
    /// Whose close codes these are, in the report.
    pub fn name(self) -> &'static str {
        match self {
            Self::Viewer => "viewer",
            Self::Slow => "slow",
            Self::Garbage(kind) => crate::mischief::Mischief::ALL[usize::from(kind)].1,
        }
    }

    /// The role of the socket with this number: who misbehaves comes last, so that the viewers' numbers are one range.
    pub fn of(number: usize, connections: usize, slow: usize, garbage: usize) -> Self {
        if number >= connections - garbage {
            let kinds = crate::mischief::Mischief::ALL.len();
            Self::Garbage(u8::try_from((number + garbage - connections) % kinds).unwrap_or(0))
        } else if number >= connections - garbage - slow {
            Self::Slow
        } else {
            Self::Viewer
        }
    }
}

/// How far a socket has come.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Stage {
    /// Not begun, or waiting to come back.
    Away,
    Connecting,
    Asked,
    Open,
    /// Open, and it reads no more.
    Stalled,
}

/// A socket. Moments are microseconds since 1970, 0 where there was none.
#[derive(Debug)]
pub struct Viewer {
    pub stream: Option<TcpStream>,
    /// The part of a frame that came; without memory between frames.
    pub part: Vec<u8>,
    /// When its handshake began, then when it was answered.
    pub since: u64,
    /// When it was lost, until it has an update again.
    pub lost_at: u64,
    pub update_at: u64,
    /// The moment and the number of its last update.
    pub stamp: u64,
    pub seq: u64,
    /// Which of its connections this is: a timer of an earlier one means nothing.
    pub turn: u32,
    pub role: Role,
    pub stage: Stage,
    pub failures: u8,
    pub settled: bool,
    /// Reads again, to find out what the server did meanwhile.
    pub resumed: bool,
}

impl Viewer {
    pub fn new(role: Role) -> Self {
        Self {
            stream: None,
            part: Vec::new(),
            since: 0,
            lost_at: 0,
            update_at: 0,
            stamp: 0,
            seq: 0,
            turn: 0,
            role,
            stage: Stage::Away,
            failures: 0,
            settled: false,
            resumed: false,
        }
    }
}

/// How long to wait before coming back after `failures` in a row, in microseconds: docs/PROTOCOL.md, "Close codes". A server that
/// goes away may have said over how many milliseconds.
pub fn wait(failures: u8, within: Option<u64>, random: u64) -> u64 {
    const LEAST: u64 = 250_000;
    let first = within.map_or(500_000, |millis| millis.saturating_mul(1_000).clamp(500_000, 30_000_000));
    let most = (first << failures.min(10)).min(30_000_000);
    LEAST + random % (most - LEAST)
}

/// Whether a close code says to come back.
pub fn comes_back(code: u16) -> bool {
    !matches!(code, 1000 | 1003 | 1007 | 1009 | 4500..)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_socket_is_a_few_dozen_bytes() {
        assert!(size_of::<Viewer>() <= 96, "{}", size_of::<Viewer>());
    }

    #[test]
    fn waits_double_up_to_half_a_minute_and_codes_say_whether() {
        for (failures, most) in [(0, 500_000), (1, 1_000_000), (5, 16_000_000), (6, 30_000_000), (255, 30_000_000)] {
            let waits = [0, 1, 777_777_777, u64::MAX].map(|random| wait(failures, None, random));
            assert!(waits.iter().all(|wait| (250_000..most).contains(wait)), "{failures}: {waits:?}");
        }
        assert!((250_000..4_000_000).contains(&wait(0, Some(4_000), 3_700_000)));
        assert!([1001, 1006, 1012, 4408, 4429].into_iter().all(comes_back));
        assert!(![1000, 1003, 1009, 4501, 4502].into_iter().any(comes_back));
    }

    #[test]
    fn each_has_its_role() {
        let roles: Vec<_> = (0..6).map(|number| Role::of(number, 6, 2, 1)).collect();
        let viewers = [Role::Viewer; 3];
        assert_eq!(roles[..3], viewers);
        assert_eq!(roles[3..], [Role::Slow, Role::Slow, Role::Garbage(0)]);
    }
}
