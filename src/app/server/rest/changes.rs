//! Changes of a ledger, and taking them back.

use crate::app::server::AppState;
use crate::app::server::rest::body::{Nothing, Query};
use crate::app::server::rest::caller::{ActivityReader, ActivityWriter};
use crate::app::server::rest::paging::{Page, Paging};
use crate::app::server::rest::problem::Problem;
use crate::portfolio::server::ledger::Made;
use axum::extract::{OriginalUri, Path, State};
use axum::http::StatusCode;
use axum::response::Response;
use chrono::{DateTime, Utc};
use serde::Serialize;
use utoipa::ToSchema;

/// A change of a ledger.
#[derive(Debug, Serialize, ToSchema)]
pub struct Change {
    /// Its identity.
    id: String,
    /// What was done, for a person.
    label: String,
    /// When.
    #[serde(with = "crate::time::millis")]
    made_at: DateTime<Utc>,
    /// Whether it was undone.
    undone: bool,
}

impl From<Made> for Change {
    fn from(made: Made) -> Self {
        Self {
            id: made.id,
            label: made.label,
            made_at: made.made_at,
            undone: made.undone,
        }
    }
}

/// List the newest hundred changes, the last first.
#[utoipa::path(get, path = "/portfolios/{portfolio}/changes", tag = "Changes", security(("token" = ["activities:read"])),
    params(("portfolio" = String, Path, description = "Identity of the portfolio"), Paging),
    responses((status = OK, body = Page<Change>, description = "A page of them")))]
pub async fn list(
    State(state): State<AppState>,
    ActivityReader(user): ActivityReader,
    Path(portfolio): Path<String>,
    OriginalUri(uri): OriginalUri,
    Query(paging): Query<Paging>,
) -> Result<Response, Problem> {
    let all = state.ledger.changes(&user, &portfolio).await?;
    Ok(paging.cut(all, Change::from)?.answer(&uri))
}

/// Take a change back: what it added goes, what it edited or deleted is as it was.
#[utoipa::path(post, path = "/portfolios/{portfolio}/changes/{change}/undo", tag = "Changes", security(("token" = ["activities:write"])),
    params(("portfolio" = String, Path, description = "Identity of the portfolio"), ("change" = String, Path, description = "Identity of the change")),
    responses((status = NO_CONTENT, description = "It is undone")))]
pub async fn undo(
    State(state): State<AppState>,
    ActivityWriter(user): ActivityWriter,
    Path((portfolio, change)): Path<(String, String)>,
    Query(_): Query<Nothing>,
) -> Result<StatusCode, Problem> {
    state.ledger.undo(&user, &portfolio, &change).await?;
    Ok(StatusCode::NO_CONTENT)
}
