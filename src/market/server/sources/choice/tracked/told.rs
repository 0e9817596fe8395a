//! What is told of an instrument's sources: how each does, and what they say against each other.

use super::{Source, Tracked, name};
use crate::market::health::{InstrumentHealth, SourceHealth, SourceState};
use crate::market::server::live_rates::LiveRate;
use crate::market::server::provider::Kind;
use crate::market::server::sources::vote;
use chrono::{DateTime, Utc};

impl Tracked {
    /// What its sources say against each other or against the file, for a person.
    pub fn complaint(&self, now: DateTime<Utc>) -> Option<String> {
        if let Some((source, other)) = self.sources.iter().find_map(|one| Some((one, one.other.as_ref()?))) {
            let (symbol, currency, provider) = (&self.symbol, &self.currency, name(&source.named));
            return Some(format!("{symbol} is in {currency}, and {provider} prices it in {other}."));
        }
        if !self.is_split(now) {
            return None;
        }
        let names: Vec<_> = self
            .voices(now)
            .into_iter()
            .map(|(source, _)| name(&self.sources[source].named))
            .collect();
        Some(format!(
            "The prices of {} at {} are more than 2 % apart.",
            self.symbol,
            names.join(" and ")
        ))
    }

    /// Its price as a rate, where that is fresh.
    pub fn rate(&self, now: DateTime<Utc>) -> Option<LiveRate> {
        let shown = self.shown.filter(|_| !self.is_stale(now))?;
        Some(LiveRate {
            rate: shown.price,
            source: name(&self.sources[self.current].named),
            received_at: shown.received_at,
        })
    }

    fn is_split(&self, now: DateTime<Utc>) -> bool {
        self.sources.len() > 1 && vote::count(&self.voices(now)).split
    }

    /// How its sources do.
    pub fn health(&self, now: DateTime<Utc>) -> InstrumentHealth {
        let stale = self.is_stale(now);
        let source = |(place, source): (usize, &Source)| SourceHealth {
            provider: name(&source.named).to_owned(),
            symbol: source.named.symbol.clone(),
            state: match source.heard {
                _ if source.other.is_some() => SourceState::OtherCurrency,
                _ if source.failing => SourceState::Failing,
                None => SourceState::Silent,
                Some(_) if source.outlier => SourceState::Outlier,
                Some(_) if !self.is_well(place, now) => SourceState::Stale,
                Some(_) if place == self.current => SourceState::Used,
                Some(_) => SourceState::Ready,
            },
            price: source.heard.map(|heard| heard.price),
            quoted_at: source.heard.map(|heard| heard.quoted_at),
            received_at: source.heard.map(|heard| heard.received_at),
            held_back: self.doubt.held_of(place),
        };
        let current = &self.sources[self.current].named;
        InstrumentHealth {
            symbol: self.symbol.clone(),
            source: self.shown.map(|_| name(current).to_owned()),
            stale,
            disagree: self.is_split(now),
            market_state: Kind::at(current.provider)
                .map(|kind| kind.hours(&current.symbol).at(now))
                .unwrap_or_default(),
            sources: self.sources.iter().enumerate().map(source).collect(),
        }
    }
}
