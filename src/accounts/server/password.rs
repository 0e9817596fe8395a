//! Passwords: kept as Argon2id hashes, and worked on beside the runtime's threads, few at a time.

use crate::accounts::server::AccountError;
use argon2::Argon2;
use argon2::password_hash::phc::PasswordHash;
use argon2::password_hash::{PasswordHasher as _, PasswordVerifier as _};
use std::sync::Arc;
use std::time::Duration;
use tokio::sync::Semaphore;

/// How long one waits for its turn before it hears that the server is busy.
const PATIENCE: Duration = Duration::from_secs(10);
/// Most that are worked on at once: each takes 19 MiB and a core for some tens of milliseconds.
const MOST_AT_ONCE: usize = 4;

/// Where passwords are worked on. Cheap to clone.
#[derive(Clone, Debug)]
pub struct Passwords {
    turns: Arc<Semaphore>,
}

impl Default for Passwords {
    fn default() -> Self {
        // Half of the machine goes on serving what needs no password.
        let half = std::thread::available_parallelism().map_or(1, |cores| cores.get() / 2);
        Self {
            turns: Arc::new(Semaphore::new(half.clamp(1, MOST_AT_ONCE))),
        }
    }
}

impl Passwords {
    /// The hash of a password, as it is kept.
    pub async fn hash(&self, password: &str) -> Result<String, AccountError> {
        let password = password.to_owned();
        self.work(move || hash(&password)).await?
    }

    /// Whether a password is the one of a hash. Without a hash it is not, and takes as long.
    pub async fn verify(&self, password: &str, kept: Option<String>) -> Result<bool, AccountError> {
        let password = password.to_owned();
        self.work(move || match kept {
            Some(kept) => verify(&password, &kept),
            None => hash(&password).map(|_| false),
        })
        .await?
    }

    async fn work<T: Send + 'static>(&self, work: impl FnOnce() -> T + Send + 'static) -> Result<T, AccountError> {
        let turn = tokio::time::timeout(PATIENCE, self.turns.clone().acquire_owned()).await;
        let turn = turn.map_err(|_| AccountError::Busy)?.map_err(|_| AccountError::Busy)?;
        let done = tokio::task::spawn_blocking(move || {
            let done = work();
            // It ends with the work, not with a caller that went away.
            drop(turn);
            done
        });
        done.await.map_err(|error| fault(&error))
    }
}

fn hash(password: &str) -> Result<String, AccountError> {
    let hashed = Argon2::default().hash_password(password.as_bytes());
    hashed.map(|hash| hash.to_string()).map_err(|error| fault(&error))
}

fn verify(password: &str, kept: &str) -> Result<bool, AccountError> {
    let kept = PasswordHash::new(kept).map_err(|error| fault(&error))?;
    Ok(Argon2::default().verify_password(password.as_bytes(), &kept).is_ok())
}

fn fault(error: &dyn std::fmt::Display) -> AccountError {
    tracing::error!(%error, "password");
    AccountError::Storage(crate::server::database::StorageError::Fault)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn a_password_is_known_by_its_hash_alone() {
        let passwords = Passwords::default();
        let one = passwords.hash("correct horse").await.unwrap();
        let other = passwords.hash("correct horse").await.unwrap();
        assert!(one.starts_with("$argon2id$v=19$m=19456,t=2,p=1$") && one != other);
        assert!(passwords.verify("correct horse", Some(one.clone())).await.unwrap());
        assert!(!passwords.verify("correct house", Some(one)).await.unwrap());
        assert!(!passwords.verify("correct horse", None).await.unwrap());
    }
}
