//! The one task behind every provider that is asked: a round of requests at its pace, and fewer where they fail.

use super::connection::backoff::Backoff;
use super::connection::{News, Report};
use super::poller::{Poller, Request, Said, Text};
use super::venue::{Access, Retry, VenueError};
use crate::server::clock::Clock;
use crate::server::fetch::{self, FetchError};
use std::collections::{BTreeMap, BTreeSet, HashMap};
use std::sync::Arc;
use std::time::Duration;
use tokio::sync::{mpsc, watch};
use tokio::time::{Instant, sleep, sleep_until};
use tokio_util::sync::CancellationToken;

/// How long what does not exist is not asked for, and who does not let us in.
const NOT_THERE: Duration = Duration::from_secs(600);
/// A round comes so much earlier or later, as one part of so many: servers that start at once do not ask at once.
const JITTER: u32 = 10;

/// What polling is made of.
#[derive(Debug)]
pub struct Polling {
    /// The provider.
    pub poller: &'static dyn Poller,
    /// Its place in the configuration.
    pub provider: usize,
    /// Where to ask.
    pub access: Access,
    /// The symbols that are wanted now. While none is, nothing is asked.
    pub wanted: watch::Receiver<Arc<BTreeSet<String>>>,
    /// Where news goes.
    pub reports: mpsc::Sender<Report>,
    /// The clock of this server.
    pub clock: Clock,
    /// The end.
    pub stopping: CancellationToken,
}

/// The requests to one place.
#[derive(Debug)]
struct Lane {
    due: Instant,
    backoff: Backoff,
    told: Option<VenueError>,
}

/// Asks until the server stops.
pub async fn run(mut polling: Polling) {
    let stopping = polling.stopping.clone();
    tokio::select! {
        () = polling.rounds() => {}
        () = stopping.cancelled() => {}
    }
}

impl Polling {
    /// Returns when nobody listens any more.
    async fn rounds(&mut self) {
        let mut lanes: HashMap<String, Lane> = HashMap::new();
        // What does not exist, and when it is asked for again.
        let mut absent: HashMap<String, Instant> = HashMap::new();
        loop {
            if self.wanted.wait_for(|wanted| !wanted.is_empty()).await.is_err() {
                return;
            }
            let now = Instant::now();
            let wanted = self.wanted.borrow_and_update().clone();
            absent.retain(|symbol, until| *until > now && wanted.contains(symbol));
            let asked = wanted.iter().filter(|symbol| !absent.contains_key(*symbol)).cloned().collect();
            let mut requests: BTreeMap<String, Vec<Request>> = BTreeMap::new();
            for request in self.poller.requests(&asked, &self.access) {
                requests.entry(request.lane.clone()).or_default().push(request);
            }
            lanes.retain(|name, _| requests.contains_key(name));
            for name in requests.keys() {
                let new = || Lane {
                    due: now,
                    backoff: Backoff::default(),
                    told: None,
                };
                lanes.entry(name.clone()).or_insert_with(new);
            }
            let next = lanes
                .iter()
                .min_by_key(|(_, lane)| lane.due)
                .map(|(name, lane)| (name.clone(), lane.due));
            let again = absent.values().min().copied();
            let due = next.as_ref().map(|(_, due)| *due).into_iter().chain(again).min();
            tokio::select! {
                () = sleep_until(due.unwrap_or(now + NOT_THERE)) => {}
                changed = self.wanted.changed() => {
                    if changed.is_err() {
                        return;
                    }
                    // What is new is asked for now, except where nothing may be asked yet.
                    for lane in lanes.values_mut().filter(|lane| lane.told.is_none()) {
                        lane.due = Instant::now();
                    }
                    continue;
                }
            }
            let Some((name, _)) = next.filter(|(_, due)| *due <= Instant::now()) else {
                continue;
            };
            let (Some(lane), Some(requests)) = (lanes.get_mut(&name), requests.get(&name)) else {
                continue;
            };
            let Ok(ended) = self.round(&name, requests, &mut absent).await else {
                return;
            };
            let wait = self.rest(&name, lane, ended);
            lane.due = Instant::now() + wait;
            let open = lane.backoff.is_open();
            if self.tell(News::Waits { wait, open }).await.is_err() {
                return;
            }
        }
    }

    /// How long a lane rests after a round.
    fn rest(&self, name: &str, lane: &mut Lane, ended: Result<(), VenueError>) -> Duration {
        let Err(error) = ended else {
            lane.backoff = Backoff::default();
            lane.told = None;
            let every = self.access.every.unwrap_or(self.poller.pace().every);
            let jitter = every / JITTER;
            return every - jitter + (jitter * 2).mul_f64(f64::from(rand::random::<u32>()) / f64::from(u32::MAX));
        };
        let wait = lane.backoff.wait(Duration::ZERO, &error, rand::random());
        let wait = match error.retry() {
            Retry::Never | Retry::NextProvider => wait.max(NOT_THERE),
            Retry::Later => wait,
        };
        // The same again and again is said once.
        if lane.told.as_ref() != Some(&error) {
            tracing::warn!(provider = self.poller.name(), lane = name, %error, ?wait, "a provider does not answer as it should");
        }
        lane.told = Some(error);
        wait
    }

    /// All requests of one place. After the first that fails the rest of them fail unasked.
    async fn round(
        &self,
        name: &str,
        requests: &[Request],
        absent: &mut HashMap<String, Instant>,
    ) -> Result<Result<(), VenueError>, Unheard> {
        for (number, request) in requests.iter().enumerate() {
            if number > 0 {
                sleep(self.poller.pace().between).await;
            }
            let said = match self.ask(request).await {
                Ok(said) => said,
                Err(error) => {
                    let symbols = requests[number..].iter().flat_map(|one| one.symbols.iter().cloned()).collect();
                    let news = News::Failing {
                        lane: name.to_owned(),
                        symbols,
                        error: error.clone(),
                    };
                    self.tell(news).await?;
                    return Ok(Err(error));
                }
            };
            for one in said {
                let news = match one {
                    Said::Price(tick, currency) => News::Polled { tick, currency },
                    Said::Absent { symbol, reason } => {
                        // One file for all is asked for anyway.
                        if request.symbols.len() == 1 {
                            absent.insert(symbol.clone(), Instant::now() + NOT_THERE);
                        }
                        News::Refused { symbol, reason }
                    }
                };
                self.tell(news).await?;
            }
        }
        self.tell(News::Answered { lane: name.to_owned() }).await?;
        Ok(Ok(()))
    }

    async fn ask(&self, request: &Request) -> Result<Vec<Said>, VenueError> {
        let pace = self.poller.pace();
        let answer = fetch::get(&request.address, pace.largest, pace.within).await?;
        // Its body may be anything, also where JSON was asked for.
        if matches!(answer.status, 401 | 403 | 418 | 429 | 500..) {
            return Err(VenueError::Refused {
                status: answer.status,
                wait: answer.wait,
            });
        }
        let body = std::str::from_utf8(&answer.body).map_err(|_| VenueError::Garbage("its text is none".into()))?;
        let text = Text {
            status: answer.status,
            body,
        };
        let said = self.poller.decode(request, &text, &self.access);
        said.map_err(|error| VenueError::Garbage(error.0))
    }

    async fn tell(&self, news: News) -> Result<(), Unheard> {
        let report = Report {
            provider: self.provider,
            at: self.clock.now(),
            news,
        };
        self.reports.send(report).await.map_err(|_| Unheard)
    }
}

/// Nobody listens any more: the server stops.
#[derive(Debug)]
struct Unheard;

impl From<FetchError> for VenueError {
    fn from(error: FetchError) -> Self {
        match error {
            FetchError::Unreachable(why) => Self::Unreachable(why),
            FetchError::TooLarge(_) => Self::Garbage(error.to_string()),
            FetchError::Address(_) | FetchError::Late(_) => Self::Unreachable(error.to_string()),
        }
    }
}
