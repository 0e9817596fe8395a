//! Reading a ledger: whole, for the book, or a page of it, for a person.

use crate::portfolio::activity::{Activity, ActivityKind};
use crate::portfolio::server::ledger::rows::activity;
use crate::portfolio::server::ledger::{Ledger, LedgerError};
use chrono::NaiveDate;
use std::collections::HashSet;

/// Activities on a page at the most.
const PAGE: u32 = 500;

/// What to look for; an empty filter lets everything pass.
#[derive(Clone, Debug, Default)]
pub struct Filter {
    /// Words in the symbol, the note or a tag.
    pub text: String,
    /// One kind only.
    pub kind: Option<ActivityKind>,
    /// One instrument only.
    pub symbol: Option<String>,
    /// From this day on.
    pub from: Option<NaiveDate>,
    /// Up to this day.
    pub to: Option<NaiveDate>,
}

/// A part of what a filter lets pass.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Page {
    /// The newest first.
    pub activities: Vec<Activity>,
    /// How many there are in all.
    pub total: u64,
}

const PASSES: &str = "portfolio_id = $1 AND words LIKE $2 ESCAPE '!' AND ($3 = '' OR kind = $3) AND ($4 = '' OR symbol = $4) \
    AND day >= $5 AND day <= $6";

impl Ledger {
    /// All activities of a portfolio, by day.
    ///
    /// # Errors
    /// It is not the user's.
    pub async fn activities(&self, user: &str, portfolio: &str) -> Result<Vec<Activity>, LedgerError> {
        self.portfolio(user, portfolio).await?;
        let rows: Vec<(String,)> = sqlx::query_as("SELECT body FROM activities WHERE portfolio_id = $1 ORDER BY day, id")
            .bind(portfolio)
            .fetch_all(self.database.read())
            .await?;
        rows.iter().map(|(body,)| activity(body)).collect()
    }

    /// The identities of a portfolio's activities.
    ///
    /// # Errors
    /// It is not the user's.
    pub async fn identities(&self, user: &str, portfolio: &str) -> Result<HashSet<String>, LedgerError> {
        self.portfolio(user, portfolio).await?;
        let rows: Vec<(String,)> = sqlx::query_as("SELECT id FROM activities WHERE portfolio_id = $1")
            .bind(portfolio)
            .fetch_all(self.database.read())
            .await?;
        Ok(rows.into_iter().map(|(id,)| id).collect())
    }

    /// One activity.
    ///
    /// # Errors
    /// It, or its portfolio, is not the user's.
    pub async fn activity(&self, user: &str, portfolio: &str, id: &str) -> Result<Activity, LedgerError> {
        self.portfolio(user, portfolio).await?;
        let row: Option<(String,)> = sqlx::query_as("SELECT body FROM activities WHERE portfolio_id = $1 AND id = $2")
            .bind(portfolio)
            .bind(id)
            .fetch_optional(self.database.read())
            .await?;
        let (body,) = row.ok_or(LedgerError::NotFound("activity"))?;
        activity(&body)
    }

    /// The activities that a filter lets pass, from the `skip`th on.
    ///
    /// # Errors
    /// The portfolio is not the user's.
    pub async fn page(&self, user: &str, portfolio: &str, filter: &Filter, skip: u32, most: u32) -> Result<Page, LedgerError> {
        self.portfolio(user, portfolio).await?;
        let count = sqlx::AssertSqlSafe(format!("SELECT COUNT(*) FROM activities WHERE {PASSES}"));
        let some = format!("SELECT body FROM activities WHERE {PASSES} ORDER BY day DESC, id LIMIT $7 OFFSET $8");
        let text = filter.text.trim().to_lowercase();
        let text = text.replace('!', "!!").replace('%', "!%").replace('_', "!_");
        let text = format!("%{text}%");
        let kind = filter.kind.map_or("", ActivityKind::label);
        let symbol = filter.symbol.as_deref().unwrap_or_default();
        let from = filter.from.map_or_else(|| "0000".to_owned(), |day| day.to_string());
        let to = filter.to.map_or_else(|| "9999".to_owned(), |day| day.to_string());
        let (total,): (i64,) = sqlx::query_as(count)
            .bind(portfolio)
            .bind(&text)
            .bind(kind)
            .bind(symbol)
            .bind(&from)
            .bind(&to)
            .fetch_one(self.database.read())
            .await?;
        let rows: Vec<(String,)> = sqlx::query_as(sqlx::AssertSqlSafe(some))
            .bind(portfolio)
            .bind(&text)
            .bind(kind)
            .bind(symbol)
            .bind(&from)
            .bind(&to)
            .bind(i64::from(most.min(PAGE)))
            .bind(i64::from(skip))
            .fetch_all(self.database.read())
            .await?;
        let activities = rows.iter().map(|(body,)| activity(body)).collect::<Result<_, _>>()?;
        let total = total.unsigned_abs();
        Ok(Page { activities, total })
    }
}
