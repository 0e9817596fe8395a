//! How far the exchange on a connection is, and who takes its stream once it is no HTTP any more. The wire and the service share it.

use futures_util::task::AtomicWaker;
use std::net::TcpStream;
use std::sync::atomic::{AtomicU8, Ordering};
use std::sync::{Arc, Mutex, PoisonError};
use std::task::Waker;

/// In a request's head: where a connection begins.
pub(super) const HEAD: u8 = 0;
/// A request is answered.
pub(super) const BUSY: u8 = 1;
/// Between two requests.
pub(super) const REST: u8 = 2;
/// Somebody takes the stream with what is written to it from now on.
pub(super) const LEAVING: u8 = 3;

/// A stream that leaves the HTTP server: nothing of the server stays behind, no wrapper and no buffer.
#[derive(Debug)]
pub struct Left {
    /// The stream; it does not block.
    pub stream: TcpStream,
    /// The answer, which was not sent yet.
    pub answer: Vec<u8>,
    /// What came after the request.
    pub read: Vec<u8>,
}

type Taker = Box<dyn FnOnce(Left) + Send>;

/// How far it is.
#[derive(Default)]
pub struct Stage {
    at: AtomicU8,
    taker: Mutex<Option<Taker>>,
    resting: AtomicWaker,
}

impl std::fmt::Debug for Stage {
    fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        formatter.debug_tuple("Stage").field(&self.get()).finish()
    }
}

impl Stage {
    /// A request's head is there.
    pub(super) fn serves(&self) {
        self.set(BUSY);
    }

    /// The answer is out.
    pub(super) fn rests(&self) {
        // Whose stream leaves does not rest.
        if self.at.compare_exchange(BUSY, REST, Ordering::Release, Ordering::Relaxed).is_ok() {
            self.resting.wake();
        }
    }

    /// Wakes the reader once the answer is out: nothing else may, and its rest is to be timed.
    pub(super) fn tell_rest(&self, waker: &Waker) {
        self.resting.register(waker);
    }

    pub(super) fn set(&self, at: u8) {
        self.at.store(at, Ordering::Release);
    }

    pub(super) fn get(&self) -> u8 {
        self.at.load(Ordering::Acquire)
    }

    /// Who takes the stream, where somebody does.
    pub(super) fn taker(&self) -> Option<Taker> {
        self.taker.lock().unwrap_or_else(PoisonError::into_inner).take()
    }
}

/// The way out of the HTTP server: each request carries it.
#[derive(Clone, Debug)]
pub struct WayOut(pub(super) Arc<Stage>);

impl WayOut {
    /// Gives the stream to `taker` in the place of sending the answer that follows, which must be 101. What the taker writes first can go out
    /// with the answer: one packet for two. It is dropped where the connection ends before.
    pub fn to(&self, taker: impl FnOnce(Left) + Send + 'static) {
        *self.0.taker.lock().unwrap_or_else(PoisonError::into_inner) = Some(Box::new(taker));
        self.0.set(LEAVING);
    }
}
