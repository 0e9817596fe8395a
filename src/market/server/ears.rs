//! Who wants to hear of a new price at once, by instrument. A tick costs those alone who wait for it: who is told at a beat asks then
//! whether there was one.

use crate::market::server::by_symbol::BySymbol;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError, Weak};
use std::time::Instant;
use tokio::sync::Notify;

/// Those who wait are looked through for the ones that are no more when there are so many, and when they have doubled since.
const FEW: usize = 16;

/// What new prices of an instrument ring.
#[derive(Debug, Default)]
struct Bell {
    /// Which of all prices that rang a bell was its last one.
    last: AtomicU64,
    waiting: Mutex<Waiting>,
}

/// Who waits for the next one: an ear, and which of its bells this is.
#[derive(Debug, Default)]
struct Waiting {
    ears: Vec<(Weak<Ear>, usize)>,
    full: usize,
}

impl Bell {
    fn wait(&self, ear: &Arc<Ear>, which: usize) {
        let mut waiting = self.waiting.lock().unwrap_or_else(PoisonError::into_inner);
        if waiting.ears.len() >= waiting.full.max(FEW) {
            waiting.ears.retain(|(ear, _)| ear.strong_count() > 0);
            waiting.full = 2 * waiting.ears.len();
        }
        waiting.ears.push((Arc::downgrade(ear), which));
    }
}

/// Hears of new prices of some instruments, for as long as somebody holds it.
#[derive(Debug)]
pub struct Ear {
    /// Each with whether it waits there.
    bells: Box<[(Arc<Bell>, AtomicBool)]>,
    /// The last of all prices when it was taken last.
    taken: AtomicU64,
    rung: Arc<AtomicU64>,
    /// When the first price came that called somebody since.
    first: Mutex<Option<Instant>>,
    called: Notify,
}

impl Ear {
    fn first(&self) -> MutexGuard<'_, Option<Instant>> {
        self.first.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Whether one of its prices came after that one: where prices come often, the first bell tells.
    fn hears(&self, taken: u64) -> bool {
        self.bells.iter().any(|(bell, _)| bell.last.load(Ordering::Acquire) > taken)
    }

    /// Waits for a price that was not taken yet. It may have been, when this returns.
    pub async fn called(self: &Arc<Self>) {
        for (which, (bell, waits)) in self.bells.iter().enumerate() {
            if !waits.swap(true, Ordering::AcqRel) {
                bell.wait(self, which);
            }
        }
        // What came before it waited called nobody.
        if !self.hears(self.taken.load(Ordering::Acquire)) {
            self.called.notified().await;
        }
    }

    /// When the first price came since the last time that it called somebody for; `None` where none came.
    pub fn take(&self) -> Option<Instant> {
        // Before it is asked: a price that comes meanwhile is there the next time too.
        let rung = self.rung.load(Ordering::Acquire);
        let first = self.first().take();
        let taken = self.taken.swap(rung, Ordering::AcqRel);
        self.hears(taken).then(|| first.unwrap_or_else(Instant::now))
    }

    /// There is a new price, and came now.
    pub fn call(&self, now: Instant) {
        // The first one counts.
        self.first().get_or_insert(now);
        self.called.notify_one();
    }
}

/// All who listen. Cheap to clone.
#[derive(Clone, Debug, Default)]
pub struct Ears {
    bells: Arc<Mutex<BySymbol<Arc<Bell>>>>,
    /// How many prices rang a bell.
    rung: Arc<AtomicU64>,
}

impl Ears {
    /// Listens to some instruments, each named once.
    pub fn listen(&self, symbols: impl IntoIterator<Item = String>) -> Arc<Ear> {
        let mut bells = self.bells.lock().unwrap_or_else(PoisonError::into_inner);
        let bell = |symbol| (bells.entry(symbol).or_default().clone(), AtomicBool::new(false));
        Arc::new(Ear {
            bells: symbols.into_iter().map(bell).collect(),
            taken: AtomicU64::new(self.rung.load(Ordering::Acquire)),
            rung: self.rung.clone(),
            first: Mutex::default(),
            called: Notify::new(),
        })
    }

    /// There is a new price of an instrument: adds those who wait for it, and wait no more.
    pub fn ring(&self, symbol: &str, called: &mut Vec<Arc<Ear>>) {
        let bells = self.bells.lock().unwrap_or_else(PoisonError::into_inner);
        let Some(bell) = bells.get(symbol) else { return };
        // The bell first: who takes in between finds this price now and once more, never not at all. One rings at a time, by the lock.
        let rung = self.rung.load(Ordering::Acquire) + 1;
        bell.last.store(rung, Ordering::Release);
        self.rung.store(rung, Ordering::Release);
        let mut waiting = bell.waiting.lock().unwrap_or_else(PoisonError::into_inner);
        for (ear, which) in waiting.ears.drain(..) {
            let Some(ear) = ear.upgrade() else { continue };
            if let Some((_, waits)) = ear.bells.get(which) {
                waits.store(false, Ordering::Release);
            }
            called.push(ear);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use futures_util::FutureExt as _;

    fn waits(ear: &Arc<Ear>) -> bool {
        ear.called().now_or_never().is_none()
    }

    #[test]
    fn a_price_calls_those_who_wait_for_it_and_is_there_for_all_whom_it_concerns() {
        let ears = Ears::default();
        let listen = |symbols: &[&str]| ears.listen(symbols.iter().map(|one| (*one).to_owned()));
        let (one, both, late) = (listen(&["A"]), listen(&["A", "B"]), listen(&["B"]));
        assert!(waits(&one) && waits(&both));
        let tell = |symbol: &str| {
            let mut called = vec![];
            ears.ring(symbol, &mut called);
            called.iter().for_each(|ear| ear.call(Instant::now()));
            called.len()
        };
        assert_eq!((tell("B"), tell("B")), (1, 0), "who was called waits no more");
        assert!(!waits(&both) && waits(&one));
        assert_eq!((one.take().is_some(), both.take().is_some(), both.take()), (false, true, None));
        // Who did not wait finds it there.
        assert!(!waits(&late) && late.take().is_some() && waits(&late));
        // The call that was left over wakes it once more.
        assert!(!waits(&both) && waits(&both));
        assert_eq!((tell("C"), tell("A")), (0, 2));
        assert!(one.take().is_some() && both.take().is_some());
        drop(both);
        assert_eq!(
            (tell("B"), tell("A")),
            (1, 0),
            "the one of them is no more, the other was called and does not wait"
        );
    }

    #[test]
    fn who_is_no_more_is_forgotten_in_time() {
        let ears = Ears::default();
        let listen = || ears.listen(["A".to_owned()]);
        let kept = listen();
        assert!(waits(&kept));
        for _ in 0..1_000 {
            assert!(waits(&listen()));
        }
        let waiting = ears.bells.lock().unwrap()["A"].waiting.lock().unwrap().ears.len();
        assert!(waiting <= FEW + 1, "{waiting}");
        let mut called = vec![];
        ears.ring("A", &mut called);
        assert_eq!(called.len(), 1);
    }
}
