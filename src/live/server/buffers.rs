//! Memory that frames were in, for the frames that follow: of thousands a second each would be asked of the system's allocator, and lie
//! where the processor has nothing at hand.

use bytes::Bytes;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

/// Buffers that are kept, at most: as many as frames are on their way at once.
const KEPT: usize = 64;
/// Bytes of the largest that is kept.
const LARGEST: usize = 64 << 10;

/// Buffers that wait for their next frame. Cheap to clone.
#[derive(Clone, Debug, Default)]
pub struct Buffers(Arc<Mutex<Vec<Vec<u8>>>>);

/// Bytes that are read until the last who has them lets go.
struct Lent {
    bytes: Vec<u8>,
    back: Buffers,
}

impl Buffers {
    fn waiting(&self) -> MutexGuard<'_, Vec<Vec<u8>>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// An empty one: the one that came back last, or a new one.
    pub fn take(&self) -> Vec<u8> {
        self.waiting().pop().unwrap_or_default()
    }

    /// What was written into one. It comes back when nobody has it any more.
    pub fn share(&self, bytes: Vec<u8>) -> Bytes {
        let back = self.clone();
        Bytes::from_owner(Lent { bytes, back })
    }
}

impl AsRef<[u8]> for Lent {
    fn as_ref(&self) -> &[u8] {
        &self.bytes
    }
}

impl Drop for Lent {
    fn drop(&mut self) {
        let mut bytes = std::mem::take(&mut self.bytes);
        let mut waiting = self.back.waiting();
        if waiting.len() < KEPT && bytes.capacity() <= LARGEST {
            bytes.clear();
            waiting.push(bytes);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_nobody_has_any_more_comes_back_empty() {
        let buffers = Buffers::default();
        let mut first = buffers.take();
        first.extend_from_slice(b"one");
        let place = first.as_ptr();
        let shared = buffers.share(first);
        let part = shared.slice(1..);
        drop(shared);
        assert_eq!((&*part, buffers.waiting().len()), (&b"ne"[..], 0));
        drop(part);
        let again = buffers.take();
        assert_eq!((again.as_ptr(), again.len()), (place, 0));
        drop(buffers.share(vec![0; LARGEST + 1]));
        let many: Vec<_> = (0..KEPT + 9).map(|_| buffers.share(vec![1])).collect();
        drop(many);
        assert_eq!(buffers.waiting().len(), KEPT, "neither too many nor too large ones");
    }
}
