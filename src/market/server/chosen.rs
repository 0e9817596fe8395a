//! Instruments that people chose from what providers list: followed at once, and kept, so that their prices come after a restart too.

use crate::market::instrument::Instrument;
use crate::market::server::Market;
use crate::market::server::by_symbol::BySymbol;
use crate::market::server::directory::Offer;
use crate::market::server::provider::{self, Kind};
use crate::market::server::sources::file::{Plan, Sourced};
use crate::market::server::sources::{Declined, Inquiry};
use crate::server::clock::Clock;
use crate::server::database::{Database, StorageError};
use crate::server::relay::Relay;
use crate::server::shutdown::Shutdown;
use chrono::{DateTime, TimeDelta, Utc};
use sqlx::Row as _;

/// The topic under which nodes tell each other that something was chosen.
const TOPIC: &str = "chosen";

/// Where they are kept.
#[derive(Clone, Debug)]
pub struct Chosen(pub Database);

/// Why something was not chosen.
#[derive(Debug, thiserror::Error)]
pub enum ChoiceError {
    /// It cannot be.
    #[error(transparent)]
    Declined(#[from] Declined),
    /// The database does not answer.
    #[error(transparent)]
    Storage(#[from] StorageError),
}

impl Chosen {
    /// All of them, the oldest first. What no provider here is called is left out.
    ///
    /// # Errors
    /// The database does not answer.
    pub async fn load(&self) -> Result<Vec<Offer>, StorageError> {
        let rows =
            sqlx::query("SELECT symbol, name, currency, sector, source, counts_as FROM chosen_instruments ORDER BY chosen_at, symbol")
                .fetch_all(self.0.read())
                .await?;
        let mut all = vec![];
        for row in rows {
            let source: String = row.try_get(4)?;
            let named = source.split_once(':').and_then(|(name, symbol)| {
                let provider = provider::all().position(|kind: Kind| kind.name() == name)?;
                Some((provider, symbol.to_owned()))
            });
            let Some((provider, symbol)) = named else {
                tracing::error!(
                    source,
                    "a chosen instrument in the database has no source that is known, and is left out"
                );
                continue;
            };
            all.push(Offer {
                instrument: Instrument {
                    symbol: row.try_get(0)?,
                    name: row.try_get(1)?,
                    currency: row.try_get(2)?,
                    sector: row.try_get(3)?,
                    country: None,
                },
                isin: None,
                counts_as: row.try_get(5)?,
                provider,
                symbol,
            });
        }
        Ok(all)
    }

    /// Forgets what nobody uses any more; what was chosen within the last day may still stand in a form.
    ///
    /// # Errors
    /// The database does not answer.
    pub async fn forget(&self, unused: &[String], now: DateTime<Utc>) -> Result<(), StorageError> {
        let mut change = self.0.write().await?;
        for symbol in unused {
            sqlx::query("DELETE FROM chosen_instruments WHERE symbol = $1 AND chosen_at < $2")
                .bind(symbol.as_str())
                .bind((now - TimeDelta::days(1)).timestamp_millis())
                .execute(&mut *change)
                .await?;
        }
        change.commit().await?;
        Ok(())
    }

    /// Keeps one. What is kept already stays as it is.
    async fn keep(&self, one: &Offer, clock: Clock) -> Result<(), StorageError> {
        let instrument = &one.instrument;
        let mut change = self.0.write().await?;
        sqlx::query(
            "INSERT INTO chosen_instruments (symbol, name, currency, sector, source, counts_as, chosen_at) \
             VALUES ($1, $2, $3, $4, $5, $6, $7) ON CONFLICT (symbol) DO NOTHING",
        )
        .bind(instrument.symbol.as_str())
        .bind(instrument.name.as_str())
        .bind(instrument.currency.as_str())
        .bind(instrument.sector.as_str())
        .bind(one.source())
        .bind(one.counts_as.clone())
        .bind(clock.now().timestamp_millis())
        .execute(&mut *change)
        .await?;
        change.commit().await?;
        Ok(())
    }
}

/// Follows what people choose on other nodes, until the server stops.
pub fn follow(relay: &Relay, chosen: Chosen, sources: Inquiry, shutdown: &Shutdown) {
    if !relay.is_shared() {
        return;
    }
    let (mut heard, stopping) = (relay.subscribe(TOPIC), shutdown.stopping().clone());
    shutdown.spawn(async move {
        let following = async {
            loop {
                // Something was chosen, or may have been.
                heard.next().await;
                if let Ok(offers) = chosen.load().await {
                    sources.admit(offers).await;
                }
            }
        };
        stopping.run_until_cancelled(following).await;
    });
}

/// Adds to a plan what people chose before. What cannot be followed now stays in the database: the next start may. What ships with the
/// program is described as there.
pub fn admit(plan: &mut Plan, chosen: Vec<Offer>, shipped: &BySymbol<Instrument>) {
    for mut offer in chosen {
        if let Some(known) = shipped.get(&offer.instrument.symbol) {
            offer.instrument = known.clone();
        }
        let one = Sourced::chosen(&offer, &plan.access);
        let admitted = one.and_then(|one| Ok(plan.admit(one)?));
        match admitted {
            // The file names it by now.
            Err(error) if matches!(error.downcast_ref(), Some(Declined::Taken(_))) => {}
            Err(error) => {
                let (symbol, source) = (&offer.instrument.symbol, offer.source());
                tracing::warn!(symbol, source, "what somebody chose has no prices: {error:#}");
            }
            Ok(()) => {}
        }
    }
}

impl Market {
    /// Follows what a provider lists under a source's name, `coinbase:SOL-USD`, from now on and after each restart, and returns it as
    /// it is listed. What is followed already is the same again.
    ///
    /// # Errors
    /// No list has it, its label is taken, this server takes no more, or the database does not answer.
    pub async fn choose(&self, source: &str) -> Result<Instrument, ChoiceError> {
        let gone = || Declined::Gone(source.chars().take(80).collect());
        let (Some(offer), Some(sources)) = (self.offer(source), &self.sources) else {
            return Err(gone().into());
        };
        let listed = sources.choose(offer.clone()).await?;
        // What the operator's file names under another label needs no row.
        if let Some(chosen) = self.chosen.as_ref().filter(|_| listed.symbol == offer.instrument.symbol) {
            chosen.keep(&offer, self.clock).await?;
            // A node that does not hear it now reads it when it is back.
            let _ = self.relay.publish(TOPIC, &[]).await;
        }
        Ok(listed)
    }
}
