//! Frames on their way to all who watch their stream, some sockets at a time: who says something meanwhile has a turn in between.

use crate::live::server::frame::Frame;
use crate::live::server::shard::inbox::Key;
use crate::live::server::shard::reactor::Reactor;
use crate::live::server::shard::socket::Wrote;
use std::ops::Range;
use std::time::Instant;

/// Sockets that get a frame in one turn of the loop.
const AT_ONCE: usize = 128;

/// A frame on its way.
#[derive(Debug)]
pub struct Round {
    /// Whose watchers are to have it.
    stream: u64,
    frame: Frame,
    /// How many of the stream's group, from its beginning, may not have it yet. A group is gone through from its end: there those come who join
    /// it, and have it, and from there one is moved into the place of one who leaves.
    left: usize,
}

impl Round {
    /// A frame that nobody has yet.
    pub fn new(stream: u64, frame: Frame) -> Self {
        Self {
            stream,
            frame,
            left: usize::MAX,
        }
    }

    /// Who of a group as large as this is next, `most` at the most.
    fn next(&mut self, group: usize, most: usize) -> Range<usize> {
        let end = self.left.min(group);
        self.left = end.saturating_sub(most);
        self.left..end
    }
}

impl Reactor {
    /// Gives what is on its way to the next who are to have it.
    pub(super) fn give(&mut self) {
        let mut room = AT_ONCE;
        while room > 0
            && let Some(mut round) = self.rounds.pop_front()
        {
            room -= self.give_some(&mut round, room);
            if round.left > 0 {
                self.rounds.push_front(round);
            }
        }
    }

    /// Gives a frame to `most` at the most, and returns what of them is used up.
    fn give_some(&mut self, round: &mut Round, most: usize) -> usize {
        let Self {
            groups,
            sockets,
            stalls,
            turn,
            ..
        } = self;
        let group = groups.get(&round.stream).map_or(&[][..], Vec::as_slice);
        let (next, frame, mut gone) = (round.next(group.len(), most), &round.frame, vec![]);
        let used = next.len().max(1);
        for at in group[next].iter().rev() {
            let Some(socket) = sockets.get_mut(*at) else { continue };
            if !socket.has_room() {
                socket.misses(frame);
                continue;
            }
            if frame.seq <= socket.seen {
                continue;
            }
            let skipped = frame.seq.saturating_sub(socket.seen + 1);
            let wire = socket.next(frame);
            turn.delivered(wire.len(), skipped, frame.moments);
            match socket.write(wire) {
                Wrote::All => {}
                Wrote::Some => stalls.set(
                    Instant::now(),
                    Key {
                        at: *at,
                        life: socket.life,
                    },
                ),
                Wrote::Gone => gone.push(*at),
            }
        }
        turn.look(frame.moments);
        gone.into_iter().for_each(|at| self.remove(at));
        used
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::live::server::buffers::Buffers;
    use crate::server::metrics::sockets::Moments;
    use proptest::prelude::*;
    use std::collections::BTreeSet;

    proptest! {
        #[test]
        fn who_stays_gets_it_whoever_comes_and_goes_meanwhile(
            size in 0..40_usize,
            steps in prop::collection::vec((1..9_usize, prop::option::of(any::<prop::sample::Index>()), any::<bool>()), 0..60),
        ) {
            let now = Instant::now();
            let frame = Frame::whole_for_all(1, &Buffers::default(), |_| Moments { due: now, valued: now });
            let mut round = Round::new(1, frame);
            let mut group: Vec<usize> = (0..size).collect();
            let mut have = BTreeSet::new();
            for (place, (most, leaves, comes)) in steps.into_iter().enumerate() {
                have.extend(group[round.next(group.len(), most)].iter().copied());
                if let Some(leaves) = leaves.filter(|_| !group.is_empty()) {
                    // As `leave` does.
                    group.swap_remove(leaves.index(group.len()));
                }
                if comes {
                    group.push(size + place);
                }
            }
            while round.left > 0 {
                have.extend(group[round.next(group.len(), 3)].iter().copied());
            }
            prop_assert!(group.iter().all(|one| *one >= size || have.contains(one)));
        }
    }
}
