//! Portfolios: names and terms.

use crate::app::server::AppState;
use crate::app::server::rest::body::{Json, Nothing, Query, json_bytes, parse};
use crate::app::server::rest::caller::{PortfolioReader, PortfolioWriter};
use crate::app::server::rest::paging::{Page, Paging};
use crate::app::server::rest::problem::{Kind, Problem};
use crate::app::server::rest::replay::Seed;
use crate::portfolio::book::{Method, Terms};
use crate::portfolio::server::ledger::Listed;
use crate::portfolio::settings::Settings;
use axum::extract::{OriginalUri, Path, Request, State};
use axum::http::{StatusCode, header};
use axum::response::{IntoResponse, Response};
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

/// A portfolio.
#[derive(Debug, Serialize, ToSchema)]
pub struct Portfolio {
    /// Its identity.
    id: String,
    /// What its owner calls it.
    #[schema(example = "Pension")]
    name: String,
    /// ISO 4217 code of its totals.
    #[schema(example = "EUR")]
    base_currency: String,
    /// Which lots a sale takes, where it names none.
    method: Method,
    /// Whether the ledger books money too.
    cash_tracked: bool,
    /// Symbol of what its performance is held against.
    benchmark: Option<String>,
    /// Lines of its ledger.
    activities: u64,
}

impl From<Listed> for Portfolio {
    fn from(listed: Listed) -> Self {
        let Settings { name, terms, benchmark } = listed.settings;
        Self {
            id: listed.id,
            name,
            base_currency: terms.base_currency,
            method: terms.method,
            cash_tracked: terms.cash_tracked,
            benchmark,
            activities: listed.activities,
        }
    }
}

/// A portfolio to open.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(example = json!({"name": "Pension", "base_currency": "EUR"}))]
pub struct NewPortfolio {
    /// What its owner calls it, 1 to 100 characters.
    name: String,
    /// ISO 4217 code of its totals.
    base_currency: String,
    /// Which lots a sale takes; `fifo` where nothing is said.
    method: Option<Method>,
    /// Whether the ledger books money too; `true` where nothing is said.
    cash_tracked: Option<bool>,
    /// Symbol of what its performance is held against.
    benchmark: Option<String>,
}

/// Fields to change. Those that are missing stay as they are.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(example = json!({"name": "Old age", "method": "average"}))]
pub struct PortfolioChange {
    /// What its owner calls it, 1 to 100 characters.
    #[schema(nullable = false)]
    name: Option<String>,
    /// ISO 4217 code of its totals.
    #[schema(nullable = false)]
    base_currency: Option<String>,
    /// Which lots a sale takes.
    #[schema(nullable = false)]
    method: Option<Method>,
    /// Whether the ledger books money too.
    #[schema(nullable = false)]
    cash_tracked: Option<bool>,
    /// Symbol of what its performance is held against; `null` for none.
    #[serde(default, deserialize_with = "said")]
    #[schema(value_type = Option<String>)]
    benchmark: Option<Option<String>>,
}

/// Tells what is missing from what is `null`.
fn said<'de, D: serde::Deserializer<'de>>(deserializer: D) -> Result<Option<Option<String>>, D::Error> {
    Option::deserialize(deserializer).map(Some)
}

/// List portfolios, the oldest first.
#[utoipa::path(get, path = "/portfolios", tag = "Portfolios", params(Paging), security(("token" = ["portfolios:read"])),
    responses((status = OK, body = Page<Portfolio>, description = "A page of them")))]
pub async fn list(
    State(state): State<AppState>,
    PortfolioReader(user): PortfolioReader,
    OriginalUri(uri): OriginalUri,
    Query(paging): Query<Paging>,
) -> Result<Response, Problem> {
    let all = state.ledger.portfolios(&user).await?;
    Ok(paging.cut(all, Portfolio::from)?.answer(&uri))
}

/// Open a portfolio.
#[utoipa::path(post, path = "/portfolios", tag = "Portfolios", request_body = NewPortfolio, security(("token" = ["portfolios:write"])),
    responses((status = CREATED, body = Portfolio, description = "It is open; Location is its address")))]
pub async fn open(
    State(state): State<AppState>,
    PortfolioWriter(user): PortfolioWriter,
    Query(_): Query<Nothing>,
    seed: Seed,
    Json(new): Json<NewPortfolio>,
) -> Result<Response, Problem> {
    let settings = Settings {
        name: new.name,
        terms: Terms {
            base_currency: new.base_currency,
            method: new.method.unwrap_or_default(),
            cash_tracked: new.cash_tracked.unwrap_or(true),
        },
        benchmark: new.benchmark,
    };
    let id = seed.id(0);
    state.ledger.open_as(&user, &id, &settings).await?;
    let location = format!("/api/v1/portfolios/{id}");
    let portfolio = Portfolio::from(Listed {
        id,
        settings,
        activities: 0,
    });
    Ok((StatusCode::CREATED, [(header::LOCATION, location)], axum::Json(portfolio)).into_response())
}

/// See a portfolio.
#[utoipa::path(get, path = "/portfolios/{portfolio}", tag = "Portfolios", security(("token" = ["portfolios:read"])),
    params(("portfolio" = String, Path, description = "Identity of the portfolio")),
    responses((status = OK, body = Portfolio, description = "Its name and terms")))]
pub async fn get(
    State(state): State<AppState>,
    PortfolioReader(user): PortfolioReader,
    Path(portfolio): Path<String>,
    Query(_): Query<Nothing>,
) -> Result<axum::Json<Portfolio>, Problem> {
    Ok(axum::Json(state.ledger.portfolio(&user, &portfolio).await?.into()))
}

/// Change name and terms.
#[utoipa::path(patch, path = "/portfolios/{portfolio}", tag = "Portfolios", security(("token" = ["portfolios:write"])),
    params(("portfolio" = String, Path, description = "Identity of the portfolio")), request_body = PortfolioChange,
    responses((status = OK, body = Portfolio, description = "As it is now")))]
pub async fn change(
    State(state): State<AppState>,
    PortfolioWriter(user): PortfolioWriter,
    Path(portfolio): Path<String>,
    Query(_): Query<Nothing>,
    request: Request,
) -> Result<axum::Json<Portfolio>, Problem> {
    let text = json_bytes(request).await?;
    let change: PortfolioChange = parse(&text, "")?;
    let mut listed = state.ledger.portfolio(&user, &portfolio).await?;
    let settings = &mut listed.settings;
    let terms = &mut settings.terms;
    settings.name = change.name.unwrap_or_else(|| std::mem::take(&mut settings.name));
    terms.base_currency = change.base_currency.unwrap_or_else(|| std::mem::take(&mut terms.base_currency));
    terms.method = change.method.unwrap_or(terms.method);
    terms.cash_tracked = change.cash_tracked.unwrap_or(terms.cash_tracked);
    if let Some(benchmark) = change.benchmark {
        settings.benchmark = benchmark;
    }
    state.ledger.settle(&user, &portfolio, &listed.settings).await?;
    Ok(axum::Json(listed.into()))
}

/// Delete a portfolio with its ledger, for good.
#[utoipa::path(delete, path = "/portfolios/{portfolio}", tag = "Portfolios", security(("token" = ["portfolios:write"])),
    params(("portfolio" = String, Path, description = "Identity of the portfolio"),
        ("confirm" = String, Query, description = "The portfolio's name: what is deleted cannot be brought back")),
    responses((status = NO_CONTENT, description = "It is gone")))]
pub async fn delete(
    State(state): State<AppState>,
    PortfolioWriter(user): PortfolioWriter,
    Path(portfolio): Path<String>,
    Query(sure): Query<Confirmed>,
) -> Result<StatusCode, Problem> {
    let listed = state.ledger.portfolio(&user, &portfolio).await?;
    if sure.confirm != listed.settings.name {
        return Err(Problem::field(Kind::InvalidQuery, "confirm", "is not the portfolio's name"));
    }
    state.ledger.close(&user, &portfolio).await?;
    Ok(StatusCode::NO_CONTENT)
}

/// What must be said to delete for good.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Confirmed {
    confirm: String,
}
