//! What comes while the server runs: the sources and instruments of a file that was changed, and what people choose from what providers
//! list.

use super::file::{Named, Plan, Sourced};
use super::{Hub, written};
use crate::market::instrument::Instrument;
use crate::market::server::candles::LastDays;
use crate::market::server::directory::Offer;
use std::collections::HashMap;
use std::sync::Arc;

/// Most instruments that people chose: each costs every provider's connection a symbol.
pub const CHOSEN: usize = 200;

/// Why something cannot be chosen.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum Declined {
    /// No list has it any more, or its provider does not bring its prices here.
    #[error("{0} is in no provider's list now; find it again")]
    Gone(String),
    /// Its label is that of something else.
    #[error("something else is called {0} here already")]
    Taken(String),
    /// Its provider, or this server, takes no more.
    #[error("this server follows as many instruments as it may; its operator can name {0} in the file of instruments")]
    Full(String),
}

impl Hub {
    /// Takes the sources and the new instruments of a file that was changed. What it leaves out stays until the next start, and so do
    /// its providers' tables.
    pub(super) fn look_at_file(&mut self) {
        let written = written(&self.file);
        if written.is_none() || written == self.written {
            return;
        }
        self.written = written;
        let plan = match Plan::open(&self.file) {
            Ok(plan) => plan,
            Err(error) => {
                tracing::error!("the file was changed and is not taken: {error:#}");
                return;
            }
        };
        let new = self.new_of(&plan);
        // What people chose is not for the file to say.
        let told = |plan: &Plan| plan.tracked().filter(|one| !one.chosen).count();
        let same = told(&plan) == told(&self.plan) + told(&new)
            && (plan.access == self.plan.access && plan.silent == self.plan.silent)
            && self.plan.tracked().all(|one| one.chosen || plan.of(&one.instrument).is_some());
        if !same {
            tracing::warn!("the file was changed: new sources and new instruments are taken now, the rest at the next start");
        }
        let before = self.newcomers.take(&new);
        self.plan.instruments.extend(new.instruments);
        self.plan.pairs.extend(new.pairs);
        // A list that is kept stays where it is; one of a provider that is new comes from now on.
        self.plan.lists = plan.lists.clone();
        // What is described anew may be priced in something else: it keeps its sources.
        let Plan { instruments, pairs, .. } = &mut self.plan;
        for known in instruments.iter_mut().chain(pairs) {
            if let Some(new) = plan.of(&known.instrument) {
                *known = new.clone();
            }
        }
        self.follow(&before);
        tracing::info!("the sources of the changed file are taken");
    }

    /// Takes what a person chose, and returns it as it is listed: what the house has of the same source by then is that.
    pub(super) fn choose(&mut self, offer: &Offer) -> Result<Instrument, Declined> {
        if !self.newcomers.may_list(&offer.instrument.symbol, &offer.instrument.currency) {
            return Err(Declined::Taken(offer.instrument.symbol.clone()));
        }
        let is_it = |named: &Named| named.provider == offer.provider && named.symbol == offer.symbol;
        if let Some(known) = self.plan.instruments.iter().find(|one| one.sources.iter().any(is_it)) {
            return Ok(known.instrument.clone());
        }
        let label = &offer.instrument.symbol;
        let listed = self.newcomers.listing.instrument(label);
        let instrument = listed.unwrap_or(&offer.instrument).clone();
        let offer = &Offer {
            instrument,
            ..offer.clone()
        };
        let one = Sourced::chosen(offer, &self.plan.access).map_err(|_| Declined::Gone(offer.source()))?;
        let mut new = Plan {
            instruments: vec![],
            pairs: vec![],
            ..self.plan.clone()
        };
        self.plan.admit(one.clone())?;
        new.instruments.push(one);
        let before = self.newcomers.take(&new);
        self.follow(&before);
        tracing::info!(
            symbol = label,
            source = offer.source(),
            "an instrument was chosen from a provider's list"
        );
        Ok(offer.instrument.clone())
    }

    /// Takes what people chose on other nodes. What is taken already is left as it is.
    pub(super) fn admit(&mut self, offers: &[Offer]) {
        for offer in offers {
            if let Err(error) = self.choose(offer) {
                tracing::debug!(source = offer.source(), "what somebody chose is not followed: {error}");
            }
        }
    }

    /// Asks for what the plan has now, and shows what is known of it.
    fn follow(&mut self, before: &HashMap<String, LastDays>) {
        for (provider, wanted) in self.wanted.iter().enumerate() {
            let new = self.plan.wanted(provider);
            wanted.send_if_modified(|held| {
                let changed = **held != new;
                *held = Arc::new(new);
                changed
            });
        }
        let mut quotes = vec![];
        self.choice.adopt(&self.plan, before, self.clock.now(), &mut quotes);
        self.publish(quotes);
        self.state.adopt(|provider| !self.plan.wanted(provider).is_empty());
        self.newcomers.follow(&self.plan);
    }

    /// What a changed file names anew and can be taken now: by providers that are reached as they were, and as much as they take.
    fn new_of(&self, plan: &Plan) -> Plan {
        let mut all = self.plan.clone();
        let fits = |one: &&Sourced| {
            let known = self.plan.tracked().any(|known| known.instrument.symbol == one.instrument.symbol);
            let as_it_was = |named: &Named| plan.access.get(named.provider) == self.plan.access.get(named.provider);
            let listed = self.newcomers.may_list(&one.instrument.symbol, &one.instrument.currency);
            !known && listed && one.sources.iter().all(as_it_was)
        };
        for one in plan.instruments.iter().filter(fits) {
            all.instruments.push(one.clone());
            if !all.is_within_limits() {
                all.instruments.pop();
            }
        }
        for one in plan.pairs.iter().filter(fits) {
            all.pairs.push(one.clone());
            if !all.is_within_limits() {
                all.pairs.pop();
            }
        }
        all.instruments.drain(..self.plan.instruments.len());
        all.pairs.drain(..self.plan.pairs.len());
        all
    }
}
