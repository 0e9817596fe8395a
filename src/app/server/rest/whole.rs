//! A whole account taken out, and brought back, by a program.

use crate::app::server::AppState;
use crate::app::server::rest::body::{Nothing, Query, bytes};
use crate::app::server::rest::caller::{ActivityReader, ActivityWriter, PortfolioReader, PortfolioWriter};
use crate::app::server::rest::imports::fault;
use crate::app::server::rest::problem::{Kind, Problem};
use crate::imports::server::limits::FILE_BYTES;
use crate::imports::server::whole::command::label;
use crate::imports::server::whole::restore::{self, Plan, restore};
use crate::imports::server::whole::{collect, read, write};
use crate::portfolio::server::ledger::LedgerError;
use axum::extract::{Request, State};
use axum::http::header;
use axum::response::{IntoResponse, Response};
use serde::{Deserialize, Serialize};
use utoipa::{IntoParams, ToSchema};

/// Take everything out as one file: all portfolios, instruments, prices and readings of columns, and nothing that opens the account.
#[utoipa::path(get, path = "/export", tag = "Files", security(("token" = ["activities:read", "portfolios:read"])),
    responses((status = OK, body = serde_json::Value, content_type = "application/json", description = "The file")))]
pub async fn export_all(
    State(state): State<AppState>,
    ActivityReader(user): ActivityReader,
    PortfolioReader(_): PortfolioReader,
    Query(_): Query<Nothing>,
) -> Result<Response, Problem> {
    let failed = |error: String| {
        tracing::error!(error, "an account cannot be taken out");
        Problem::new(Kind::Internal, "The file could not be written. The log says more.")
    };
    let whole = collect(&state.ledger, &state.uploads.mappings, &user).await?;
    let bytes = tokio::task::spawn_blocking(move || write::bytes(whole)).await;
    let bytes = bytes.map_err(|error| failed(error.to_string()))?;
    let bytes = bytes.map_err(|error| failed(error.to_string()))?;
    let headers = [
        (header::CONTENT_TYPE, "application/json"),
        (header::CONTENT_DISPOSITION, "attachment; filename=\"finflow-account.json\""),
    ];
    Ok((headers, bytes).into_response())
}

/// What becomes of a portfolio whose name is there already.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum Taken {
    /// Nothing comes back: a conflict names the names.
    #[default]
    Refuse,
    /// It stays out.
    LeaveOut,
    /// It comes back under a name with a number.
    Beside,
}

/// How a whole account is brought back.
#[derive(Debug, Default, Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
#[serde(deny_unknown_fields)]
pub struct Back {
    /// `true`: only say what would come back. Nothing is changed.
    dry_run: Option<bool>,
    /// What becomes of portfolios whose name is there already; `refuse` where nothing is said.
    #[param(inline)]
    taken: Option<Taken>,
}

/// A portfolio of the file.
#[derive(Debug, Serialize, ToSchema)]
pub struct PortfolioBack {
    /// Its name in the file.
    name: String,
    /// Its activities.
    activities: u64,
    /// Whether the name was there already.
    taken: bool,
    /// The name that it has now, or would have; none where it stays out.
    comes_as: Option<String>,
}

/// How much of a list is new.
#[derive(Debug, Serialize, ToSchema)]
pub struct CountedBack {
    /// What comes back.
    new: u64,
    /// What is there already, and stays as it is.
    known: u64,
}

impl From<restore::Counted> for CountedBack {
    fn from(counted: restore::Counted) -> Self {
        Self {
            new: counted.new,
            known: counted.known,
        }
    }
}

/// What came back, or would.
#[derive(Debug, Serialize, ToSchema)]
pub struct BroughtBack {
    /// Whether it was only tried.
    dry_run: bool,
    /// The portfolios of the file.
    portfolios: Vec<PortfolioBack>,
    /// Identities of those that came back, in the order of the file.
    opened: Vec<String>,
    /// Descriptions of instruments.
    instruments: CountedBack,
    /// Prices.
    prices: CountedBack,
    /// Readings of the columns of tables.
    columns: u64,
}

impl BroughtBack {
    fn new(plan: Plan, opened: Vec<String>, dry_run: bool) -> Self {
        let portfolios = plan.portfolios.into_iter().map(|one| PortfolioBack {
            name: one.name,
            activities: one.activities,
            taken: one.taken,
            comes_as: one.comes_as,
        });
        Self {
            dry_run,
            portfolios: portfolios.collect(),
            opened,
            instruments: plan.instruments.into(),
            prices: plan.prices.into(),
            columns: plan.columns,
        }
    }
}

/// Bring the file of a whole account back, whole or not at all.
#[utoipa::path(post, path = "/import", tag = "Files", security(("token" = ["activities:write", "portfolios:write"])), params(Back),
    request_body(content = String, content_type = "application/octet-stream", description = "The bytes of the file, 64 MiB at the most"),
    responses((status = OK, body = BroughtBack, description = "What came back, or would")))]
pub async fn import_all(
    State(state): State<AppState>,
    ActivityWriter(user): ActivityWriter,
    PortfolioWriter(_): PortfolioWriter,
    Query(back): Query<Back>,
    request: Request,
) -> Result<axum::Json<BroughtBack>, Problem> {
    let dry_run = back.dry_run.unwrap_or_default();
    let taken = match back.taken.unwrap_or_default() {
        Taken::Refuse => restore::Taken::Refuse,
        Taken::LeaveOut => restore::Taken::LeaveOut,
        Taken::Beside => restore::Taken::Beside,
    };
    let file = bytes(request.into_body(), FILE_BYTES).await?;
    // Reading a large file takes seconds: not on the threads that serve.
    let read = tokio::task::spawn_blocking(move || read::whole(&file, FILE_BYTES)).await;
    let read = read.map_err(|_| Problem::new(Kind::Internal, "The file could not be read. The log says more."))?;
    let whole = read.map_err(|faults| Problem::fields(Kind::FaultyFile, faults.iter().map(fault).collect()))?;
    if dry_run {
        let plan = Plan::new(&whole, &state.ledger.there(&user).await?, taken);
        let names = plan.taken();
        if taken == restore::Taken::Refuse && !names.is_empty() {
            return Err(LedgerError::Conflict(restore::refusal(&names)).into());
        }
        return Ok(axum::Json(BroughtBack::new(plan, vec![], true)));
    }
    let label = label("a file, by a program");
    let (plan, opened) = restore(&state.ledger, &state.uploads.mappings, &user, &label, whole, taken).await?;
    Ok(axum::Json(BroughtBack::new(plan, opened, false)))
}
