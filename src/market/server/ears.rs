//! Who wants to hear of a new price at once, by instrument. A tick costs those alone who wait for it: who is told at a beat asks then
//! whether there was one.

use crate::market::server::by_symbol::BySymbol;
use std::fmt;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError, Weak};
use std::time::Instant;

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

/// What a price does with an ear that waits for it. No lock of the market is held then.
pub type Call = Box<dyn Fn() + Send + Sync>;

/// Hears of new prices of some instruments, for as long as somebody holds it.
pub struct Ear {
    /// Each with whether it waits there.
    bells: Box<[(Arc<Bell>, AtomicBool)]>,
    /// The last of all prices when it was taken last.
    taken: AtomicU64,
    rung: Arc<AtomicU64>,
    /// When the first price came that called somebody since.
    first: Mutex<Option<Instant>>,
    call: Call,
}

impl fmt::Debug for Ear {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Ear").field("bells", &self.bells.len()).finish_non_exhaustive()
    }
}

impl Ear {
    fn first(&self) -> MutexGuard<'_, Option<Instant>> {
        self.first.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Whether one of its prices came after that one: where prices come often, the first bell tells.
    fn hears(&self, taken: u64) -> bool {
        self.bells.iter().any(|(bell, _)| bell.last.load(Ordering::Acquire) > taken)
    }

    /// The next price calls. Whether there is one already that was not taken: it calls nobody.
    pub fn wait(self: &Arc<Self>) -> bool {
        for (which, (bell, waits)) in self.bells.iter().enumerate() {
            if !waits.swap(true, Ordering::AcqRel) {
                bell.wait(self, which);
            }
        }
        self.hears(self.taken.load(Ordering::Acquire))
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
        (self.call)();
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
    /// Listens to some instruments, each named once. Prices call once somebody waits for them.
    pub fn listen(&self, symbols: impl IntoIterator<Item = String>, call: Call) -> Arc<Ear> {
        let mut bells = self.bells.lock().unwrap_or_else(PoisonError::into_inner);
        let bell = |symbol| (bells.entry(symbol).or_default().clone(), AtomicBool::new(false));
        Arc::new(Ear {
            bells: symbols.into_iter().map(bell).collect(),
            taken: AtomicU64::new(self.rung.load(Ordering::Acquire)),
            rung: self.rung.clone(),
            first: Mutex::default(),
            call,
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
    use std::sync::atomic::AtomicUsize;

    fn listen(ears: &Ears, symbols: &[&str]) -> (Arc<Ear>, Arc<AtomicUsize>) {
        let calls = Arc::new(AtomicUsize::new(0));
        let counted = calls.clone();
        let call = move || _ = counted.fetch_add(1, Ordering::Relaxed);
        (ears.listen(symbols.iter().map(|one| (*one).to_owned()), Box::new(call)), calls)
    }

    #[test]
    fn a_price_calls_those_who_wait_for_it_and_is_there_for_all_whom_it_concerns() {
        let ears = Ears::default();
        let ((one, one_calls), (both, both_calls), (late, late_calls)) =
            (listen(&ears, &["A"]), listen(&ears, &["A", "B"]), listen(&ears, &["B"]));
        let calls = || [&one_calls, &both_calls, &late_calls].map(|calls| calls.load(Ordering::Relaxed));
        let tell = |symbol: &str| {
            let mut called = vec![];
            ears.ring(symbol, &mut called);
            called.iter().for_each(|ear| ear.call(Instant::now()));
        };
        assert!(!one.wait() && !both.wait());
        tell("B");
        assert_eq!(calls(), [0, 1, 0]);
        tell("B");
        assert_eq!(calls(), [0, 1, 0], "who was called waits no more");
        assert_eq!((one.take().is_some(), both.take().is_some(), both.take()), (false, true, None));
        // Who did not wait finds it there.
        assert!(late.wait() && late.take().is_some() && !late.wait());
        assert!(!both.wait());
        tell("C");
        tell("A");
        assert_eq!(calls(), [1, 2, 0]);
        assert!(one.take().is_some());
        drop(both);
        tell("B");
        tell("A");
        assert_eq!(
            calls(),
            [1, 2, 1],
            "the one of them is no more, the other was called and does not wait"
        );
    }

    #[test]
    fn who_is_no_more_is_forgotten_in_time() {
        let ears = Ears::default();
        let (kept, calls) = listen(&ears, &["A"]);
        assert!(!kept.wait());
        for _ in 0..1_000 {
            assert!(!listen(&ears, &["A"]).0.wait());
        }
        let waiting = ears.bells.lock().unwrap()["A"].waiting.lock().unwrap().ears.len();
        assert!(waiting <= FEW + 1, "{waiting}");
        let mut called = vec![];
        ears.ring("A", &mut called);
        called.iter().for_each(|ear| ear.call(Instant::now()));
        assert_eq!(calls.load(Ordering::Relaxed), 1);
    }
}
