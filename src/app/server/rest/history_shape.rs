//! What became of a portfolio, as the API tells it.

use crate::app::server::rest::exact::Exact;
use crate::app::server::rest::valuation::Change;
use crate::money::Decimal;
use crate::portfolio::performance;
use crate::portfolio::ratio::risk::DayReturn;
use crate::portfolio::report::{self, Held, Report};
use crate::portfolio::server::owned::Owned;
use crate::portfolio::valuation::Point;
use chrono::{DateTime, NaiveDate, Utc};
use serde::Serialize;
use utoipa::ToSchema;

/// A day of a portfolio, in its base currency.
#[derive(Debug, Serialize, ToSchema)]
pub struct HistoryDay {
    /// The day.
    day: NaiveDate,
    /// Value at its close; today, at this moment.
    value: Exact,
    /// What came in less what went out at its start.
    flow: Exact,
    /// What went out at its end, at the day's own prices.
    closing_outflow: Exact,
    /// Dividends that its prices have in them already.
    in_prices: Exact,
    /// Its return: 0.01 is one percent. None where the whole return is not defined.
    r#return: Option<Exact>,
}

/// A value at a moment.
#[derive(Debug, Serialize, ToSchema)]
pub struct HistoryMoment {
    /// The moment.
    #[serde(with = "crate::time::millis")]
    time: DateTime<Utc>,
    /// The value of what is held now.
    value: Exact,
}

/// A return: 0.1 is ten percent.
#[derive(Debug, Serialize, ToSchema)]
pub struct Return {
    /// The whole of it.
    total: Exact,
    /// The same a year, where the time is longer than one.
    annualised: Option<Exact>,
}

/// The largest fall from a peak.
#[derive(Debug, Serialize, ToSchema)]
pub struct Drawdown {
    /// How far: -0.2 is a fifth.
    depth: Exact,
    /// The day of the peak.
    peak: NaiveDate,
    /// The day of the deepest point.
    trough: NaiveDate,
    /// The day on which the peak was reached again; none if it was not.
    recovered: Option<NaiveDate>,
}

/// What the portfolio is held against, on the same days and in the same currency.
#[derive(Debug, Serialize, ToSchema)]
pub struct Benchmark {
    /// Its symbol.
    symbol: String,
    /// Its return; none where its price at the beginning is not known.
    r#return: Option<Return>,
    /// How much the portfolio moves with it.
    beta: Option<Exact>,
    /// How closely it does.
    correlation: Option<Exact>,
}

/// The return of a month, or of the part of it that lies in the stretch.
#[derive(Debug, Serialize, ToSchema)]
pub struct MonthReturn {
    /// The year.
    year: i32,
    /// The month, from 1.
    month: u32,
    /// Its return: 0.01 is one percent.
    r#return: Exact,
}

/// What a holding gave.
#[derive(Debug, Serialize, ToSchema)]
pub struct Contribution {
    /// Its symbol; none for cash: interest, fees that belong to no instrument, and what its currencies gained.
    symbol: Option<String>,
    /// Its gain in the base currency, with income and less fees.
    gain: Exact,
    /// The gain as a part of the average capital.
    rate: Option<Exact>,
}

/// What became of a portfolio: at most 20,000 days.
#[derive(Debug, Serialize, ToSchema)]
pub struct History {
    /// Which portfolio.
    portfolio_id: String,
    /// ISO 4217 code that all amounts are in.
    base_currency: String,
    /// The first day that counts; none where nothing was done before the end.
    from: Option<NaiveDate>,
    /// The last day that counts.
    to: Option<NaiveDate>,
    /// Value at the close before the first day.
    opened_with: Exact,
    /// What came in less what went out.
    net_flow: Exact,
    /// Value at the end less value at the beginning, the net flow, and dividends that the prices have in them already.
    gain: Exact,
    /// What changed the value, from its beginning to its end. Dividends that the prices have in them already are in both the prices'
    /// and the income.
    change_by: Change,
    /// The time-weighted return; none where a value was not above zero while something was held.
    twr: Option<Return>,
    /// The largest fall; none where nothing fell.
    drawdown: Option<Drawdown>,
    /// Standard deviation of the log returns of trading days x sqrt(252).
    volatility: Option<Exact>,
    /// Sharpe ratio.
    sharpe: Option<Exact>,
    /// Sortino ratio.
    sortino: Option<Exact>,
    /// What it is held against, where one is chosen.
    benchmark: Option<Benchmark>,
    /// The days, the oldest first.
    days: Vec<HistoryDay>,
    /// Of the range `1d`, the value of what is held now every five minutes of the last day.
    moments: Vec<HistoryMoment>,
    /// The months, the oldest first.
    months: Vec<MonthReturn>,
    /// What each holding gave, the most first. Their sum is the gain.
    contributions: Vec<Contribution>,
}

fn rate(total: Decimal, annualised: Option<Decimal>) -> Return {
    Return {
        total: total.into(),
        annualised: annualised.map(Exact),
    }
}

fn exact(ratio: Option<Decimal>) -> Option<Exact> {
    ratio.map(Exact)
}

impl History {
    /// What is known of a stretch; nothing where nothing was done before its end.
    pub fn of(owned: &Owned, told: Option<&Report>, moments: Vec<Point>) -> Self {
        let amount = |figure: fn(&Report) -> Decimal| told.map(figure).unwrap_or_default().into();
        let benchmark = owned.settings.benchmark.clone().map(|symbol| {
            let known = told.and_then(|report| report.benchmark.as_ref());
            Benchmark {
                symbol,
                r#return: known.and_then(|one| Some(rate(one.total?, one.annualised))),
                beta: exact(known.and_then(|one| one.beta)),
                correlation: exact(known.and_then(|one| one.correlation)),
            }
        });
        Self {
            portfolio_id: owned.id.clone(),
            base_currency: owned.base().to_owned(),
            from: told.map(|report| report.stretch.first),
            to: told.map(|report| report.stretch.last),
            opened_with: amount(|report| report.opened_with),
            net_flow: amount(|report| report.change.flows),
            gain: amount(|report| report.gain),
            change_by: told.map_or_else(Change::default, |report| report.change.into()),
            twr: told
                .and_then(|report| report.twr.as_ref())
                .map(|twr| rate(twr.total, twr.annualised)),
            drawdown: told.and_then(|report| report.drawdown).map(Drawdown::from),
            volatility: exact(told.and_then(|report| report.volatility)),
            sharpe: exact(told.and_then(|report| report.sharpe)),
            sortino: exact(told.and_then(|report| report.sortino)),
            benchmark,
            days: told.map_or_else(Vec::new, days),
            moments: moments
                .into_iter()
                .map(|point| HistoryMoment {
                    time: point.time,
                    value: point.value.into(),
                })
                .collect(),
            months: told.map_or_else(Vec::new, |report| months(&report.months)),
            contributions: told.map_or_else(Vec::new, |report| report.contributions.iter().map(Contribution::from).collect()),
        }
    }
}

impl From<performance::Drawdown> for Drawdown {
    fn from(fall: performance::Drawdown) -> Self {
        Self {
            depth: fall.depth.into(),
            peak: fall.peak,
            trough: fall.trough,
            recovered: fall.recovered,
        }
    }
}

impl From<&report::Contribution> for Contribution {
    fn from(one: &report::Contribution) -> Self {
        Self {
            symbol: match &one.of {
                Held::Instrument(symbol) => Some(symbol.clone()),
                Held::Cash => None,
            },
            gain: one.gain.into(),
            rate: exact(one.rate),
        }
    }
}

fn days(report: &Report) -> Vec<HistoryDay> {
    let returns: &[DayReturn] = report.twr.as_ref().map_or(&[], |twr| &twr.periods);
    let days = report.days.iter().enumerate().map(|(at, day)| HistoryDay {
        day: day.day,
        value: day.value.into(),
        flow: day.flow.into(),
        closing_outflow: day.closing_outflow.into(),
        in_prices: day.in_prices.into(),
        r#return: returns.get(at).map(|one| one.rate.into()),
    });
    days.collect()
}

fn months(years: &[report::YearOfMonths]) -> Vec<MonthReturn> {
    let all = years.iter().rev().flat_map(|year| {
        let months = (1..).zip(year.months);
        months.filter_map(|(month, rate)| {
            Some(MonthReturn {
                year: year.year,
                month,
                r#return: rate?.into(),
            })
        })
    });
    all.collect()
}
