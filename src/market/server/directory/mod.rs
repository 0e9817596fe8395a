//! What providers list by themselves, so that an instrument is found which the operator's file does not name.
//!
//! A list is fetched in the background, when the server starts and once a day from then on, and not when somebody searches: a search
//! never waits for a network, and the first one finds as much as any other. It is kept in memory alone. A restart fetches it anew,
//! which is one request more, and no table has to be kept in step with what exchanges list.

mod keeper;
mod offer;

pub use offer::{Offer, Offers};

use crate::market::health::ListHealth;
use crate::market::server::provider::lister::Entry;
use crate::market::server::provider::venue::VenueError;
use crate::market::server::provider::{Kind, PROVIDERS};
use crate::market::server::sources::file::Plan;
use crate::server::clock::Clock;
use crate::server::shutdown::Shutdown;
use chrono::{DateTime, Utc};
use keeper::Keeper;
use offer::House;
use std::collections::BTreeMap;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

/// The lists of all providers that are asked for one. Cheap to clone.
#[derive(Clone, Debug, Default)]
pub struct Directory(Arc<Mutex<State>>);

#[derive(Debug, Default)]
struct State {
    /// By the place of the provider.
    lists: BTreeMap<usize, List>,
    /// What the house has of what they list.
    house: Arc<House>,
}

/// What each provider lists, by its place.
type Lists = Vec<(usize, Arc<Vec<Entry>>)>;

/// The list of one provider.
#[derive(Debug, Default)]
struct List {
    entries: Arc<Vec<Entry>>,
    /// When it came.
    fetched_at: Option<DateTime<Utc>>,
    /// Why the last attempt failed, and when; nothing after a good one.
    failed: Option<(DateTime<Utc>, VenueError)>,
    /// When it is fetched again.
    next: Option<DateTime<Utc>>,
}

impl Directory {
    fn state(&self) -> MutexGuard<'_, State> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Goes by a plan: what it names is not offered, and the list of each provider that it switches on is kept from now on.
    pub fn follow(&self, plan: &Plan, clock: Clock, shutdown: &Shutdown) {
        let mut state = self.state();
        state.house = Arc::new(House::of(plan));
        for provider in 0..PROVIDERS {
            let Some((address, lister)) = plan.lists[provider].clone().zip(Kind::at(provider).and_then(Kind::lister)) else {
                continue;
            };
            if state.lists.contains_key(&provider) {
                continue;
            }
            state.lists.insert(provider, List::default());
            let keeper = Keeper {
                directory: self.clone(),
                provider,
                lister,
                pages: lister.pages(&address, &plan.access[provider]),
                who: lister.who_asks(&plan.access[provider]),
                clock,
            };
            shutdown.spawn(keeper.run(shutdown.stopping().clone()));
        }
    }

    /// Takes what an attempt brought. A list that failed leaves the last good one where it is.
    fn take(&self, provider: usize, at: DateTime<Utc>, brought: Result<Vec<Entry>, VenueError>) {
        let mut state = self.state();
        let list = state.lists.entry(provider).or_default();
        match brought {
            Ok(entries) => {
                (list.entries, list.fetched_at, list.failed) = (Arc::new(entries), Some(at), None);
            }
            Err(error) => list.failed = Some((at, error)),
        }
    }

    /// When a provider's list is fetched again.
    fn waits(&self, provider: usize, until: DateTime<Utc>) {
        self.state().lists.entry(provider).or_default().next = Some(until);
    }

    /// How the lists do.
    pub fn health(&self, now: DateTime<Utc>) -> Vec<ListHealth> {
        let state = self.state();
        let of = |(provider, list): (&usize, &List)| ListHealth {
            provider: Kind::at(*provider).map_or("", Kind::name).to_owned(),
            instruments: list.entries.len() as u64,
            fetched_at: list.fetched_at,
            last_error: list.failed.as_ref().map(|(_, error)| error.to_string()),
            last_error_at: list.failed.as_ref().map(|(at, _)| *at),
            next_attempt: list.next.filter(|at| *at > now),
            advice: list.failed.as_ref().map_or("", |(_, error)| error.advice()).to_owned(),
        };
        state.lists.iter().map(of).collect()
    }

    /// All lists as they are now, with what the house has of them.
    fn all(&self) -> (Arc<House>, Lists) {
        let state = self.state();
        let lists = state.lists.iter().map(|(provider, list)| (*provider, list.entries.clone()));
        (state.house.clone(), lists.collect())
    }
}
