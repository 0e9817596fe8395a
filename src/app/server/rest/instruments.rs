//! What a user knows about instruments.

use crate::app::server::AppState;
use crate::app::server::rest::body::{Json, Nothing, Query};
use crate::app::server::rest::caller::{PortfolioReader, PortfolioWriter};
use crate::app::server::rest::paging::{Page, Paging};
use crate::app::server::rest::problem::{Kind, Problem};
use crate::market::server::chosen::ChoiceError;
use crate::portfolio::described::{DescribedInstrument, InstrumentKind};
use crate::portfolio::server::found::{self, Found};
use crate::portfolio::server::ledger::{LedgerError, check_instrument};
use axum::extract::{OriginalUri, Path, State};
use axum::response::Response;
use serde::{Deserialize, Serialize};
use utoipa::{IntoParams, ToSchema};

/// An instrument as its owner describes it.
#[derive(Debug, Serialize, ToSchema)]
pub struct Instrument {
    /// The label that activities use.
    symbol: String,
    /// Its name; empty where there is none.
    name: String,
    /// ISO 4217 code of its price.
    currency: Option<String>,
    /// International Securities Identification Number.
    isin: Option<String>,
    /// What it is.
    kind: InstrumentKind,
    /// Another label that it is known by.
    alias: Option<String>,
    /// The sector that its owner counts it to; empty where nobody said.
    sector: String,
    /// The country that its owner counts it to: two letters of ISO 3166-1.
    country: Option<String>,
    /// What its owner wrote to it.
    note: String,
    /// Whether its price moves from the last known one, where the market is simulated and does not list it.
    simulated: bool,
    /// Whether only the market has it: you did not describe it.
    listed: bool,
    /// Where its prices would come from, where only a provider lists it and this server does not follow it yet: `coinbase:SOL-USD`. Describe
    /// it with this `source`, and they come.
    source: Option<String>,
}

impl From<DescribedInstrument> for Instrument {
    fn from(one: DescribedInstrument) -> Self {
        Self {
            symbol: one.symbol,
            name: one.name,
            currency: one.currency,
            isin: one.isin,
            kind: one.kind,
            alias: one.alias,
            sector: one.sector,
            country: one.country,
            note: one.note,
            simulated: one.simulated,
            listed: false,
            source: None,
        }
    }
}

impl From<Found<DescribedInstrument>> for Instrument {
    fn from(found: Found<DescribedInstrument>) -> Self {
        match found {
            Found::Own(one) => one.into(),
            Found::Listed(one) => Self {
                listed: true,
                ..one.into()
            },
            Found::Offered(offer) => Self {
                listed: true,
                source: Some(offer.source()),
                ..found::described(&offer).into()
            },
        }
    }
}

/// What to look for, and which page of it.
#[derive(Debug, Default, Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
#[serde(deny_unknown_fields)]
pub struct Wanted {
    /// A part of the symbol, the name or the ISIN. The closest come first, and those that only the market or a provider lists are found
    /// too; of a provider's at most 200.
    q: Option<String>,
    /// Which page, from 1.
    #[param(minimum = 1, maximum = 1_000_000, example = 1)]
    page: Option<u32>,
    /// Items on a page, 1 to 500; 100 where nothing is said.
    #[param(minimum = 1, maximum = 500, example = 100)]
    limit: Option<u32>,
}

/// What is known of an instrument.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(example = json!({"name": "Flat in the Lindenstrasse", "currency": "EUR", "kind": "manual"}))]
pub struct Description {
    /// Its name.
    #[serde(default)]
    name: String,
    /// ISO 4217 code of its price.
    currency: Option<String>,
    /// International Securities Identification Number.
    isin: Option<String>,
    /// What it is; `unknown` where nothing is said.
    kind: Option<InstrumentKind>,
    /// Another label that it is known by.
    alias: Option<String>,
    /// The sector that it counts to, at most 60 characters.
    #[serde(default)]
    sector: String,
    /// The country that it counts to: two letters of ISO 3166-1. Without one the ISIN says it.
    country: Option<String>,
    /// What its owner writes to it.
    #[serde(default)]
    note: String,
    /// Whether its price may move from the last known one, where the market is simulated and does not list it.
    #[serde(default)]
    simulated: bool,
    /// What a search said of it as `source`, where only a provider lists it: its prices come from there from then on.
    source: Option<String>,
}

/// List the instruments that you described, by symbol; or look for some, also among those that the market and providers list.
#[utoipa::path(get, path = "/instruments", tag = "Instruments and prices", params(Wanted), security(("token" = ["portfolios:read"])),
    responses((status = OK, body = Page<Instrument>, description = "A page of them")))]
pub async fn list(
    State(state): State<AppState>,
    PortfolioReader(user): PortfolioReader,
    OriginalUri(uri): OriginalUri,
    Query(wanted): Query<Wanted>,
) -> Result<Response, Problem> {
    let all = state.ledger.instruments(&user).await?;
    let paging = Paging {
        page: wanted.page,
        limit: wanted.limit,
    };
    let (market, q) = (&state.portfolios.market, wanted.q.as_deref().unwrap_or_default());
    let offers = market.offers(q, "").await.closest;
    let found = found::find(market, all, |one| one, q, offers);
    Ok(paging.cut(found, Instrument::from)?.answer(&uri))
}

/// Describe an instrument anew.
#[utoipa::path(put, path = "/instruments/{symbol}", tag = "Instruments and prices", security(("token" = ["portfolios:write"])),
    params(("symbol" = String, Path, description = "The label that activities use")), request_body = Description,
    responses((status = OK, body = Instrument, description = "As it is now")))]
pub async fn put(
    State(state): State<AppState>,
    PortfolioWriter(user): PortfolioWriter,
    Path(symbol): Path<String>,
    Query(_): Query<Nothing>,
    Json(new): Json<Description>,
) -> Result<axum::Json<Instrument>, Problem> {
    let mut instrument = DescribedInstrument {
        symbol,
        name: new.name,
        currency: new.currency,
        isin: new.isin,
        kind: new.kind.unwrap_or_default(),
        alias: new.alias,
        sector: new.sector,
        country: new.country,
        note: new.note,
        simulated: new.simulated,
    };
    if let Some(source) = new.source {
        // What is not accepted makes the server follow nothing.
        check_instrument(&instrument).map_err(LedgerError::from)?;
        match state.portfolios.market.choose(&source).await {
            Ok(listed) => found::called(&mut instrument, listed),
            Err(ChoiceError::Declined(declined)) => return Err(Problem::field(Kind::InvalidField, "source", declined.to_string())),
            Err(ChoiceError::Storage(error)) => return Err(LedgerError::from(error).into()),
        }
    }
    state.ledger.describe(&user, &instrument).await?;
    Ok(axum::Json(instrument.into()))
}
