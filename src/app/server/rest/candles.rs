//! The past of what the market lists, as candles.

use crate::app::server::AppState;
use crate::app::server::rest::body::Query;
use crate::app::server::rest::caller::PortfolioReader;
use crate::app::server::rest::exact::Exact;
use crate::app::server::rest::problem::{Kind, Problem};
use crate::market::candle::{self, Interval};
use crate::time::{parse_day, parse_moment};
use axum::extract::{Path, State};
use chrono::{DateTime, NaiveTime, TimeDelta, Utc};
use serde::{Deserialize, Serialize};
use std::ops::Range;
use utoipa::{IntoParams, ToSchema};

/// Candles in an answer at the most.
const MOST: u32 = 5_000;
/// Candles in an answer where nobody says.
const USUAL: u32 = 500;
/// Candles that a stretch may have room for: a year of minutes.
const WIDEST: i64 = 366 * 1_440;

/// Which candles.
#[derive(Debug, Default, Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
#[serde(deny_unknown_fields)]
pub struct Asked {
    /// How long each is: `1m`, `5m`, `1h` or `1d`, which it is where nothing is said.
    #[param(example = "1d")]
    interval: Option<String>,
    /// The first moment that a candle may begin at: a day, or a moment such as 2026-03-01T10:00:00Z. Without it the last `limit` lengths
    /// before `to`.
    from: Option<String>,
    /// The moment before which the last one begins; now where nothing is said.
    to: Option<String>,
    /// Candles in the answer, 1 to 5000; 500 where nothing is said.
    #[param(minimum = 1, maximum = 5000)]
    limit: Option<u32>,
}

/// The prices of one stretch of time, in the instrument's currency.
#[derive(Debug, Serialize, ToSchema)]
pub struct Candle {
    /// When it begins.
    #[serde(with = "crate::time::millis")]
    start: DateTime<Utc>,
    /// The first price.
    open: Exact,
    /// The highest.
    high: Exact,
    /// The lowest.
    low: Exact,
    /// The last.
    close: Exact,
    /// Units that were traded, as far as the source tells; zero where it does not.
    volume: Exact,
}

/// Candles of an instrument, oldest first. A stretch without a price has none.
#[derive(Debug, Serialize, ToSchema)]
pub struct Candles {
    /// Label of the instrument.
    symbol: String,
    /// ISO 4217 code that the prices are in.
    currency: String,
    /// How long each is.
    interval: String,
    /// The candles.
    items: Vec<Candle>,
    /// Where there are more before `to`: the `from` that leads to them.
    #[serde(with = "crate::time::millis::option")]
    next: Option<DateTime<Utc>>,
}

impl From<candle::Candle> for Candle {
    fn from(one: candle::Candle) -> Self {
        Self {
            start: one.start,
            open: one.open.into(),
            high: one.high.into(),
            low: one.low.into(),
            close: one.close.into(),
            volume: one.volume.into(),
        }
    }
}

/// See the past of what the market lists: open, high, low, close and volume of each minute, hour or day.
#[utoipa::path(get, path = "/instruments/{symbol}/candles", tag = "Instruments and prices", params(Asked), security(("token" = ["portfolios:read"])),
    params(("symbol" = String, Path, description = "Label of the instrument")),
    responses((status = OK, body = Candles, description = "Its candles, oldest first")))]
pub async fn list(
    State(state): State<AppState>,
    PortfolioReader(_): PortfolioReader,
    Path(symbol): Path<String>,
    Query(asked): Query<Asked>,
) -> Result<axum::Json<Candles>, Problem> {
    let market = &state.portfolios.market;
    let (interval, stretch, limit) = asked.read(market.now())?;
    let Some(instrument) = market.instrument(&symbol) else {
        return Err(Problem::new(Kind::NotFound, "The market lists no such instrument."));
    };
    let mut candles = market.candles(&symbol, interval, stretch).await?;
    let next = candles.get(limit).map(|one| one.start);
    candles.truncate(limit);
    Ok(axum::Json(Candles {
        currency: instrument.currency.clone(),
        symbol,
        interval: interval.label().into(),
        items: candles.into_iter().map(Candle::from).collect(),
        next,
    }))
}

impl Asked {
    fn read(&self, now: DateTime<Utc>) -> Result<(Interval, Range<DateTime<Utc>>, usize), Problem> {
        let refused = |field: &str, reason: String| Problem::field(Kind::InvalidQuery, field, reason);
        let label = self.interval.as_deref().unwrap_or("1d");
        let interval =
            Interval::read(label).ok_or_else(|| refused("interval", format!("{label:?} is not accepted; 1m, 5m, 1h and 1d are")))?;
        let limit = self.limit.unwrap_or(USUAL);
        if !(1..=MOST).contains(&limit) {
            return Err(refused("limit", format!("{limit} is not accepted; from 1 to {MOST} is")));
        }
        let moment = |field: &str, text: &str| {
            let day = || Some(parse_day(text)?.and_time(NaiveTime::MIN).and_utc());
            let moment = parse_moment(text).or_else(day);
            moment.ok_or_else(|| {
                refused(
                    field,
                    "a day such as 2026-03-01 or a moment such as 2026-03-01T10:00:00Z is accepted".into(),
                )
            })
        };
        let to = match &self.to {
            Some(text) => moment("to", text)?,
            // The candle that is under way has begun.
            None => now + TimeDelta::microseconds(1),
        };
        let from = match &self.from {
            Some(text) => moment("from", text)?,
            None => interval.start_of(to - TimeDelta::microseconds(1)) - interval.length() * (limit as i32 - 1),
        };
        if from >= to {
            return Err(refused("from", "must be before to".into()));
        }
        if (to - from).num_seconds() / interval.length().num_seconds() > WIDEST {
            return Err(refused(
                "from",
                format!("{WIDEST} candles before to is the farthest that is accepted"),
            ));
        }
        Ok((interval, from..to, limit as usize))
    }
}
