//! A lease that one node holds at a time, and the term for which it does.
//!
//! Redis ends a lease by its own clock. A holder goes by two of its own, the machine's time since its start and the time of day,
//! counted from before it asked: whichever is further ends the term, and always before Redis does. So a process that was stopped,
//! or a machine that slept, knows it before it says anything.

use crate::server::metrics::relay::RELAY;
use crate::server::relay::Unsaid;
use crate::server::relay::board::Subscription;
use crate::server::relay::redis::Wire;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, OnceLock};
use std::time::{Duration, Instant, SystemTime};
use tokio::sync::{mpsc, watch};
use tokio_util::sync::CancellationToken;

/// How long Redis keeps a lease that is not renewed. With the time of one more try it is how long nobody brings prices after a kill.
pub const LIFE: Duration = Duration::from_millis(2_000);
/// How much earlier its holder counts it as ended.
const MARGIN: Duration = Duration::from_millis(200);
/// How often a holder renews it.
const RENEWED: Duration = Duration::from_millis(400);
/// How often the others try to take it.
const TRIED: Duration = Duration::from_millis(250);

/// For how long a node holds a lease. Whoever acts under it asks [`Term::is_good`] right before. Cheap to clone.
#[derive(Clone, Debug)]
pub struct Term {
    inner: Arc<Inner>,
    /// Dropped with the last clone: the lease can be released.
    _held: Option<mpsc::Sender<()>>,
}

#[derive(Debug)]
struct Inner {
    name: &'static str,
    token: u64,
    /// The moment by both clocks at which it ends; none of one that does not.
    until: Option<(AtomicU64, AtomicU64)>,
    ended: CancellationToken,
}

/// The moment by both clocks, in milliseconds. The first counts from a day before it was asked first.
fn now() -> (u64, u64) {
    const DAY: u64 = 86_400_000;
    static START: OnceLock<Instant> = OnceLock::new();
    let day = SystemTime::now().duration_since(SystemTime::UNIX_EPOCH).unwrap_or_default();
    (
        DAY + START.get_or_init(Instant::now).elapsed().as_millis() as u64,
        day.as_millis() as u64,
    )
}

impl Inner {
    fn extend(&self, asked: (u64, u64)) {
        let good = (LIFE - MARGIN).as_millis() as u64;
        if let Some((since_start, of_day)) = &self.until {
            since_start.store(asked.0 + good, Ordering::Release);
            of_day.store(asked.1 + good, Ordering::Release);
        }
    }

    /// How long it still is good.
    fn left(&self) -> Duration {
        if self.ended.is_cancelled() {
            return Duration::ZERO;
        }
        let Some((since_start, of_day)) = &self.until else {
            return Duration::MAX;
        };
        let now = now();
        let left = since_start.load(Ordering::Acquire).saturating_sub(now.0);
        Duration::from_millis(left.min(of_day.load(Ordering::Acquire).saturating_sub(now.1)))
    }
}

impl Term {
    fn new(name: &'static str, token: u64, asked: (u64, u64), held: mpsc::Sender<()>) -> Self {
        let inner = Inner {
            name,
            token,
            until: Some((AtomicU64::new(0), AtomicU64::new(0))),
            ended: CancellationToken::new(),
        };
        inner.extend(asked);
        Self {
            inner: Arc::new(inner),
            _held: Some(held),
        }
    }

    /// One that does not end, of a node that has no others.
    pub fn for_good() -> Self {
        let inner = Inner {
            name: "",
            token: 0,
            until: None,
            ended: CancellationToken::new(),
        };
        Self {
            inner: Arc::new(inner),
            _held: None,
        }
    }

    /// The lease's name.
    pub fn name(&self) -> &'static str {
        self.inner.name
    }

    /// Its number. A later term of the same lease has a higher one.
    pub fn token(&self) -> u64 {
        self.inner.token
    }

    /// Whether nobody else can hold the lease at this moment.
    pub fn is_good(&self) -> bool {
        !self.inner.left().is_zero()
    }

    /// Waits for its end.
    pub async fn ended(&self) {
        self.inner.ended.cancelled().await;
    }

    /// Its holder learned that it is over.
    pub(super) fn end(&self) {
        self.inner.ended.cancel();
    }
}

/// Tells the terms of a lease, as this node gets them.
#[derive(Clone, Debug)]
pub struct Lease(watch::Receiver<Option<Term>>);

impl Lease {
    pub(super) fn for_good() -> Self {
        Self(watch::Sender::new(Some(Term::for_good())).subscribe())
    }

    /// Waits until this node holds it. May be dropped before it is done.
    pub async fn held(&mut self) -> Term {
        loop {
            if let Some(term) = self.0.borrow_and_update().clone().filter(Term::is_good) {
                return term;
            }
            if self.0.changed().await.is_err() {
                // The server stops.
                std::future::pending::<()>().await;
            }
        }
    }
}

/// Takes and renews a lease.
#[derive(Debug)]
pub(super) struct Holder {
    wire: Wire,
    name: &'static str,
    told: watch::Sender<Option<Term>>,
    freed: Subscription,
}

/// A lease, and the task that holds it.
pub(super) fn hold(wire: Wire, name: &'static str, freed: Subscription) -> (Lease, Holder) {
    let told = watch::Sender::new(None);
    let lease = Lease(told.subscribe());
    (lease, Holder { wire, name, told, freed })
}

impl Holder {
    /// Holds it whenever it can, until the server stops; then until nobody here needs it.
    pub(super) async fn run(mut self, stopping: CancellationToken) {
        loop {
            let asked = now();
            if let Ok(Some(token)) = self.wire.take(self.name, LIFE).await {
                self.serve(token, asked, &stopping).await;
            }
            tokio::select! {
                () = stopping.cancelled() => return,
                () = tokio::time::sleep(TRIED) => {}
                // One that was just released is taken at once. What was missed may be that.
                _ = self.freed.next() => {}
            }
        }
    }

    /// One term, from its beginning to its end.
    async fn serve(&mut self, token: u64, asked: (u64, u64), stopping: &CancellationToken) {
        let (held, mut holders) = mpsc::channel(1);
        let term = Term::new(self.name, token, asked, held);
        let inner = term.inner.clone();
        tracing::info!(lease = self.name, token, "this node holds the lease");
        RELAY.terms.one();
        self.told.send_replace(Some(term));
        let mut stopped = false;
        loop {
            tokio::select! {
                () = stopping.cancelled(), if !stopped => {
                    // Whoever acts under it goes on to the end; nobody begins anew.
                    self.told.send_replace(None);
                    stopped = true;
                    continue;
                }
                _ = holders.recv() => break,
                () = inner.ended.cancelled() => break,
                () = tokio::time::sleep(RENEWED.min(inner.left())) => {}
            }
            let asked = now();
            match tokio::time::timeout(inner.left(), self.wire.renew(self.name, token, LIFE)).await {
                Ok(Ok(true)) => inner.extend(asked),
                Ok(Ok(false)) => break,
                Ok(Err(Unsaid::Away | Unsaid::Over)) | Err(_) if inner.left().is_zero() => break,
                Ok(Err(_)) | Err(_) => {}
            }
        }
        let clean = stopped && !inner.left().is_zero();
        inner.ended.cancel();
        self.told.send_replace(None);
        if clean {
            let released = self.wire.release(self.name, token).await;
            tracing::info!(
                lease = self.name,
                token,
                released = released.is_ok(),
                "this node lets go of the lease"
            );
        } else {
            tracing::warn!(lease = self.name, token, "this node holds the lease no more");
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_term_ends_by_whichever_clock_is_further() {
        let (held, _holders) = mpsc::channel(1);
        let good = |(since_start, of_day): (u64, u64)| Term::new("t", 1, (since_start, of_day), held.clone()).is_good();
        let (since_start, of_day) = now();
        let long_ago = LIFE.as_millis() as u64;
        assert!(good((since_start, of_day)));
        assert!(!good((since_start, of_day - long_ago)), "the machine slept");
        assert!(!good((since_start - long_ago, of_day)), "the time of day was set back");
        assert!(good((since_start, of_day + 60_000)), "it will be, and the other clock decides");
        assert!(Term::for_good().is_good());
        let term = Term::new("t", 1, (since_start, of_day), held);
        term.end();
        assert!(!term.is_good());
    }
}
