//! The client's side of a connection as a machine without IO: events go in, the next action comes out.
//!
//! What opens sockets and sets timers is `live::browser`; it holds no decision of its own.

use crate::live::protocol::close;

/// What a person is told of the connection.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Connection {
    /// The first attempt is under way.
    Connecting,
    /// Open, and updates come.
    Live,
    /// Open, and the person stopped the updates.
    Paused,
    /// Open, but what was due did not come, or prices no longer do.
    Stale,
    /// Lost; the next attempt comes by itself.
    Reconnecting {
        /// Which attempt comes next, from 1.
        attempt: u32,
        /// When it comes: in the machine's milliseconds here, in those of the store's `now_ms` there.
        at_ms: u64,
    },
    /// The device says that it has no network: the next attempt waits for it.
    Offline,
    /// Ended for good: only the person can come back.
    Ended {
        /// Why, for a person.
        reason: String,
    },
}

/// What happened.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Event {
    /// The socket is open.
    Opened,
    /// A message came.
    Heard,
    /// The server goes away, and wants its clients back spread over so many milliseconds. The close follows.
    Farewell(u64),
    /// The socket closed, with its code (1006 where none came).
    Closed(u16),
    /// Time went by.
    Tick,
    /// The device lost its network.
    WentOffline,
    /// The device has a network, or woke up: a waiting attempt is made now.
    CameBack,
    /// The person wants updates.
    Start,
    /// The person wants no updates.
    Stop,
    /// The person chose another interval, in milliseconds.
    Interval(u64),
    /// The feed says whether prices come.
    Feed {
        /// Whether they do.
        live: bool,
    },
    /// The person asks to try now.
    RetryNow,
}

/// What to do next.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Action {
    /// Open a socket.
    Connect,
    /// Ask for the snapshot.
    AskData,
    /// Ask for updates at the machine's interval.
    SendStart,
    /// Ask for no updates.
    SendStop,
    /// Drop the socket: it answers no longer.
    Drop,
}

/// First wait after a lost connection, before jitter, in milliseconds.
const FIRST_WAIT_MS: u64 = 500;
/// Shortest wait with jitter, in milliseconds: below it a person sees only a flicker.
const SHORTEST_WAIT_MS: u64 = 250;
/// Longest wait, before jitter, in milliseconds.
const LONGEST_WAIT_MS: u64 = 30_000;
/// How long after an update was due the figures count as stale, in milliseconds.
const GRACE_MS: u64 = 3_000;
/// How long a silent server is given, to open a connection or to answer on one, before it is dropped, in milliseconds.
const ANSWER_MS: u64 = 10_000;
/// How long a connection must have lasted for the next wait to be the first again, in milliseconds. A server that takes
/// connections only to close them would otherwise be asked for ever at the shortest wait.
const STEADY_MS: u64 = 10_000;

/// The machine. Times are milliseconds of one clock that does not go back.
#[derive(Clone, Debug)]
pub struct Machine {
    /// What a person is told.
    pub connection: Connection,
    /// Whether the person wants updates. Survives a lost connection.
    pub wanted: bool,
    /// Milliseconds from one update to the next.
    pub interval_ms: u64,
    attempt: u32,
    open: bool,
    online: bool,
    feed_live: bool,
    opened_ms: u64,
    heard_ms: u64,
    /// When the answer that is due was asked for: the opening of a connection, or a sign of life on it.
    asked_ms: Option<u64>,
    /// Over how much time a server that goes away wants its clients back, in milliseconds.
    spread_ms: u64,
}

impl Machine {
    /// A machine whose first action is to connect.
    pub fn new(interval_ms: u64) -> Self {
        Self {
            connection: Connection::Connecting,
            wanted: true,
            interval_ms,
            attempt: 0,
            open: false,
            online: true,
            feed_live: true,
            opened_ms: 0,
            heard_ms: 0,
            asked_ms: None,
            spread_ms: 0,
        }
    }

    /// Whether the socket is open.
    pub fn is_open(&self) -> bool {
        self.open
    }

    /// Takes an event at `now_ms`; `jitter` in 0..1 spreads clients that were lost together.
    pub fn on(&mut self, event: Event, now_ms: u64, jitter: f64) -> Vec<Action> {
        match event {
            Event::Opened => self.opened(now_ms),
            Event::Heard => self.heard(now_ms),
            Event::Farewell(spread_ms) => {
                self.spread_ms = spread_ms;
                vec![]
            }
            Event::Closed(code) => self.closed(code, now_ms, jitter),
            Event::Tick => self.tick(now_ms),
            Event::WentOffline => {
                self.online = false;
                if !self.open && !matches!(self.connection, Connection::Ended { .. }) {
                    self.connection = Connection::Offline;
                }
                vec![]
            }
            Event::CameBack => {
                self.online = true;
                match self.connection {
                    Connection::Reconnecting { .. } | Connection::Offline => self.connect(now_ms),
                    // A device that slept may hold a socket that died meanwhile: ask, and see.
                    _ if self.open && self.asked_ms.is_none() && now_ms.saturating_sub(self.heard_ms) > GRACE_MS => self.ask(now_ms),
                    _ => vec![],
                }
            }
            Event::RetryNow => match self.connection {
                Connection::Reconnecting { .. } | Connection::Offline | Connection::Ended { .. } => self.connect(now_ms),
                _ => vec![],
            },
            Event::Start => self.want(true, now_ms),
            Event::Stop => self.want(false, now_ms),
            Event::Interval(interval_ms) => {
                self.interval_ms = interval_ms;
                if self.open && self.wanted {
                    self.want(true, now_ms)
                } else {
                    vec![]
                }
            }
            Event::Feed { live } => {
                self.feed_live = live;
                self.settle();
                vec![]
            }
        }
    }

    fn opened(&mut self, now_ms: u64) -> Vec<Action> {
        self.open = true;
        self.opened_ms = now_ms;
        self.heard_ms = now_ms;
        self.asked_ms = None;
        self.settle();
        if self.wanted {
            vec![Action::AskData, Action::SendStart]
        } else {
            vec![Action::AskData]
        }
    }

    fn heard(&mut self, now_ms: u64) -> Vec<Action> {
        self.heard_ms = now_ms;
        self.asked_ms = None;
        self.settle();
        vec![]
    }

    fn closed(&mut self, code: u16, now_ms: u64, jitter: f64) -> Vec<Action> {
        if self.open && now_ms.saturating_sub(self.opened_ms) >= STEADY_MS {
            self.attempt = 0;
        }
        self.open = false;
        self.asked_ms = None;
        if !close::comes_back(code) {
            self.connection = Connection::Ended { reason: reason(code) };
        } else if self.online {
            let own = FIRST_WAIT_MS.saturating_mul(1 << self.attempt.min(10));
            let ceiling = own.max(std::mem::take(&mut self.spread_ms)).min(LONGEST_WAIT_MS);
            // Full jitter over all that is longer than a flicker. (A floor under it would bring half of those that were
            // lost together back at one moment.)
            let wait = SHORTEST_WAIT_MS + ((ceiling - SHORTEST_WAIT_MS) as f64 * jitter.clamp(0.0, 1.0)) as u64;
            self.attempt = self.attempt.saturating_add(1);
            self.connection = Connection::Reconnecting {
                attempt: self.attempt,
                at_ms: now_ms + wait,
            };
        } else {
            self.connection = Connection::Offline;
        }
        vec![]
    }

    fn tick(&mut self, now_ms: u64) -> Vec<Action> {
        if let Connection::Reconnecting { at_ms, .. } = self.connection {
            return if now_ms >= at_ms { self.connect(now_ms) } else { vec![] };
        }
        if !self.open && self.connection != Connection::Connecting {
            return vec![];
        }
        if !self.open {
            // The first attempt began with the machine, which knew no time then.
            self.asked_ms.get_or_insert(now_ms);
        }
        if let Some(asked) = self.asked_ms {
            return if now_ms.saturating_sub(asked) > ANSWER_MS {
                vec![Action::Drop]
            } else {
                vec![]
            };
        }
        if self.wanted && now_ms.saturating_sub(self.heard_ms) > self.interval_ms * 3 / 2 + GRACE_MS {
            self.connection = Connection::Stale;
            return self.ask(now_ms);
        }
        vec![]
    }

    fn ask(&mut self, now_ms: u64) -> Vec<Action> {
        self.asked_ms = Some(now_ms);
        vec![Action::AskData]
    }

    /// A person who asks is not told that the device says it is offline: a server on the same device may well answer.
    fn connect(&mut self, now_ms: u64) -> Vec<Action> {
        self.connection = Connection::Connecting;
        self.asked_ms = Some(now_ms);
        vec![Action::Connect]
    }

    fn want(&mut self, wanted: bool, now_ms: u64) -> Vec<Action> {
        self.wanted = wanted;
        if !self.open {
            return vec![];
        }
        self.heard_ms = now_ms;
        self.settle();
        vec![if wanted { Action::SendStart } else { Action::SendStop }]
    }

    /// The state of an open connection follows from what is wanted and what the feed says.
    fn settle(&mut self) {
        if self.open {
            self.connection = match (self.wanted, self.feed_live) {
                (false, _) => Connection::Paused,
                (true, true) => Connection::Live,
                (true, false) => Connection::Stale,
            };
        }
    }
}

/// What a person is told of a connection that ended for good.
fn reason(code: u16) -> String {
    match code {
        close::SIGNED_OUT => "You were signed out. Sign in again to go on.".into(),
        close::RELOAD => "This page is older than the server. Reload it to go on.".into(),
        close::NORMAL => "The server ended the connection.".into(),
        _ => format!("The server ended the connection (code {code})."),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn open_machine() -> Machine {
        let mut machine = Machine::new(1000);
        assert_eq!(machine.on(Event::Opened, 0, 0.5), [Action::AskData, Action::SendStart]);
        machine
    }

    #[test]
    fn a_lost_connection_resumes_what_was_running() {
        let mut machine = open_machine();
        assert_eq!(machine.on(Event::Closed(1001), 5_000, 1.0), []);
        assert_eq!(machine.connection, Connection::Reconnecting { attempt: 1, at_ms: 5_500 });
        assert_eq!(machine.on(Event::Tick, 5_499, 0.5), []);
        assert_eq!(machine.on(Event::Tick, 5_500, 0.5), [Action::Connect]);
        assert_eq!(machine.on(Event::Opened, 5_600, 0.5), [Action::AskData, Action::SendStart]);
        assert_eq!(machine.connection, Connection::Live);
    }

    #[test]
    fn what_was_paused_stays_paused_after_a_reconnect() {
        let mut machine = open_machine();
        assert_eq!(machine.on(Event::Stop, 10, 0.5), [Action::SendStop]);
        machine.on(Event::Closed(1006), 20, 0.5);
        machine.on(Event::Tick, 10_000, 0.5);
        assert_eq!(machine.on(Event::Opened, 10_100, 0.5), [Action::AskData]);
        assert_eq!(machine.connection, Connection::Paused);
    }

    #[test]
    fn waits_double_up_to_the_longest() {
        let mut machine = open_machine();
        let mut waits = vec![];
        for _ in 0..9 {
            machine.on(Event::Closed(1006), 0, 1.0);
            if let Connection::Reconnecting { at_ms, .. } = machine.connection {
                waits.push(at_ms);
            }
        }
        assert_eq!(waits, [500, 1000, 2000, 4000, 8000, 16_000, 30_000, 30_000, 30_000]);
    }

    #[test]
    fn jitter_spreads_over_the_whole_wait() {
        let at = |jitter| {
            let mut machine = open_machine();
            machine.on(Event::Closed(1001), 0, jitter);
            machine.connection
        };
        let waits = [0.0, 0.25, 0.5, 1.0].map(at);
        let expected = [250, 312, 375, 500].map(|at_ms| Connection::Reconnecting { attempt: 1, at_ms });
        assert_eq!(waits, expected);
    }

    #[test]
    fn a_server_that_goes_away_says_over_how_long_its_clients_come_back() {
        let mut machine = open_machine();
        machine.on(Event::Farewell(4_000), 0, 0.5);
        machine.on(Event::Closed(1001), 0, 1.0);
        assert_eq!(machine.connection, Connection::Reconnecting { attempt: 1, at_ms: 4_000 });
        machine.on(Event::Tick, 4_000, 1.0);
        machine.on(Event::Closed(1006), 4_000, 1.0);
        assert_eq!(
            machine.connection,
            Connection::Reconnecting { attempt: 2, at_ms: 5_000 },
            "it counts once"
        );
        machine.on(Event::Farewell(u64::MAX), 0, 0.5);
        machine.on(Event::Closed(1001), 0, 1.0);
        assert_eq!(machine.connection, Connection::Reconnecting { attempt: 3, at_ms: 30_000 });
    }

    #[test]
    fn a_server_that_only_opens_and_closes_is_asked_less_and_less() {
        let mut machine = open_machine();
        for attempt in 1..5 {
            machine.on(Event::Closed(4429), 100, 1.0);
            assert!(matches!(machine.connection, Connection::Reconnecting { attempt: n, .. } if n == attempt));
            machine.on(Event::RetryNow, 100, 1.0);
            machine.on(Event::Opened, 100, 1.0);
            machine.on(Event::Heard, 100, 1.0);
        }
        machine.on(Event::Closed(4429), 20_000, 1.0);
        assert_eq!(machine.connection, Connection::Reconnecting { attempt: 1, at_ms: 20_500 });
    }

    #[test]
    fn an_attempt_that_hangs_is_given_up() {
        let mut machine = Machine::new(1000);
        assert_eq!(machine.on(Event::Tick, 1_000, 0.5), []);
        assert_eq!(machine.on(Event::Tick, 11_000, 0.5), []);
        assert_eq!(machine.on(Event::Tick, 11_001, 0.5), [Action::Drop]);
        machine.on(Event::Closed(1006), 11_001, 1.0);
        assert_eq!(machine.on(Event::Tick, 11_501, 0.5), [Action::Connect]);
        assert_eq!(machine.on(Event::Tick, 12_501, 0.5), []);
        assert_eq!(machine.on(Event::Tick, 21_502, 0.5), [Action::Drop]);
    }

    #[test]
    fn a_person_may_try_without_a_network() {
        let mut machine = open_machine();
        machine.on(Event::WentOffline, 0, 0.5);
        machine.on(Event::Closed(1006), 1, 0.5);
        assert_eq!(machine.on(Event::RetryNow, 2, 0.5), [Action::Connect]);
        machine.on(Event::Closed(1006), 3, 0.5);
        assert_eq!(machine.connection, Connection::Offline);
    }

    #[test]
    fn row_29_codes_from_4500_do_not_come_back_by_themselves() {
        let mut machine = open_machine();
        machine.on(Event::Closed(4502), 0, 0.5);
        assert!(matches!(machine.connection, Connection::Ended { .. }));
        assert_eq!(machine.on(Event::Tick, 60_000, 0.5), []);
        assert_eq!(machine.on(Event::RetryNow, 60_000, 0.5), [Action::Connect]);
    }

    #[test]
    fn offline_waits_for_the_network() {
        let mut machine = open_machine();
        machine.on(Event::WentOffline, 0, 0.5);
        machine.on(Event::Closed(1006), 1, 0.5);
        assert_eq!(machine.connection, Connection::Offline);
        assert_eq!(machine.on(Event::Tick, 99_000, 0.5), []);
        assert_eq!(machine.on(Event::CameBack, 99_001, 0.5), [Action::Connect]);
    }

    #[test]
    fn silence_is_stale_then_asked_then_dropped() {
        let mut machine = open_machine();
        assert_eq!(machine.on(Event::Tick, 4_500, 0.5), []);
        assert_eq!(machine.on(Event::Tick, 4_501, 0.5), [Action::AskData]);
        assert_eq!(machine.connection, Connection::Stale);
        assert_eq!(machine.on(Event::Tick, 14_502, 0.5), [Action::Drop]);
        assert_eq!(machine.on(Event::Heard, 14_503, 0.5), []);
        assert_eq!(machine.connection, Connection::Live);
    }

    #[test]
    fn a_feed_without_prices_makes_a_live_connection_stale() {
        let mut machine = open_machine();
        machine.on(Event::Feed { live: false }, 1, 0.5);
        assert_eq!(machine.connection, Connection::Stale);
        machine.on(Event::Heard, 2, 0.5);
        assert_eq!(machine.connection, Connection::Stale);
    }

    #[test]
    fn another_interval_restarts_a_running_stream_only() {
        let mut machine = open_machine();
        assert_eq!(machine.on(Event::Interval(60_000), 1, 0.5), [Action::SendStart]);
        machine.on(Event::Stop, 2, 0.5);
        assert_eq!(machine.on(Event::Interval(2_000), 3, 0.5), []);
        assert_eq!(machine.interval_ms, 2_000);
    }
}
