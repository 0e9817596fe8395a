//! What became of portfolios over time: the figures of the page of performance.

use crate::app::server::AppState;
use crate::app::server::figures::work_on;
use crate::app::server::rest::body::Query;
use crate::app::server::rest::caller::PortfolioReader;
use crate::app::server::rest::history_shape::History;
use crate::app::server::rest::problem::{Kind, Problem};
use crate::market::span::Span;
use crate::money::Decimal;
use crate::portfolio::range::Range;
use crate::portfolio::settings::Invalid;
use axum::extract::{Path, State};
use serde::Deserialize;
use utoipa::IntoParams;

/// Which stretch of time.
#[derive(Debug, Default, Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
#[serde(deny_unknown_fields)]
pub struct Asked {
    /// `1d`, `1m`, `3m`, `ytd`, `1y`, `5y` or `all`; `1y` where nothing is said. Not beside `from` or `to`.
    #[param(example = "1y")]
    range: Option<String>,
    /// The first day that counts; that of the first activity where only `to` is said.
    from: Option<String>,
    /// The last day that counts; today where only `from` is said.
    to: Option<String>,
    /// The rate a year that Sharpe and Sortino ratio are held against, from -1 to 1: 0.02 is two percent. 0 where nothing is said.
    risk_free: Option<String>,
}

/// See what became of a portfolio over a stretch of time: its value day by day, flows, returns, risk, and what each holding gave.
#[utoipa::path(get, path = "/portfolios/{portfolio}/history", tag = "Valuation", params(Asked), security(("token" = ["portfolios:read"])),
    params(("portfolio" = String, Path, description = "Identity of the portfolio; `all` for all of yours as one")),
    responses((status = OK, body = History, description = "Its history, from its ledger and the prices of each day")))]
pub async fn history(
    State(state): State<AppState>,
    PortfolioReader(user): PortfolioReader,
    Path(portfolio): Path<String>,
    Query(asked): Query<Asked>,
) -> Result<axum::Json<History>, Problem> {
    let text = |field: &Option<String>| field.clone().unwrap_or_default();
    let refused = |invalid: Invalid| Problem::field(Kind::InvalidQuery, invalid.field, invalid.reason);
    let today = state.portfolios.today();
    let range = Range::read(&text(&asked.range), &text(&asked.from), &text(&asked.to), today).map_err(refused)?;
    let risk_free = risk_free(asked.risk_free.as_deref().unwrap_or("0")).map_err(refused)?;
    let told = work_on(&state.portfolios, &user, &portfolio, move |portfolios, owned, now| {
        let (market, day) = (&portfolios.market, now.date_naive());
        let moments = if range == Range::Named(Span::Day) {
            owned.recent_values(market, day)
        } else {
            vec![]
        };
        History::of(owned, owned.report(market, day, range, risk_free).as_deref(), moments)
    });
    Ok(axum::Json(told.await?))
}

fn risk_free(text: &str) -> Result<Decimal, Invalid> {
    let rate = Decimal::from_str_exact(text).ok().filter(|rate| rate.abs() <= Decimal::ONE);
    rate.ok_or_else(|| Invalid::new("risk_free", "a number from -1 to 1 such as 0.02 is accepted"))
}
