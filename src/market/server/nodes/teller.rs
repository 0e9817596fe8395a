//! Tells the other nodes what this one publishes, for the length of a term.

use super::outbox::{Outbox, Pending};
use super::wire::Batch;
use super::{ASKED, Part, QUOTES};
use crate::market::server::quote_bus::QuoteBus;
use crate::server::relay::{Heard, Relay, Subscription, Term, Unsaid};
use std::time::Duration;
use tokio::time::{Instant, sleep, sleep_until};

/// How long prices are gathered before they are told: a first one, and those that come with it.
const GATHERED: Duration = Duration::from_millis(20);
/// The shortest time from one batch to the next. Where prices come one by one all the time, each batch costs every node some wakes of the
/// processor, whoever watches.
const APART: Duration = Duration::from_millis(50);
/// The longest silence: without a word for much longer, the others count the feed as stale.
const BEAT: Duration = Duration::from_millis(400);
/// The wait after what could not be told.
const AGAIN: Duration = Duration::from_millis(100);

/// The teller of a term.
#[derive(Debug)]
pub struct Teller {
    relay: Relay,
    bus: QuoteBus,
    outbox: Outbox,
    asked: Subscription,
    term: Term,
    /// The number of the next batch.
    number: u64,
    /// Whether the next batch is the whole picture.
    whole: bool,
    /// When the last one went.
    told: Instant,
}

impl Teller {
    /// The teller of a term.
    pub fn new(part: &Part, term: &Term) -> Self {
        // What waits is of an older term.
        part.outbox.take();
        Self {
            relay: part.relay.clone(),
            bus: part.bus.clone(),
            outbox: part.outbox.clone(),
            asked: part.relay.subscribe(ASKED),
            term: term.clone(),
            number: 0,
            whole: true,
            told: Instant::now(),
        }
    }

    /// Tells until the term is over.
    pub async fn run(mut self) {
        while self.tell().await {
            tokio::select! {
                () = self.outbox.filled() => sleep_until((Instant::now() + GATHERED).max(self.told + APART)).await,
                heard = self.asked.next() => {
                    self.whole = true;
                    if heard != Heard::Missed {
                        // Who starts with others is answered with them.
                        sleep(GATHERED).await;
                    }
                }
                () = sleep_until(self.told + BEAT) => {}
                () = self.term.ended() => return,
            }
        }
    }

    /// Tells what waits. `false` once the term is over.
    async fn tell(&mut self) -> bool {
        let pending = self.outbox.take();
        let whole = self.whole || pending.spilt;
        let batch = self.batch(&pending, whole);
        match self.relay.publish_under(&self.term, QUOTES, &batch.encode()).await {
            Ok(()) => {
                (self.number, self.whole, self.told) = (self.number + 1, false, Instant::now());
                true
            }
            Err(Unsaid::Over) => false,
            Err(Unsaid::Away) => {
                // Whether it was heard or not: all of it again.
                (self.number, self.whole) = (self.number + 1, true);
                sleep(AGAIN).await;
                self.term.is_good()
            }
        }
    }

    fn batch(&self, pending: &Pending, whole: bool) -> Batch {
        let mut batch = Batch::new(self.term.token(), self.number);
        batch.whole = whole;
        batch.fill(&pending.quotes, &pending.late);
        batch.health = pending.health.clone();
        if let Some(rates) = &pending.rates {
            batch.fill_rates(rates);
        }
        if whole || pending.feed {
            batch.feed = Some(self.bus.feed());
        }
        batch.began = pending.began.map(|began| began.timestamp_millis());
        if whole {
            self.bus.read(|quotes| batch.fill(quotes.values(), &[]));
        }
        batch
    }
}
