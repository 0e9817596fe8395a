//! Instruments that a changed file names anew while the server runs: they are listed, and their candles go on from what was kept.

use crate::market::server::candles::backfill;
use crate::market::server::candles::recorder::Recorder;
use crate::market::server::candles::store::{Key, Loaded, Store};
use crate::market::server::directory::Directory;
use crate::market::server::listing::{Listed, Listing};
use crate::market::server::sources::file::Plan;
use crate::market::server::ticks::log::TickLog;
use crate::money::Decimal;
use crate::server::clock::Clock;
use crate::server::shutdown::Shutdown;
use chrono::NaiveDate;
use std::collections::HashMap;

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
    /// The last closes that are known.
    pub closes: HashMap<Key, (NaiveDate, Decimal)>,
    /// What providers list by themselves.
    pub directory: Directory,
    /// The clock of this server.
    pub clock: Clock,
    /// Where its tasks are counted.
    pub shutdown: Shutdown,
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

    /// Lists what `new` names, before the first price of it comes. Returns the last day that is known of each, and its close.
    pub fn take(&mut self, new: &Plan) -> HashMap<String, (NaiveDate, Decimal)> {
        let mut before = HashMap::new();
        for one in new.tracked() {
            let key = Key {
                symbol: one.instrument.symbol.clone(),
                currency: one.instrument.currency.clone(),
            };
            before.extend(self.closes.get(&key).map(|close| (key.symbol.clone(), *close)));
            if let Some(ticks) = &self.ticks {
                ticks.add(&key.symbol, &key.currency);
            }
            if let Some(series) = self.spare.remove(&key) {
                self.recorder.lock().series.entry(key.symbol).or_insert(series);
            }
        }
        self.listing.add(listed(new));
        if let Some(store) = &self.store {
            let stopping = self.shutdown.stopping().clone();
            let wanted = backfill::wanted(new);
            self.shutdown
                .spawn(backfill::run(wanted, store.clone(), self.clock, backfill::PACE, stopping));
        }
        before
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
