//! What portfolios are worth now: the figures of the pages and the socket.

use crate::app::server::AppState;
use crate::app::server::rest::body::{Nothing, Query};
use crate::app::server::rest::exact::Exact;
use crate::app::server::rest::problem::Problem;
use crate::portfolio::holding;
use crate::portfolio::server::SAMPLE;
use crate::portfolio::valuation;
use axum::extract::State;
use chrono::{DateTime, Utc};
use serde::Serialize;
use utoipa::ToSchema;

/// A position at its latest price.
#[derive(Debug, Serialize, ToSchema)]
pub struct Holding {
    /// Label of the instrument.
    symbol: String,
    /// Name of the instrument.
    name: String,
    /// Latest price of one unit, in `currency`.
    current_price: Option<Exact>,
    /// Price less the previous close.
    change: Option<Exact>,
    /// Change in percent of the previous close.
    change_percent: Option<Exact>,
    /// Units held.
    quantity: Exact,
    /// Quantity x price, rounded to the currency's smallest unit; zero while no price is known.
    value: Exact,
    /// ISO 4217 code that price and value are in.
    currency: String,
    /// When the price was made.
    #[serde(with = "crate::time::millis::option")]
    quoted_at: Option<DateTime<Utc>>,
}

/// What a portfolio is worth. The total is the sum of the values, to the last digit.
#[derive(Debug, Serialize, ToSchema)]
pub struct Valuation {
    /// Which portfolio.
    portfolio_id: String,
    /// Its name.
    portfolio_name: String,
    /// ISO 4217 code that the totals are in.
    base_currency: String,
    /// The moment.
    #[serde(with = "crate::time::millis")]
    valued_at: DateTime<Utc>,
    /// Sum of the holdings' values.
    total_value: Exact,
    /// Day change: value now less value at the previous close.
    total_change: Exact,
    /// Day change in percent of the value at the previous close.
    total_change_percent: Option<Exact>,
    /// The holdings, in the portfolio's own order.
    investments: Vec<Holding>,
}

impl From<holding::Holding> for Holding {
    fn from(one: holding::Holding) -> Self {
        Self {
            symbol: one.symbol,
            name: one.name,
            current_price: one.current_price.map(Exact),
            change: one.change.map(Exact),
            change_percent: one.change_percent.map(Exact),
            quantity: one.quantity.into(),
            value: one.value.into(),
            currency: one.currency,
            quoted_at: one.quoted_at,
        }
    }
}

impl From<(valuation::Valuation, DateTime<Utc>)> for Valuation {
    fn from((valuation, valued_at): (valuation::Valuation, DateTime<Utc>)) -> Self {
        Self {
            portfolio_id: valuation.portfolio_id,
            portfolio_name: valuation.portfolio_name,
            base_currency: valuation.base_currency,
            valued_at,
            total_value: valuation.total_value.into(),
            total_change: valuation.total_change.into(),
            total_change_percent: valuation.total_change_percent.map(Exact),
            investments: valuation.investments.into_iter().map(Holding::from).collect(),
        }
    }
}

/// See what the sample portfolio is worth. Anyone may.
#[utoipa::path(get, path = "/sample", tag = "Valuation",
    responses((status = OK, body = Valuation, description = "Its holdings and totals at this moment")))]
pub async fn sample(State(state): State<AppState>, Query(_): Query<Nothing>) -> Result<axum::Json<Valuation>, Problem> {
    let sample = state.portfolios.visible(SAMPLE).ok_or_else(|| Problem::not_found("portfolio"))?;
    Ok(axum::Json(state.portfolios.value(&sample).into()))
}
