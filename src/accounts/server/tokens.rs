//! Tokens of programs: random, shown once, only their hash in the database.

use crate::accounts::scope::Scope;
use crate::accounts::server::Accounts;
use crate::server::database::StorageError;
use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use chrono::{DateTime, TimeDelta, Utc};
use sha2::{Digest as _, Sha256};

/// What a token begins with, so that it is known where it is found.
pub const PREFIX: &str = "ff_";
/// Tokens that a user may have.
const MOST: i64 = 50;
/// Characters of a name.
const NAME_CHARACTERS: usize = 100;
/// How exact the last use is known, in milliseconds: a token that is used all the time is written once a minute.
const USE_STEP: i64 = 60_000;

/// A token, as its owner sees it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Token {
    /// Its identity, which is no secret.
    pub id: String,
    /// What its owner calls it.
    pub name: String,
    /// What it may do.
    pub scopes: Vec<Scope>,
    /// When it was made.
    pub created_at: DateTime<Utc>,
    /// When it was used last, to the minute.
    pub last_used_at: Option<DateTime<Utc>>,
    /// When it ends.
    pub expires_at: Option<DateTime<Utc>>,
}

/// Whose token a request carries.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct TokenHolder {
    /// Identity of the user.
    pub user: String,
    /// Their name.
    pub user_name: String,
    /// The token.
    pub token: Token,
}

/// Why no token was made.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum TokenError {
    /// A field cannot be accepted.
    #[error("{0}: {1}")]
    Invalid(&'static str, String),
    /// A guest has no account that a program could use.
    #[error("a guest cannot make tokens")]
    Guest,
    /// The database did not do it.
    #[error(transparent)]
    Storage(#[from] StorageError),
}

impl From<sqlx::Error> for TokenError {
    fn from(error: sqlx::Error) -> Self {
        Self::Storage(error.into())
    }
}

type Row = (String, String, String, i64, Option<i64>, Option<i64>);

fn token((id, name, scopes, created_at, last_used_at, expires_at): Row) -> Token {
    let moment = |millis| DateTime::from_timestamp_millis(millis).unwrap_or_default();
    Token {
        id,
        name,
        scopes: Scope::split(&scopes),
        created_at: moment(created_at),
        last_used_at: last_used_at.map(moment),
        expires_at: expires_at.map(moment),
    }
}

fn hash(secret: &str) -> String {
    URL_SAFE_NO_PAD.encode(Sha256::digest(secret.as_bytes()))
}

impl Accounts {
    /// Makes a token that ends after `days`, or never. Returns its secret, which is not kept, and what is.
    ///
    /// # Errors
    /// A field is beyond its bound, or the user is a guest.
    pub async fn make_token(&self, user: &str, name: &str, scopes: &[Scope], days: Option<u32>) -> Result<(String, Token), TokenError> {
        let name = name.trim();
        let length = name.chars().count();
        if !(1..=NAME_CHARACTERS).contains(&length) || name.chars().any(char::is_control) {
            let reason = format!("From 1 to {NAME_CHARACTERS} characters are accepted, none of them a control character.");
            return Err(TokenError::Invalid("name", reason));
        }
        if scopes.is_empty() {
            return Err(TokenError::Invalid("scopes", "Choose at least one.".into()));
        }
        if days.is_some_and(|days| !(1..=3660).contains(&days)) {
            return Err(TokenError::Invalid("days", "From 1 to 3660 days are accepted, or none.".into()));
        }
        let now = self.clock.now();
        let secret = String::from(PREFIX) + &URL_SAFE_NO_PAD.encode(rand::random::<[u8; 32]>());
        let made = Token {
            id: format!("{:032x}", rand::random::<u128>()),
            name: name.to_owned(),
            scopes: scopes.to_vec(),
            created_at: now,
            last_used_at: None,
            expires_at: days.map(|days| now + TimeDelta::days(i64::from(days))),
        };
        let mut change = self.database.write().await?;
        let there: Option<(Option<String>, i64)> =
            sqlx::query_as("SELECT name, (SELECT COUNT(*) FROM tokens WHERE user_id = users.id) FROM users WHERE id = $1")
                .bind(user)
                .fetch_optional(&mut *change)
                .await?;
        match there {
            Some((Some(_), count)) if count < MOST => {}
            Some((Some(_), _)) => {
                let reason = format!("You have {MOST} tokens, which is the most. Revoke one first.");
                return Err(TokenError::Invalid("name", reason));
            }
            _ => return Err(TokenError::Guest),
        }
        sqlx::query(
            "INSERT INTO tokens (id, user_id, name, token_hash, scopes, created_at, expires_at) VALUES ($1, $2, $3, $4, $5, $6, $7)",
        )
        .bind(&made.id)
        .bind(user)
        .bind(&made.name)
        .bind(hash(&secret))
        .bind(Scope::join(scopes))
        .bind(now.timestamp_millis())
        .bind(made.expires_at.map(|moment| moment.timestamp_millis()))
        .execute(&mut *change)
        .await?;
        change.commit().await.map_err(StorageError::from)?;
        Ok((secret, made))
    }

    /// A user's tokens, the newest first; those that have ended too.
    ///
    /// # Errors
    /// The database does not answer.
    pub async fn tokens(&self, user: &str) -> Result<Vec<Token>, StorageError> {
        let rows: Vec<Row> = sqlx::query_as(
            "SELECT id, name, scopes, created_at, last_used_at, expires_at FROM tokens WHERE user_id = $1 ORDER BY created_at DESC, id",
        )
        .bind(user)
        .fetch_all(self.database.read())
        .await?;
        Ok(rows.into_iter().map(token).collect())
    }

    /// Ends a token; says whether the user had one of that identity.
    ///
    /// # Errors
    /// The database does not answer.
    pub async fn revoke_token(&self, user: &str, id: &str) -> Result<bool, StorageError> {
        let mut change = self.database.write().await?;
        let gone = sqlx::query("DELETE FROM tokens WHERE id = $1 AND user_id = $2");
        let gone = gone.bind(id).bind(user).execute(&mut *change).await?.rows_affected();
        change.commit().await?;
        Ok(gone > 0)
    }

    /// Whose token this is; `None` where it never was one, was revoked, or has ended.
    ///
    /// # Errors
    /// The database does not answer.
    pub async fn token_holder(&self, secret: &str) -> Result<Option<TokenHolder>, StorageError> {
        if !secret.starts_with(PREFIX) {
            return Ok(None);
        }
        let row: Option<(String, String, String, String, String, i64, Option<i64>, Option<i64>)> = sqlx::query_as(
            "SELECT users.id, users.name, tokens.id, tokens.name, scopes, tokens.created_at, last_used_at, expires_at \
             FROM tokens JOIN users ON users.id = tokens.user_id \
             WHERE token_hash = $1 AND users.name IS NOT NULL AND (expires_at IS NULL OR expires_at > $2)",
        )
        .bind(hash(secret))
        .bind(self.clock.now().timestamp_millis())
        .fetch_optional(self.database.read())
        .await?;
        Ok(row.map(|(user, user_name, id, name, scopes, created, used, expires)| TokenHolder {
            user,
            user_name,
            token: token((id, name, scopes, created, used, expires)),
        }))
    }

    /// Whether the use of a token is worth writing down.
    pub fn is_stale(&self, token: &Token) -> bool {
        token
            .last_used_at
            .is_none_or(|used| (self.clock.now() - used).num_milliseconds() >= USE_STEP)
    }

    /// Writes down that a token was used now.
    ///
    /// # Errors
    /// The database does not answer.
    pub async fn mark_used(&self, token: &str) -> Result<(), StorageError> {
        let mut change = self.database.write().await?;
        let used = sqlx::query("UPDATE tokens SET last_used_at = $1 WHERE id = $2");
        used.bind(self.clock.now().timestamp_millis())
            .bind(token)
            .execute(&mut *change)
            .await?;
        change.commit().await?;
        Ok(())
    }
}
