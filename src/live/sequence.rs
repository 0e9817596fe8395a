//! Counting the frames that a slow reader skipped.

/// The numbers of one stream of frames.
#[derive(Debug, Default)]
pub struct Sequence {
    last: Option<u64>,
}

impl Sequence {
    /// Another stream begins: its first number says nothing of a gap. Returns the last number of the one before.
    pub fn restart(&mut self) -> Option<u64> {
        self.last.take()
    }

    /// Takes a frame's number and returns how many frames before it were skipped.
    pub fn take(&mut self, seq: u64) -> u64 {
        // A number that does not rise belongs to another stream: the server began anew.
        match self.last.replace(seq) {
            Some(last) => seq.saturating_sub(last).saturating_sub(1),
            None => 0,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_gaps_within_a_stream_count() {
        let mut sequence = Sequence::default();
        assert_eq!([42, 43, 46, 3, 4].map(|seq| sequence.take(seq)), [0, 0, 2, 0, 0]);
        assert_eq!(sequence.restart(), Some(4));
        assert_eq!([900, 902].map(|seq| sequence.take(seq)), [0, 1]);
    }
}
