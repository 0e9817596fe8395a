//! Sessions: a random token in a cookie, its hash in the database.

use crate::accounts::server::{Accounts, Viewer};
use crate::server::database::StorageError;
use axum::http::HeaderMap;
use axum_extra::extract::CookieJar;
use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use sha2::{Digest as _, Sha256};

/// Name of the cookie.
pub const COOKIE: &str = "finflow_session";

/// The token of a request's cookie, where it has one.
pub fn token(headers: &HeaderMap) -> Option<String> {
    CookieJar::from_headers(headers).get(COOKIE).map(|cookie| cookie.value().to_owned())
}

/// What is kept of a token: who reads the database cannot come in with it.
fn hash(token: &str) -> String {
    URL_SAFE_NO_PAD.encode(Sha256::digest(token.as_bytes()))
}

impl Accounts {
    /// Who holds a token; `None` where its session has ended.
    pub(super) async fn viewer_of(&self, token: &str) -> Result<Option<Viewer>, StorageError> {
        let row: Option<(String, Option<String>, String)> = sqlx::query_as(
            "SELECT users.id, users.name, sessions.id FROM sessions JOIN users ON users.id = sessions.user_id \
             WHERE sessions.token_hash = $1 AND sessions.expires_at > $2",
        )
        .bind(hash(token))
        .bind(self.clock.now().timestamp_millis())
        .fetch_optional(self.database.read())
        .await?;
        Ok(row.map(|(user, name, session)| Viewer { user, name, session }))
    }
}
