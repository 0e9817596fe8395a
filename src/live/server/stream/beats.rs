//! When streams are due, in one list for all of them: one timer and one task serve thousands.

use std::collections::BTreeMap;
use std::collections::btree_map::Entry;
use std::sync::{Arc, LazyLock, Mutex, MutexGuard, PoisonError, Weak};
use std::time::Duration;
use tokio::sync::Notify;
use tokio::time::{Instant, sleep_until};

/// Streams have their beats together, each in steps of this time or of a part of its interval: one wake of the processor and of a shard
/// is for all that are due. What it saves, and what it costs in latency: ADR 34.
const TOGETHER: Duration = Duration::from_millis(25);
const STEPS_OF_AN_INTERVAL: u32 = 40;
/// What the steps are counted from.
static BEGAN: LazyLock<Instant> = LazyLock::new(Instant::now);

/// Those who wait for their next beat, and those that something called before it. Cheap to clone.
#[derive(Debug)]
pub struct Beats<T>(Arc<Waiting<T>>);

#[derive(Debug)]
struct Waiting<T> {
    list: Mutex<List<T>>,
    /// There is something to do before the beat that was the next one.
    sooner: Notify,
}

#[derive(Debug)]
struct List<T> {
    due: BTreeMap<Instant, Vec<Arc<T>>>,
    called: Vec<Weak<T>>,
}

impl<T> Clone for Beats<T> {
    fn clone(&self) -> Self {
        Self(self.0.clone())
    }
}

impl<T> Default for Beats<T> {
    fn default() -> Self {
        let list = List {
            due: BTreeMap::new(),
            called: vec![],
        };
        Self(Arc::new(Waiting {
            list: Mutex::new(list),
            sooner: Notify::new(),
        }))
    }
}

impl<T> Beats<T> {
    fn list(&self) -> MutexGuard<'_, List<T>> {
        self.0.list.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// It is due then. Nothing is in the list twice.
    pub fn add(&self, at: Instant, one: Arc<T>) {
        let mut list = self.list();
        let sooner = list.due.first_key_value().is_none_or(|(first, _)| at < *first);
        list.due.entry(at).or_default().push(one);
        drop(list);
        if sooner {
            self.0.sooner.notify_one();
        }
    }

    /// It is due no more at the moment that it was added for.
    pub fn remove(&self, at: Instant, one: &Arc<T>) {
        let mut list = self.list();
        if let Entry::Occupied(mut there) = list.due.entry(at) {
            there.get_mut().retain(|other| !Arc::ptr_eq(other, one));
            if there.get().is_empty() {
                there.remove();
            }
        }
    }

    /// It has something to do before its beat.
    pub fn call(&self, one: Weak<T>) {
        self.list().called.push(one);
        self.0.sooner.notify_one();
    }

    /// Waits until something is due: those whose beat it is, and those that were called.
    pub async fn due(&self) -> (Vec<Arc<T>>, Vec<Arc<T>>) {
        loop {
            let next = {
                let mut list = self.list();
                let now = Instant::now();
                let mut beats = vec![];
                while let Some(first) = list.due.first_entry().filter(|first| *first.key() <= now) {
                    beats.append(&mut first.remove());
                }
                let called: Vec<_> = list.called.drain(..).filter_map(|one| one.upgrade()).collect();
                if !(beats.is_empty() && called.is_empty()) {
                    return (beats, called);
                }
                list.due.first_key_value().map(|(at, _)| *at)
            };
            let beat = async {
                match next {
                    Some(at) => sleep_until(at).await,
                    None => std::future::pending().await,
                }
            };
            tokio::select! {
                () = beat => {}
                () = self.0.sooner.notified() => {}
            }
        }
    }
}

/// The first step that is an interval after `now`, or later.
pub fn beat_after(now: Instant, interval: Duration) -> Instant {
    let step = (interval / STEPS_OF_AN_INTERVAL).min(TOGETHER);
    let after = now + interval;
    let passed = after.saturating_duration_since(*BEGAN).as_nanos();
    match passed % step.as_nanos().max(1) {
        0 => after,
        // A step has less than a second.
        over => after + step - Duration::from_nanos(over as u64),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn beats_of_many_streams_come_together_and_never_early() {
        let at = |micros: u64| *BEGAN + Duration::from_micros(micros);
        let (second, fifth) = (Duration::from_secs(1), Duration::from_millis(200));
        assert_eq!(beat_after(at(0), second), at(1_000_000));
        assert_eq!(beat_after(at(1), second), at(1_025_000));
        assert_eq!(beat_after(at(25_000), second), at(1_025_000));
        assert_eq!(beat_after(at(12_345), fifth), at(215_000));
        assert_eq!(beat_after(at(12_345), Duration::from_secs(60)), at(60_025_000));
        assert_eq!(
            beat_after(at(12_345), Duration::from_nanos(1)),
            at(12_345) + Duration::from_nanos(1)
        );
        assert_eq!(beat_after(at(12_345), Duration::ZERO), at(12_345));
    }

    #[tokio::test(start_paused = true)]
    async fn who_is_due_or_called_comes_and_who_was_removed_does_not() {
        let beats = Beats::default();
        let [first, second, third] = [1, 2, 3].map(Arc::new);
        let (start, second_later) = (Instant::now(), Instant::now() + Duration::from_secs(1));
        beats.add(second_later + Duration::from_secs(1), third.clone());
        beats.add(second_later, first.clone());
        beats.add(second_later, second.clone());
        beats.remove(second_later, &second);
        beats.call(Arc::downgrade(&second));
        beats.call(Arc::downgrade(&Arc::new(4)));
        assert_eq!(beats.due().await, (vec![], vec![second.clone()]));
        assert_eq!((Instant::now(), beats.due().await), (start, (vec![first.clone()], vec![])));
        // One that is due sooner, or called, while another one is waited for.
        let waiting = tokio::spawn({
            let beats = beats.clone();
            async move { beats.due().await }
        });
        tokio::task::yield_now().await;
        beats.add(Instant::now(), first.clone());
        assert_eq!(waiting.await.unwrap(), (vec![first], vec![]));
        assert_eq!(beats.due().await, (vec![third], vec![]));
        assert_eq!(Instant::now(), start + Duration::from_secs(2));
        assert!(beats.list().due.is_empty());
    }
}
