//! How a person reads the columns of a table, remembered for its header.

use crate::imports::mapping::Mapping;
use crate::server::clock::Clock;
use crate::server::database::{Change, Database, StorageError};
use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use sha2::{Digest as _, Sha256};

/// Headers that are remembered for a person; of more, those that were seen longest ago are forgotten.
const MOST: i64 = 200;

/// The mappings of all users. Cheap to clone.
#[derive(Clone, Debug)]
pub struct Mappings {
    database: Database,
    clock: Clock,
}

impl Mappings {
    /// The mappings in a database.
    pub fn new(database: Database, clock: Clock) -> Self {
        Self { database, clock }
    }

    /// What a user said of a header; `None` where they said nothing.
    ///
    /// # Errors
    /// The database does not answer.
    pub async fn of(&self, user: &str, header: &[String]) -> Result<Option<Mapping>, StorageError> {
        let row: Option<(String,)> = sqlx::query_as("SELECT body FROM mappings WHERE user_id = $1 AND header_key = $2")
            .bind(user)
            .bind(key(header))
            .fetch_optional(self.database.read())
            .await?;
        // One that a later program wrote, or nobody can read any more, is as good as none.
        Ok(row.and_then(|(body,)| serde_json::from_str(&body).ok()))
    }

    /// Remembers what a user says of a header.
    ///
    /// # Errors
    /// The database did not do it.
    pub async fn remember(&self, user: &str, header: &[String], mapping: &Mapping) -> Result<(), StorageError> {
        let body = serde_json::to_string(mapping).map_err(|_| StorageError::Fault)?;
        let mut change = self.database.write().await?;
        sqlx::query(
            "INSERT INTO mappings (user_id, header_key, body, seen_at) VALUES ($1, $2, $3, $4) \
             ON CONFLICT (user_id, header_key) DO UPDATE SET body = excluded.body, seen_at = excluded.seen_at",
        )
        .bind(user)
        .bind(key(header))
        .bind(body)
        .bind(self.clock.now().timestamp_millis())
        .execute(&mut *change)
        .await?;
        trim(&mut change, user).await?;
        Ok(change.commit().await?)
    }

    /// All that a user said: keys of headers, and mappings.
    ///
    /// # Errors
    /// The database does not answer.
    pub async fn all(&self, user: &str) -> Result<Vec<(String, Mapping)>, StorageError> {
        let rows: Vec<(String, String)> = sqlx::query_as("SELECT header_key, body FROM mappings WHERE user_id = $1")
            .bind(user)
            .fetch_all(self.database.read())
            .await?;
        let read = rows
            .into_iter()
            .filter_map(|(key, body)| Some((key, serde_json::from_str(&body).ok()?)));
        Ok(read.collect())
    }

    /// Remembers again what was taken out, as a part of `change`. What was said of a header since stays.
    ///
    /// # Errors
    /// The database did not do it.
    pub async fn bring_back(&self, change: &mut Change, user: &str, columns: &[(String, Mapping)]) -> Result<(), StorageError> {
        for (key, mapping) in columns {
            let body = serde_json::to_string(mapping).map_err(|_| StorageError::Fault)?;
            sqlx::query(
                "INSERT INTO mappings (user_id, header_key, body, seen_at) VALUES ($1, $2, $3, $4) \
                 ON CONFLICT (user_id, header_key) DO NOTHING",
            )
            .bind(user)
            .bind(key)
            .bind(body)
            .bind(self.clock.now().timestamp_millis())
            .execute(&mut **change)
            .await?;
        }
        trim(change, user).await
    }

    /// Forgets what a user said of a header.
    ///
    /// # Errors
    /// The database did not do it.
    pub async fn forget(&self, user: &str, header: &[String]) -> Result<(), StorageError> {
        let mut change = self.database.write().await?;
        let gone = sqlx::query("DELETE FROM mappings WHERE user_id = $1 AND header_key = $2");
        gone.bind(user).bind(key(header)).execute(&mut *change).await?;
        Ok(change.commit().await?)
    }
}

/// Forgets what was seen longest ago of more than may be remembered.
async fn trim(change: &mut Change, user: &str) -> Result<(), StorageError> {
    sqlx::query(
        "DELETE FROM mappings WHERE user_id = $1 AND header_key NOT IN \
         (SELECT header_key FROM mappings WHERE user_id = $1 ORDER BY seen_at DESC, header_key LIMIT $2)",
    )
    .bind(user)
    .bind(MOST)
    .execute(&mut **change)
    .await?;
    Ok(())
}

/// A header may be long; its hash is not, and two headers do not share one.
fn key(header: &[String]) -> String {
    URL_SAFE_NO_PAD.encode(Sha256::digest(Mapping::key(header)))
}
