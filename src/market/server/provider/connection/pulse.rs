//! Whether the other side still lives: by what it sends, and by asking it where it sends nothing.
//!
//! Two things may die apart. A host that is gone answers no ping. A venue behind a host that lives answers pings and sends no
//! message of its own: only where it promises a heartbeat is that told from a quiet market.

use std::time::Duration;
use tokio::time::Instant;

/// Whoever looks later than this was kept from listening, too: nothing is said about the other side yet.
const LATE: Duration = Duration::from_millis(200);

/// After how long what is done.
#[derive(Clone, Copy, Debug)]
pub struct Timing {
    /// Without a sign of life: it is silent, and others take over. A ping is sent at four ninths of it.
    pub silent: Duration,
    /// Without a sign of life: the connection is given up.
    pub dead: Duration,
    /// Without a message: it is silent too; `None` where it may be.
    pub beats_within: Option<Duration>,
}

/// What is to be done now.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Finding {
    /// Nothing.
    Well,
    /// Ask it.
    Ping,
    /// Say that it is silent.
    Silent,
    /// Give the connection up.
    Dead,
}

/// When it was heard last.
#[derive(Debug)]
pub struct Pulse {
    timing: Timing,
    /// Anything: a message, a pong.
    sign: Instant,
    /// A message that was understood.
    message: Instant,
    /// When it was asked last, if that was after the last sign.
    asked: Option<Instant>,
    silent: bool,
    /// Whether a late look was forgiven since the last sign.
    forgiven: bool,
}

impl Pulse {
    /// The pulse of a connection that is open since now.
    pub fn new(timing: Timing, now: Instant) -> Self {
        Self {
            timing,
            sign: now,
            message: now,
            asked: None,
            silent: false,
            forgiven: false,
        }
    }

    fn ping_after(&self) -> Duration {
        self.timing.silent * 4 / 9
    }

    /// Something came; `message` where it was one that was understood. Whether it is no longer silent by that.
    pub fn heard(&mut self, message: bool, now: Instant) -> bool {
        self.sign = now;
        self.asked = None;
        self.forgiven = false;
        if message {
            self.message = now;
        }
        // After a silence of who promises a heartbeat only a message counts: who answers pings alone brings no prices.
        let speaks = self.silent && (message || self.timing.beats_within.is_none());
        self.silent &= !speaks;
        speaks
    }

    /// When to look next.
    pub fn due(&self) -> Instant {
        let ping = self.asked.unwrap_or(self.sign) + self.ping_after();
        if self.silent {
            return ping.min(self.sign + self.timing.dead).min(self.message + self.mute());
        }
        let silent = self.sign + self.timing.silent;
        let mute = self.timing.beats_within.map(|within| self.message + within);
        ping.min(silent).min(mute.unwrap_or(silent))
    }

    /// How long a venue that answers pings may bring no message before the connection is given up.
    fn mute(&self) -> Duration {
        self.timing
            .beats_within
            .map_or(Duration::MAX / 4, |within| within * 3)
            .min(Duration::from_secs(86_400 * 365))
    }

    /// What is to be done now.
    pub fn check(&mut self, now: Instant) -> Finding {
        let late = now.saturating_duration_since(self.due());
        if late > LATE && !self.forgiven {
            self.forgiven = true;
            self.sign += late;
            self.message += late;
            self.asked = Some(now);
            return Finding::Ping;
        }
        let since_sign = now.saturating_duration_since(self.sign);
        let since_message = now.saturating_duration_since(self.message);
        if since_sign >= self.timing.dead || since_message >= self.mute() {
            return Finding::Dead;
        }
        let mute = self.timing.beats_within.is_some_and(|within| since_message >= within);
        if !self.silent && (mute || since_sign >= self.timing.silent) {
            self.silent = true;
            return Finding::Silent;
        }
        if now.saturating_duration_since(self.asked.unwrap_or(self.sign)) >= self.ping_after() {
            self.asked = Some(now);
            return Finding::Ping;
        }
        Finding::Well
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const fn ms(millis: u64) -> Duration {
        Duration::from_millis(millis)
    }

    fn timing(beats_within: Option<Duration>) -> Timing {
        Timing {
            silent: ms(900),
            dead: ms(5_000),
            beats_within,
        }
    }

    /// Looks whenever it is due, and tells what was found when.
    fn findings(pulse: &mut Pulse, start: Instant, until: Duration) -> Vec<(u128, Finding)> {
        let mut found = vec![];
        while pulse.due() <= start + until {
            let now = pulse.due();
            match pulse.check(now) {
                Finding::Well => panic!("looked for nothing"),
                finding => found.push(((now - start).as_millis(), finding)),
            }
            if matches!(found.last(), Some((_, Finding::Dead))) {
                break;
            }
        }
        found
    }

    #[test]
    fn a_host_that_is_gone_is_asked_then_silent_within_a_second_then_given_up() {
        let start = Instant::now();
        let found = findings(&mut Pulse::new(timing(None), start), start, ms(6_000));
        assert_eq!(found[..3], [(400, Finding::Ping), (800, Finding::Ping), (900, Finding::Silent)]);
        assert_eq!(found.last(), Some(&(5_000, Finding::Dead)));
        assert!(found.len() < 16, "{found:?}");
    }

    #[test]
    fn who_answers_is_not_silent_and_is_asked_seldom() {
        let start = Instant::now();
        let mut pulse = Pulse::new(timing(None), start);
        let mut pings = 0;
        while pulse.due() < start + ms(60_000) {
            let now = pulse.due();
            assert_eq!(pulse.check(now), Finding::Ping);
            pings += 1;
            assert!(!pulse.heard(false, now + ms(100)));
        }
        assert!(pings <= 120, "{pings} pings in a minute");
    }

    #[test]
    fn who_promises_a_heartbeat_and_only_answers_pings_is_silent() {
        let start = Instant::now();
        let mut pulse = Pulse::new(timing(Some(ms(3_000))), start);
        let mut found = vec![];
        loop {
            let now = pulse.due();
            match pulse.check(now) {
                Finding::Ping => assert!(!pulse.heard(false, now)),
                finding => found.push(((now - start).as_millis(), finding)),
            }
            if found.len() == 2 {
                break;
            }
        }
        assert_eq!(found, [(3_000, Finding::Silent), (9_000, Finding::Dead)]);
    }

    #[test]
    fn a_look_that_comes_late_is_forgiven_once() {
        let start = Instant::now();
        let mut pulse = Pulse::new(timing(None), start);
        assert_eq!(pulse.check(start + ms(4_000)), Finding::Ping, "this machine was busy");
        let found = findings(&mut pulse, start, ms(9_000));
        assert_eq!(found[0], (4_400, Finding::Ping));
        assert_eq!(found[1], (4_500, Finding::Silent));
    }

    #[test]
    fn only_a_message_ends_the_silence_of_who_promises_a_heartbeat() {
        let start = Instant::now();
        let mut pulse = Pulse::new(timing(None), start);
        findings(&mut pulse, start, ms(950));
        assert!(pulse.heard(false, start + ms(1_000)));
        let mut pulse = Pulse::new(timing(Some(ms(3_000))), start);
        findings(&mut pulse, start, ms(950));
        assert!(!pulse.heard(false, start + ms(1_000)));
        assert!(pulse.heard(true, start + ms(1_100)));
        assert!(!pulse.heard(true, start + ms(1_200)));
    }
}
