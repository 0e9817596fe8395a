//! Sessions: a random token in a cookie, its hash in the database.

use crate::accounts::server::{AccountError, Accounts, Device, Viewer, new_id};
use crate::server::database::{Change, StorageError};
use crate::server::security::came_over_tls;
use axum::http::HeaderMap;
use axum_extra::extract::CookieJar;
use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use serde::Serialize;
use sha2::{Digest as _, Sha256};

/// Name of the cookie.
pub const COOKIE: &str = "finflow_session";
/// Its name over TLS: a browser takes it from this very host alone, so that no neighbour can put one of its own there.
pub const SECURE_COOKIE: &str = "__Host-finflow_session";
/// A day, in milliseconds.
pub(super) const DAY: i64 = 86_400_000;
/// How long a session lives without being used.
pub(super) const LIFE: i64 = 30 * DAY;
/// Seconds that a browser keeps the cookie. The server decides when its session ends: the cookie is not written again.
const COOKIE_LIFE: u32 = 400 * 86_400;
/// Characters that are kept of what a browser says it is.
const AGENT_CHARACTERS: usize = 200;

/// A session, as its user sees it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Session {
    /// Its identity.
    pub id: String,
    /// When it began, in milliseconds since 1970.
    pub created_at: i64,
    /// When it was used last, to the day.
    pub seen_at: i64,
    /// What the browser said it is.
    pub agent: String,
    /// Address of the network it began from.
    pub address: String,
}

/// The token of a new session. It is shown once, to the browser.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Token(String);

impl Token {
    fn new() -> Self {
        Self(URL_SAFE_NO_PAD.encode(rand::random::<[u8; 32]>()))
    }

    /// The header that gives it to a browser.
    pub fn cookie(&self, secure: bool) -> String {
        cookie(&self.0, COOKIE_LIFE, secure)
    }
}

/// The header that takes a token from a browser.
pub fn no_cookie(secure: bool) -> String {
    cookie("", 0, secure)
}

fn cookie(value: &str, seconds: u32, secure: bool) -> String {
    let (name, secure) = if secure { (SECURE_COOKIE, "; Secure") } else { (COOKIE, "") };
    format!("{name}={value}; HttpOnly; SameSite=Lax; Path=/; Max-Age={seconds}{secure}")
}

/// The token of a request's cookie, where it has one.
pub fn token(headers: &HeaderMap) -> Option<String> {
    let jar = CookieJar::from_headers(headers);
    let plain = || jar.get(COOKIE).filter(|_| !came_over_tls(headers));
    jar.get(SECURE_COOKIE)
        .or_else(plain)
        .map(|cookie| cookie.value().to_owned())
        .filter(|token| !token.is_empty())
}

/// What is kept of a token: who reads the database cannot come in with it.
fn hash(token: &str) -> String {
    URL_SAFE_NO_PAD.encode(Sha256::digest(token.as_bytes()))
}

type Row = (String, Option<String>, String, i64);

impl Accounts {
    /// Who holds a token; `None` where its session has ended.
    pub(super) async fn viewer_of(&self, token: &str) -> Result<Option<Viewer>, StorageError> {
        let now = self.now();
        let row: Option<Row> = sqlx::query_as(
            "SELECT users.id, users.name, sessions.id, sessions.seen_at FROM sessions JOIN users ON users.id = sessions.user_id \
             WHERE sessions.token_hash = $1 AND sessions.expires_at > $2",
        )
        .bind(hash(token))
        .bind(now)
        .fetch_optional(self.database.read())
        .await?;
        let Some((user, name, session, seen_at)) = row else {
            return Ok(None);
        };
        // Once a day: a page that is looked at need not write.
        if now - seen_at >= DAY
            && let Err(error) = self.prolong(&user, &session, now).await
        {
            // A database that takes no writes still knows who this is.
            tracing::warn!(%error, "a session is not prolonged");
        }
        Ok(Some(Viewer { user, name, session }))
    }

    async fn prolong(&self, user: &str, session: &str, now: i64) -> Result<(), StorageError> {
        let mut change = self.database.write().await?;
        sqlx::query("UPDATE sessions SET seen_at = $1, expires_at = $2 WHERE id = $3")
            .bind(now)
            .bind(now + LIFE)
            .bind(session)
            .execute(&mut *change)
            .await?;
        sqlx::query("UPDATE users SET seen_at = $1 WHERE id = $2")
            .bind(now)
            .bind(user)
            .execute(&mut *change)
            .await?;
        Ok(change.commit().await?)
    }

    /// Writes a new session of a user.
    pub(super) async fn begin(&self, change: &mut Change, user: &str, device: &Device) -> Result<Token, AccountError> {
        let (token, now) = (Token::new(), self.now());
        let agent: String = device
            .agent
            .chars()
            .filter(|one| !one.is_control())
            .take(AGENT_CHARACTERS)
            .collect();
        sqlx::query(
            "INSERT INTO sessions (id, user_id, token_hash, created_at, seen_at, expires_at, agent, address) \
             VALUES ($1, $2, $3, $4, $4, $5, $6, $7)",
        )
        .bind(new_id())
        .bind(user)
        .bind(hash(&token.0))
        .bind(now)
        .bind(now + LIFE)
        .bind(agent)
        .bind(device.address.to_string())
        .execute(&mut **change)
        .await?;
        sqlx::query("UPDATE users SET seen_at = $1 WHERE id = $2")
            .bind(now)
            .bind(user)
            .execute(&mut **change)
            .await?;
        Ok(token)
    }

    /// Ends the session that somebody looks with. One that has ended already is no error.
    ///
    /// # Errors
    /// The database does not answer.
    pub async fn sign_out(&self, viewer: &Viewer) -> Result<(), AccountError> {
        match self.revoke(&viewer.user, &viewer.session).await {
            Err(AccountError::NotFound(_)) => Ok(()),
            ended => ended,
        }
    }

    /// A user's sessions, the newest first.
    ///
    /// # Errors
    /// The database does not answer.
    pub async fn sessions(&self, user: &str) -> Result<Vec<Session>, AccountError> {
        let rows: Vec<(String, i64, i64, String, String)> = sqlx::query_as(
            "SELECT id, created_at, seen_at, agent, address FROM sessions WHERE user_id = $1 AND expires_at > $2 \
             ORDER BY created_at DESC, id",
        )
        .bind(user)
        .bind(self.now())
        .fetch_all(self.database.read())
        .await?;
        let session = |(id, created_at, seen_at, agent, address)| Session {
            id,
            created_at,
            seen_at,
            agent,
            address,
        };
        Ok(rows.into_iter().map(session).collect())
    }

    /// Ends one session of a user.
    ///
    /// # Errors
    /// It is not the user's.
    pub async fn revoke(&self, user: &str, session: &str) -> Result<(), AccountError> {
        let mut change = self.database.write().await?;
        let ended = sqlx::query("DELETE FROM sessions WHERE user_id = $1 AND id = $2")
            .bind(user)
            .bind(session)
            .execute(&mut *change)
            .await?;
        change.commit().await?;
        if ended.rows_affected() == 0 {
            return Err(AccountError::NotFound("session"));
        }
        self.tell([session.to_owned()]);
        Ok(())
    }

    /// Ends every session of a user but one, and returns how many there were.
    ///
    /// # Errors
    /// The database does not answer.
    pub async fn revoke_others(&self, user: &str, but: Option<&str>) -> Result<usize, AccountError> {
        let mut change = self.database.write().await?;
        let ended = end_others(&mut change, user, but).await?;
        change.commit().await?;
        let count = ended.len();
        self.tell(ended);
        Ok(count)
    }
}

/// Deletes every session of a user but one, and returns them, to be told once the change is kept.
pub(super) async fn end_others(change: &mut Change, user: &str, but: Option<&str>) -> Result<Vec<String>, AccountError> {
    let ended: Vec<(String,)> = sqlx::query_as("DELETE FROM sessions WHERE user_id = $1 AND id <> $2 RETURNING id")
        .bind(user)
        .bind(but.unwrap_or_default())
        .fetch_all(&mut **change)
        .await?;
    Ok(ended.into_iter().map(|(id,)| id).collect())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_cookie_is_out_of_reach_of_scripts_and_other_sites() {
        let token = Token::new();
        assert_eq!(token.0.len(), 43, "256 bits");
        assert_ne!(token, Token::new());
        let cookie = token.cookie(true);
        for part in ["HttpOnly", "SameSite=Lax", "Path=/", "Secure"] {
            assert!(cookie.split("; ").any(|one| one == part), "{cookie}");
        }
        assert!(!token.cookie(false).contains("Secure"));
        assert!(no_cookie(false).contains("Max-Age=0"));
    }
}
