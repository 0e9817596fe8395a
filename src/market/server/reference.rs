//! Keeps the shipped reference rates current: what the European Central Bank published since, from its files, and from the database
//! after a restart.

use crate::market::exchange::{EURO, Exchange};
use crate::market::server::exchange;
use crate::market::server::provider::ecb::decode::{self, DayRates};
use crate::market::server::provider::ecb::{DAILY, NINETY_DAYS, file};
use crate::market::server::target;
use crate::money::Decimal;
use crate::server::clock::Clock;
use crate::server::database::{Database, StorageError};
use crate::server::fetch::{self, FetchError};
use crate::server::relay::Relay;
use crate::server::shutdown::Shutdown;
use chrono::{DateTime, NaiveDate, TimeDelta, Utc};
use sqlx::Row as _;
use std::sync::{Arc, PoisonError, RwLock};
use std::time::Duration;
use tokio_util::sync::CancellationToken;

/// The topic under which nodes tell each other that there are new rates.
const TOPIC: &str = "rates";
/// The largest file that is taken.
const LARGEST: usize = 4 << 20;
/// The longest time that a file may take.
const WITHIN: Duration = Duration::from_secs(30);
/// The wait after a first failure; it doubles with each.
const FIRST: TimeDelta = TimeDelta::minutes(5);
/// The longest such wait.
const LONGEST: TimeDelta = TimeDelta::hours(1);
/// No currency becomes so many times dearer or cheaper from one published day to the next that is known. One that does is a fault
/// of the file.
const LEAP: Decimal = Decimal::TWO;
/// How many currencies a day has at least.
const LEAST: usize = 3;

/// The rates that are known now. Cheap to clone.
#[derive(Clone, Debug)]
pub struct SharedExchange(Arc<RwLock<Edition>>);

#[derive(Debug)]
struct Edition {
    rates: Arc<Exchange>,
    number: u64,
}

impl Default for SharedExchange {
    /// The shipped rates.
    fn default() -> Self {
        Self(Arc::new(RwLock::new(Edition {
            rates: exchange::shipped().clone(),
            number: 0,
        })))
    }
}

impl SharedExchange {
    /// The rates as they are now.
    pub fn now(&self) -> Arc<Exchange> {
        self.0.read().unwrap_or_else(PoisonError::into_inner).rates.clone()
    }

    /// Another number after each change.
    pub fn edition(&self) -> u64 {
        self.0.read().unwrap_or_else(PoisonError::into_inner).number
    }

    /// Takes the rates of days.
    fn take(&self, days: &[DayRates]) {
        if days.is_empty() {
            return;
        }
        let mut held = self.0.write().unwrap_or_else(PoisonError::into_inner);
        let mut rates = Exchange::clone(&held.rates);
        for DayRates { day, rates: of } in days {
            for (currency, rate) in of {
                rates.insert(currency, *day, *rate);
            }
        }
        held.rates = Arc::new(rates);
        held.number += 1;
    }
}

/// Why nothing was taken.
#[derive(Debug, thiserror::Error)]
enum Refusal {
    #[error("the bank's file cannot be had: {0}")]
    Fetch(#[from] FetchError),
    #[error("the bank answers with status {0}")]
    Status(u16),
    #[error("the bank's file is refused, and nothing of it is taken: {0}")]
    Wrong(String),
    #[error("the rates of {0} are not published yet")]
    NotYet(NaiveDate),
    #[error(transparent)]
    Storage(#[from] StorageError),
}

/// What keeps the rates current.
#[derive(Clone, Debug)]
pub struct Keeper {
    /// The rates.
    pub exchange: SharedExchange,
    /// Where what is new is kept.
    pub database: Database,
    /// The clock of this server.
    pub clock: Clock,
    /// Where other nodes are told.
    pub relay: Relay,
}

impl Keeper {
    /// Takes what the database has of days after the last that is known. Rates that ship with a later program are those of the same files.
    ///
    /// # Errors
    /// The database does not answer.
    pub async fn restore(&self) -> Result<(), StorageError> {
        let known = self.exchange.now().last_day().map(|day| day.to_string()).unwrap_or_default();
        let rows = sqlx::query("SELECT day, currency, rate FROM reference_rates WHERE day > $1 ORDER BY day")
            .bind(known)
            .fetch_all(self.database.read())
            .await?;
        let mut days: Vec<DayRates> = vec![];
        for row in rows {
            let (day, currency, rate): (String, String, String) = (row.try_get(0)?, row.try_get(1)?, row.try_get(2)?);
            let (Ok(day), Ok(rate)) = (day.parse(), Decimal::from_str_exact(&rate)) else {
                tracing::error!(day, currency, "a reference rate in the database is none, and is left out");
                continue;
            };
            match days.last_mut().filter(|last: &&mut DayRates| last.day == day) {
                Some(last) => last.rates.push((currency, rate)),
                None => days.push(DayRates {
                    day,
                    rates: vec![(currency, rate)],
                }),
            }
        }
        self.exchange.take(&days);
        Ok(())
    }

    /// Takes what another node fetched, as soon as it tells, until the server stops.
    pub fn follow_nodes(&self, shutdown: &Shutdown) {
        if !self.relay.is_shared() {
            return;
        }
        let (keeper, mut heard, stopping) = (self.clone(), self.relay.subscribe(TOPIC), shutdown.stopping().clone());
        shutdown.spawn(async move {
            while stopping.run_until_cancelled(heard.next()).await.is_some() {
                if let Err(error) = keeper.restore().await {
                    tracing::warn!(%error, "reference rates that another node fetched are not taken yet");
                }
            }
        });
    }

    /// Fetches what is missing at `address`, at once and after each publication, until the server stops.
    pub async fn run(self, address: String, stopping: CancellationToken) {
        let mut wait = FIRST;
        let mut told = String::new();
        loop {
            let done = tokio::select! {
                done = self.update(&address) => done,
                () = stopping.cancelled() => return,
            };
            let now = self.clock.now();
            let next = match done {
                Ok(()) => {
                    wait = FIRST;
                    told.clear();
                    target::next_publication(now)
                }
                Err(error) => {
                    let words = error.to_string();
                    // The same again and again is said once.
                    match error {
                        Refusal::NotYet(_) => tracing::debug!("{words}"),
                        _ if words == told => {}
                        _ => tracing::warn!("reference rates: {words}; it is tried again"),
                    }
                    told = words;
                    let jitter = TimeDelta::seconds(i64::from(rand::random::<u8>()));
                    let next = now + wait + jitter;
                    wait = (wait * 2).min(LONGEST);
                    next
                }
            };
            tokio::select! {
                () = self.clock.sleep_until(next) => {}
                () = stopping.cancelled() => return,
            }
        }
    }

    async fn update(&self, address: &str) -> Result<(), Refusal> {
        let now = self.clock.now();
        let due = target::last_published(now);
        let held = self.exchange.now();
        let last = held.last_day().unwrap_or_default();
        if last >= due {
            return Ok(());
        }
        // The daily file is enough where nothing lies between.
        let name = if target::any_between(last, due) { NINETY_DAYS } else { DAILY };
        let answer = fetch::get(&file(address, name), LARGEST, WITHIN).await?;
        if answer.status != 200 {
            return Err(Refusal::Status(answer.status));
        }
        let text = std::str::from_utf8(&answer.body).map_err(|_| Refusal::Wrong("its text is none".into()))?;
        let days = decode::days(text).map_err(|error| Refusal::Wrong(error.0))?;
        let new = check(&held, days, now).map_err(Refusal::Wrong)?;
        if let (Some(first), true) = (new.first(), target::any_between(last, new.first().map_or(due, |one| one.day))) {
            tracing::warn!(
                "no reference rates from {last} to {}: the last ones are carried; a newer program has them",
                first.day
            );
        }
        self.keep(&new).await?;
        self.exchange.take(&new);
        if !new.is_empty() {
            // A node that does not hear it reads them when it is back.
            let _ = self.relay.publish(TOPIC, &[]).await;
        }
        let newest = self.exchange.now().last_day().unwrap_or_default();
        if !new.is_empty() {
            tracing::info!("reference rates until {newest}: {} new days", new.len());
        }
        if newest < due { Err(Refusal::NotYet(due)) } else { Ok(()) }
    }

    async fn keep(&self, days: &[DayRates]) -> Result<(), StorageError> {
        let mut change = self.database.write().await?;
        for DayRates { day, rates } in days {
            for (currency, rate) in rates {
                sqlx::query("INSERT INTO reference_rates (day, currency, rate) VALUES ($1, $2, $3) ON CONFLICT (day, currency) DO UPDATE SET rate = excluded.rate")
                    .bind(day.to_string())
                    .bind(currency.as_str())
                    .bind(rate.to_string())
                    .execute(&mut *change)
                    .await?;
            }
        }
        change.commit().await?;
        Ok(())
    }
}

/// The days of a file that are new, oldest first. One that cannot be makes the whole file wrong.
fn check(held: &Exchange, mut days: Vec<DayRates>, now: DateTime<Utc>) -> Result<Vec<DayRates>, String> {
    days.sort_by_key(|one| one.day);
    let last = held.last_day().unwrap_or_default();
    let mut known = Exchange::clone(held);
    let mut new = vec![];
    for one in days.into_iter().filter(|one| one.day > last) {
        if one.day > now.date_naive() {
            return Err(format!("{} is a day to come", one.day));
        }
        if one.rates.len() < LEAST {
            return Err(format!("{} has {} currencies", one.day, one.rates.len()));
        }
        for (currency, rate) in &one.rates {
            if let Some(before) = known.rate(EURO, currency, one.day).map(|before| before.rate)
                && (*rate > before.saturating_mul(LEAP) || before > rate.saturating_mul(LEAP))
            {
                return Err(format!("{}: {currency} has the rate {rate}, after {before}", one.day));
            }
            known.insert(currency, one.day, *rate);
        }
        new.push(one);
    }
    Ok(new)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn days(rates: &[(&str, &str)]) -> Vec<DayRates> {
        let of = |rate: &str| {
            let rate: Decimal = rate.parse().unwrap();
            vec![
                ("USD".into(), rate),
                ("GBP".into(), "0.83".parse().unwrap()),
                ("CHF".into(), "0.92".parse().unwrap()),
            ]
        };
        rates
            .iter()
            .map(|(day, rate)| DayRates {
                day: day.parse().unwrap(),
                rates: of(rate),
            })
            .collect()
    }

    #[test]
    fn only_what_is_new_is_taken_and_what_cannot_be_refuses_all() {
        let now = "2026-11-05T12:00:00Z".parse().unwrap();
        let checked = |rates: &[(&str, &str)]| check(exchange::shipped(), days(rates), now);
        let new = checked(&[("2026-11-03", "1.12"), ("2026-10-30", "9"), ("2026-11-02", "1.11")]).unwrap();
        assert_eq!(
            new.iter().map(|one| one.day.to_string()).collect::<Vec<_>>(),
            ["2026-11-02", "2026-11-03"]
        );
        assert!(
            checked(&[("2026-11-02", "1.11"), ("2026-11-03", "11.2")])
                .unwrap_err()
                .contains("USD has the rate 11.2")
        );
        assert!(checked(&[("2026-11-02", "0.5")]).is_err());
        assert!(checked(&[("2026-11-06", "1.11")]).unwrap_err().contains("a day to come"));
    }

    #[test]
    fn an_edition_follows_each_change() {
        let shared = SharedExchange::default();
        let before = shared.now();
        shared.take(&[]);
        assert_eq!(shared.edition(), 0);
        shared.take(&days(&[("2026-11-02", "1.25")]));
        let rate = |exchange: &Exchange| exchange.rate("EUR", "USD", "2026-11-03".parse().unwrap()).unwrap().rate.to_string();
        assert_eq!(
            (shared.edition(), rate(&shared.now()), rate(&before)),
            (1, "1.25".into(), "1.1172".into())
        );
    }
}
