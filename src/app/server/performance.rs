//! The page of what became of a portfolio over time.

use crate::app::server::AppState;
use crate::app::server::desk::{Desk, to};
use crate::app::server::figures::{head_of, moment, with};
use crate::app::server::portfolios::both;
use crate::app::shell::with_client;
use crate::market::span::Span;
use crate::money::Decimal;
use crate::portfolio::performance::DayValue;
use crate::portfolio::range::Range;
use crate::portfolio::ratio::PLACES;
use crate::portfolio::ratio::risk::DayReturn;
use crate::portfolio::report::Report;
use crate::portfolio::server::Portfolios;
use crate::portfolio::server::owned::Owned;
use crate::portfolio::settings::Invalid;
use crate::portfolio::typed::{Errors, Typed, number};
use crate::portfolio::view::figures::parts::Pages;
use crate::portfolio::view::figures::performance::{Performance, performance};
use crate::portfolio::view::figures::performance_lines::{return_plot, value_plot};
use crate::ui::chart::Sample;
use crate::ui::chart::frame::CLIENT;
use crate::ui::chart::plot::json::Told;
use axum::Router;
use axum::extract::Path;
use axum::http::{StatusCode, header};
use axum::response::{IntoResponse as _, Response};
use axum::routing::get;
use chrono::{DateTime, NaiveDate, Utc};

/// The doors of these pages.
pub fn routes() -> Router<AppState> {
    let router = Router::new()
        .route("/portfolios/{id}/performance/days.csv", get(download))
        .route("/portfolios/{id}/performance/{chart}", get(chart));
    both(router, "/portfolios/{id}/performance/", get(show))
}

async fn show(desk: Desk, Path(id): Path<String>) -> Response {
    desk.answer(async {
        let query = desk.query();
        let shown = with(&desk, &id, move |portfolios, owned, now| of(portfolios, owned, now, query)).await?;
        let title = format!("Performance of {}", shown.head.name);
        let errors = shown.errors.clone();
        Ok(desk.form(&errors, &title, move || with_client(performance(shown), CLIENT)).await)
    })
    .await
}

/// The content of a chart of the page, for whoever draws it.
async fn chart(desk: Desk, Path((id, name)): Path<(String, String)>) -> Response {
    desk.answer(async {
        let query = desk.query();
        let shown = with(&desk, &id, move |portfolios, owned, now| of(portfolios, owned, now, query)).await?;
        let plot = shown.report.as_ref().and_then(|report| match name.as_str() {
            "value.json" => Some(value_plot(report, &shown.head.base_currency, &shown.moments)),
            "return.json" => return_plot(report, &shown.head.name, shown.benchmark.as_deref()),
            _ => None,
        });
        let Some(plot) = plot else {
            return Ok(StatusCode::NOT_FOUND.into_response());
        };
        let head = [(header::CACHE_CONTROL, "private, no-store")];
        Ok((head, axum::Json(Told::of(&plot, None, false, None))).into_response())
    })
    .await
}

/// The days of a stretch as a table for other programs. What cannot be accepted is told by the page.
async fn download(desk: Desk, Path(id): Path<String>) -> Response {
    desk.answer(async {
        let query = desk.query();
        let address = format!("/portfolios/{id}/performance/?{}", desk.query_text());
        let made = with(&desk, &id, move |portfolios, owned, now| {
            let day = now.date_naive();
            let range = range(&query, day).ok()?;
            let report = owned.report(&portfolios.market, day, range, Decimal::ZERO);
            Some(report.map_or_else(|| lines(&[], &[]), |report| days_of(&report)))
        });
        let Some(table) = made.await? else { return Ok(to(&address)) };
        let head = [
            (header::CONTENT_TYPE, "text/csv; charset=utf-8"),
            (header::CONTENT_DISPOSITION, "attachment; filename=\"performance-days.csv\""),
            (header::CACHE_CONTROL, "private, no-store"),
        ];
        Ok((head, table).into_response())
    })
    .await
}

fn days_of(report: &Report) -> String {
    let returns = report.twr.as_ref().map_or(&[][..], |twr| &twr.periods);
    lines(&report.days, returns)
}

/// Days and figures alone: nothing in it is a text of anybody's, and no cell a formula.
fn lines(days: &[DayValue], returns: &[DayReturn]) -> String {
    let mut table = String::from("day,value,flow,closing_outflow,dividends_in_prices,return\n");
    for (at, day) in days.iter().enumerate() {
        let rate = returns.get(at).map(|one| one.rate.round_dp(PLACES).normalize().to_string());
        let figures = [day.value, day.flow, day.closing_outflow, day.in_prices].map(|figure| figure.normalize().to_string());
        table += &format!("{},{},{}\n", day.day, figures.join(","), rate.unwrap_or_default());
    }
    table
}

/// What the page shows. What cannot be accepted is told, and the usual stretch is shown.
fn of(portfolios: &Portfolios, owned: &Owned, now: DateTime<Utc>, typed: Typed) -> Performance {
    let (market, day) = (&portfolios.market, now.date_naive());
    let mut errors = Errors::default();
    let range = range(&typed, day).unwrap_or_else(|invalid| {
        errors.add(invalid.field, invalid.reason);
        Range::default()
    });
    let risk_free = risk_free(&typed).unwrap_or_else(|invalid| {
        errors.add(invalid.field, invalid.reason);
        Decimal::ZERO
    });
    let report = owned.report(market, day, range, risk_free);
    let moments = if range == Range::Named(Span::Day) {
        owned.recent_values(market, day)
    } else {
        vec![]
    };
    let moments = moments.into_iter().map(|point| Sample {
        time_ms: point.time.timestamp_millis(),
        value: point.value,
    });
    let cut = |name: &str, mut all: Vec<DayValue>| {
        all.reverse();
        let pages = Pages::of(typed.get(name), all.len());
        (pages.cut(all), pages)
    };
    let told = report.as_ref();
    let flows = told.map_or_else(Vec::new, |report| report.flows().copied().collect());
    let days = told.map_or_else(Vec::new, |report| report.days.clone());
    Performance {
        head: head_of(owned),
        as_of: moment(now),
        benchmark: owned.settings.benchmark.clone(),
        benchmark_note: owned.benchmark_note(market),
        moments: moments.collect(),
        flows: cut("flows", flows),
        days: cut("days", days),
        range,
        typed,
        errors,
        report,
    }
}

fn range(typed: &Typed, today: NaiveDate) -> Result<Range, Invalid> {
    // The form of own days names the stretch that it was opened on, for who changes the rate alone.
    let named = match typed.get("range") {
        "" if typed.get("from").is_empty() && typed.get("to").is_empty() => typed.get("was"),
        range => range,
    };
    Range::read(named, typed.get("from"), typed.get("to"), today)
}

/// The rate a year of what has no risk, typed in percent.
fn risk_free(typed: &Typed) -> Result<Decimal, Invalid> {
    let percent = number::read(typed.get("risk_free")).map_err(|reason| Invalid::new("risk_free", reason))?;
    let percent = percent.unwrap_or_default();
    if percent.abs() > Decimal::ONE_HUNDRED {
        return Err(Invalid::new("risk_free", "from -100 to 100 percent a year is accepted"));
    }
    Ok(percent / Decimal::ONE_HUNDRED)
}
