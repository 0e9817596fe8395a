//! What ends by itself: sessions that expired, guests who did not come back.

use crate::accounts::server::session::LIFE;
use crate::accounts::server::{AccountError, Accounts};
use crate::server::shutdown::Shutdown;
use std::collections::{HashMap, HashSet};
use std::time::Duration;

/// How often is looked for what has expired.
const SWEEP: Duration = Duration::from_secs(600);
/// How often is looked for sessions that another process ended: the command line, another node.
const LOOK: Duration = Duration::from_secs(5);

impl Accounts {
    /// Goes on ending what has expired, and saying what ended elsewhere, until the server stops.
    pub fn start_sweeping(&self, shutdown: &Shutdown) {
        let (accounts, stopping) = (self.clone(), shutdown.stopping().clone());
        shutdown.spawn(async move {
            let mut sweep = tokio::time::interval(SWEEP);
            let mut look = tokio::time::interval(LOOK);
            let mut known = HashMap::new();
            let mut expiry = None;
            let mut well = true;
            loop {
                let due = async {
                    match expiry {
                        Some(left) => tokio::time::sleep(left).await,
                        None => std::future::pending().await,
                    }
                };
                let done = tokio::select! {
                    () = stopping.cancelled() => return,
                    _ = sweep.tick() => accounts.sweep().await,
                    () = due => {
                        expiry = None;
                        accounts.sweep().await
                    }
                    _ = look.tick() => async {
                        accounts.look(&mut known).await?;
                        expiry = accounts.next_expiry().await?;
                        Ok(())
                    }.await,
                    () = accounts.watched.called() => accounts.look(&mut known).await,
                };
                if let Err(error) = &done
                    && well
                {
                    tracing::warn!(%error, "expired sessions stay for now");
                }
                well = done.is_ok();
            }
        });
    }

    /// Removes expired sessions and guests who were away for 30 days.
    ///
    /// # Errors
    /// The database does not answer.
    pub async fn sweep(&self) -> Result<(), AccountError> {
        let now = self.now();
        let mut change = self.database.write().await?;
        let expired: Vec<(String,)> = sqlx::query_as("DELETE FROM sessions WHERE expires_at <= $1 RETURNING id")
            .bind(now)
            .fetch_all(&mut *change)
            .await?;
        let away: Vec<(String,)> = sqlx::query_as(
            "DELETE FROM sessions WHERE user_id IN (SELECT id FROM users WHERE name IS NULL AND seen_at <= $1) RETURNING id",
        )
        .bind(now - LIFE)
        .fetch_all(&mut *change)
        .await?;
        let gone: Vec<(String,)> = sqlx::query_as("DELETE FROM users WHERE name IS NULL AND seen_at <= $1 RETURNING id")
            .bind(now - LIFE)
            .fetch_all(&mut *change)
            .await?;
        change.commit().await?;
        self.tell_gone(gone.into_iter().map(|(id,)| id));
        self.tell(expired.into_iter().chain(away).map(|(id,)| id));
        Ok(())
    }

    /// How long it is until the next session expires: whoever watches then hears of it at once. Nothing beyond the next look.
    async fn next_expiry(&self) -> Result<Option<Duration>, AccountError> {
        if self.ended.receiver_count() == 0 {
            return Ok(None);
        }
        let (first,): (Option<i64>,) = sqlx::query_as("SELECT MIN(expires_at) FROM sessions")
            .fetch_one(self.database.read())
            .await?;
        let left = first.map(|first| Duration::from_millis(u64::try_from(first - self.now()).unwrap_or_default()));
        Ok(left.filter(|left| *left <= LOOK))
    }

    /// Tells the sessions that were there at the last look, or whose sockets were opened since, and are gone, and those of their users who
    /// are. Those that this process ended are told a second time, which changes nothing.
    ///
    /// # Errors
    /// The database does not answer.
    pub async fn look(&self, known: &mut HashMap<String, String>) -> Result<(), AccountError> {
        known.extend(self.watched.take());
        if self.ended.receiver_count() == 0 {
            known.clear();
            return Ok(());
        }
        let there: Vec<(String, String)> = sqlx::query_as("SELECT id, user_id FROM sessions")
            .fetch_all(self.database.read())
            .await?;
        let there: HashMap<_, _> = there.into_iter().collect();
        let gone = known.iter().filter(|(session, _)| !there.contains_key(*session));
        let (sessions, users): (Vec<_>, HashSet<_>) = gone.map(|(session, user)| (session.clone(), user.clone())).unzip();
        // Each node looks for itself: nobody else is told.
        for session in sessions {
            let _ = self.ended.send(session);
        }
        for user in users {
            let is_there: Option<(String,)> = sqlx::query_as("SELECT id FROM users WHERE id = $1")
                .bind(&user)
                .fetch_optional(self.database.read())
                .await?;
            if is_there.is_none() {
                let _ = self.gone.send(user);
            }
        }
        *known = there;
        Ok(())
    }
}
