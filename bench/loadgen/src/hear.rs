//! Reads a socket: the handshake's answer first, then frames.

use std::io::{ErrorKind, Read as _};
use std::sync::atomic::Ordering::Relaxed;

use crate::control::Phase;
use crate::meta::{Told, changed, told};
use crate::viewer::{Role, Stage};
use crate::wire::{Answer, Cut, answer, close_code, close_within, cut, frame, opcode};
use crate::worker::{Worker, now};

/// How a piece of what was read ended.
enum Read {
    /// So many bytes were used; the rest is a part of something.
    Upto(usize),
    /// The connection is over, and that is noted.
    Over,
}

impl Worker<'_> {
    /// Reads what is there.
    pub(crate) fn hear(&mut self, slot: usize) {
        // The buffer belongs to all sockets: taken out, it can be looked at while they are changed.
        let mut buffer = std::mem::take(&mut self.buffer);
        self.hear_into(slot, &mut buffer);
        self.buffer = buffer;
    }

    fn hear_into(&mut self, slot: usize, buffer: &mut [u8]) {
        loop {
            let viewer = &mut self.viewers[slot];
            let part = std::mem::take(&mut viewer.part);
            let Some(stream) = &mut viewer.stream else { return };
            let Some(space) = buffer.get_mut(part.len()..).filter(|space| !space.is_empty()) else {
                return self.broken(slot, "a frame is too long");
            };
            let room = space.len();
            let got = match stream.read(space) {
                Ok(0) => return self.gone(slot, "closed"),
                Ok(got) => got,
                Err(error) if error.kind() == ErrorKind::WouldBlock => {
                    viewer.part = part;
                    return;
                }
                Err(error) if error.kind() == ErrorKind::Interrupted => {
                    viewer.part = part;
                    continue;
                }
                Err(error) => return self.gone(slot, &error.kind().to_string()),
            };
            self.stats.window.reads += 1;
            self.stats.window.bytes += got as u64;
            buffer[..part.len()].copy_from_slice(&part);
            let read = &buffer[..part.len() + got];
            match self.take(slot, read) {
                Read::Over => return,
                Read::Upto(used) if used < read.len() => self.viewers[slot].part = read[used..].to_vec(),
                Read::Upto(_) => {}
            }
            // Less than there was room for: that was all, and what comes now is an event of its own.
            if got < room || self.viewers[slot].stage == Stage::Stalled {
                return;
            }
        }
    }

    fn take(&mut self, slot: usize, read: &[u8]) -> Read {
        let mut used = 0;
        if self.viewers[slot].stage == Stage::Asked {
            match answer(read) {
                Answer::Part => return Read::Upto(0),
                Answer::Socket { used: head, subprotocol } => {
                    used = head;
                    self.stats.whole.subprotocol += u64::from(subprotocol);
                    self.opened(slot);
                }
                Answer::Refused(status) => {
                    self.failed(slot, &format!("HTTP {status}"));
                    return Read::Over;
                }
                Answer::Broken => {
                    self.broken(slot, "no answer of HTTP");
                    return Read::Over;
                }
            }
        }
        let at = now();
        while self.viewers[slot].stage == Stage::Open {
            match cut(&read[used..]) {
                Cut::Part => break,
                Cut::Broken => {
                    self.broken(slot, "a broken frame");
                    return Read::Over;
                }
                Cut::Whole {
                    opcode: kind,
                    payload,
                    used: length,
                } => {
                    used += length;
                    self.stats.window.frames += 1;
                    match kind {
                        opcode::TEXT => self.message(slot, payload, at),
                        opcode::BINARY => {
                            self.stats.window.binary += 1;
                            self.changes(slot, payload, at);
                        }
                        opcode::PING => self.write(slot, &frame(opcode::PONG, payload)),
                        opcode::CLOSE => {
                            self.write(slot, &frame(opcode::CLOSE, payload.get(..2).unwrap_or(&[])));
                            let within = close_within(payload);
                            self.ended(slot, close_code(payload), within);
                            return Read::Over;
                        }
                        _ => {}
                    }
                }
            }
        }
        Read::Upto(used)
    }

    /// An update of changed fields: one that follows another update than the last is of no use.
    fn changes(&mut self, slot: usize, payload: &[u8], at: u64) {
        let viewer = &self.viewers[slot];
        match changed(payload) {
            Some(changed) if changed.follows == viewer.seq => {
                let stamp = viewer.stamp.saturating_add_signed(changed.millis.saturating_mul(1_000));
                self.update(slot, changed.follows + changed.seq, Some(stamp), at);
            }
            _ => self.stats.window.strange += 1,
        }
    }

    fn message(&mut self, slot: usize, text: &[u8], at: u64) {
        match told(text) {
            Told::Update { seq, stamp } => self.update(slot, seq, stamp, at),
            Told::Error => {
                if matches!(self.viewers[slot].role, Role::Garbage(_)) {
                    return;
                }
                self.stats.window.errors += 1;
                // Its start was refused: no update will come.
                if self.viewers[slot].update_at == 0 {
                    *self.stats.whole.failures.entry(refusal(text)).or_default() += 1;
                    self.settle(slot);
                }
            }
            Told::Other => {}
        }
    }

    fn update(&mut self, slot: usize, seq: u64, stamp: Option<u64>, at: u64) {
        let (whole, window) = (&mut self.stats.whole, &mut self.stats.window);
        let viewer = &mut self.viewers[slot];
        let stamp = stamp.unwrap_or(0);
        window.updates += 1;
        self.control.updates.fetch_add(1, Relaxed);
        viewer.failures = 0;
        let first = viewer.update_at == 0;
        if first {
            whole.first.record(at - viewer.since);
            if viewer.lost_at > 0 {
                whole.back.record(at - std::mem::take(&mut viewer.lost_at));
                whole.returned += 1;
            }
            // The very update that it had before it was lost.
            whole.twice += u64::from(stamp > 0 && stamp == viewer.stamp);
        } else if viewer.role == Role::Viewer {
            window.pause.record(at - viewer.update_at);
            if seq > 0 {
                window.skipped += seq.saturating_sub(viewer.seq + 1);
                window.backwards += u64::from(seq <= viewer.seq);
            }
        }
        if viewer.role == Role::Viewer {
            if stamp > 0 {
                window.latency.record(at.saturating_sub(stamp));
            }
            // Without a moment the number alone tells the updates of one stream apart.
            window.tick((stamp, seq), at);
        }
        viewer.update_at = at;
        viewer.stamp = stamp;
        viewer.seq = seq;
        if first {
            self.settle(slot);
        }
        let viewer = &self.viewers[slot];
        if viewer.role == Role::Slow && !viewer.resumed && self.phase == Phase::Window {
            self.stall(slot);
        }
    }

    /// The connection ended without a close frame.
    fn gone(&mut self, slot: usize, how: &str) {
        match self.viewers[slot].stage {
            Stage::Connecting | Stage::Asked => self.failed(slot, how),
            Stage::Open | Stage::Stalled => self.ended(slot, 1006, None),
            Stage::Away => {}
        }
    }

    fn broken(&mut self, slot: usize, how: &str) {
        *self.stats.whole.failures.entry(how.to_owned()).or_default() += 1;
        self.gone(slot, how);
    }
}

/// What an error says, short enough for a report.
fn refusal(text: &[u8]) -> String {
    String::from_utf8_lossy(text).chars().take(200).collect()
}
