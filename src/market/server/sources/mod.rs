//! Prices from exchanges: several providers at once, and of each instrument the best source that is well.

mod choice;
mod doubt;
pub mod file;
mod growth;
mod state;
mod terms;
mod vote;

pub use growth::{CHOSEN, Declined};

use crate::market::feed::Feed;
use crate::market::health::Health;
use crate::market::instrument::Instrument;
use crate::market::quote::Quote;
use crate::market::server::candles::LastDays;
use crate::market::server::directory::Offer;
use crate::market::server::keeping::Keepers;
use crate::market::server::newcomers::Newcomers;
use crate::market::server::nodes::Part;
use crate::market::server::nodes::publisher::Publisher;
use crate::market::server::provider;
use crate::server::clock::Clock;
use crate::server::shutdown::Shutdown;
use choice::Choice;
use chrono::{DateTime, TimeDelta, Utc};
use file::Plan;
use state::State;
use std::collections::{BTreeSet, HashMap};
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::SystemTime;
use tokio::sync::{mpsc, oneshot, watch};

/// Questions that may wait.
const INQUIRIES: usize = 16;
/// How long a start may take before what has no price is called stale.
const STARTING: TimeDelta = TimeDelta::seconds(10);

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
    /// To follow what people chose on other nodes.
    Admit(Vec<Offer>),
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

    /// Follows what people chose on other nodes too, from now on.
    pub async fn admit(&self, offers: Vec<Offer>) {
        // The server may stop.
        let _ = self.0.send(Inquired::Admit(offers)).await;
    }
}

/// Follows a plan: while this node holds the feed, opens a connection for each provider that streams, asks the others, and publishes what
/// they bring; until the server stops. `before` has the last day that is known of an instrument, and its close; the other lists what a
/// changed file names anew.
pub fn start(
    file: &Path,
    plan: Plan,
    (before, newcomers): (HashMap<String, LastDays>, Newcomers),
    part: Part,
    keepers: Option<Keepers>,
    clock: Clock,
    shutdown: &Shutdown,
) -> Inquiry {
    // Which of the crates that TLS could use it uses. Another that was chosen before is as good.
    let _ = rustls::crypto::ring::default_provider().install_default();
    let (asks, inquiries) = mpsc::channel(INQUIRIES);
    let wanted = (0..provider::PROVIDERS).map(|provider| watch::Sender::new(Arc::new(plan.wanted(provider))));
    newcomers.follow(&plan);
    let hub = Hub {
        choice: Choice::new(&plan).knowing(&before),
        state: State::new(&plan),
        file: file.to_owned(),
        written: written(file),
        wanted: wanted.collect(),
        plan,
        part,
        publisher: None,
        keepers,
        clock,
        newcomers,
        started: clock.now(),
        starting: true,
    };
    shutdown.spawn(hub.run(inquiries, shutdown.stopping().clone()));
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
    part: Part,
    /// What may publish, while this node holds the feed.
    publisher: Option<Publisher>,
    /// What keeps candles and prices meanwhile.
    keepers: Option<Keepers>,
    newcomers: Newcomers,
    clock: Clock,
    /// What each connection is to ask for.
    wanted: Vec<watch::Sender<Arc<BTreeSet<String>>>>,
    started: DateTime<Utc>,
    /// Whether what has no price yet may still be waited for.
    starting: bool,
}

impl Hub {
    fn answer(&mut self, asked: Inquired) {
        // Who asked may have gone.
        match asked {
            Inquired::Health(answer) => drop(answer.send(self.health())),
            Inquired::Choose(offer, answer) => drop(answer.send(self.choose(&offer))),
            Inquired::Admit(offers) => self.admit(&offers),
        }
    }

    fn health(&self) -> Health {
        let now = self.clock.now();
        let lists = self.newcomers.directory.health(now);
        if self.publisher.is_none() {
            let of_another = self.part.follower.health();
            return Health { lists, ..of_another };
        }
        Health {
            providers: self.state.health(now),
            instruments: self.choice.health(now),
            lists,
        }
    }

    fn publish(&self, quotes: impl IntoIterator<Item = Quote>) {
        if let Some(publisher) = &self.publisher {
            publisher.publish(quotes);
        }
    }

    fn renew_rates(&self) {
        if let Some(publisher) = self.publisher.as_ref().filter(|_| !self.plan.pairs.is_empty()) {
            publisher.set_rates(self.choice.live_rates(self.clock.now()));
        }
    }

    fn say(&mut self) {
        self.renew_rates();
        let now = self.clock.now();
        let stale = self.choice.stale(now);
        self.starting &= !stale.is_empty() && (TimeDelta::zero()..STARTING).contains(&(now - self.started));
        let complaints = self.choice.complaints(now);
        if let Some(publisher) = &self.publisher {
            publisher.set_feed(self.state.feed(&stale, &complaints, self.starting));
        }
    }
}
