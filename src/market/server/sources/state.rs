//! How the providers do, and what a page says of it.

use super::file::Plan;
use crate::market::feed::{Feed, FeedStatus};
use crate::market::server::provider::VENUES;
use crate::market::server::provider::connection::{News, Report};
use crate::market::server::provider::venue::Retry;

/// Instruments that are named; of the others only the number is told.
const NAMED: usize = 5;

/// What is known of one provider.
#[derive(Debug)]
struct Known {
    used: bool,
    /// What is wrong with it, for a person.
    trouble: Option<String>,
    /// What it refused on the connection that it has now.
    refused: Option<String>,
}

/// What is known of all providers, in the order of [`VENUES`].
#[derive(Debug)]
pub struct State {
    providers: Vec<Known>,
}

impl State {
    /// Nothing was heard yet.
    pub fn new(plan: &Plan) -> Self {
        let known = |provider| Known {
            used: !plan.wanted(provider).is_empty(),
            trouble: None,
            refused: None,
        };
        Self {
            providers: (0..VENUES.len()).map(known).collect(),
        }
    }

    /// What a page says, with the instruments that have no current price; `starting` while they may be waited for.
    pub fn feed(&self, stale: &[&str], starting: bool) -> Feed {
        let used = VENUES.iter().zip(&self.providers).filter(|(_, known)| known.used);
        let names: Vec<_> = used.map(|(venue, _)| venue.name()).collect();
        let (status, detail) = self.status(stale, starting);
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
        let Known { trouble, refused, .. } = &mut self.providers[report.provider];
        match &report.news {
            News::Opened => (*trouble, *refused) = (None, None),
            News::Price(_) | News::Current(_) | News::Speaks => *trouble = None,
            News::Silent => *trouble = Some("it fell silent".into()),
            News::Ended(error) if error.retry() == Retry::Never => {
                *trouble = Some(format!("{error}; it is not tried again before the next start"));
            }
            News::Ended(error) => *trouble = Some(error.to_string()),
            News::Refused { reason, .. } => *refused = Some(reason.clone()),
        }
    }

    fn status(&self, stale: &[&str], starting: bool) -> (FeedStatus, Option<String>) {
        let used = VENUES.iter().zip(&self.providers).filter(|(_, known)| known.used);
        let trouble = |known: &Known| known.trouble.clone().or_else(|| known.refused.clone());
        let troubles = used.filter_map(|(venue, known)| Some(format!("{}: {}.", venue.name(), trouble(known)?)));
        let troubles = troubles.collect::<Vec<_>>().join(" ");
        if stale.is_empty() {
            let detail = format!("Other providers bring the prices of {troubles}");
            return (FeedStatus::Live, (!troubles.is_empty()).then_some(detail));
        }
        if starting {
            return (FeedStatus::Connecting, None);
        }
        let mut detail = format!("No current price of {}", stale[..stale.len().min(NAMED)].join(", "));
        if stale.len() > NAMED {
            detail += &format!(" and {} more", stale.len() - NAMED);
        }
        detail += ". ";
        detail += &troubles;
        (FeedStatus::Stale, Some(detail.trim_end().to_owned()))
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
        let feed = state().feed(&["BTC"], true);
        assert_eq!(
            (feed.source.as_str(), feed.simulated, feed.status),
            ("coinbase, kraken", false, FeedStatus::Connecting)
        );
    }

    #[test]
    fn a_status_says_what_is_stale_and_why() {
        let mut state = state();
        let (soon, later) = (true, false);
        assert_eq!(state.status(&["BTC"], soon), (FeedStatus::Connecting, None));
        assert_eq!(state.status(&[], soon), (FeedStatus::Live, None));
        ended(&mut state, VenueError::Refused { status: 429, wait: None });
        let (status, detail) = state.status(&["BTC"], later);
        assert_eq!(
            (status, detail.as_deref()),
            (
                FeedStatus::Stale,
                Some("No current price of BTC. kraken: it refused the connection with status 429.")
            )
        );
        assert_eq!(state.status(&[], later).0, FeedStatus::Live);
        ended(&mut state, VenueError::Refused { status: 401, wait: None });
        let many = ["A", "B", "C", "D", "E", "F", "G"];
        let detail = state.status(&many, later).1.expect("a detail");
        assert!(
            detail.starts_with("No current price of A, B, C, D, E and 2 more. kraken: "),
            "{detail}"
        );
        assert!(detail.contains("not tried again"), "{detail}");
    }
}
