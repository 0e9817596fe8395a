//! What portfolios are worth now: the figures of the pages and the socket.

use crate::app::server::AppState;
use crate::app::server::rest::body::{Nothing, Query};
use crate::app::server::rest::caller::PortfolioReader;
use crate::app::server::rest::exact::Exact;
use crate::app::server::rest::problem::Problem;
use crate::market::hours::MarketState;
use crate::portfolio::change;
use crate::portfolio::holding::{self, PriceSource, RowKind};
use crate::portfolio::valuation;
use axum::extract::{Path, State};
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
    /// Quantity x price in the base currency, rounded to its smallest unit; zero while no price is known.
    value: Exact,
    /// ISO 4217 code that the price is in.
    currency: String,
    /// When the price was made.
    #[serde(with = "crate::time::millis::option")]
    quoted_at: Option<DateTime<Utc>>,
    /// `cash` where the row is money: the label is its currency, the quantity its amount.
    kind: Option<&'static str>,
    /// Value in `currency`, where that is not the base currency.
    local_value: Option<Exact>,
    /// Cost basis in the base currency, where a ledger tells it.
    cost: Option<Exact>,
    /// Value less cost.
    unrealised: Option<Exact>,
    /// Value less value at the previous close, without what was paid in or out since, in the base currency.
    day_change: Option<Exact>,
    /// Who says the price, where no market makes it: `entered`, `activity`, or `simulated` where its owner lets it move from the last
    /// known one.
    price_source: Option<&'static str>,
    /// The provider that told the price, where a market makes it.
    source: Option<&'static str>,
    /// When it came, or was said last to be still the price.
    #[serde(with = "crate::time::millis::option")]
    received_at: Option<DateTime<Utc>>,
    /// Whether its market trades now: `open`, `closed`, `unknown`.
    #[schema(value_type = Option<String>)]
    market_state: Option<MarketState>,
    /// What a person should know of the price: that it is an old one, that it is made up, that there is none.
    note: Option<String>,
}

/// What a ledger and its prices gained, in the base currency.
/// total = realised + unrealised + income - fees + moved = value + unvalued + withdrawals - contributions.
#[derive(Debug, Serialize, ToSchema)]
pub struct Gains {
    /// All of it.
    total: Exact,
    /// Of what was sold.
    realised: Exact,
    /// Of what is held, the currency gain of cash with it.
    unrealised: Exact,
    /// Dividends and interest.
    income: Exact,
    /// Fees and taxes that are in no lot's cost.
    fees: Exact,
    /// Gain that left with transfers, less gain that came with them.
    moved: Exact,
    /// What came in from outside.
    contributions: Exact,
    /// What went out.
    withdrawals: Exact,
    /// Cost of what has no price or no rate.
    unvalued: Exact,
}

/// A change of value by its causes, in the base currency.
/// value at the end = value at the beginning + price + currency + income - fees + flows, to the last digit.
#[derive(Debug, Default, Serialize, ToSchema)]
pub struct Change {
    /// What prices did; the costs of trades are in it.
    price: Exact,
    /// What rates did to what was there at the beginning of each day.
    currency: Exact,
    /// Dividends and interest, less their fees and taxes.
    income: Exact,
    /// Fees and taxes that are in no lot's cost.
    fees: Exact,
    /// What came in less what went out.
    flows: Exact,
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
    /// What it gained, where a ledger tells it.
    gains: Option<Gains>,
    /// The day change by its causes, from the value at the previous close to the value now, where a ledger tells them.
    change_by: Option<Change>,
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
            kind: one.kind.map(|RowKind::Cash| "cash"),
            local_value: one.local_value.map(Exact),
            cost: one.cost.map(Exact),
            unrealised: one.unrealised.map(Exact),
            day_change: one.day_change.map(Exact),
            price_source: one.price_source.map(PriceSource::label),
            source: one.source,
            received_at: one.received_at,
            market_state: one.market_state,
            note: one.note,
        }
    }
}

impl From<valuation::Gains> for Gains {
    fn from(gains: valuation::Gains) -> Self {
        Self {
            total: gains.total.into(),
            realised: gains.realised.into(),
            unrealised: gains.unrealised.into(),
            income: gains.income.into(),
            fees: gains.fees.into(),
            moved: gains.moved.into(),
            contributions: gains.contributions.into(),
            withdrawals: gains.withdrawals.into(),
            unvalued: gains.unvalued.into(),
        }
    }
}

impl From<change::Change> for Change {
    fn from(by: change::Change) -> Self {
        Self {
            price: by.price.into(),
            currency: by.currency.into(),
            income: by.income.into(),
            fees: by.fees.into(),
            flows: by.flows.into(),
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
            gains: valuation.gains.map(Gains::from),
            change_by: valuation.change_by.map(Change::from),
            investments: valuation.investments.into_iter().map(Holding::from).collect(),
        }
    }
}

/// See what the sample portfolio is worth. Anyone may.
#[utoipa::path(get, path = "/sample", tag = "Valuation",
    responses((status = OK, body = Valuation, description = "Its holdings and totals at this moment")))]
pub async fn sample(State(state): State<AppState>, Query(_): Query<Nothing>) -> Result<axum::Json<Valuation>, Problem> {
    let sample = state.portfolios.find(None, None).await?;
    Ok(axum::Json(state.portfolios.value(&sample).into()))
}

/// See what a portfolio is worth: the figures of the live page and the socket.
#[utoipa::path(get, path = "/portfolios/{portfolio}/valuation", tag = "Valuation", security(("token" = ["portfolios:read"])),
    params(("portfolio" = String, Path, description = "Identity of the portfolio; `all` for all of yours as one")),
    responses((status = OK, body = Valuation, description = "Its holdings and totals at this moment")))]
pub async fn valuation(
    State(state): State<AppState>,
    PortfolioReader(user): PortfolioReader,
    Path(portfolio): Path<String>,
    Query(_): Query<Nothing>,
) -> Result<axum::Json<Valuation>, Problem> {
    let portfolio = state.portfolios.find(Some(&user), Some(&portfolio)).await?;
    Ok(axum::Json(state.portfolios.value(&portfolio).into()))
}
