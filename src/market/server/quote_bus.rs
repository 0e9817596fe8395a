//! The latest quote of every instrument, and the state of the feed that brings them.

use crate::market::feed::{Feed, FeedStatus};
use crate::market::quote::Quote;
use crate::market::server::by_symbol::BySymbol;
use crate::market::server::candles::recorder::Recorder;
use crate::market::server::ears::{Call, Ear, Ears};
use crate::market::server::ticks::log::TickLog;
use crate::server::metrics::market::MARKET;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, OnceLock, PoisonError, RwLock};
use std::time::Instant;
use tokio::sync::watch;

/// Quotes by symbol.
pub type Quotes = BySymbol<Quote>;

/// Where providers publish and valuers read. Only the latest quote is held: who reads late misses nothing that is still
/// true. Cheap to clone.
#[derive(Clone, Debug)]
pub struct QuoteBus {
    quotes: Arc<RwLock<Quotes>>,
    /// How often quotes were taken.
    edition: Arc<AtomicU64>,
    /// Takes each quote into the candles, where these are not a function of time.
    recorder: Arc<OnceLock<Recorder>>,
    /// Takes each quote as it is, where single prices are kept.
    ticks: Arc<OnceLock<TickLog>>,
    /// Who wants to hear of a new price at once.
    ears: Ears,
    feed: watch::Sender<Feed>,
}

impl QuoteBus {
    /// A bus without quotes.
    pub fn new(feed: Feed) -> Self {
        Self {
            quotes: Arc::default(),
            edition: Arc::default(),
            recorder: Arc::default(),
            ticks: Arc::default(),
            ears: Ears::default(),
            feed: watch::Sender::new(feed),
        }
    }

    /// From now on each quote that is published goes into a recorder too. The first recorder stays.
    pub fn record(&self, recorder: Recorder) {
        let _ = self.recorder.set(recorder);
    }

    /// From now on each quote that is published goes into a log too. The first log stays.
    pub fn log(&self, ticks: TickLog) {
        let _ = self.ticks.set(ticks);
    }

    /// Takes quotes that came too late to be the latest: they belong into the candles alone.
    pub fn publish_late(&self, late: impl IntoIterator<Item = Quote>) {
        if let Some(recorder) = self.recorder.get() {
            let mut minutes = recorder.lock();
            late.into_iter().for_each(|quote| minutes.take(&quote));
        }
    }

    /// Hears of each new price of some instruments, from now on. One that is waited for calls.
    pub fn listen(&self, symbols: impl IntoIterator<Item = String>, call: Call) -> Arc<Ear> {
        self.ears.listen(symbols, call)
    }

    /// Takes new quotes. One that is older than what is held is left out: a price never goes back in time.
    pub fn publish(&self, new: impl IntoIterator<Item = Quote>) {
        let now = Instant::now();
        let mut called = vec![];
        self.take(new, &mut called);
        // Who is woken reads what is published: not before the locks are free again.
        called.iter().for_each(|ear| ear.call(now));
    }

    fn take(&self, new: impl IntoIterator<Item = Quote>, called: &mut Vec<Arc<Ear>>) {
        let mut recording = self.recorder.get().map(Recorder::lock);
        let mut quotes = self.quotes.write().unwrap_or_else(PoisonError::into_inner);
        self.edition.fetch_add(1, Ordering::Relaxed);
        let mut logging = self.ticks.get().map(TickLog::lock);
        if let Some(ticks) = &mut logging {
            ticks.begin(&quotes);
        }
        let mut count = 0;
        for quote in new {
            count += 1;
            if let Some(minutes) = &mut recording {
                minutes.take(&quote);
            }
            if let Some(ticks) = &mut logging {
                ticks.take(&quote);
            }
            self.ears.ring(&quote.symbol, called);
            match quotes.get_mut(&quote.symbol) {
                Some(held) if held.quoted_at > quote.quoted_at => {}
                Some(held) => *held = quote,
                None => {
                    quotes.insert(quote.symbol.clone(), quote);
                }
            }
        }
        MARKET.quotes.add(count);
    }

    /// Reads all quotes at one moment. Keep it short: publishing waits for it.
    pub fn read<T>(&self, read: impl FnOnce(&Quotes) -> T) -> T {
        read(&self.quotes.read().unwrap_or_else(PoisonError::into_inner))
    }

    /// Which edition of the quotes there is: while they are read, it stays.
    pub fn edition(&self) -> u64 {
        self.edition.load(Ordering::Relaxed)
    }

    /// Where prices come from now.
    pub fn feed(&self) -> Feed {
        self.feed.borrow().clone()
    }

    /// Changes of the feed, from now on.
    pub fn feed_changes(&self) -> watch::Receiver<Feed> {
        self.feed.subscribe()
    }

    /// Says what the feed is now. What is the same as before is not told again.
    pub fn set_feed(&self, new: Feed) {
        self.feed.send_if_modified(|feed| {
            let changed = *feed != new;
            *feed = new;
            changed
        });
    }

    /// Says what the feed does now, and why.
    pub fn set_status(&self, status: FeedStatus, detail: Option<String>) {
        self.feed.send_if_modified(|feed| {
            let changed = feed.status != status || feed.detail != detail;
            feed.status = status;
            feed.detail = detail;
            changed
        });
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use chrono::DateTime;

    fn quote(second: i64, price: i64) -> Quote {
        let quoted_at = DateTime::from_timestamp(second, 0).expect("in range");
        Quote {
            symbol: "A".into(),
            price: price.into(),
            previous_close: None,
            quoted_at,
            received_at: quoted_at,
            trade: None,
            size: None,
            source: "t",
        }
    }

    #[test]
    fn row_20_a_price_never_goes_back_in_time() {
        let bus = QuoteBus::new(Feed {
            source: "t".into(),
            simulated: true,
            status: FeedStatus::Live,
            detail: None,
        });
        bus.publish([quote(5, 50), quote(4, 40)]);
        assert_eq!(bus.read(|quotes| quotes["A"].price), 50.into());
        bus.publish([quote(6, 60)]);
        assert_eq!(bus.read(|quotes| quotes["A"].price), 60.into());
    }
}
