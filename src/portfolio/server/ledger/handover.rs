//! From a guest to the user whom they turn out to be.

use crate::portfolio::server::ledger::{Ledger, LedgerError};

/// Portfolios that somebody did something with.
const TOUCHED: &str = "UPDATE portfolios SET user_id = $2 WHERE user_id = $1 \
    AND (name <> 'My portfolio' OR EXISTS (SELECT 1 FROM changes WHERE portfolio_id = portfolios.id))";
/// What is known of instruments. What the user knows already stays as the user has it.
const INSTRUMENTS: &str = "UPDATE instruments SET user_id = $2 WHERE user_id = $1 \
    AND symbol NOT IN (SELECT symbol FROM instruments WHERE user_id = $2)";
const PRICES: &str = "UPDATE prices SET user_id = $2 WHERE user_id = $1 AND NOT EXISTS \
    (SELECT 1 FROM prices AS theirs WHERE theirs.user_id = $2 AND theirs.symbol = prices.symbol AND theirs.day = prices.day)";

impl Ledger {
    /// Gives what a guest made to a user: portfolios with their ledgers, instruments and prices. A portfolio that was only opened
    /// for them stays behind, so that each trial does not leave an empty one.
    ///
    /// # Errors
    /// The database did not do it: nothing was moved.
    pub async fn hand_over(&self, guest: &str, user: &str) -> Result<(), LedgerError> {
        let mut change = self.database.write().await?;
        for statement in [TOUCHED, INSTRUMENTS, PRICES] {
            sqlx::query(statement).bind(guest).bind(user).execute(&mut *change).await?;
        }
        change.commit().await?;
        self.tell(guest, None);
        self.tell(user, None);
        Ok(())
    }
}
