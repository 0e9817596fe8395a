//! The one task behind every list: it fetches it, and fetches it again a day later, or after a while where that failed.

use super::Directory;
use crate::market::server::provider::Kind;
use crate::market::server::provider::connection::backoff::Backoff;
use crate::market::server::provider::lister::{Entry, Lister};
use crate::market::server::provider::venue::{Retry, VenueError};
use crate::server::clock::Clock;
use crate::server::fetch;
use chrono::TimeDelta;
use http::HeaderMap;
use std::time::Duration;
use tokio::time::{Instant, sleep};
use tokio_util::sync::CancellationToken;

/// From one list to the next. Exchanges list something new on some days of a week.
const EVERY: Duration = Duration::from_secs(86_400);
/// From one attempt to the next, where several in a row failed: a list may be megabytes, and nobody's price waits for it.
const SELDOM: Duration = Duration::from_secs(3_600);
/// A day's wait is so much shorter or longer, as one part of so many: servers that start at once do not ask at once.
const JITTER: u32 = 10;

/// What keeps the list of one provider. Its addresses and headers may hold a key.
pub(super) struct Keeper {
    pub(super) directory: Directory,
    pub(super) provider: usize,
    pub(super) lister: &'static dyn Lister,
    pub(super) pages: Vec<String>,
    pub(super) who: HeaderMap,
    pub(super) clock: Clock,
}

impl Keeper {
    /// Keeps it until the server stops.
    pub(super) async fn run(self, stopping: CancellationToken) {
        let mut backoff = Backoff::default();
        let mut told = None;
        loop {
            let done = tokio::select! {
                done = self.update() => done,
                () = stopping.cancelled() => return,
            };
            let wait = match done {
                Ok(()) => {
                    (backoff, told) = (Backoff::default(), None);
                    jittered(EVERY)
                }
                Err(error) => {
                    let wait = backoff.wait(Duration::ZERO, &error, rand::random());
                    let wait = match error.retry() {
                        Retry::Never | Retry::NextProvider => wait.max(jittered(EVERY)),
                        Retry::Later if backoff.is_open() => wait.max(jittered(SELDOM)),
                        Retry::Later => wait,
                    };
                    // The same again and again is said once.
                    if told.as_ref() != Some(&error) {
                        let provider = Kind::at(self.provider).map_or("", Kind::name);
                        tracing::warn!(provider, %error, ?wait, "the list of a provider's instruments cannot be had: the last one stays");
                    }
                    told = Some(error);
                    wait
                }
            };
            let now = self.clock.now();
            let until = TimeDelta::from_std(wait).ok().and_then(|wait| now.checked_add_signed(wait));
            self.directory.waits(self.provider, until.unwrap_or(now));
            let due = Instant::now() + wait;
            tokio::select! {
                () = tokio::time::sleep_until(due) => {}
                () = stopping.cancelled() => return,
            }
        }
    }

    /// Fetches it once and takes it.
    async fn update(&self) -> Result<(), VenueError> {
        let brought = self.fetch().await;
        let done = brought.as_ref().map(drop).map_err(Clone::clone);
        self.directory.take(self.provider, self.clock.now(), brought);
        done
    }

    async fn fetch(&self) -> Result<Vec<Entry>, VenueError> {
        let (lister, bounds) = (self.lister, self.lister.bounds());
        let mut pages = vec![];
        for (place, address) in self.pages.iter().enumerate() {
            if place > 0 {
                sleep(bounds.between).await;
            }
            let answer = fetch::get_as(address, &self.who, bounds.largest, bounds.within).await?;
            if answer.status != 200 {
                return Err(VenueError::Refused {
                    status: answer.status,
                    wait: answer.wait,
                });
            }
            let text = String::from_utf8(answer.body.into()).map_err(|_| VenueError::Garbage("its text is none".into()))?;
            pages.push(text);
        }
        // A runtime's thread has others to serve than megabytes of text.
        let decoded = tokio::task::spawn_blocking(move || lister.decode(&pages)).await;
        let decoded = decoded.map_err(|_| VenueError::Garbage("it cannot be read".into()))?;
        decoded.map_err(|error| VenueError::Garbage(error.0))
    }
}

fn jittered(wait: Duration) -> Duration {
    let jitter = wait / JITTER;
    wait - jitter + jitter * 2 / u32::from(u8::MAX) * u32::from(rand::random::<u8>())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::market::server::mock::{Fault, Mock, Page};
    use crate::market::server::provider::VENUES;
    use crate::market::server::provider::venue::Access;
    use crate::server::shutdown::Shutdown;
    use chrono::Utc;
    use tokio::net::TcpListener;

    /// The keeper of the list of each venue of coins, at the mock exchange.
    async fn keepers(shutdown: &Shutdown) -> (Mock, Vec<Keeper>) {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let at = format!("http://{}/lists", listener.local_addr().unwrap());
        let of = |provider: usize| {
            let venue = VENUES[provider];
            let lister = venue.lister().unwrap();
            Keeper {
                directory: Directory::default(),
                provider,
                lister,
                pages: lister.pages(&format!("{at}/{}", venue.name()), &Access::default()),
                who: HeaderMap::new(),
                clock: Clock::System,
            }
        };
        (Mock::start(listener, shutdown), (0..3).map(of).collect())
    }

    #[tokio::test]
    async fn the_last_good_list_stays_whatever_fails() {
        let shutdown = Shutdown::default();
        let (mock, keepers) = keepers(&shutdown).await;
        for keeper in keepers {
            keeper.update().await.unwrap();
            let state = || keeper.directory.health(Utc::now()).remove(0);
            let good = state();
            assert!(
                good.instruments > 3 && good.fetched_at.is_some() && good.last_error.is_none(),
                "{good:?}"
            );
            for (fault, expected) in [
                (Fault::Status(429), "status 429"),
                (Fault::Status(503), "status 503"),
                (Fault::Garbage, "not understood"),
                (Fault::Large, "larger than"),
            ] {
                mock.fail(Page::Lists, Some(fault));
                let error = keeper.update().await.unwrap_err();
                assert_eq!(error.retry(), Retry::Later);
                let now = state();
                assert!(now.last_error.as_deref().is_some_and(|said| said.contains(expected)), "{now:?}");
                assert!(!now.advice.is_empty() && now.last_error_at.is_some());
                assert_eq!(
                    (now.instruments, now.fetched_at),
                    (good.instruments, good.fetched_at),
                    "the last good one"
                );
            }
            mock.fail(Page::Lists, None);
            keeper.update().await.unwrap();
            assert_eq!((state().last_error, state().instruments), (None, good.instruments));
        }
        assert_eq!(shutdown.drain(Duration::from_secs(5)).await, 0);
    }
}
