//! Who wants to hear of a new price at once, by instrument: a tick wakes those whom it concerns, and nobody else.

use std::collections::HashMap;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, LazyLock, PoisonError, RwLock, Weak};
use std::time::{Duration, Instant};
use tokio::sync::Notify;

/// What moments are counted from.
static BEGAN: LazyLock<Instant> = LazyLock::new(Instant::now);

/// Hears of new prices of some instruments, for as long as somebody holds it.
#[derive(Debug, Default)]
pub struct Ear {
    /// When the first price came since the last time, in microseconds since the program began; 0 where none did.
    heard: AtomicU64,
    called: Notify,
}

impl Ear {
    /// Waits until it is called. What was heard may have been taken since.
    pub async fn called(&self) {
        self.called.notified().await;
    }

    /// When the first price came since the last time; `None` where none did.
    pub fn take(&self) -> Option<Instant> {
        let heard = self.heard.swap(0, Ordering::AcqRel);
        (heard > 0).then(|| *BEGAN + Duration::from_micros(heard))
    }

    /// There is a new price, and came now.
    pub fn call(&self, now: Instant) {
        let moment = now.saturating_duration_since(*BEGAN).as_micros() as u64;
        // The first one counts.
        let _ = self.heard.compare_exchange(0, moment.max(1), Ordering::AcqRel, Ordering::Acquire);
        self.called.notify_one();
    }
}

/// All who listen. Cheap to clone.
#[derive(Clone, Debug, Default)]
pub struct Ears(Arc<RwLock<HashMap<String, Vec<Weak<Ear>>>>>);

impl Ears {
    /// Listens to some instruments.
    pub fn listen(&self, symbols: impl IntoIterator<Item = String>) -> Arc<Ear> {
        let ear = Arc::new(Ear::default());
        let mut ears = self.0.write().unwrap_or_else(PoisonError::into_inner);
        ears.retain(|_, those| {
            those.retain(|one| one.strong_count() > 0);
            !those.is_empty()
        });
        for symbol in symbols {
            ears.entry(symbol).or_default().push(Arc::downgrade(&ear));
        }
        ear
    }

    /// Adds those who listen to an instrument.
    pub fn of(&self, symbol: &str, called: &mut Vec<Arc<Ear>>) {
        let ears = self.0.read().unwrap_or_else(PoisonError::into_inner);
        if let Some(ears) = ears.get(symbol) {
            called.extend(ears.iter().filter_map(Weak::upgrade));
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_price_calls_those_whom_it_concerns() {
        let ears = Ears::default();
        let listen = |symbols: &[&str]| ears.listen(symbols.iter().map(|one| (*one).to_owned()));
        let (one, both) = (listen(&["A"]), listen(&["A", "B"]));
        let tell = |symbol: &str| {
            let mut called = vec![];
            ears.of(symbol, &mut called);
            called.iter().for_each(|ear| ear.call(Instant::now()));
            called.len()
        };
        assert_eq!(
            (tell("B"), one.take().is_some(), both.take().is_some(), both.take()),
            (1, false, true, None)
        );
        assert_eq!(
            (tell("A"), tell("C"), one.take().is_some(), both.take().is_some()),
            (2, 0, true, true)
        );
        drop(both);
        assert_eq!((tell("B"), tell("A")), (0, 1));
    }
}
