//! A portfolio on a day that plays again: its ledger as it was at the end of that day, at the prices of each moment of it.
//!
//! What plays is in the id: which portfolio, from which moment, how fast, and when it began. So a page that comes back finds the place
//! where it was, and all who have the id see the same. Such an id is `ID@2026-11-24T0930x60@1764072000`.

use crate::market::server::again::Again;
use crate::portfolio::server::Portfolios;
use crate::portfolio::server::ledger::LedgerError;
use crate::portfolio::server::owned::Lines;
use crate::portfolio::server::portfolio::{Content, Portfolio, key};
use crate::portfolio::valuation::{Snapshot, Valuation};
use crate::server::database::StorageError;
use chrono::{DateTime, NaiveDate, NaiveDateTime, TimeDelta, Utc};
use std::fmt;
use std::sync::Arc;
use tokio_util::sync::CancellationToken;

/// What stands in an id between a portfolio and how it plays. No other id has it.
pub const MARK: char = '@';
/// The greatest speed.
pub const FASTEST: u32 = 1_000;
/// How a moment is written in an id.
const MOMENT: &str = "%Y-%m-%dT%H%M";
/// How long after its beginning it can be found: what has played to its end at the lowest speed is over.
const LIFE: TimeDelta = TimeDelta::days(2);

/// What plays, and how.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Playing {
    /// Id of the portfolio.
    pub of: String,
    /// The moment at which it begins. It ends with that day of UTC.
    pub from: DateTime<Utc>,
    /// How many times as fast as time: 1 to [`FASTEST`].
    pub speed: u32,
    /// When it began, to the second.
    pub opened: DateTime<Utc>,
}

impl Playing {
    /// What an id says; `None` for one that says nothing of the kind.
    pub fn read(id: &str) -> Option<Self> {
        let mut parts = id.rsplitn(3, MARK);
        let (opened, how, of) = (parts.next()?, parts.next()?, parts.next()?);
        let (from, speed) = how.split_once('x')?;
        let from = NaiveDateTime::parse_from_str(from, MOMENT).ok()?.and_utc();
        let speed = speed.parse().ok().filter(|speed| (1..=FASTEST).contains(speed))?;
        let read = Self {
            of: of.to_owned(),
            from,
            speed,
            opened: DateTime::from_timestamp(opened.parse().ok()?, 0)?,
        };
        // One way to write it: another would be another stream of the same frames.
        (read.to_string() == id && !of.contains(MARK)).then_some(read)
    }

    /// The day that plays.
    pub fn day(&self) -> NaiveDate {
        self.from.date_naive()
    }

    /// The last moment of that day.
    fn end(&self) -> DateTime<Utc> {
        let midnight = self.day().and_time(chrono::NaiveTime::MIN).and_utc();
        midnight + TimeDelta::days(1) - TimeDelta::milliseconds(1)
    }
}

impl fmt::Display for Playing {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { of, from, speed, opened } = self;
        write!(f, "{of}{MARK}{}x{speed}{MARK}{}", from.format(MOMENT), opened.timestamp())
    }
}

/// A portfolio of that day, and the market that plays.
#[derive(Debug)]
pub struct Played {
    portfolios: Portfolios,
    portfolio: Portfolio,
    again: Again,
    said: String,
    end: DateTime<Utc>,
}

impl Played {
    /// What it is worth at the moment that has come.
    pub(super) fn value(&self, id: &str) -> (Valuation, DateTime<Utc>) {
        self.again.read(|at| {
            let (valuation, _) = self.portfolios.value(&self.portfolio);
            (self.told(valuation, at, id), at)
        })
    }

    /// The same with its last 24 hours.
    pub(super) fn snapshot(&self, id: &str) -> Snapshot {
        self.again.read(|at| {
            let mut snapshot = Snapshot::clone(&self.portfolios.snapshot_of(&self.portfolio));
            if let Some(last) = snapshot.history.last_mut() {
                last.time = last.time.min(at);
            }
            Snapshot {
                valuation: self.told(snapshot.valuation, at, id),
                valued_at: at,
                ..snapshot
            }
        })
    }

    fn told(&self, valuation: Valuation, at: DateTime<Utc>, id: &str) -> Valuation {
        let over = if at < self.end { "" } else { ", which is over" };
        Valuation {
            portfolio_id: id.to_owned(),
            portfolio_name: format!("{}: {}{over}", valuation.portfolio_name, self.said),
            ..valuation
        }
    }
}

impl Portfolios {
    /// A portfolio that plays a day again.
    ///
    /// # Errors
    /// There is no such portfolio for this visitor, no such day of this market, or it is over.
    pub(super) async fn play_again(&self, user: Option<&str>, id: &str) -> Result<Arc<Portfolio>, LedgerError> {
        let missing = || LedgerError::NotFound("portfolio");
        let playing = Playing::read(id).ok_or_else(missing)?;
        let now = self.clock.now();
        if playing.from >= now || !(TimeDelta::seconds(-5)..LIFE).contains(&(now - playing.opened)) {
            return Err(missing());
        }
        // First of all it must be theirs.
        let base = Box::pin(self.find(user, Some(&playing.of))).await?;
        let key = key(user.filter(|_| base.owned().is_some()).unwrap_or_default(), id);
        if let Some(known) = self.opened().get(&key) {
            return Ok(known.clone());
        }
        if !self.market.playable().await?.has(playing.from) {
            return Err(missing());
        }
        let clock = self.clock.again((playing.from, playing.end()), playing.speed, playing.opened);
        let again = self.market.again(clock, &self.shutdown).await?;
        let again = again.ok_or_else(missing)?;
        let (portfolios, named) = (self.clone(), id.to_owned());
        // A long ledger takes a while to book.
        let made = tokio::task::spawn_blocking(move || portfolios.make_again(&base, &playing, again, named));
        let mut made = made.await.map_err(|error| {
            tracing::error!(%error, "a day that plays again");
            LedgerError::Storage(StorageError::Fault)
        })?;
        if let Some(made) = &mut made {
            made.key = key;
        }
        Ok(self.keep(made.ok_or_else(missing)?))
    }

    fn make_again(&self, base: &Portfolio, playing: &Playing, again: Again, id: String) -> Option<Portfolio> {
        let content = match (&base.content, base.owned()) {
            (Content::Sample(sample), _) => Content::Sample(sample.clone()),
            (_, Some(owned)) => Content::Owned(std::sync::RwLock::new(Arc::new(owned.as_of(playing.day())))),
            (_, None) => return None,
        };
        let played = Played {
            portfolios: Self {
                market: again.market.clone(),
                clock: again.market.clock(),
                snapshot: Arc::default(),
                lines: Lines::default(),
                open: Arc::default(),
                ..self.clone()
            },
            portfolio: Portfolio {
                id: base.id.clone(),
                key: base.key.clone(),
                content,
                gone: CancellationToken::new(),
            },
            said: format!(
                "{} again, {} times as fast{}",
                playing.day().format("%-d %b %Y"),
                playing.speed,
                if again.is_coarse { ", with a price a minute" } else { "" }
            ),
            again,
            end: playing.end(),
        };
        Some(Portfolio {
            id,
            key: String::new(),
            content: Content::Again(Box::new(played)),
            gone: base.gone.clone(),
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_id_says_what_plays_in_one_way() {
        let id = "sample@2026-11-24T0930x60@1764072000";
        let playing = Playing::read(id).unwrap();
        assert_eq!(
            (playing.of.as_str(), playing.speed, playing.to_string().as_str()),
            ("sample", 60, id)
        );
        assert_eq!(playing.from.to_rfc3339(), "2026-11-24T09:30:00+00:00");
        assert_eq!(playing.end().to_rfc3339(), "2026-11-24T23:59:59.999+00:00");
        for wrong in [
            "sample",
            "sample@",
            "sample@2026-11-24T0930x60",
            "sample@2026-11-24T0930x0@1764072000",
            "sample@2026-11-24T0930x1001@1764072000",
            "sample@2026-11-24T0930x060@1764072000",
            "sample@2026-11-24T0930x+60@1764072000",
            "sample@2026-11-24T2530x60@1764072000",
            "sample@2026-11-24T0930x60@soon",
            "sample@2026-11-24T0930x60@1@2026-11-24T0930x60@1",
        ] {
            assert_eq!(Playing::read(wrong), None, "{wrong}");
        }
    }
}
