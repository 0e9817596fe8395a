//! The life of the hub: hears the node that holds the feed, and is that node for a term at a time.

use super::choice::Choice;
use super::state::State;
use super::{Hub, Inquired};
use crate::market::server::candles::KeptCandles;
use crate::market::server::candles::backfill;
use crate::market::server::nodes::follower::Step;
use crate::market::server::provider::connection::{self, Connection, News, Report};
use crate::market::server::provider::polling::{self, Polling};
use crate::market::server::provider::{self, Kind};
use crate::server::relay::Term;
use std::time::Duration;
use tokio::sync::mpsc;
use tokio::time::{MissedTickBehavior, interval, timeout};
use tokio_util::sync::CancellationToken;
use tokio_util::task::TaskTracker;

/// News that may wait to be taken. A venue that sends faster waits.
const WAITING: usize = 4_096;
/// News that is taken at once, under one lock of the bus.
const AT_ONCE: usize = 512;
/// How often ages are looked at.
const LOOK: Duration = Duration::from_millis(250);
/// Every so many looks the file is looked at: two seconds.
const LOOKS_PER_FILE: u32 = 8;
/// Every so many looks other nodes are told how the sources do: a second.
const LOOKS_PER_HEALTH: u32 = 4;
/// How often a node that only hears reads anew what is kept, so that it holds no more of the past than that: ten minutes.
const LOOKS_PER_REFRESH: u32 = 300;
/// How long what is kept may take to be read when this node takes over. It goes on from what it heard where it takes longer.
const READ_WITHIN: Duration = Duration::from_secs(3);
/// How long what ran during a term may take to end.
const ENDED_WITHIN: Duration = Duration::from_secs(5);

impl Hub {
    /// Runs until the server stops.
    pub(super) async fn run(mut self, mut inquiries: mpsc::Receiver<Inquired>, stopping: CancellationToken) {
        let mut looks = interval(LOOK * LOOKS_PER_FILE);
        looks.set_missed_tick_behavior(MissedTickBehavior::Delay);
        let mut looked = 0;
        self.rest(&stopping);
        loop {
            let term = tokio::select! {
                biased;
                () = stopping.cancelled() => return,
                term = self.part.lease.held() => term,
                step = self.part.follower.step() => {
                    if step == Step::Missed {
                        self.newcomers.refresh_soon();
                    }
                    continue;
                }
                Some(asked) = inquiries.recv() => {
                    self.answer(asked);
                    continue;
                }
                _ = looks.tick() => {
                    self.look_at_file();
                    looked += 1;
                    if looked % LOOKS_PER_REFRESH == 0 {
                        self.newcomers.refresh_soon();
                    }
                    continue;
                }
            };
            self.lead(&term, &mut inquiries, &stopping).await;
            if stopping.is_cancelled() {
                return;
            }
            self.rest(&stopping);
            self.part.follower.resigned(&term);
        }
    }

    /// Another node keeps what comes.
    fn rest(&mut self, stopping: &CancellationToken) {
        self.newcomers.follows = stopping.child_token();
        if !self.part.is_shared() {
            return;
        }
        self.newcomers.recorder.lock().hears(true);
        // What was published before this node heard is not in what it has.
        self.newcomers.refresh_soon();
        if let Some(ticks) = &self.newcomers.ticks {
            ticks.takes(false);
        }
    }

    /// One term.
    async fn lead(&mut self, term: &Term, inquiries: &mut mpsc::Receiver<Inquired>, stopping: &CancellationToken) {
        self.newcomers.follows.cancel();
        if self.part.is_shared() {
            self.take_over().await;
        }
        let (over, published, tasks) = (stopping.child_token(), CancellationToken::new(), TaskTracker::new());
        let shutdown = self.newcomers.shutdown.clone();
        let spawn = |task: std::pin::Pin<Box<dyn Future<Output = ()> + Send>>| shutdown.spawn(tasks.track_future(task));
        // This end is held, so that a hub whose connections have all given up still is there.
        let (reports, news) = mpsc::channel(WAITING);
        self.connect(&reports, &over, spawn);
        if let Some(keepers) = &self.keepers {
            keepers.start(self.clock, term, (&over, &published), spawn);
        }
        if let Some(store) = self.newcomers.store.clone() {
            let wanted = backfill::wanted(&self.plan);
            spawn(Box::pin(backfill::run(wanted, store, self.clock, backfill::PACE, over.clone())));
        }
        self.newcomers.leads = Some(over.clone());
        self.publisher = Some(self.part.publisher(term));
        (self.started, self.starting) = (self.clock.now(), true);
        let telling = self.part.tell(term);
        tokio::select! {
            () = self.feed(news, inquiries) => {}
            () = telling => {}
            () = stopping.cancelled() => {}
        }
        (self.publisher, self.newcomers.leads) = (None, None);
        over.cancel();
        published.cancel();
        tasks.close();
        if timeout(ENDED_WITHIN, tasks.wait()).await.is_err() {
            tracing::warn!("{} tasks of the feed take long to end", tasks.len());
        }
    }

    /// Goes on where the node before was: with the minutes that it kept, and what was chosen meanwhile.
    async fn take_over(&mut self) {
        let keepers = self.keepers.as_ref().zip(self.newcomers.store.clone());
        if let Some((keepers, store)) = keepers {
            let reading = KeptCandles::load(store.0, keepers.candles.config, self.clock.now());
            match timeout(READ_WITHIN, reading).await {
                Ok(Ok(kept)) => {
                    (self.newcomers.spare, self.newcomers.closes) = (kept.loaded, kept.closes);
                    self.newcomers.recorder.lock().series.clear();
                    self.admit(&kept.chosen);
                }
                Ok(Err(_)) | Err(_) => tracing::warn!("what was kept of prices cannot be read; candles go on from what this node heard"),
            }
        }
        let before = self.newcomers.take(&self.plan);
        // What the node before published and had not kept is not lost.
        let mut minutes = self.newcomers.recorder.lock();
        minutes.take_again();
        minutes.hears(false);
        drop(minutes);
        self.choice = Choice::new(&self.plan).knowing(&before);
        self.state = State::new(&self.plan);
        if let Some(ticks) = &self.newcomers.ticks {
            ticks.takes(true);
        }
    }

    /// Opens a connection for each provider that streams, and starts to ask the others.
    fn connect(
        &self,
        reports: &mpsc::Sender<Report>,
        over: &CancellationToken,
        spawn: impl Fn(std::pin::Pin<Box<dyn Future<Output = ()> + Send>>),
    ) {
        for (provider, (kind, access)) in provider::all().zip(self.plan.access.clone()).enumerate() {
            let wanted = self.wanted[provider].subscribe();
            let (reports, stopping, clock) = (reports.clone(), over.clone(), self.clock);
            match kind {
                Kind::Venue(venue) => spawn(Box::pin(connection::run(Connection {
                    venue,
                    provider,
                    access,
                    silent: self.plan.silent,
                    wanted,
                    reports,
                    clock,
                    stopping,
                }))),
                Kind::Poller(poller) => spawn(Box::pin(polling::run(Polling {
                    poller,
                    provider,
                    access,
                    wanted,
                    reports,
                    clock,
                    stopping,
                }))),
            }
        }
    }

    /// Publishes what connections bring.
    async fn feed(&mut self, mut news: mpsc::Receiver<Report>, inquiries: &mut mpsc::Receiver<Inquired>) {
        let mut looks = interval(LOOK);
        looks.set_missed_tick_behavior(MissedTickBehavior::Delay);
        let (mut batch, mut quotes, mut looked) = (Vec::with_capacity(AT_ONCE), vec![], 0);
        loop {
            tokio::select! {
                _ = news.recv_many(&mut batch, AT_ONCE) => {
                    // Ages change slowly; what is known of a provider is told at once.
                    let mut changed = false;
                    for report in batch.drain(..) {
                        changed |= !matches!(report.news, News::Price(_) | News::Current(_) | News::Polled { .. });
                        self.state.take(&report);
                        self.choice.take(report, &mut quotes);
                    }
                    self.publish(quotes.drain(..));
                    if let Some(publisher) = &self.publisher {
                        publisher.publish_late(self.choice.late.drain(..));
                    }
                    self.renew_rates();
                    if changed {
                        self.say();
                    }
                }
                _ = looks.tick() => {
                    self.say();
                    looked += 1;
                    if looked % LOOKS_PER_FILE == 0 {
                        self.look_at_file();
                    }
                    if looked % LOOKS_PER_HEALTH == 0 && let Some(publisher) = &self.publisher {
                        publisher.set_health(|| self.health());
                    }
                }
                Some(asked) = inquiries.recv() => self.answer(asked),
            }
        }
    }
}
