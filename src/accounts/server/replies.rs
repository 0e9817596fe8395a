//! What was answered to a write that named itself, so that sending it again does not do it again.

use crate::accounts::server::Accounts;
use crate::server::database::StorageError;

/// How long an answer is kept, in milliseconds: a day.
const KEPT: i64 = 24 * 60 * 60 * 1000;

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
    /// Nothing: the key is now this request's.
    New,
    /// The same request was answered.
    Answered(Reply),
    /// The same request is being worked on, or was never finished.
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
        let taken = sqlx::query(
            "INSERT INTO replies (user_id, key, request_hash, headers, body, created_at) VALUES ($1, $2, $3, '', '', $4) \
             ON CONFLICT (user_id, key) DO NOTHING",
        );
        let taken = taken.bind(user).bind(key).bind(request).bind(now).execute(&mut *change).await?;
        if taken.rows_affected() == 1 {
            change.commit().await?;
            return Ok(Claim::New);
        }
        let there: Option<(String, Option<i64>, String, String)> =
            sqlx::query_as("SELECT request_hash, status, headers, body FROM replies WHERE user_id = $1 AND key = $2")
                .bind(user)
                .bind(key)
                .fetch_optional(&mut *change)
                .await?;
        change.commit().await?;
        Ok(match there {
            Some((known, ..)) if known != request => Claim::Other,
            Some((_, Some(status), headers, body)) => Claim::Answered(Reply {
                status: u16::try_from(status).unwrap_or(500),
                headers,
                body,
            }),
            _ => Claim::Unfinished,
        })
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
