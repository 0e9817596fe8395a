//! Whose portfolio a command is about: found by name or by id, or told what there is.

use crate::portfolio::server::ledger::{Ledger, Listed};
use crate::server::database::Database;
use anyhow::bail;

/// Names that a message lists.
const NAMED: usize = 20;

/// The id of a user.
///
/// # Errors
/// There is none of that name or id; the error says who there is.
pub async fn user(database: &Database, name: &str) -> anyhow::Result<String> {
    let found: Vec<(String,)> = sqlx::query_as("SELECT id FROM users WHERE name_key = $1 OR id = $2")
        .bind(name.to_lowercase())
        .bind(name)
        .fetch_all(database.read())
        .await?;
    match &found[..] {
        [(id,)] => Ok(id.clone()),
        [] => {
            let there: Vec<(String,)> = sqlx::query_as("SELECT name FROM users WHERE name IS NOT NULL ORDER BY name LIMIT 21")
                .fetch_all(database.read())
                .await?;
            bail!(
                "there is no user {name:?}; {}",
                list("users", there.into_iter().map(|(name,)| name))
            )
        }
        _ => bail!("{name:?} is the name of one user and the id of another"),
    }
}

/// A user's portfolio, if they have it.
///
/// # Errors
/// Several have that name.
pub async fn find(ledger: &Ledger, user: &str, name: &str) -> anyhow::Result<Option<Listed>> {
    let mut found: Vec<_> = ledger.portfolios(user).await?;
    found.retain(|one| one.id == name || one.settings.name == name);
    match found.len() {
        0 | 1 => Ok(found.pop()),
        _ => {
            let ids = found.into_iter().map(|one| one.id);
            bail!("several portfolios are called {name:?}: choose one by its id; {}", list("ids", ids))
        }
    }
}

/// A user's portfolio, which must be there.
///
/// # Errors
/// It is not; the error says which there are.
pub async fn portfolio(ledger: &Ledger, user: &str, (who, name): (&str, &str)) -> anyhow::Result<Listed> {
    if let Some(found) = find(ledger, user, name).await? {
        return Ok(found);
    }
    let there = ledger.portfolios(user).await?;
    bail!(
        "{who} has no portfolio {name:?} (`import --create` opens one); {}",
        list("portfolios", there.into_iter().map(|one| one.settings.name))
    )
}

fn list(what: &str, names: impl Iterator<Item = String>) -> String {
    let names: Vec<_> = names.collect();
    let more = if names.len() > NAMED { ", …" } else { "" };
    match names.len() {
        0 => format!("there are no {what}"),
        _ => format!("the {what} are: {}{more}", names[..names.len().min(NAMED)].join(", ")),
    }
}
