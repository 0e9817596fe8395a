//! Rows of text, many in a statement.

use crate::portfolio::activity::Activity;
use crate::portfolio::server::ledger::{LedgerError, unreadable};
use sqlx::{AnyConnection, AssertSqlSafe};
use std::fmt::Write as _;

/// Rows in a statement. SQLite looks each numbered value up among all before it: many more rows cost more than they save.
const ROWS: usize = 50;

/// Adds rows to a table: `into` is its name with its columns, `rest` what follows the values (`ON CONFLICT …`).
pub async fn insert<const N: usize>(
    connection: &mut AnyConnection,
    into: &str,
    rest: &str,
    rows: Vec<[Option<String>; N]>,
) -> Result<u64, sqlx::Error> {
    let mut added = 0;
    for some in rows.chunks(ROWS) {
        let mut statement = format!("INSERT INTO {into} VALUES ");
        for row in 0..some.len() {
            for column in 0..N {
                let before = match (row, column) {
                    (0, 0) => "(",
                    (_, 0) => "), (",
                    _ => ", ",
                };
                // A text takes what is written to it.
                let _ = write!(statement, "{before}${}", row * N + column + 1);
            }
        }
        let _ = write!(statement, ") {rest}");
        let query = sqlx::query(AssertSqlSafe(statement));
        let query = some.iter().flatten().fold(query, |query, value| query.bind(value.clone()));
        added += query.execute(&mut *connection).await?.rows_affected();
    }
    Ok(added)
}

/// Adds activities, each with the change that wrote it.
pub async fn insert_activities(
    connection: &mut AnyConnection,
    portfolio: &str,
    activities: &[(&Activity, &str)],
) -> Result<(), LedgerError> {
    let into = "activities (portfolio_id, id, day, kind, symbol, words, body, change_id)";
    // A list a statement: an iterator that lives over a wait has no name that a handler's future could promise to send.
    for some in activities.chunks(ROWS) {
        let rows = some.iter().map(|(activity, change_id)| row(portfolio, activity, change_id));
        let rows = rows.collect::<Result<Vec<_>, _>>()?;
        insert(connection, into, "", rows).await?;
    }
    Ok(())
}

fn row(portfolio: &str, activity: &Activity, change_id: &str) -> Result<[Option<String>; 8], LedgerError> {
    let body = serde_json::to_string(activity).map_err(|error| unreadable("activity", error))?;
    Ok([
        Some(portfolio.to_owned()),
        Some(activity.id.clone()),
        Some(activity.day.to_string()),
        Some(activity.kind.label().to_owned()),
        activity.symbol.clone(),
        Some(activity.words()),
        Some(body),
        Some(change_id.to_owned()),
    ])
}

/// An activity as its row holds it.
pub fn activity(body: &str) -> Result<Activity, LedgerError> {
    serde_json::from_str(body).map_err(|error| unreadable("activity", error))
}
