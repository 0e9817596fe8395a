//! All that a person has, read as it is at one moment and brought back in one change.

use crate::portfolio::activity::Activity;
use crate::portfolio::described::{DescribedInstrument, KnownPrice};
use crate::portfolio::server::ledger::portfolios::{self, MOST};
use crate::portfolio::server::ledger::rows::{activity, insert_activities};
use crate::portfolio::server::ledger::things::{self, insert_instruments, insert_prices};
use crate::portfolio::server::ledger::{Ledger, LedgerError, new_id};
use crate::portfolio::settings::{Invalid, Settings};
use crate::server::database::Change;
use sqlx::AnyConnection;
use std::collections::HashSet;

/// What a person owns, did and knows.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Everything {
    /// What they decided about each portfolio, and its ledger; the oldest first.
    pub portfolios: Vec<(Settings, Vec<Activity>)>,
    /// The instruments that they described.
    pub instruments: Vec<DescribedInstrument>,
    /// The prices that they know.
    pub prices: Vec<KnownPrice>,
}

/// What a person has already, as far as something that is brought back could meet it.
#[derive(Clone, Debug, Default)]
pub struct There {
    /// How many portfolios.
    pub portfolios: usize,
    /// Their names.
    pub names: HashSet<String>,
    /// Symbols of described instruments.
    pub symbols: HashSet<String>,
    /// Symbol and day of each price.
    pub prices: HashSet<(String, String)>,
}

impl Ledger {
    /// All that a user has, as it is at one moment.
    ///
    /// # Errors
    /// The database does not answer.
    pub async fn everything(&self, user: &str) -> Result<Everything, LedgerError> {
        let mut reading = self.database.moment().await?;
        let mut everything = Everything::default();
        for listed in portfolios::of(&mut reading, user).await? {
            let rows: Vec<(String,)> = sqlx::query_as("SELECT body FROM activities WHERE portfolio_id = $1 ORDER BY day, id")
                .bind(&listed.id)
                .fetch_all(&mut *reading)
                .await?;
            let activities = rows.iter().map(|(body,)| activity(body)).collect::<Result<_, _>>()?;
            everything.portfolios.push((listed.settings, activities));
        }
        everything.instruments = things::instruments(&mut reading, user).await?;
        everything.prices = things::prices(&mut reading, user).await?;
        reading.rollback().await?;
        Ok(everything)
    }

    /// What a user has already.
    ///
    /// # Errors
    /// The database does not answer.
    pub async fn there(&self, user: &str) -> Result<There, LedgerError> {
        let mut reading = self.database.moment().await?;
        let there = there(&mut reading, user).await?;
        reading.rollback().await?;
        Ok(there)
    }

    /// Begins a change that brings things back, and tells what is there. Until it ends, no other such change of the user begins.
    ///
    /// # Errors
    /// The user is not there, or the database does not answer.
    pub async fn begin_bringing_back(&self, user: &str) -> Result<(Change, There), LedgerError> {
        let mut change = self.database.write().await?;
        let held = sqlx::query("UPDATE users SET seen_at = seen_at WHERE id = $1");
        if held.bind(user).execute(&mut *change).await?.rows_affected() == 0 {
            return Err(LedgerError::NotFound("user"));
        }
        let there = there(&mut change, user).await?;
        Ok((change, there))
    }

    /// Opens portfolios with their ledgers, in the order that they are in, behind those that are there. What is known of an
    /// instrument already stays as it is. Returns the portfolios' identities; nothing is there until the change is ended.
    ///
    /// # Errors
    /// A field is beyond its bound, or the user would have more portfolios than they may.
    pub async fn bring_back(
        &self,
        change: &mut Change,
        user: &str,
        label: &str,
        everything: &Everything,
    ) -> Result<Vec<String>, LedgerError> {
        let (there, newest): (i64, i64) =
            sqlx::query_as("SELECT COUNT(*), COALESCE(MAX(created_at), 0) FROM portfolios WHERE user_id = $1")
                .bind(user)
                .fetch_one(&mut **change)
                .await?;
        let all = there + everything.portfolios.len() as i64;
        if all > MOST {
            let reason = format!("there would be {all} portfolios; at most {MOST} are accepted");
            return Err(Invalid::new("portfolios", reason).into());
        }
        // A moment each: their order is that of their moments.
        let first = self.now().max(newest + 1);
        let mut opened = vec![];
        for ((settings, activities), moment) in everything.portfolios.iter().zip(first..) {
            settings.check()?;
            activities.iter().try_for_each(Activity::check)?;
            let id = new_id();
            portfolios::insert(change, (&id, user), settings, moment).await?;
            if !activities.is_empty() {
                let made = self.begin(change, &id, label, activities.len()).await?;
                let rows: Vec<_> = activities.iter().map(|one| (one, made.as_str())).collect();
                insert_activities(change, &id, &rows).await?;
            }
            opened.push(id);
        }
        // Of no portfolio's change: where that is undone, the others still need them.
        insert_instruments(change, user, None, &everything.instruments).await?;
        things::check_prices(&everything.prices)?;
        insert_prices(change, user, None, &everything.prices, "DO NOTHING").await?;
        Ok(opened)
    }

    /// Ends a change that brought things back: all of it is there now.
    ///
    /// # Errors
    /// The database did not do it: nothing of it is there.
    pub async fn end_bringing_back(&self, change: Change, user: &str) -> Result<(), LedgerError> {
        change.commit().await?;
        self.tell(user, None);
        Ok(())
    }
}

async fn there(connection: &mut AnyConnection, user: &str) -> Result<There, LedgerError> {
    let listed = portfolios::of(connection, user).await?;
    let symbols: Vec<(String,)> = sqlx::query_as("SELECT symbol FROM instruments WHERE user_id = $1")
        .bind(user)
        .fetch_all(&mut *connection)
        .await?;
    let prices: Vec<(String, String)> = sqlx::query_as("SELECT symbol, day FROM prices WHERE user_id = $1")
        .bind(user)
        .fetch_all(&mut *connection)
        .await?;
    Ok(There {
        portfolios: listed.len(),
        names: listed.into_iter().map(|one| one.settings.name).collect(),
        symbols: symbols.into_iter().map(|(symbol,)| symbol).collect(),
        prices: prices.into_iter().collect(),
    })
}
