//! Hears the node that holds the feed, and publishes here what it tells.

use super::wire::Batch;
use super::{ASKED, QUOTES};
use crate::market::feed::{Feed, FeedStatus};
use crate::market::health::Health;
use crate::market::server::live_rates::LiveRates;
use crate::market::server::quote_bus::QuoteBus;
use crate::server::clock::Clock;
use crate::server::relay::{Heard, Relay, State, Subscription, Term};
use chrono::{DateTime, Utc};
use std::time::Duration;
use tokio::sync::watch;
use tokio::time::{Instant, sleep_until};

/// Without a word of the holder for so long the feed is stale.
const SILENT: Duration = Duration::from_secs(2);
/// How long a start may take before what has no price is called stale.
const STARTING: Duration = Duration::from_secs(10);
/// The shortest time between two questions for the whole picture.
const PATIENCE: Duration = Duration::from_millis(300);

/// What a page says where nobody is heard.
const UNHEARD: &str = "Another node of this server brings the prices, and is not heard at this time. They stay as they were last.";
/// What a page says where the relay is away.
const AWAY: &str =
    "The nodes of this server do not reach each other at this time. Prices stay as they were last; they go on by themselves.";

/// What a step was.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Step {
    /// Nothing to do.
    Nothing,
    /// Nobody was heard since the start for so long that something else is shown.
    GivesUp,
    /// Something may have been missed: what is worked out from single prices has a gap.
    Missed,
}

/// The part of a node while another one holds the feed.
#[derive(Debug)]
pub struct Follower {
    relay: Relay,
    bus: QuoteBus,
    live_rates: LiveRates,
    heard: Subscription,
    states: watch::Receiver<State>,
    clock: Clock,
    /// The highest token that was heard, and the number of the batch that comes next.
    term: (u64, u64),
    /// What the holder said of the feed last.
    feed: Option<Feed>,
    /// How its sources do.
    health: Option<Health>,
    began: Option<DateTime<Utc>>,
    /// When it is silent.
    silent: Instant,
    /// When the whole picture was asked for.
    asked: Option<Instant>,
    /// Whether the whole picture is waited for.
    wants: bool,
}

impl Follower {
    /// One that heard nobody yet.
    pub fn new(relay: &Relay, bus: &QuoteBus, live_rates: &LiveRates, clock: Clock) -> Self {
        Self {
            relay: relay.clone(),
            bus: bus.clone(),
            live_rates: live_rates.clone(),
            heard: relay.subscribe(QUOTES),
            states: relay.state(),
            clock,
            term: (0, 0),
            feed: None,
            health: None,
            began: None,
            silent: Instant::now() + STARTING,
            asked: None,
            wants: true,
        }
    }

    /// When the holder's source began.
    pub fn began(&self) -> Option<DateTime<Utc>> {
        self.began
    }

    /// How the holder's sources do, as far as it told.
    pub fn health(&self) -> Health {
        self.health.clone().unwrap_or_default()
    }

    /// This node held the feed until now. Nobody older is heard from now on.
    pub fn resigned(&mut self, term: &Term) {
        self.term = (self.term.0.max(term.token()), 0);
        self.feed = Some(self.bus.feed());
        self.wants = true;
        self.stale(self.why());
    }

    fn why(&self) -> &'static str {
        if *self.states.borrow() == State::Connected { UNHEARD } else { AWAY }
    }

    /// Takes what comes next. May be dropped before it is done.
    pub async fn step(&mut self) -> Step {
        let asks = match (self.wants, self.asked) {
            (false, _) => None,
            (true, None) => Some(Instant::now()),
            (true, Some(asked)) => Some(asked + PATIENCE),
        };
        tokio::select! {
            heard = self.heard.next() => match heard {
                Heard::Said(bytes) => match Batch::decode(&bytes) {
                    Ok(batch) => self.take(&batch),
                    Err(error) => tracing::warn!("what another node tells of prices cannot be read: {error}"),
                },
                Heard::Missed => {
                    (self.wants, self.asked) = (true, None);
                    return Step::Missed;
                }
            },
            () = sleep_until(self.silent) => {
                let gives_up = self.feed.is_none();
                self.stale(self.why());
                self.silent = Instant::now() + STARTING;
                if gives_up {
                    return Step::GivesUp;
                }
            }
            Ok(()) = self.states.changed() => {
                let state = *self.states.borrow_and_update();
                match state {
                    // A node that has just started waits for a while.
                    State::Away { .. } if self.feed.is_some() => self.stale(AWAY),
                    State::Away { .. } => {}
                    State::Alone | State::Connected => (self.wants, self.asked) = (true, None),
                }
            }
            () = async {
                match asks {
                    Some(when) => sleep_until(when).await,
                    None => std::future::pending().await,
                }
            } => {
                self.asked = Some(Instant::now());
                if *self.states.borrow() == State::Connected {
                    // It is asked again where this is lost.
                    let _ = self.relay.publish(ASKED, &[]).await;
                }
            }
        }
        Step::Nothing
    }

    fn stale(&mut self, why: &str) {
        self.bus.set_status(FeedStatus::Stale, Some(why.to_owned()));
        self.wants = true;
    }

    fn take(&mut self, batch: &Batch) {
        let (token, next) = self.term;
        if batch.token < token {
            tracing::debug!(token = batch.token, "prices of a term that is over are refused");
            return;
        }
        let follows = batch.token == token && batch.number == next;
        self.term = (batch.token, batch.number + 1);
        self.began = batch.began.and_then(DateTime::from_timestamp_millis).or(self.began);
        if batch.whole {
            (self.wants, self.asked) = (false, None);
        } else if !follows {
            self.wants = true;
        }
        self.silent = Instant::now() + SILENT;
        let now = self.clock.now();
        self.bus.publish_late(batch.late());
        // No age is negative, whatever another node's clock says.
        self.bus.publish(batch.quotes().map(|mut quote| {
            quote.received_at = quote.received_at.min(now);
            quote
        }));
        if let Some(rates) = batch.rates() {
            self.live_rates.set(rates);
        }
        if let Some(feed) = &batch.feed {
            self.feed = Some(feed.clone());
        }
        if let Some(health) = &batch.health {
            self.health = Some(health.clone());
        }
        // After a gap prices are told as what they are only when all of them are there again.
        if let Some(feed) = self.feed.clone().filter(|_| !self.wants) {
            self.bus.set_feed(feed);
        }
    }
}
