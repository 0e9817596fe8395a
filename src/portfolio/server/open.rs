//! The users' portfolios that were asked for: kept booked, and read anew when they changed.

use crate::portfolio::server::Portfolios;
use crate::portfolio::server::ledger::{Changed, LedgerError};
use crate::portfolio::server::owned::Owned;
use crate::portfolio::server::portfolio::{Content, Portfolio, key};
use std::collections::{BTreeSet, HashMap};
use std::sync::{Arc, MutexGuard, PoisonError};
use std::time::Duration;
use tokio::sync::broadcast;
use tokio::sync::broadcast::error::RecvError;
use tokio::time::{MissedTickBehavior, interval};
use tokio_util::sync::CancellationToken;

/// Portfolios that are kept booked; beyond, those go that nobody watches.
const KEPT: usize = 256;
/// Days that play again and are kept; beyond, those go that nobody watches.
const PLAYING: usize = 16;
/// How often what is watched is compared with its ledger: commands write without a word to this process.
const COMPARED: Duration = Duration::from_secs(5);

impl Portfolios {
    /// A user's portfolio as its ledger is now.
    pub(super) async fn open(&self, user: &str, id: &str) -> Result<Arc<Portfolio>, LedgerError> {
        let key = key(user, id);
        let known = self.opened().get(&key).cloned();
        if let Some(known) = known {
            self.renew(&key, &known).await?;
            return Ok(known);
        }
        Ok(self.keep(Portfolio::of(Owned::load(&self.ledger, user, id).await?)))
    }

    /// Keeps a portfolio under its key, unless one is there already.
    pub(super) fn keep(&self, portfolio: Portfolio) -> Arc<Portfolio> {
        let mut open = self.opened();
        if open.len() >= KEPT {
            open.retain(|_, one| Arc::strong_count(one) > 1);
        }
        // Anybody may let the sample's days play: what nobody watches is made anew when it is asked for.
        let plays = |one: &Portfolio| matches!(one.content, Content::Again(_));
        if plays(&portfolio) && open.values().filter(|one| plays(one)).count() >= PLAYING {
            open.retain(|_, one| Arc::strong_count(one) > 1 || !plays(one));
        }
        open.entry(portfolio.key.clone()).or_insert_with(|| Arc::new(portfolio)).clone()
    }

    pub(super) fn opened(&self) -> MutexGuard<'_, HashMap<String, Arc<Portfolio>>> {
        self.open.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Reads a portfolio anew if its ledger is not the one that was read.
    async fn renew(&self, key: &str, portfolio: &Portfolio) -> Result<(), LedgerError> {
        let Some(owned) = portfolio.owned() else { return Ok(()) };
        if Owned::mark_now(&self.ledger, &owned.user, &owned.id).await? == owned.mark {
            return Ok(());
        }
        match Owned::load(&self.ledger, &owned.user, &owned.id).await {
            Ok(new) => {
                portfolio.replace(new);
                Ok(())
            }
            Err(error) => {
                if matches!(error, LedgerError::NotFound(_)) {
                    self.opened().remove(key);
                    portfolio.gone.cancel();
                }
                Err(error)
            }
        }
    }

    /// Lets go of what a user's change has made worthless and nobody watches: it would be read anew in any case.
    fn drop_unwatched(&self, user: &str) {
        let prefix = String::from(user) + "/";
        let mut open = self.opened();
        open.retain(|key, one| !key.starts_with(&prefix) || Arc::strong_count(one) > 1);
    }

    /// Keeps what is watched as its ledger is, until the server stops.
    pub(super) async fn follow(self, mut changes: broadcast::Receiver<Changed>, stopping: CancellationToken) {
        let mut compare = interval(COMPARED);
        compare.set_missed_tick_behavior(MissedTickBehavior::Delay);
        let mut well = true;
        loop {
            let of = tokio::select! {
                changed = changes.recv() => match changed {
                    Ok(Changed { user, .. }) => Some(user),
                    Err(RecvError::Lagged(_)) => None,
                    Err(RecvError::Closed) => return,
                },
                _ = compare.tick() => None,
                () = self.ledger.missed() => None,
                () = stopping.cancelled() => return,
            };
            if let Some(user) = &of {
                self.drop_unwatched(user);
            }
            match self.compare(of).await {
                Ok(()) => well = true,
                // Figures stay as they were until the next comparison: the others would wait for nothing, and say the same.
                Err(error) => {
                    if std::mem::take(&mut well) {
                        tracing::warn!(%error, "ledgers cannot be compared; what is watched stays as it was until they can");
                    }
                }
            }
        }
    }

    /// Reads anew what is watched, of a user or of all, and is not as its ledger. What nobody watches is compared when it is asked for.
    async fn compare(&self, of: Option<String>) -> Result<(), LedgerError> {
        let prefix = of.map(|user| user + "/").unwrap_or_default();
        let watched: Vec<_> = {
            let open = self.opened();
            // One is the map's.
            let watched = open
                .iter()
                .filter(|(key, one)| key.starts_with(&prefix) && Arc::strong_count(one) > 1);
            watched.map(|(key, one)| (key.clone(), one.clone())).collect()
        };
        let owned: Vec<_> = watched
            .into_iter()
            .filter_map(|(key, one)| Some((key, one.owned()?, one)))
            .collect();
        let users: BTreeSet<_> = owned.iter().map(|(_, owned, _)| owned.user.as_str()).collect();
        let marks = self.ledger.marks_of(&users.into_iter().collect::<Vec<_>>()).await?;
        for (key, owned, portfolio) in &owned {
            if !owned.is_as(&self.ledger, &marks) {
                match self.renew(key, portfolio).await {
                    Ok(()) | Err(LedgerError::NotFound(_)) => {}
                    Err(error) => return Err(error),
                }
            }
        }
        Ok(())
    }
}
