//! The portfolios themselves: names and terms.

use crate::portfolio::book::{Method, Terms};
use crate::portfolio::server::ledger::{Ledger, LedgerError, new_id, unreadable};
use crate::portfolio::settings::{Invalid, Settings};
use serde::Serialize;
use sqlx::{AnyConnection, AssertSqlSafe};
use std::collections::HashMap;

/// Portfolios that a user may have.
pub const MOST: i64 = 100;

/// A portfolio in a list.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Listed {
    /// Its identity.
    pub id: String,
    /// What its owner decided.
    #[serde(flatten)]
    pub settings: Settings,
    /// Lines of its ledger.
    pub activities: u64,
}

type Row = (String, String, String, String, i64, Option<String>, i64);

const COLUMNS: &str = "SELECT id, name, base_currency, method, cash_tracked, benchmark, \
    (SELECT COUNT(*) FROM activities WHERE portfolio_id = portfolios.id) FROM portfolios";

fn listed((id, name, base_currency, method, cash_tracked, benchmark, activities): Row) -> Result<Listed, LedgerError> {
    let known = Method::ALL.into_iter().find(|one| one.label() == method);
    let method = known.ok_or_else(|| unreadable("method of a portfolio", method))?;
    let terms = Terms {
        base_currency,
        method,
        cash_tracked: cash_tracked != 0,
    };
    Ok(Listed {
        id,
        settings: Settings { name, terms, benchmark },
        activities: activities.unsigned_abs(),
    })
}

/// An error where the portfolio is not the user's. Until the change ends, no other change of it begins.
pub async fn hold(change: &mut AnyConnection, user: &str, portfolio: &str) -> Result<(), LedgerError> {
    let held = sqlx::query("UPDATE portfolios SET created_at = created_at WHERE id = $1 AND user_id = $2");
    let held = held.bind(portfolio).bind(user).execute(change).await?;
    if held.rows_affected() == 0 {
        return Err(LedgerError::NotFound("portfolio"));
    }
    Ok(())
}

/// A user's portfolios, the oldest first.
pub async fn of(connection: &mut AnyConnection, user: &str) -> Result<Vec<Listed>, LedgerError> {
    let statement = AssertSqlSafe(format!("{COLUMNS} WHERE user_id = $1 ORDER BY created_at, id"));
    let rows: Vec<Row> = sqlx::query_as(statement).bind(user).fetch_all(connection).await?;
    rows.into_iter().map(listed).collect()
}

/// Adds a portfolio, by its identity and its user's.
pub async fn insert(connection: &mut AnyConnection, (id, user): (&str, &str), settings: &Settings, moment: i64) -> Result<(), LedgerError> {
    let Terms {
        base_currency,
        method,
        cash_tracked,
    } = &settings.terms;
    sqlx::query(
        "INSERT INTO portfolios (id, user_id, name, base_currency, method, cash_tracked, benchmark, created_at) \
         VALUES ($1, $2, $3, $4, $5, $6, $7, $8)",
    )
    .bind(id)
    .bind(user)
    .bind(&settings.name)
    .bind(base_currency)
    .bind(method.label())
    .bind(i64::from(*cash_tracked))
    .bind(&settings.benchmark)
    .bind(moment)
    .execute(connection)
    .await?;
    Ok(())
}

/// Users whose marks one question to the database asks for.
const USERS_AT_ONCE: usize = 500;

/// What tells that a portfolio is not what it was: its settings, its changes, and how many prices and instruments its owner knows.
type Mark = (String, String, String, String, String, i64, i64, i64, i64, i64);

/// The marks of some users' portfolios, each with how often this process changed something of theirs.
#[derive(Debug, Default)]
pub struct Marks(HashMap<String, (u64, Vec<Mark>)>);

impl Marks {
    /// The mark of a portfolio, or of all together. Of what is not there it says so by being another.
    pub fn of(&self, user: &str, id: Option<&str>) -> String {
        let Some((count, rows)) = self.0.get(user) else {
            return String::new();
        };
        let rows: Vec<_> = rows.iter().filter(|row| id.is_none_or(|id| row.1 == id)).collect();
        format!("{count} {rows:?}")
    }
}

impl Ledger {
    /// A user's portfolios, the oldest first.
    ///
    /// # Errors
    /// The database does not answer.
    pub async fn portfolios(&self, user: &str) -> Result<Vec<Listed>, LedgerError> {
        of(&mut *self.database.read().acquire().await?, user).await
    }

    /// One of them.
    ///
    /// # Errors
    /// It is not the user's.
    pub async fn portfolio(&self, user: &str, id: &str) -> Result<Listed, LedgerError> {
        let statement = AssertSqlSafe(format!("{COLUMNS} WHERE user_id = $1 AND id = $2"));
        let row: Option<Row> = sqlx::query_as(statement)
            .bind(user)
            .bind(id)
            .fetch_optional(self.database.read())
            .await?;
        row.map(listed).ok_or(LedgerError::NotFound("portfolio"))?
    }

    /// A text that is another one when a portfolio, or with `None` any of the user's, was changed: by this process, or by a command
    /// or another node, which tell it nothing. Of those alone, a price that took another's place of the same day is not noticed.
    ///
    /// # Errors
    /// The database does not answer.
    pub async fn mark_of(&self, user: &str, id: Option<&str>) -> Result<String, LedgerError> {
        Ok(self.marks(&[user], id).await?.of(user, id))
    }

    /// The marks of all that these users have, by one question to the database for some hundreds of them.
    ///
    /// # Errors
    /// The database does not answer.
    pub async fn marks_of(&self, users: &[&str]) -> Result<Marks, LedgerError> {
        self.marks(users, None).await
    }

    async fn marks(&self, users: &[&str], id: Option<&str>) -> Result<Marks, LedgerError> {
        let mut marks = Marks::default();
        for some in users.chunks(USERS_AT_ONCE) {
            // Before the rows: what changes while they are read is noticed the next time.
            let counts = some.iter().map(|user| ((*user).to_owned(), (self.count(user), vec![])));
            marks.0.extend(counts);
            let places = (0..some.len()).map(|at| format!("${}", at + 2)).collect::<Vec<_>>().join(", ");
            let text = format!(
                "SELECT user_id, id, name || '/' || COALESCE(benchmark, ''), base_currency, method, cash_tracked, \
                 (SELECT COALESCE(MAX(number), 0) FROM changes WHERE portfolio_id = portfolios.id), \
                 (SELECT COUNT(*) FROM changes WHERE portfolio_id = portfolios.id AND undone_at IS NOT NULL), \
                 (SELECT COUNT(*) FROM prices WHERE prices.user_id = portfolios.user_id), \
                 (SELECT COUNT(*) FROM instruments WHERE instruments.user_id = portfolios.user_id) \
                 FROM portfolios WHERE user_id IN ({places}) AND ($1 = '' OR id = $1) ORDER BY created_at, id"
            );
            let mut query = sqlx::query_as(AssertSqlSafe(text)).bind(id.unwrap_or_default());
            for user in some {
                query = query.bind(*user);
            }
            let rows: Vec<Mark> = query.fetch_all(self.database.read()).await?;
            for row in rows {
                if let Some((_, of_user)) = marks.0.get_mut(&row.0) {
                    of_user.push(row);
                }
            }
        }
        Ok(marks)
    }

    /// Opens a portfolio and returns its identity.
    ///
    /// # Errors
    /// A field is beyond its bound, or the user has as many as they may.
    pub async fn open(&self, user: &str, settings: &Settings) -> Result<String, LedgerError> {
        let id = new_id();
        self.open_as(user, &id, settings).await?;
        Ok(id)
    }

    /// The same under an identity that was made before. One that the user has already stays as it is.
    ///
    /// # Errors
    /// As of [`Ledger::open`].
    pub async fn open_as(&self, user: &str, id: &str, settings: &Settings) -> Result<(), LedgerError> {
        settings.check()?;
        let mut change = self.database.write().await?;
        let known: Option<(String,)> = sqlx::query_as("SELECT id FROM portfolios WHERE id = $1 AND user_id = $2")
            .bind(id)
            .bind(user)
            .fetch_optional(&mut *change)
            .await?;
        if known.is_some() {
            return Ok(());
        }
        let (there,): (i64,) = sqlx::query_as("SELECT COUNT(*) FROM portfolios WHERE user_id = $1")
            .bind(user)
            .fetch_one(&mut *change)
            .await?;
        if there >= MOST {
            return Err(Invalid::new("name", format!("there are {there} portfolios; at most {MOST} are accepted")).into());
        }
        insert(&mut change, (id, user), settings, self.now()).await?;
        change.commit().await?;
        self.tell(user, Some(id));
        Ok(())
    }

    /// Changes name and terms.
    ///
    /// # Errors
    /// A field is beyond its bound, or the portfolio is not the user's.
    pub async fn settle(&self, user: &str, id: &str, settings: &Settings) -> Result<(), LedgerError> {
        settings.check()?;
        let mut change = self.database.write().await?;
        hold(&mut change, user, id).await?;
        let Terms {
            base_currency,
            method,
            cash_tracked,
        } = &settings.terms;
        sqlx::query("UPDATE portfolios SET name = $1, base_currency = $2, method = $3, cash_tracked = $4, benchmark = $5 WHERE id = $6")
            .bind(&settings.name)
            .bind(base_currency)
            .bind(method.label())
            .bind(i64::from(*cash_tracked))
            .bind(&settings.benchmark)
            .bind(id)
            .execute(&mut *change)
            .await?;
        change.commit().await?;
        self.tell(user, Some(id));
        Ok(())
    }

    /// Deletes a portfolio with its ledger, for good.
    ///
    /// # Errors
    /// It is not the user's.
    pub async fn close(&self, user: &str, id: &str) -> Result<(), LedgerError> {
        let mut change = self.database.write().await?;
        hold(&mut change, user, id).await?;
        sqlx::query("DELETE FROM portfolios WHERE id = $1")
            .bind(id)
            .execute(&mut *change)
            .await?;
        change.commit().await?;
        self.tell(user, Some(id));
        Ok(())
    }
}
