//! Histories taken out by a program.

use crate::app::server::AppState;
use crate::app::server::rest::body::Query;
use crate::app::server::rest::caller::ActivityReader;
use crate::app::server::rest::problem::{Kind, Problem};
use crate::imports::server::archive::{self, Archive};
use crate::imports::server::export;
use crate::imports::server::take_out::archived;
use crate::portfolio::server::ledger::LedgerError;
use crate::server::database::StorageError;
use axum::extract::{Path, State};
use axum::http::{HeaderName, header};
use axum::response::{IntoResponse, Response};
use serde::{Deserialize, Serialize};
use utoipa::{IntoParams, ToSchema};

/// What Ghostfolio has no word for.
const LEFT_OUT: HeaderName = HeaderName::from_static("finflow-left-out");

/// A kind of file.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum ExportFormat {
    /// Our JSON, which restores everything.
    #[default]
    Json,
    /// Ghostfolio's export. The header Finflow-Left-Out counts the activities that it has no word for.
    Ghostfolio,
    /// A table of the activities.
    Csv,
}

/// Which kind of file.
#[derive(Debug, Default, Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
#[serde(deny_unknown_fields)]
pub struct Wanted {
    /// Which kind of file; `json` where nothing is said.
    #[param(inline)]
    format: Option<ExportFormat>,
}

/// Take a portfolio out as a file.
#[utoipa::path(get, path = "/portfolios/{portfolio}/export", tag = "Files", security(("token" = ["activities:read"])),
    params(("portfolio" = String, Path, description = "Identity of the portfolio"), Wanted),
    responses((status = OK, content(
        (serde_json::Value = "application/json"),
        (String = "text/csv"),
    ), description = "The file")))]
pub async fn export(
    State(state): State<AppState>,
    ActivityReader(user): ActivityReader,
    Path(portfolio): Path<String>,
    Query(wanted): Query<Wanted>,
) -> Result<Response, Problem> {
    let listed = state.ledger.portfolio(&user, &portfolio).await?;
    let archived = archived(&state.ledger, &user, &listed).await;
    let archived = archived.map_err(|error| match error.downcast::<LedgerError>() {
        Ok(error) => Problem::from(error),
        Err(_) => Problem::from(StorageError::Fault),
    })?;
    let failed = |error: String| {
        tracing::error!(error, "an export cannot be written");
        Problem::new(Kind::Internal, "The file could not be written. The log says more.")
    };
    let format = wanted.format.unwrap_or_default();
    let (bytes, left_out) = match format {
        ExportFormat::Json => {
            let archive = Archive {
                portfolios: vec![archived],
                ..Archive::default()
            };
            (
                archive::write::bytes(archive.sorted()).map_err(|error| failed(error.to_string()))?,
                0,
            )
        }
        ExportFormat::Csv => (export::csv::bytes(&archived).map_err(|error| failed(error.to_string()))?, 0),
        ExportFormat::Ghostfolio => {
            let exported = export::ghostfolio::export(&archived).map_err(|error| failed(error.to_string()))?;
            (exported.bytes, exported.left_out.len())
        }
    };
    let (kind, name) = match format {
        ExportFormat::Json => ("application/json", "finflow.json"),
        ExportFormat::Ghostfolio => ("application/json", "ghostfolio.json"),
        ExportFormat::Csv => ("text/csv; charset=utf-8", "finflow.csv"),
    };
    let named = format!("attachment; filename=\"{name}\"");
    let headers = [(header::CONTENT_TYPE, kind.to_owned()), (header::CONTENT_DISPOSITION, named)];
    let mut response = (headers, bytes).into_response();
    if left_out > 0 {
        response.headers_mut().insert(LEFT_OUT, left_out.into());
    }
    Ok(response)
}
