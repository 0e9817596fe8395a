//! What was published here and is not told to the others yet.

use crate::market::health::Health;
use crate::market::quote::Quote;
use crate::market::server::live_rates::LiveRate;
use chrono::{DateTime, Utc};
use std::collections::HashMap;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use tokio::sync::Notify;

/// Prices that may wait to be told. Beyond, the others get the whole picture in their place.
const WAITING: usize = 16_384;

/// Filled by publishers, emptied by the teller. Cheap to clone.
#[derive(Clone, Debug, Default)]
pub struct Outbox(Arc<Inner>);

#[derive(Debug, Default)]
struct Inner {
    pending: Mutex<Pending>,
    filled: Notify,
}

/// What waits.
#[derive(Debug, Default)]
pub struct Pending {
    /// Prices, in the order in which they were published.
    pub quotes: Vec<Quote>,
    /// Prices that came too late to be the latest.
    pub late: Vec<Quote>,
    /// All rates, where they changed.
    pub rates: Option<HashMap<(String, String), LiveRate>>,
    /// How the sources do.
    pub health: Option<Health>,
    /// Whether the feed may have changed.
    pub feed: bool,
    /// Whether some prices found no room.
    pub spilt: bool,
    /// When the source began, where that says what comes.
    pub began: Option<DateTime<Utc>>,
}

impl Outbox {
    fn lock(&self) -> MutexGuard<'_, Pending> {
        self.0.pending.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn fill(&self, fill: impl FnOnce(&mut Pending)) {
        fill(&mut self.lock());
        self.0.filled.notify_one();
    }

    /// Takes prices.
    pub fn put(&self, new: &[Quote]) {
        self.fill(|pending| {
            if pending.quotes.len() + new.len() > WAITING {
                (pending.quotes, pending.spilt) = (vec![], true);
            } else {
                pending.quotes.extend_from_slice(new);
            }
        });
    }

    /// Takes prices that came too late. Those that find no room are missed by other nodes' charts until they read them anew.
    pub fn put_late(&self, late: &[Quote]) {
        if !late.is_empty() {
            self.fill(|pending| {
                if pending.late.len() + late.len() <= WAITING {
                    pending.late.extend_from_slice(late);
                }
            });
        }
    }

    /// Takes all rates.
    pub fn put_rates(&self, rates: &HashMap<(String, String), LiveRate>) {
        self.fill(|pending| pending.rates = Some(rates.clone()));
    }

    /// Takes how the sources do. It is told with the next batch.
    pub fn put_health(&self, health: Health) {
        self.lock().health = Some(health);
    }

    /// The feed may have changed.
    pub fn feed_changed(&self) {
        self.fill(|pending| pending.feed = true);
    }

    /// When the source began.
    pub fn began(&self, moment: DateTime<Utc>) {
        self.lock().began = Some(moment);
    }

    /// Waits until something waits.
    pub async fn filled(&self) {
        self.0.filled.notified().await;
    }

    /// Takes what waits.
    pub fn take(&self) -> Pending {
        let mut pending = self.lock();
        let began = pending.began;
        let taken = std::mem::take(&mut *pending);
        pending.began = began;
        taken
    }
}
