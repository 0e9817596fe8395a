//! Prices from exchanges: several providers at once, and of each instrument the best source that is well.

mod choice;
mod doubt;
pub mod file;
mod growth;
mod state;
mod vote;

pub use growth::{CHOSEN, Declined};

use crate::market::feed::Feed;
use crate::market::health::Health;
use crate::market::instrument::Instrument;
use crate::market::server::directory::Offer;
use crate::market::server::live_rates::LiveRates;
use crate::market::server::newcomers::Newcomers;
use crate::market::server::provider::connection::{self, Connection, News, Report};
use crate::market::server::provider::polling::{self, Polling};
use crate::market::server::provider::{self, Kind};
use crate::market::server::quote_bus::QuoteBus;
use crate::money::Decimal;
use crate::server::clock::Clock;
use crate::server::shutdown::Shutdown;
use choice::Choice;
use chrono::{DateTime, NaiveDate, TimeDelta, Utc};
use file::Plan;
use state::State;
use std::collections::{BTreeSet, HashMap};
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::{Duration, SystemTime};
use tokio::sync::{mpsc, oneshot, watch};
use tokio::time::MissedTickBehavior;
use tokio_util::sync::{CancellationToken, DropGuard};

/// News that may wait to be taken. A venue that sends faster waits.
const WAITING: usize = 4_096;
/// News that is taken at once, under one lock of the bus.
const AT_ONCE: usize = 512;
/// Questions that may wait.
const INQUIRIES: usize = 16;
/// How long a start may take before what has no price is called stale.
const STARTING: TimeDelta = TimeDelta::seconds(10);
/// How often ages are looked at.
const LOOK: Duration = Duration::from_millis(250);
/// Every so many looks the file is looked at: two seconds.
const LOOKS_PER_FILE: u32 = 8;

/// What a page says of these sources before a price has come.
pub fn feed(plan: &Plan) -> Feed {
    let none: Vec<_> = plan.instruments.iter().map(|one| one.instrument.symbol.as_str()).collect();
    State::new(plan).feed(&none, &[], true)
}

/// What the sources are asked for.
#[derive(Debug)]
enum Inquired {
    /// How they do.
    Health(oneshot::Sender<Health>),
    /// To follow what a person chose.
    Choose(Box<Offer>, oneshot::Sender<Result<Instrument, Declined>>),
}

/// Asks how the sources do, and for more of them. Cheap to clone.
#[derive(Clone, Debug)]
pub struct Inquiry(mpsc::Sender<Inquired>);

impl Inquiry {
    /// How they do now; nothing while the server stops.
    pub async fn health(&self) -> Health {
        let (answer, answered) = oneshot::channel();
        if self.0.send(Inquired::Health(answer)).await.is_err() {
            return Health::default();
        }
        answered.await.unwrap_or_default()
    }

    /// Follows what a person chose from a provider's list, from now on.
    ///
    /// # Errors
    /// It cannot be followed, or the server stops.
    pub async fn choose(&self, offer: Offer) -> Result<Instrument, Declined> {
        let (answer, answered) = oneshot::channel();
        let gone = Declined::Gone(offer.source());
        if self.0.send(Inquired::Choose(Box::new(offer), answer)).await.is_err() {
            return Err(gone);
        }
        answered.await.unwrap_or(Err(gone))
    }
}

/// Where what exchanges bring goes.
#[derive(Debug)]
pub struct Publishing {
    /// The latest quotes.
    pub bus: QuoteBus,
    /// Rates of pairs of currencies.
    pub live_rates: LiveRates,
    /// Dropped after the last price: who keeps prices waits for it.
    pub end: DropGuard,
}

/// Opens a connection for each provider that streams, starts to ask the others, and publishes what they bring until the server
/// stops. `before` has the last day that is known of an instrument, and its close; the other lists what a changed file names anew.
pub fn start(
    file: &Path,
    plan: Plan,
    (before, newcomers): (HashMap<String, (NaiveDate, Decimal)>, Newcomers),
    publishing: Publishing,
    clock: Clock,
    shutdown: &Shutdown,
) -> Inquiry {
    // Which of the crates that TLS could use it uses. Another that was chosen before is as good.
    let _ = rustls::crypto::ring::default_provider().install_default();
    let (reports, news) = mpsc::channel(WAITING);
    let (asks, inquiries) = mpsc::channel(INQUIRIES);
    let mut wanted = vec![];
    for (provider, (kind, access)) in provider::all().zip(plan.access.clone()).enumerate() {
        let (sender, receiver) = watch::channel(Arc::new(plan.wanted(provider)));
        wanted.push(sender);
        let (reports, stopping) = (reports.clone(), shutdown.stopping().clone());
        match kind {
            Kind::Venue(venue) => shutdown.spawn(connection::run(Connection {
                venue,
                provider,
                access,
                silent: plan.silent,
                wanted: receiver,
                reports,
                clock,
                stopping,
            })),
            Kind::Poller(poller) => shutdown.spawn(polling::run(Polling {
                poller,
                provider,
                access,
                wanted: receiver,
                reports,
                clock,
                stopping,
            })),
        }
    }
    newcomers.follow(&plan);
    let hub = Hub {
        choice: Choice::new(&plan).knowing(&before),
        state: State::new(&plan),
        file: file.to_owned(),
        written: written(file),
        plan,
        bus: publishing.bus,
        live_rates: publishing.live_rates,
        clock,
        wanted,
        newcomers,
        started: clock.now(),
        starting: true,
        _end: publishing.end,
    };
    shutdown.spawn(hub.run(news, inquiries, shutdown.stopping().clone()));
    Inquiry(asks)
}

/// When the file was written, and its length.
fn written(file: &Path) -> Option<(SystemTime, u64)> {
    let about = std::fs::metadata(file).ok()?;
    Some((about.modified().ok()?, about.len()))
}

/// Where the news of all connections comes together.
struct Hub {
    choice: Choice,
    state: State,
    plan: Plan,
    file: PathBuf,
    written: Option<(SystemTime, u64)>,
    bus: QuoteBus,
    live_rates: LiveRates,
    newcomers: Newcomers,
    clock: Clock,
    /// What each connection is to ask for.
    wanted: Vec<watch::Sender<Arc<BTreeSet<String>>>>,
    started: DateTime<Utc>,
    /// Whether what has no price yet may still be waited for.
    starting: bool,
    /// Dropped with all else, after the last price.
    _end: DropGuard,
}

impl Hub {
    async fn run(mut self, mut news: mpsc::Receiver<Report>, mut inquiries: mpsc::Receiver<Inquired>, stopping: CancellationToken) {
        let mut looks = tokio::time::interval(LOOK);
        looks.set_missed_tick_behavior(MissedTickBehavior::Delay);
        let (mut batch, mut quotes, mut looked) = (Vec::with_capacity(AT_ONCE), vec![], 0);
        loop {
            tokio::select! {
                count = news.recv_many(&mut batch, AT_ONCE) => {
                    if count == 0 {
                        return;
                    }
                    // Ages change slowly; what is known of a provider is told at once.
                    let mut changed = false;
                    for report in batch.drain(..) {
                        changed |= !matches!(report.news, News::Price(_) | News::Current(_) | News::Polled { .. });
                        self.state.take(&report);
                        self.choice.take(report, &mut quotes);
                    }
                    self.bus.publish(quotes.drain(..));
                    self.bus.publish_late(self.choice.late.drain(..));
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
                }
                // Who asked may have gone.
                Some(asked) = inquiries.recv() => match asked {
                    Inquired::Health(answer) => drop(answer.send(self.health())),
                    Inquired::Choose(offer, answer) => drop(answer.send(self.choose(&offer))),
                },
                () = stopping.cancelled() => return,
            }
        }
    }

    fn health(&self) -> Health {
        let now = self.clock.now();
        Health {
            providers: self.state.health(now),
            instruments: self.choice.health(now),
            lists: self.newcomers.directory.health(now),
        }
    }

    fn renew_rates(&self) {
        if !self.plan.pairs.is_empty() {
            self.live_rates.set(self.choice.live_rates(self.clock.now()));
        }
    }

    fn say(&mut self) {
        self.renew_rates();
        let now = self.clock.now();
        let stale = self.choice.stale(now);
        self.starting &= !stale.is_empty() && (TimeDelta::zero()..STARTING).contains(&(now - self.started));
        let complaints = self.choice.complaints(now);
        self.bus.set_feed(self.state.feed(&stale, &complaints, self.starting));
    }
}
