//! Prices that a user knows: of what has no market, or of days before it.

use crate::app::server::AppState;
use crate::app::server::rest::body::{Json, Nothing, Query};
use crate::app::server::rest::caller::{PortfolioReader, PortfolioWriter};
use crate::app::server::rest::exact::Exact;
use crate::app::server::rest::paging::{Page, Paging};
use crate::app::server::rest::problem::{Kind, Problem};
use crate::portfolio::described::KnownPrice;
use crate::time::parse_day;
use axum::extract::{OriginalUri, Path, State};
use axum::http::StatusCode;
use axum::response::Response;
use chrono::NaiveDate;
use serde::{Deserialize, Serialize};
use utoipa::{IntoParams, ToSchema};

/// A price of a day.
#[derive(Debug, Serialize, ToSchema)]
pub struct Price {
    /// Label of the instrument.
    symbol: String,
    /// The day.
    day: NaiveDate,
    /// Price of a unit.
    price: Exact,
    /// ISO 4217 code; none where nobody said.
    currency: Option<String>,
}

impl From<KnownPrice> for Price {
    fn from(one: KnownPrice) -> Self {
        Self {
            symbol: one.symbol,
            day: one.day,
            price: one.price.into(),
            currency: one.currency,
        }
    }
}

/// A price to set.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(example = json!({"price": 412000.00, "currency": "EUR"}))]
pub struct NewPrice {
    /// Price of a unit; zero or more.
    price: Exact,
    /// ISO 4217 code.
    currency: Option<String>,
}

/// Which prices.
#[derive(Debug, Default, Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
#[serde(deny_unknown_fields)]
pub struct Wanted {
    /// One instrument only.
    symbol: Option<String>,
    /// Which page, from 1.
    #[param(minimum = 1, maximum = 1_000_000)]
    page: Option<u32>,
    /// Prices on a page, 1 to 500; 100 where nothing is said.
    #[param(minimum = 1, maximum = 500)]
    limit: Option<u32>,
}

/// List the prices that you know, by symbol and day.
#[utoipa::path(get, path = "/prices", tag = "Instruments and prices", params(Wanted), security(("token" = ["portfolios:read"])),
    responses((status = OK, body = Page<Price>, description = "A page of them")))]
pub async fn list(
    State(state): State<AppState>,
    PortfolioReader(user): PortfolioReader,
    OriginalUri(uri): OriginalUri,
    Query(wanted): Query<Wanted>,
) -> Result<Response, Problem> {
    let paging = Paging {
        page: wanted.page,
        limit: wanted.limit,
    };
    paging.bounds()?;
    let mut all = state.ledger.prices(&user).await?;
    if let Some(symbol) = wanted.symbol {
        all.retain(|one| one.symbol == symbol);
    }
    Ok(paging.cut(all, Price::from)?.answer(&uri))
}

/// Set the price of a day.
#[utoipa::path(put, path = "/prices/{symbol}/{day}", tag = "Instruments and prices", security(("token" = ["portfolios:write"])),
    params(("symbol" = String, Path, description = "Label of the instrument"), ("day" = NaiveDate, Path, description = "The day")),
    request_body = NewPrice, responses((status = OK, body = Price, description = "As it is now")))]
pub async fn put(
    State(state): State<AppState>,
    PortfolioWriter(user): PortfolioWriter,
    Path((symbol, day)): Path<(String, String)>,
    Query(_): Query<Nothing>,
    Json(new): Json<NewPrice>,
) -> Result<axum::Json<Price>, Problem> {
    let price = KnownPrice {
        symbol,
        day: read_day(&day)?,
        price: new.price.0,
        currency: new.currency,
    };
    state.ledger.price(&user, std::slice::from_ref(&price)).await?;
    Ok(axum::Json(price.into()))
}

/// Forget the price of a day.
#[utoipa::path(delete, path = "/prices/{symbol}/{day}", tag = "Instruments and prices", security(("token" = ["portfolios:write"])),
    params(("symbol" = String, Path, description = "Label of the instrument"), ("day" = NaiveDate, Path, description = "The day")),
    responses((status = NO_CONTENT, description = "It is forgotten")))]
pub async fn delete(
    State(state): State<AppState>,
    PortfolioWriter(user): PortfolioWriter,
    Path((symbol, day)): Path<(String, String)>,
    Query(_): Query<Nothing>,
) -> Result<StatusCode, Problem> {
    state.ledger.forget_price(&user, &symbol, read_day(&day)?).await?;
    Ok(StatusCode::NO_CONTENT)
}

fn read_day(text: &str) -> Result<NaiveDate, Problem> {
    parse_day(text).ok_or_else(|| Problem::field(Kind::InvalidQuery, "day", "a day such as 2024-03-01 is accepted"))
}
