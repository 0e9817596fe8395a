//! How the providers do, and what a page says of it.

use super::file::Plan;
use crate::market::feed::{Feed, FeedStatus};
use crate::market::health::{ProviderHealth, ProviderState};
use crate::market::server::provider::connection::{News, Report};
use crate::market::server::provider::venue::{Retry, VenueError};
use crate::market::server::provider::{self, Kind, PROVIDERS};
use chrono::{DateTime, TimeDelta, Utc};
use std::collections::BTreeMap;

/// Instruments that are named; of the others only the number is told.
const NAMED: usize = 5;
/// Complaints that are told.
const TOLD: usize = 3;
/// Seconds over which prices are counted.
const COUNTED: usize = 10;

/// What is known of one provider.
#[derive(Debug, Default)]
struct Known {
    used: bool,
    heard_of: bool,
    given_up: bool,
    /// What is wrong with it, for a person.
    trouble: Option<String>,
    /// The same of what is asked together, where it is asked.
    lanes: BTreeMap<String, String>,
    /// What it refused, by symbol.
    refused: BTreeMap<String, String>,
    /// Prices in each of the last seconds, with the second.
    seconds: [(i64, u64); COUNTED],
    prices: u64,
    gaps: u64,
    failures: u64,
    newest: Option<DateTime<Utc>>,
    error: Option<(DateTime<Utc>, VenueError)>,
    open: bool,
    next_attempt: Option<DateTime<Utc>>,
}

/// What is known of all providers, in the order of their places.
#[derive(Debug)]
pub struct State {
    providers: Vec<Known>,
}

impl State {
    /// Nothing was heard yet.
    pub fn new(plan: &Plan) -> Self {
        let known = |provider| Known {
            used: !plan.wanted(provider).is_empty(),
            ..Known::default()
        };
        Self {
            providers: (0..PROVIDERS).map(known).collect(),
        }
    }

    fn used(&self) -> impl Iterator<Item = (Kind, &Known)> {
        provider::all().zip(&self.providers).filter(|(_, known)| known.used)
    }

    /// What a page says, with the instruments that have no current price and what is said against prices; `starting` while they
    /// may be waited for.
    pub fn feed(&self, stale: &[&str], complaints: &[String], starting: bool) -> Feed {
        let names: Vec<_> = self.used().map(|(kind, _)| kind.name()).collect();
        let (status, detail) = self.status(stale, complaints, starting);
        Feed {
            source: names.join(", "),
            simulated: false,
            status,
            detail,
        }
    }

    /// Another file: which providers are used from now on.
    pub fn adopt(&mut self, is_used: impl Fn(usize) -> bool) {
        for (provider, known) in self.providers.iter_mut().enumerate() {
            known.used = is_used(provider);
        }
    }

    /// Takes news.
    pub fn take(&mut self, report: &Report) {
        if let Some(known) = self.providers.get_mut(report.provider) {
            known.take(&report.news, report.at);
        }
    }

    /// How the providers that are used do.
    pub fn health(&self, now: DateTime<Utc>) -> Vec<ProviderHealth> {
        self.used().map(|(kind, known)| known.health(kind.name(), now)).collect()
    }

    fn status(&self, stale: &[&str], complaints: &[String], starting: bool) -> (FeedStatus, Option<String>) {
        let troubles = self
            .used()
            .filter_map(|(kind, known)| Some(format!("{}: {}.", kind.name(), known.trouble()?)));
        let troubles = troubles.collect::<Vec<_>>().join(" ");
        let complaints = complaints[..complaints.len().min(TOLD)].join(" ");
        if stale.is_empty() {
            let mut detail = complaints;
            if !troubles.is_empty() {
                detail += &format!(" Other providers bring the prices of {troubles}");
            }
            return (FeedStatus::Live, Some(detail.trim().to_owned()).filter(|detail| !detail.is_empty()));
        }
        if starting {
            return (FeedStatus::Connecting, None);
        }
        let mut detail = format!("No current price of {}", stale[..stale.len().min(NAMED)].join(", "));
        if stale.len() > NAMED {
            detail += &format!(" and {} more", stale.len() - NAMED);
        }
        detail += &format!(". {troubles} {complaints}");
        (FeedStatus::Stale, Some(detail.trim_end().to_owned()))
    }
}

impl Known {
    fn take(&mut self, news: &News, at: DateTime<Utc>) {
        self.heard_of = true;
        match news {
            News::Opened => {
                self.trouble = None;
                self.next_attempt = None;
                self.refused.clear();
            }
            News::Price(_) => {
                self.trouble = None;
                self.priced(at);
            }
            News::Polled { tick, .. } => {
                self.refused.remove(&tick.symbol);
                self.priced(at);
            }
            News::Current(_) | News::Speaks => self.trouble = None,
            News::Silent => self.trouble = Some("it fell silent".into()),
            News::Ended(error) => {
                self.given_up = error.retry() == Retry::Never;
                self.trouble = Some(if self.given_up {
                    format!("{error}; it is not tried again before the next start")
                } else {
                    error.to_string()
                });
                if *error != VenueError::Renewed {
                    self.failed(error, at);
                }
            }
            News::Refused { symbol, reason } => {
                self.refused.insert(symbol.clone(), reason.clone());
            }
            News::Missed => self.gaps += 1,
            News::Answered { lane } => {
                self.lanes.remove(lane);
            }
            News::Failing { lane, error, .. } => {
                let named = if lane.is_empty() {
                    error.to_string()
                } else {
                    format!("{lane}: {error}")
                };
                self.lanes.insert(lane.clone(), named);
                self.failed(error, at);
            }
            News::Waits { wait, open } => {
                self.open = *open;
                self.next_attempt = TimeDelta::from_std(*wait).ok().and_then(|wait| at.checked_add_signed(wait));
            }
        }
    }

    fn failed(&mut self, error: &VenueError, at: DateTime<Utc>) {
        self.failures += 1;
        self.error = Some((at, error.clone()));
    }

    fn priced(&mut self, at: DateTime<Utc>) {
        self.prices += 1;
        self.newest = Some(at);
        // A connection that brings prices is no failure any more.
        self.open = false;
        let second = at.timestamp();
        let place = second.rem_euclid(COUNTED as i64) as usize;
        let (of, count) = &mut self.seconds[place];
        if *of != second {
            (*of, *count) = (second, 0);
        }
        *count += 1;
    }

    fn trouble(&self) -> Option<String> {
        let lanes = || (!self.lanes.is_empty()).then(|| self.lanes.values().cloned().collect::<Vec<_>>().join("; "));
        let refused = || self.refused.iter().next().map(|(symbol, reason)| refusal(symbol, reason));
        self.trouble.clone().or_else(lanes).or_else(refused)
    }

    fn health(&self, name: &str, now: DateTime<Utc>) -> ProviderHealth {
        let since = now.timestamp() - COUNTED as i64;
        let counted = self.seconds.iter().filter(|(second, _)| *second > since);
        let failing = self.trouble.is_some() || !self.lanes.is_empty();
        let state = match () {
            () if !self.heard_of => ProviderState::Connecting,
            () if self.given_up => ProviderState::GivenUp,
            () if self.trouble.as_deref() == Some("it fell silent") => ProviderState::Silent,
            () if failing => ProviderState::Failing,
            () => ProviderState::Live,
        };
        let advice = match &self.error {
            Some((_, error)) if failing => error.advice().to_owned(),
            _ => match self.refused.iter().next() {
                Some((symbol, reason)) => format!("Correct the symbol in the file of instruments: {}.", refusal(symbol, reason)),
                None => String::new(),
            },
        };
        ProviderHealth {
            name: name.to_owned(),
            state,
            prices_per_ten_seconds: counted.map(|(_, count)| count).sum(),
            prices: self.prices,
            gaps: self.gaps,
            failures: self.failures,
            newest: self.newest,
            last_error: self.error.as_ref().map(|(_, error)| error.to_string()),
            last_error_at: self.error.as_ref().map(|(at, _)| *at),
            breaker_open: self.open,
            next_attempt: self.next_attempt.filter(|at| *at > now && failing),
            advice,
        }
    }
}

fn refusal(symbol: &str, reason: &str) -> String {
    if reason.contains(symbol) {
        reason.to_owned()
    } else {
        format!("{symbol}: {reason}")
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::market::server::provider::venue::VenueError;
    use chrono::DateTime;

    fn state() -> State {
        let text = "[[instrument]]\nsymbol = \"BTC\"\nname = \"Bitcoin\"\ncurrency = \"USD\"\nsources = [\"kraken:BTC/USD\", \"coinbase:BTC-USD\"]\n";
        State::new(&Plan::read(text).expect("valid"))
    }

    fn ended(state: &mut State, error: VenueError) {
        state.take(&Report {
            provider: 2,
            at: DateTime::UNIX_EPOCH,
            news: News::Ended(error),
        });
    }

    #[test]
    fn a_feed_of_exchanges_says_so_and_names_them() {
        let feed = state().feed(&["BTC"], &[], true);
        assert_eq!(
            (feed.source.as_str(), feed.simulated, feed.status),
            ("coinbase, kraken", false, FeedStatus::Connecting)
        );
    }

    #[test]
    fn a_status_says_what_is_stale_and_why() {
        let mut state = state();
        let (soon, later) = (true, false);
        assert_eq!(state.status(&["BTC"], &[], soon), (FeedStatus::Connecting, None));
        assert_eq!(state.status(&[], &[], soon), (FeedStatus::Live, None));
        ended(&mut state, VenueError::Refused { status: 429, wait: None });
        let (status, detail) = state.status(&["BTC"], &[], later);
        assert_eq!(
            (status, detail.as_deref()),
            (
                FeedStatus::Stale,
                Some("No current price of BTC. kraken: it refused the connection with status 429.")
            )
        );
        assert_eq!(state.status(&[], &[], later).0, FeedStatus::Live);
        ended(&mut state, VenueError::Refused { status: 401, wait: None });
        let many = ["A", "B", "C", "D", "E", "F", "G"];
        let detail = state.status(&many, &[], later).1.expect("a detail");
        assert!(
            detail.starts_with("No current price of A, B, C, D, E and 2 more. kraken: "),
            "{detail}"
        );
        assert!(detail.contains("not tried again"), "{detail}");
    }
}
