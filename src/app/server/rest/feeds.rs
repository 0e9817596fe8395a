//! How the sources of prices do: what the page `/feeds/` says.

use crate::app::server::AppState;
use crate::app::server::rest::body::{Nothing, Query};
use crate::app::server::rest::caller::Caller;
use crate::app::server::rest::exact::Exact;
use crate::market::feed::FeedStatus;
use crate::market::health::{InstrumentHealth, ListHealth, ProviderHealth, ProviderState, SourceHealth, SourceState};
use crate::market::hours::MarketState;
use axum::extract::State;
use chrono::{DateTime, Utc};
use serde::Serialize;
use utoipa::ToSchema;

/// All sources of prices at this moment.
#[derive(Debug, Serialize, ToSchema)]
pub struct Feeds {
    /// Names of the providers that are used; `simulated`, `replay`.
    source: String,
    /// Whether prices are made up.
    simulated: bool,
    /// Whether prices come: `connecting`, `live`, `stale`, `ended`.
    #[schema(value_type = String)]
    status: FeedStatus,
    /// What happened, for a person.
    detail: Option<String>,
    /// The moment.
    #[serde(with = "crate::time::millis")]
    as_of: DateTime<Utc>,
    /// The providers that are used; none where the market is simulated or replayed.
    providers: Vec<Provider>,
    /// The instruments that have sources.
    instruments: Vec<FedInstrument>,
    /// What providers list by themselves.
    lists: Vec<ProviderList>,
}

/// How a provider's own list of instruments does.
#[derive(Debug, Serialize, ToSchema)]
pub struct ProviderList {
    /// The provider.
    provider: String,
    /// How many instruments are in the last good one.
    instruments: u64,
    /// When that came.
    #[serde(with = "crate::time::millis::option")]
    fetched_at: Option<DateTime<Utc>>,
    /// What went wrong with the last attempt; nothing after a good one.
    last_error: Option<String>,
    /// When.
    #[serde(with = "crate::time::millis::option")]
    last_error_at: Option<DateTime<Utc>>,
    /// When it is fetched again.
    #[serde(with = "crate::time::millis::option")]
    next_attempt: Option<DateTime<Utc>>,
    /// What to do about it; empty where nothing is to do.
    advice: String,
}

/// How a provider does.
#[derive(Debug, Serialize, ToSchema)]
pub struct Provider {
    /// Its name.
    name: String,
    /// What it does: `connecting`, `live`, `silent`, `failing`, `given_up`.
    #[schema(value_type = String)]
    state: ProviderState,
    /// Prices in the last ten seconds.
    prices_per_ten_seconds: u64,
    /// Prices since the start.
    prices: u64,
    /// Trades that were missed and asked for anew, since the start.
    gaps: u64,
    /// Connections, or rounds of requests, that failed since the start.
    failures: u64,
    /// When its newest price came.
    #[serde(with = "crate::time::millis::option")]
    newest: Option<DateTime<Utc>>,
    /// What went wrong last.
    last_error: Option<String>,
    /// When.
    #[serde(with = "crate::time::millis::option")]
    last_error_at: Option<DateTime<Utc>>,
    /// Whether so much failed in a row that it is left alone for a while.
    breaker_open: bool,
    /// When it is tried again, where that is not now.
    #[serde(with = "crate::time::millis::option")]
    next_attempt: Option<DateTime<Utc>>,
    /// What to do about it; empty where nothing is to do.
    advice: String,
}

/// How the sources of an instrument do.
#[derive(Debug, Serialize, ToSchema)]
pub struct FedInstrument {
    /// Its label.
    symbol: String,
    /// The provider whose price is shown.
    source: Option<String>,
    /// Whether the price that is shown is too old.
    stale: bool,
    /// Whether its sources say different things, and none has a majority.
    disagree: bool,
    /// Whether the market trades: `open`, `closed`, `unknown`.
    #[schema(value_type = String)]
    market_state: MarketState,
    /// All of its sources, the first the best.
    sources: Vec<FedSource>,
}

/// How one source of an instrument does.
#[derive(Debug, Serialize, ToSchema)]
pub struct FedSource {
    /// The provider.
    provider: String,
    /// Its own symbol.
    symbol: String,
    /// What is thought of it: `used`, `ready`, `stale`, `silent`, `failing`, `outlier`, `other_currency`.
    #[schema(value_type = String)]
    state: SourceState,
    /// Its last price.
    price: Option<Exact>,
    /// When the venue made it.
    #[serde(with = "crate::time::millis::option")]
    quoted_at: Option<DateTime<Utc>>,
    /// When it came, or was said last to be still the price.
    #[serde(with = "crate::time::millis::option")]
    received_at: Option<DateTime<Utc>>,
    /// A price that is held back until it is confirmed.
    held_back: Option<Exact>,
}

impl From<ProviderHealth> for Provider {
    fn from(one: ProviderHealth) -> Self {
        Self {
            name: one.name,
            state: one.state,
            prices_per_ten_seconds: one.prices_per_ten_seconds,
            prices: one.prices,
            gaps: one.gaps,
            failures: one.failures,
            newest: one.newest,
            last_error: one.last_error,
            last_error_at: one.last_error_at,
            breaker_open: one.breaker_open,
            next_attempt: one.next_attempt,
            advice: one.advice,
        }
    }
}

impl From<InstrumentHealth> for FedInstrument {
    fn from(one: InstrumentHealth) -> Self {
        Self {
            symbol: one.symbol,
            source: one.source,
            stale: one.stale,
            disagree: one.disagree,
            market_state: one.market_state,
            sources: one.sources.into_iter().map(FedSource::from).collect(),
        }
    }
}

impl From<ListHealth> for ProviderList {
    fn from(one: ListHealth) -> Self {
        Self {
            provider: one.provider,
            instruments: one.instruments,
            fetched_at: one.fetched_at,
            last_error: one.last_error,
            last_error_at: one.last_error_at,
            next_attempt: one.next_attempt,
            advice: one.advice,
        }
    }
}

impl From<SourceHealth> for FedSource {
    fn from(one: SourceHealth) -> Self {
        Self {
            provider: one.provider,
            symbol: one.symbol,
            state: one.state,
            price: one.price.map(Exact),
            quoted_at: one.quoted_at,
            received_at: one.received_at,
            held_back: one.held_back.map(Exact),
        }
    }
}

/// See how the sources of prices do, and what to do about it.
#[utoipa::path(get, path = "/feeds", tag = "Instruments and prices", security(("token" = [])),
    responses((status = OK, body = Feeds, description = "Providers and instruments at this moment")))]
pub async fn feeds(State(state): State<AppState>, Caller(_): Caller, Query(_): Query<Nothing>) -> axum::Json<Feeds> {
    let market = &state.portfolios.market;
    let (feed, health) = (market.bus.feed(), market.health().await);
    axum::Json(Feeds {
        source: feed.source,
        simulated: feed.simulated,
        status: feed.status,
        detail: feed.detail,
        as_of: market.now(),
        providers: health.providers.into_iter().map(Provider::from).collect(),
        instruments: health.instruments.into_iter().map(FedInstrument::from).collect(),
        lists: health.lists.into_iter().map(ProviderList::from).collect(),
    })
}
