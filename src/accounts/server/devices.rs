//! Devices from which somebody came in before. One that shows its cookie is slowed for its own wrong passwords alone, and not for those that others
//! guess: from the same address, or at the same account.
//!
//! Nothing is kept of it here. The cookie is a random number and its mark, which is made with the hash of the user's password: it counts for
//! this user alone, until the password is another.

use crate::accounts::credentials::name_key;
use crate::accounts::server::Accounts;
use crate::accounts::server::guesses::Guesser;
use crate::server::database::StorageError;
use axum::http::HeaderMap;
use axum_extra::extract::CookieJar;
use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use sha2::{Digest as _, Sha256};
use std::net::IpAddr;

/// Name of the cookie.
const COOKIE: &str = "finflow_device";
/// Seconds that a browser keeps it.
const LIFE: u32 = 400 * 86_400;

/// The cookie of a request, where it has one.
pub fn shown(headers: &HeaderMap) -> Option<String> {
    CookieJar::from_headers(headers).get(COOKIE).map(|cookie| cookie.value().to_owned())
}

impl Accounts {
    /// The header that makes the browser of a user who came in a known one; nothing for who has no password.
    ///
    /// # Errors
    /// The database does not answer.
    pub async fn make_known(&self, user: &str, secure: bool) -> Result<Option<String>, StorageError> {
        let row: Option<(Option<String>,)> = sqlx::query_as("SELECT password_hash FROM users WHERE id = $1")
            .bind(user)
            .fetch_optional(self.database.read())
            .await?;
        let Some((Some(kept),)) = row else { return Ok(None) };
        let number = rand::random::<u128>();
        let secure = if secure { "; Secure" } else { "" };
        Ok(Some(format!(
            "{COOKIE}={number:032x}.{}; HttpOnly; SameSite=Strict; Path=/sign-in/; Max-Age={LIFE}{secure}",
            mark(user, &kept, number)
        )))
    }

    /// Who tries to come in as somebody: a device that they came in from before, or else the network.
    ///
    /// # Errors
    /// The database does not answer.
    pub async fn guesser(&self, name: &str, from: IpAddr, shown: Option<&str>) -> Result<Guesser, StorageError> {
        let parts = shown.and_then(|shown| shown.split_once('.'));
        let number = parts.and_then(|(number, _)| u128::from_str_radix(number, 16).ok());
        let (Some((_, told)), Some(number)) = (parts, number) else {
            return Ok(from.into());
        };
        let row: Option<(String, Option<String>)> = sqlx::query_as("SELECT id, password_hash FROM users WHERE name_key = $1")
            .bind(name_key(name))
            .fetch_optional(self.database.read())
            .await?;
        let Some((user, Some(kept))) = row else { return Ok(from.into()) };
        // What is compared says nothing of the mark, however long the comparison takes.
        let same = Sha256::digest(told.as_bytes()) == Sha256::digest(mark(&user, &kept, number).as_bytes());
        Ok(if same { Guesser::Known(number) } else { from.into() })
    }
}

/// The mark of a device's number. Hashed twice with the secret, so that nothing can be appended to what was marked.
fn mark(user: &str, secret: &str, number: u128) -> String {
    let inner = Sha256::new()
        .chain_update(secret)
        .chain_update([0])
        .chain_update(user)
        .chain_update(number.to_be_bytes())
        .finalize();
    URL_SAFE_NO_PAD.encode(Sha256::new().chain_update(secret).chain_update([1]).chain_update(inner).finalize())
}

#[cfg(test)]
mod tests {
    use super::mark;

    #[test]
    fn a_mark_is_of_one_user_one_password_and_one_number() {
        let one = mark("ada", "hash", 7);
        assert_eq!(one, mark("ada", "hash", 7));
        for other in [mark("eve", "hash", 7), mark("ada", "other", 7), mark("ada", "hash", 8)] {
            assert_ne!(one, other);
        }
    }
}
