//! What breaks, and when: PostgreSQL and Redis, in turn.

use std::time::Duration;

use anyhow::Result;

use crate::postgres::Postgres;
use crate::redis::Redis;
use crate::shell::step;

/// How long each stays away.
const AWAY: Duration = Duration::from_secs(12);
/// How often each goes away in all.
const TIMES: u32 = 4;

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Which {
    Postgres,
    Redis,
}

/// The schedule.
pub struct Trouble {
    /// What goes away when, the soonest last.
    coming: Vec<(Duration, Which)>,
    /// What is away, and until when.
    away: Option<(Duration, Which)>,
    /// Until when what came back may not have been noticed.
    settled: Duration,
}

impl Trouble {
    /// Spreads it over a window; its last eighth stays quiet.
    pub fn over(window: Duration) -> Self {
        let step = window * 7 / 8 / (2 * TIMES + 1);
        let coming = (1..=2 * TIMES).map(|at| (step * at, if at % 2 == 1 { Which::Postgres } else { Which::Redis }));
        let mut coming: Vec<_> = coming.collect();
        coming.reverse();
        Self {
            coming,
            away: None,
            settled: Duration::ZERO,
        }
    }

    /// Whether a write may be refused now.
    pub fn is_under_way(&self) -> bool {
        self.away.is_some()
    }

    /// Does what is due.
    pub fn due(&mut self, now: Duration, postgres: &mut Postgres, redis: &mut Redis) -> Result<()> {
        if self.away.is_some_and(|(until, _)| now >= until) {
            self.end(postgres, redis)?;
            self.settled = now + AWAY;
        }
        let next = self
            .coming
            .last()
            .copied()
            .filter(|(at, _)| *at <= now && self.away.is_none() && now >= self.settled);
        if let Some((_, which)) = next {
            self.coming.pop();
            step(&format!("{} s: {which:?} goes away", now.as_secs()));
            match which {
                Which::Postgres => postgres.pause(),
                Which::Redis => redis.pause(),
            }
            self.away = Some((now + AWAY, which));
        }
        Ok(())
    }

    /// Brings back what is away.
    pub fn end(&mut self, postgres: &mut Postgres, redis: &mut Redis) -> Result<()> {
        match self.away.take() {
            Some((_, Which::Postgres)) => postgres.go_on(),
            Some((_, Which::Redis)) => redis.go_on(),
            None => Ok(()),
        }
    }
}
