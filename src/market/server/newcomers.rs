//! Instruments that a changed file names anew while the server runs: they are listed, and their candles go on from what was kept.

use crate::market::server::candles::recorder::Recorder;
use crate::market::server::candles::store::{Key, Loaded, Store};
use crate::market::server::candles::{LastDays, backfill};
use crate::market::server::directory::Directory;
use crate::market::server::listing::{Listed, Listing};
use crate::market::server::sources::file::Plan;
use crate::market::server::ticks::log::TickLog;
use crate::server::clock::Clock;
use crate::server::shutdown::Shutdown;
use std::collections::HashMap;
use std::time::Duration;
use tokio_util::sync::CancellationToken;

/// After so long the holder of the feed has kept what it published, twice over.
const KEPT_BY_THEN: Duration = Duration::from_secs(4);

/// What lists them.
#[derive(Debug)]
pub struct Newcomers {
    /// What the market lists.
    pub listing: Listing,
    /// What holds the minutes that may still change.
    pub recorder: Recorder,
    /// Where candles are kept, where they are.
    pub store: Option<Store>,
    /// What takes every price until it is kept, where prices are.
    pub ticks: Option<TickLog>,
    /// The minutes of what no file named when the server started.
    pub spare: Loaded,
    /// The last days that are known.
    pub closes: HashMap<Key, LastDays>,
    /// What providers list by themselves.
    pub directory: Directory,
    /// The clock of this server.
    pub clock: Clock,
    /// Where its tasks are counted.
    pub shutdown: Shutdown,
    /// Cancelled when this node no longer holds the feed; nothing while another one does. Only its holder asks for days before.
    pub leads: Option<CancellationToken>,
    /// Cancelled when it begins to hold it: from then on nothing that it has is replaced by what others kept.
    pub follows: CancellationToken,
}

impl Newcomers {
    /// Whether something may be listed under its symbol: what ships with the program keeps its currency.
    pub fn may_list(&self, symbol: &str, currency: &str) -> bool {
        self.listing.instrument(symbol).is_none_or(|known| known.currency == currency)
    }

    /// Keeps the lists of the providers that a plan switches on, and offers nothing of them that it names.
    pub fn follow(&self, plan: &Plan) {
        self.directory.follow(plan, self.clock, &self.shutdown);
    }

    /// Lists what `new` names, before the first price of it comes. Returns the last days that are known of each.
    pub fn take(&mut self, new: &Plan) -> HashMap<String, LastDays> {
        let mut before = HashMap::new();
        for one in new.tracked() {
            let key = Key {
                symbol: one.instrument.symbol.clone(),
                currency: one.instrument.currency.clone(),
            };
            before.extend(self.closes.get(&key).map(|days| (key.symbol.clone(), days.clone())));
            if let Some(ticks) = &self.ticks {
                ticks.add(&key.symbol, &key.currency);
            }
            if let Some(series) = self.spare.remove(&key) {
                self.recorder.lock().series.entry(key.symbol).or_insert(series);
            }
        }
        self.listing.add(listed(new));
        if let (Some(store), Some(stopping)) = (&self.store, self.leads.clone()) {
            let wanted = backfill::wanted(new);
            self.shutdown
                .spawn(backfill::run(wanted, store.clone(), self.clock, backfill::PACE, stopping));
        }
        before
    }

    /// Reads anew what the node that holds the feed keeps, once it has kept what it has now: what this one heard may have a gap, and holds
    /// minutes that are packed by now.
    pub fn refresh_soon(&self) {
        let Some(store) = self.store.clone() else { return };
        let (recorder, listing, follows) = (self.recorder.clone(), self.listing.clone(), self.follows.clone());
        self.shutdown.spawn(async move {
            let reading = async {
                tokio::time::sleep(KEPT_BY_THEN).await;
                store.load().await
            };
            let Some(loaded) = follows.run_until_cancelled(reading).await else {
                return;
            };
            match loaded {
                Ok(loaded) => {
                    let mut minutes = recorder.lock();
                    for (key, series) in loaded {
                        if !follows.is_cancelled() && listing.currency(&key.symbol) == Some(key.currency.as_str()) {
                            minutes.series.insert(key.symbol, series);
                        }
                    }
                    if !follows.is_cancelled() {
                        minutes.take_again();
                    }
                }
                Err(error) => tracing::warn!(%error, "candles may have a gap here until they are read anew"),
            }
        });
    }
}

/// What a file lists.
pub fn listed(plan: &Plan) -> Listed {
    let named = plan.instruments.iter().map(|one| (one.instrument.symbol.clone(), one));
    let of_all = plan.tracked().map(|one| &one.instrument);
    Listed {
        instruments: named.clone().map(|(symbol, one)| (symbol, one.instrument.clone())).collect(),
        hours: named.map(|(symbol, one)| (symbol, one.hours())).collect(),
        currencies: of_all.map(|one| (one.symbol.clone(), one.currency.clone())).collect(),
    }
}
