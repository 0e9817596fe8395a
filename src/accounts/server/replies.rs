//! What was answered to a write that named itself, so that sending it again does not do it again.

use crate::accounts::server::{Accounts, new_id};
use crate::server::database::StorageError;
use std::time::Duration;

/// How long an answer is kept, in milliseconds: a day.
const KEPT: i64 = 24 * 60 * 60 * 1000;
/// How often a request that is worked on says so.
const BEAT: Duration = Duration::from_secs(10);
/// A request that has said nothing for so long, in milliseconds, was killed with its server: whoever sends it again does it.
const DEAD: i64 = 60 * 1000;

/// An answer that is kept.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Reply {
    /// Its status.
    pub status: u16,
    /// Its headers, a line each.
    pub headers: String,
    /// Its body.
    pub body: String,
}

/// What is known of a key.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Claim {
    /// The key is now this request's. From the seed come the identities of what it makes: where it was begun before and killed,
    /// they are the same again, and what was done already is not done twice.
    New(String),
    /// The same request was answered.
    Answered(Reply),
    /// The same request is being worked on, or was killed less than a minute ago.
    Unfinished,
    /// The key belongs to another request.
    Other,
}

impl Accounts {
    /// Takes a key for a request, known by its hash.
    ///
    /// # Errors
    /// The database does not answer.
    pub async fn claim(&self, user: &str, key: &str, request: &str) -> Result<Claim, StorageError> {
        let now = self.clock.now().timestamp_millis();
        let mut change = self.database.write().await?;
        let old = sqlx::query("DELETE FROM replies WHERE created_at <= $1");
        old.bind(now - KEPT).execute(&mut *change).await?;
        // Until there is an answer, the seed stands in its place.
        let seed = new_id();
        let taken = sqlx::query(
            "INSERT INTO replies (user_id, key, request_hash, headers, body, created_at) VALUES ($1, $2, $3, '', $4, $5) \
             ON CONFLICT (user_id, key) DO NOTHING",
        );
        let taken = taken.bind(user).bind(key).bind(request).bind(&seed).bind(now);
        if taken.execute(&mut *change).await?.rows_affected() == 1 {
            change.commit().await?;
            return Ok(Claim::New(seed));
        }
        let dead = sqlx::query(
            "UPDATE replies SET created_at = $1 WHERE user_id = $2 AND key = $3 AND request_hash = $4 AND status IS NULL \
             AND created_at <= $5",
        );
        let dead = dead.bind(now).bind(user).bind(key).bind(request).bind(now - DEAD);
        let is_dead = dead.execute(&mut *change).await?.rows_affected() == 1;
        let there: Option<(String, Option<i64>, String, String)> =
            sqlx::query_as("SELECT request_hash, status, headers, body FROM replies WHERE user_id = $1 AND key = $2")
                .bind(user)
                .bind(key)
                .fetch_optional(&mut *change)
                .await?;
        change.commit().await?;
        Ok(match there {
            Some((known, ..)) if known != request => Claim::Other,
            Some((_, None, _, seed)) if is_dead => Claim::New(seed),
            Some((_, Some(status), headers, body)) => Claim::Answered(Reply {
                status: u16::try_from(status).unwrap_or(500),
                headers,
                body,
            }),
            _ => Claim::Unfinished,
        })
    }

    /// Says again and again that the request that has the key is worked on. Does not end.
    pub async fn beat(&self, user: &str, key: &str) -> std::convert::Infallible {
        loop {
            tokio::time::sleep(BEAT).await;
            if let Err(error) = self.say_alive(user, key).await {
                // The next one may come through.
                tracing::debug!(%error, "a request that is worked on could not say so");
            }
        }
    }

    async fn say_alive(&self, user: &str, key: &str) -> Result<(), StorageError> {
        let mut change = self.database.write().await?;
        let alive = sqlx::query("UPDATE replies SET created_at = $1 WHERE user_id = $2 AND key = $3 AND status IS NULL");
        let now = self.clock.now().timestamp_millis();
        alive.bind(now).bind(user).bind(key).execute(&mut *change).await?;
        Ok(change.commit().await?)
    }

    /// Keeps the answer to the request that has the key.
    ///
    /// # Errors
    /// The database does not answer.
    pub async fn keep(&self, user: &str, key: &str, reply: &Reply) -> Result<(), StorageError> {
        let mut change = self.database.write().await?;
        let kept = sqlx::query("UPDATE replies SET status = $1, headers = $2, body = $3 WHERE user_id = $4 AND key = $5");
        kept.bind(i64::from(reply.status))
            .bind(&reply.headers)
            .bind(&reply.body)
            .bind(user)
            .bind(key)
            .execute(&mut *change)
            .await?;
        change.commit().await?;
        Ok(())
    }

    /// Gives a key back: its request changed nothing and may be sent again.
    ///
    /// # Errors
    /// The database does not answer.
    pub async fn release(&self, user: &str, key: &str) -> Result<(), StorageError> {
        let mut change = self.database.write().await?;
        let gone = sqlx::query("DELETE FROM replies WHERE user_id = $1 AND key = $2 AND status IS NULL");
        gone.bind(user).bind(key).execute(&mut *change).await?;
        change.commit().await?;
        Ok(())
    }
}
