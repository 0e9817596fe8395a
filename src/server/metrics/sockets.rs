//! Sockets: who comes and goes, what is written to them, and how old it is by then.
//!
//! A shard collects what it does in a [`Turn`], in plain numbers of its own, and hands them over once a turn of its loop: nothing is shared
//! and nothing is looked up while it writes.

use super::figure::{Aside, By, Count, Histogram};
use super::text::{Kind, Text};
use std::time::{Duration, Instant};

/// Shards that are told apart. More than this share the last.
const SHARDS: usize = 16;
/// Frames that are written between two looks at the clock.
const LOOK: u64 = 64;

/// The figures of all sockets.
pub static SOCKETS: Sockets = Sockets {
    open: [const { Count::new() }; SHARDS],
    opened: Count::new(),
    closed: By::new(CODES),
    refused: By::new(["origin", "address", "user", "server", "handshake", "stopping", "database", "other"]),
    messages: Count::new(),
    errors: By::new([
        "invalid_json",
        "unknown_type",
        "invalid_field",
        "not_found",
        "rate_limited",
        "unavailable",
        "other",
    ]),
    delivered: Count::new(),
    skipped: Count::new(),
    bytes: Count::new(),
    late: Histogram::new(),
    age: Histogram::new(),
};

/// The close codes that are told apart: 1005 is a close without a code, 1006 a connection that ended without a close.
const CODES: [&str; 17] = [
    "1000", "1001", "1002", "1003", "1005", "1006", "1007", "1008", "1009", "1011", "1012", "1013", "4408", "4429", "4501", "4502", "other",
];

/// See [`SOCKETS`].
#[derive(Debug)]
pub struct Sockets {
    open: [Count; SHARDS],
    /// Sockets that were taken over.
    pub opened: Count,
    closed: By<17>,
    /// Upgrades that were refused, by why.
    pub refused: By<8>,
    /// Messages that came.
    pub messages: Count,
    /// Errors that were answered, by their code.
    pub errors: By<7>,
    delivered: Count,
    skipped: Count,
    bytes: Count,
    late: Histogram,
    age: Histogram,
}

impl Sockets {
    /// A socket was closed, with this code: by this side, by the other, or by nobody (1006).
    pub fn closed(&self, code: u16) {
        let mut digits = [0; 5];
        let mut at = digits.len();
        let mut rest = code;
        while rest > 0 && at > 0 {
            at -= 1;
            digits[at] = b'0' + (rest % 10) as u8;
            rest /= 10;
        }
        self.closed.one(std::str::from_utf8(&digits[at..]).unwrap_or_default());
    }

    /// Writes them.
    pub fn write(&self, text: &mut Text) {
        text.about(
            "finflow_sockets_open",
            Kind::Gauge,
            "Sockets that are open now, by the shard that owns them.",
        );
        let shards = std::thread::available_parallelism().map_or(1, usize::from).min(SHARDS);
        for (number, open) in self.open.iter().enumerate().take(shards) {
            text.value(&[("shard", &number.to_string())], open.get());
        }
        text.about("finflow_sockets_opened_total", Kind::Counter, "Sockets that were opened.");
        text.value(&[], self.opened.get());
        text.about(
            "finflow_sockets_closed_total",
            Kind::Counter,
            "Sockets that were closed, by close code; 1005 had none, 1006 ended without a close.",
        );
        text.by("code", &self.closed);
        text.about(
            "finflow_sockets_refused_total",
            Kind::Counter,
            "Upgrades that were refused, by reason: a foreign origin, a limit of the address, the user or the server, or another.",
        );
        text.by("reason", &self.refused);
        text.about("finflow_messages_received_total", Kind::Counter, "Messages that clients sent.");
        text.value(&[], self.messages.get());
        text.about(
            "finflow_message_errors_total",
            Kind::Counter,
            "Errors that were answered to messages, by the protocol's code.",
        );
        text.by("code", &self.errors);
        text.about(
            "finflow_frames_delivered_total",
            Kind::Counter,
            "Frames of prices that were written to sockets, once a viewer.",
        );
        text.value(&[], self.delivered.get());
        text.about(
            "finflow_frames_skipped_total",
            Kind::Counter,
            "Frames that a viewer did not get because a newer one took their place.",
        );
        text.value(&[], self.skipped.get());
        text.about("finflow_sent_bytes_total", Kind::Counter, "Bytes that were given to sockets.");
        text.value(&[], self.bytes.get());
        text.about(
            "finflow_tick_to_write_seconds",
            Kind::Histogram,
            "From the arrival of the price that a frame tells (or the beat at which it was due, where that is later) to its write to a viewer who keeps up.",
        );
        text.histogram(&[], &self.late);
        text.about(
            "finflow_frame_age_seconds",
            Kind::Histogram,
            "From the valuation of a frame to its write to a viewer who keeps up.",
        );
        text.histogram(&[], &self.age);
    }
}

/// What a shard did since it was last told.
#[derive(Debug, Default)]
pub struct Turn {
    delivered: u64,
    skipped: u64,
    bytes: u64,
    late: Aside,
    age: Aside,
    /// Frames of the one that is being given since the last look at the clock.
    unlooked: u64,
}

/// The moments of a frame that is being given.
#[derive(Clone, Copy, Debug)]
pub struct Moments {
    /// When what it tells was there to be told.
    pub due: Instant,
    /// When it was valued.
    pub valued: Instant,
}

impl Turn {
    /// Bytes go to a socket.
    pub fn sent(&mut self, bytes: usize) {
        self.bytes += bytes as u64;
    }

    /// A frame goes to one more viewer, who did not get the `skipped` before it.
    pub fn delivered(&mut self, bytes: usize, skipped: u64, moments: Moments) {
        self.delivered += 1;
        self.skipped += skipped;
        self.bytes += bytes as u64;
        self.unlooked += 1;
        if self.unlooked == LOOK {
            self.look(moments);
        }
    }

    /// A frame went to a viewer who was behind: how late it was is their matter.
    pub fn caught_up(&mut self, skipped: u64) {
        self.delivered += 1;
        self.skipped += skipped;
    }

    /// All who are to have the frame have it.
    pub fn look(&mut self, moments: Moments) {
        if self.unlooked > 0 {
            let now = Instant::now();
            let since = |moment: Instant| now.checked_duration_since(moment).unwrap_or(Duration::ZERO);
            self.late.take(since(moments.due), self.unlooked);
            self.age.take(since(moments.valued), self.unlooked);
            self.unlooked = 0;
        }
    }

    /// Hands it over, with how many sockets the shard has now.
    pub fn end(&mut self, shard: usize, open: usize) {
        if let Some(known) = SOCKETS.open.get(shard.min(SHARDS - 1)) {
            known.set(open as u64);
        }
        for (all, own) in [
            (&SOCKETS.delivered, &mut self.delivered),
            (&SOCKETS.skipped, &mut self.skipped),
            (&SOCKETS.bytes, &mut self.bytes),
        ] {
            if *own > 0 {
                all.add(std::mem::take(own));
            }
        }
        SOCKETS.late.take_all(&mut self.late);
        SOCKETS.age.take_all(&mut self.age);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_close_has_its_code() {
        let count = |label: &str| SOCKETS.closed.each().find(|(code, _)| *code == label).map_or(0, |(_, count)| count);
        let before = ["1002", "4429", "other"].map(count);
        [1002, 4429, 0, 65_535, 3000].into_iter().for_each(|code| SOCKETS.closed(code));
        let after = ["1002", "4429", "other"].map(count);
        assert!((0..2).all(|at| after[at] > before[at]) && after[2] >= before[2] + 3);
    }

    #[test]
    fn each_viewer_counts_once_however_often_the_clock_is_looked_at() {
        let mut turn = Turn::default();
        // Beyond every class but the last, however fast the machine is.
        let long_ago = Instant::now()
            .checked_sub(Duration::from_secs(60))
            .expect("the machine runs for a minute");
        let moments = Moments {
            due: long_ago,
            valued: long_ago,
        };
        for _ in 0..LOOK + 3 {
            turn.delivered(100, 2, moments);
        }
        turn.look(moments);
        turn.look(moments);
        turn.sent(7);
        let aside = format!("{:?}", turn.late);
        assert!(aside.contains(", 0, 67]"), "{aside}");
        assert_eq!((turn.delivered, turn.skipped, turn.bytes), (67, 134, 6_707));
    }
}
