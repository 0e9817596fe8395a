//! Changing a ledger. Each change is whole or not at all, and can be undone.

use crate::portfolio::activity::Activity;
use crate::portfolio::described::{DescribedInstrument, KnownPrice};
use crate::portfolio::server::ledger::portfolios::hold;
use crate::portfolio::server::ledger::rows::{activity, insert_activities};
use crate::portfolio::server::ledger::things::{insert_instruments, insert_prices};
use crate::portfolio::server::ledger::{Ledger, LedgerError, new_id};
use crate::portfolio::settings;
use crate::server::database::Change;
use chrono::{DateTime, Utc};
use std::collections::HashSet;

/// Changes that a list shows.
const LISTED: i64 = 100;
/// Characters of a change's label.
const LABEL_CHARACTERS: usize = 300;

/// What a file brings. What is there already, by its identity, is left alone.
#[derive(Clone, Debug, Default)]
pub struct Batch {
    /// The lines.
    pub activities: Vec<Activity>,
    /// The instruments that they name.
    pub instruments: Vec<DescribedInstrument>,
    /// Prices of those.
    pub prices: Vec<KnownPrice>,
}

/// What applying a batch did.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Applied {
    /// The change, to undo it by; `None` where nothing was new.
    pub change: Option<String>,
    /// Activities that came in.
    pub new: u64,
    /// Activities that were there.
    pub known: u64,
}

/// A change that was made.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Made {
    /// Its identity.
    pub id: String,
    /// What was done, for a person.
    pub label: String,
    /// Activities that it added or edited.
    pub written: u64,
    /// When.
    pub made_at: DateTime<Utc>,
    /// Whether it was undone.
    pub undone: bool,
}

impl Ledger {
    /// Brings a batch in: what is new of it, whole.
    ///
    /// # Errors
    /// The portfolio is not the user's, or a field is beyond its bound.
    pub async fn apply(&self, user: &str, portfolio: &str, label: &str, batch: &Batch) -> Result<Applied, LedgerError> {
        batch.activities.iter().try_for_each(Activity::check)?;
        let mut change = self.database.write().await?;
        hold(&mut change, user, portfolio).await?;
        let there: Vec<(String,)> = sqlx::query_as("SELECT id FROM activities WHERE portfolio_id = $1")
            .bind(portfolio)
            .fetch_all(&mut *change)
            .await?;
        let mut there: HashSet<_> = there.into_iter().map(|(id,)| id).collect();
        let new: Vec<_> = batch.activities.iter().filter(|one| there.insert(one.id.clone())).collect();
        let known = (batch.activities.len() - new.len()) as u64;
        if new.is_empty() {
            return Ok(Applied {
                change: None,
                new: 0,
                known,
            });
        }
        let id = self.begin(&mut change, portfolio, label, new.len()).await?;
        let rows: Vec<_> = new.iter().map(|one| (*one, id.as_str())).collect();
        insert_activities(&mut change, portfolio, &rows).await?;
        insert_instruments(&mut change, user, Some(&id), &batch.instruments).await?;
        insert_prices(&mut change, user, Some(&id), &batch.prices, "DO NOTHING").await?;
        let entered = sqlx::query("UPDATE prices SET entered_at = $1 WHERE change_id = $2");
        entered.bind(self.now()).bind(&id).execute(&mut *change).await?;
        change.commit().await?;
        self.tell(user, Some(portfolio));
        let new = new.len() as u64;
        Ok(Applied {
            change: Some(id),
            new,
            known,
        })
    }

    /// Adds or edits the activities of `put`, by their identity, and deletes those of `delete`. Returns the change.
    ///
    /// # Errors
    /// The portfolio or an activity to delete is not the user's, or a field is beyond its bound.
    pub async fn write(
        &self,
        user: &str,
        portfolio: &str,
        label: &str,
        put: &[Activity],
        delete: &[String],
    ) -> Result<String, LedgerError> {
        put.iter().try_for_each(Activity::check)?;
        let mut change = self.database.write().await?;
        hold(&mut change, user, portfolio).await?;
        let id = self.begin(&mut change, portfolio, label, put.len()).await?;
        let written = put.iter().map(|one| (&one.id, false));
        let touched: Vec<_> = written.chain(delete.iter().map(|one| (one, true))).collect();
        for (activity, must_be_there) in touched {
            let kept = sqlx::query(
                "INSERT INTO images (change_id, activity_id, body, before_id) \
                 SELECT $1, id, body, change_id FROM activities WHERE portfolio_id = $2 AND id = $3",
            );
            let kept = kept.bind(&id).bind(portfolio).bind(activity).execute(&mut *change).await;
            if kept.map_err(twice)?.rows_affected() == 0 {
                if must_be_there {
                    return Err(LedgerError::NotFound("activity"));
                }
                continue;
            }
            let gone = sqlx::query("DELETE FROM activities WHERE portfolio_id = $1 AND id = $2");
            gone.bind(portfolio).bind(activity).execute(&mut *change).await?;
        }
        let rows: Vec<_> = put.iter().map(|one| (one, id.as_str())).collect();
        insert_activities(&mut change, portfolio, &rows).await?;
        change.commit().await?;
        self.tell(user, Some(portfolio));
        Ok(id)
    }

    /// The newest changes, the last first.
    ///
    /// # Errors
    /// The portfolio is not the user's.
    pub async fn changes(&self, user: &str, portfolio: &str) -> Result<Vec<Made>, LedgerError> {
        self.portfolio(user, portfolio).await?;
        let rows: Vec<(String, String, i64, i64, Option<i64>)> = sqlx::query_as(
            "SELECT id, label, written, made_at, undone_at FROM changes WHERE portfolio_id = $1 ORDER BY number DESC LIMIT $2",
        )
        .bind(portfolio)
        .bind(LISTED)
        .fetch_all(self.database.read())
        .await?;
        let made = rows.into_iter().map(|(id, label, written, made_at, undone_at)| Made {
            id,
            label,
            written: written.unsigned_abs(),
            made_at: DateTime::from_timestamp_millis(made_at).unwrap_or_default(),
            undone: undone_at.is_some(),
        });
        Ok(made.collect())
    }

    /// Takes a change back: what it added goes, what it edited or deleted is as it was.
    ///
    /// # Errors
    /// The change is not the user's, was undone, or a later one touched the same activities.
    pub async fn undo(&self, user: &str, portfolio: &str, id: &str) -> Result<(), LedgerError> {
        const LATER: &str = "A later change touches the same activities. Undo that one first.";
        let mut change = self.database.write().await?;
        hold(&mut change, user, portfolio).await?;
        let row: Option<(i64, Option<i64>)> = sqlx::query_as("SELECT written, undone_at FROM changes WHERE id = $1 AND portfolio_id = $2")
            .bind(id)
            .bind(portfolio)
            .fetch_optional(&mut *change)
            .await?;
        let (written, undone_at) = row.ok_or(LedgerError::NotFound("change"))?;
        if undone_at.is_some() {
            return Err(LedgerError::Conflict("This change was undone already.".into()));
        }
        let gone = sqlx::query("DELETE FROM activities WHERE change_id = $1");
        let gone = gone.bind(id).execute(&mut *change).await?.rows_affected();
        if gone != written.unsigned_abs() {
            return Err(LedgerError::Conflict(LATER.into()));
        }
        let images: Vec<(String, String)> = sqlx::query_as("SELECT body, before_id FROM images WHERE change_id = $1")
            .bind(id)
            .fetch_all(&mut *change)
            .await?;
        let images = images.into_iter().map(|(body, before)| Ok((activity(&body)?, before)));
        let images = images.collect::<Result<Vec<_>, LedgerError>>()?;
        let rows: Vec<_> = images.iter().map(|(activity, before)| (activity, before.as_str())).collect();
        let restored = insert_activities(&mut change, portfolio, &rows).await;
        restored.map_err(|error| match error {
            LedgerError::Storage(crate::server::database::StorageError::Taken) => LedgerError::Conflict(LATER.into()),
            other => other,
        })?;
        for statement in [
            "DELETE FROM images WHERE change_id = $1",
            "DELETE FROM instruments WHERE change_id = $1",
            "DELETE FROM prices WHERE change_id = $1",
        ] {
            sqlx::query(statement).bind(id).execute(&mut *change).await?;
        }
        let undone = sqlx::query("UPDATE changes SET undone_at = $1 WHERE id = $2");
        undone.bind(self.now()).bind(id).execute(&mut *change).await?;
        change.commit().await?;
        self.tell(user, Some(portfolio));
        Ok(())
    }

    pub(super) async fn begin(&self, change: &mut Change, portfolio: &str, label: &str, written: usize) -> Result<String, LedgerError> {
        settings::text("label", label, 1, LABEL_CHARACTERS)?;
        let id = new_id();
        sqlx::query(
            "INSERT INTO changes (id, portfolio_id, number, label, made_at, written) \
             SELECT $1, $2, COALESCE(MAX(number), 0) + 1, $3, $4, $5 FROM changes WHERE portfolio_id = $2",
        )
        .bind(&id)
        .bind(portfolio)
        .bind(label)
        .bind(self.now())
        .bind(written as i64)
        .execute(&mut **change)
        .await?;
        Ok(id)
    }
}

/// The same activity stands twice in one change.
fn twice(error: sqlx::Error) -> LedgerError {
    match LedgerError::from(error) {
        LedgerError::Storage(crate::server::database::StorageError::Taken) => {
            LedgerError::Conflict("An activity stands twice in this change.".into())
        }
        other => other,
    }
}
