//! Histories taken out by a program.

use crate::app::server::AppState;
use crate::app::server::rest::body::Query;
use crate::app::server::rest::caller::ActivityReader;
use crate::app::server::rest::problem::{Kind, Problem};
use crate::imports::server::archive::{self, Archive, ArchivedPortfolio};
use crate::imports::server::export;
use axum::extract::{Path, State};
use axum::http::{HeaderName, header};
use axum::response::{IntoResponse, Response};
use serde::{Deserialize, Serialize};
use std::collections::{BTreeMap, HashSet};
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
    let archived = archived(&state, &user, &portfolio).await?;
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

/// A portfolio with all that is known about what it names.
async fn archived(state: &AppState, user: &str, id: &str) -> Result<ArchivedPortfolio, Problem> {
    let settings = state.ledger.portfolio(user, id).await?.settings;
    let activities = state.ledger.activities(user, id).await?;
    let named: HashSet<_> = activities.iter().filter_map(|one| one.symbol.as_deref()).collect();
    let mut instruments = state.ledger.instruments(user).await?;
    instruments.retain(|one| named.contains(one.symbol.as_str()));
    let mut prices = state.ledger.prices(user).await?;
    prices.retain(|one| named.contains(one.symbol.as_str()));
    let tags = activities.iter().flat_map(|one| one.tags.clone()).collect();
    let mut others = BTreeMap::from([
        ("method".to_owned(), settings.terms.method.label().to_owned()),
        ("cash_tracked".to_owned(), settings.terms.cash_tracked.to_string()),
    ]);
    others.extend(settings.benchmark.map(|symbol| ("benchmark".to_owned(), symbol)));
    Ok(ArchivedPortfolio {
        id: id.to_owned(),
        name: settings.name,
        base_currency: settings.terms.base_currency,
        settings: others,
        note: String::new(),
        tags,
        instruments,
        activities,
        prices,
    })
}
