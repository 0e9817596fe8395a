//! The pages of what a portfolio is worth and why: the overview, derivations, lots.

use crate::app::pages::not_found::not_found;
use crate::app::server::AppState;
use crate::app::server::desk::Desk;
use crate::app::server::lots::of as lots_of;
use crate::app::server::portfolios::both;
use crate::money::{Decimal, percent_of};
use crate::portfolio::derivation::{Derivation, Figure};
use crate::portfolio::ratio::xirr::{Mwr, NoRate};
use crate::portfolio::server::Portfolios;
use crate::portfolio::server::ledger::LedgerError;
use crate::portfolio::server::owned::{ALL, Owned, Returns};
use crate::portfolio::view::figures::derivation::{Shown, derivation, title};
use crate::portfolio::view::figures::lots::lots;
use crate::portfolio::view::figures::overview::{Line, Named, Overview, overview};
use crate::portfolio::view::figures::parts::Pages;
use crate::portfolio::view::figures::positions::{Gone, Row};
use crate::portfolio::view::ledger::Head;
use crate::server::database::StorageError;
use crate::ui::format;
use axum::Router;
use axum::extract::Path;
use axum::http::StatusCode;
use axum::response::Response;
use axum::routing::get;
use chrono::{DateTime, Utc};
use std::collections::BTreeMap;
use std::sync::Arc;

/// The doors of these pages.
pub fn routes() -> Router<AppState> {
    let router = both(Router::new(), "/portfolios/{id}/", get(show));
    let router = both(router, "/portfolios/{id}/figures/{figure}/", get(explain));
    both(router, "/portfolios/{id}/lots/", get(list))
}

/// Works on a portfolio on a thread that may take its time.
pub async fn with<T: Send + 'static>(
    desk: &Desk,
    id: &str,
    work: impl FnOnce(&Portfolios, &Owned, DateTime<Utc>) -> T + Send + 'static,
) -> Result<T, LedgerError> {
    work_on(desk.portfolios(), desk.user(), id, work).await
}

/// The same for whoever asks.
pub async fn work_on<T: Send + 'static>(
    portfolios: &Portfolios,
    user: &str,
    id: &str,
    work: impl FnOnce(&Portfolios, &Owned, DateTime<Utc>) -> T + Send + 'static,
) -> Result<T, LedgerError> {
    let portfolios = portfolios.clone();
    let owned: Arc<Owned> = portfolios.valued(user, id).await?;
    let now = portfolios.now();
    let done = tokio::task::spawn_blocking(move || work(&portfolios, &owned, now));
    done.await.map_err(|error| {
        tracing::error!(%error, "valuing a portfolio");
        LedgerError::Storage(StorageError::Fault)
    })
}

/// What the pages of a portfolio say of it.
pub fn head_of(owned: &Owned) -> Head {
    Head {
        id: owned.id.clone(),
        name: owned.settings.name.clone(),
        base_currency: owned.base().to_owned(),
        activities: owned.books.iter().map(|book| book.activities().len() as u64).sum(),
    }
}

/// The moment that figures are of.
pub fn moment(now: DateTime<Utc>) -> String {
    format!("{}, {}", format::day(now.date_naive()), format::time_of_day(now))
}

async fn show(desk: Desk, Path(id): Path<String>) -> Response {
    desk.answer(async {
        let shown = with(&desk, &id, of).await?;
        let name = shown.head.name.clone();
        Ok(desk.page(StatusCode::OK, &name, move || overview(shown)).await)
    })
    .await
}

async fn explain(desk: Desk, Path((id, figure)): Path<(String, String)>) -> Response {
    desk.answer(async {
        let Some(figure) = Figure::of_label(&figure) else {
            return Ok(desk.page(StatusCode::NOT_FOUND, "Not found", not_found).await);
        };
        let asked = desk.query().get("page").to_owned();
        let shown = with(&desk, &id, move |portfolios, owned, now| {
            let day = now.date_naive();
            let whole = owned.explain(&portfolios.market, day, figure);
            let pages = Pages::of(&asked, whole.parts.len());
            let (why, note) = match figure {
                Figure::Twr | Figure::Mwr => said(figure, &owned.returns(&portfolios.market, day)),
                _ => (String::new(), String::new()),
            };
            Shown {
                head: head_of(owned),
                pages,
                as_of: moment(now),
                why,
                note,
                derivation: Derivation {
                    parts: pages.cut(whole.parts),
                    ..whole
                },
            }
        });
        let shown = shown.await?;
        let title = format!("{} of {}", title(figure), shown.head.name);
        Ok(desk.page(StatusCode::OK, &title, move || derivation(shown)).await)
    })
    .await
}

async fn list(desk: Desk, Path(id): Path<String>) -> Response {
    desk.answer(async {
        let query = desk.query();
        let shown = with(&desk, &id, move |portfolios, owned, now| {
            lots_of(&portfolios.market, owned, now, &query)
        });
        let shown = shown.await?;
        let title = format!("Lots of {}", shown.head.name);
        Ok(desk.page(StatusCode::OK, &title, move || lots(shown)).await)
    })
    .await
}

/// Why a return is not there, and what it is a year.
fn said(figure: Figure, returns: &Returns) -> (String, String) {
    match figure {
        Figure::Twr => {
            let yearly = returns.twr.as_ref().and_then(|twr| twr.annualised);
            let yearly = yearly.and_then(|rate| rate.checked_mul(Decimal::ONE_HUNDRED));
            let note = yearly.map(|rate| format!("That is {} a year.", format::signed_percent(rate)));
            (NO_TWR.to_owned(), note.unwrap_or_default())
        }
        _ => (mwr_of(&returns.mwr).err().unwrap_or_default(), String::new()),
    }
}

const NO_TWR: &str = "Nothing was there to gain on: the value before a flow was not above zero.";

fn mwr_of(mwr: &Mwr) -> Result<Decimal, String> {
    let percent = |rate: &Decimal| rate.checked_mul(Decimal::ONE_HUNDRED).unwrap_or_default();
    match mwr {
        Mwr::Rate(rate) => Ok(percent(rate)),
        Mwr::Several(rates) => {
            let all: Vec<_> = rates.iter().map(|rate| format::signed_percent(percent(rate))).collect();
            Err(format!("Several rates fit: {}.", all.join(", ")))
        }
        Mwr::None(NoRate::NoTime) => Err("All flows are on one day.".to_owned()),
        Mwr::None(NoRate::OneDirection) => Err("Money only went in, or only came out.".to_owned()),
        Mwr::None(NoRate::NoRoot) => Err("No rate fits the flows.".to_owned()),
    }
}

/// What the overview shows.
fn of(portfolios: &Portfolios, owned: &Owned, now: DateTime<Utc>) -> Overview {
    let (market, day) = (&portfolios.market, now.date_naive());
    let valuation = owned.valuation(market, day);
    let returns = owned.returns(market, day);
    let mut booked: BTreeMap<String, (Decimal, Decimal)> = BTreeMap::new();
    for position in owned.books.iter().flat_map(|book| book.positions()) {
        let sums = booked.entry(position.symbol.to_string()).or_default();
        sums.0 += position.realised;
        sums.1 += position.income;
    }
    let prices = owned.prices(market, day);
    let rows = valuation.investments.iter().map(|holding| {
        let is_cash = holding.kind.is_some();
        let (realised, income) = if is_cash { None } else { booked.remove(&holding.symbol) }.unwrap_or_default();
        let has_value = is_cash || holding.unrealised.is_some();
        let source = prices
            .get(holding.symbol.as_str())
            .filter(|_| !is_cash)
            .map(|priced| priced.in_words(now));
        Row {
            weight: percent_of(holding.value, valuation.total_value).filter(|_| has_value),
            unrealised_percent: holding
                .unrealised
                .zip(holding.cost)
                .and_then(|(gain, cost)| percent_of(gain, cost.abs())),
            realised,
            income,
            source: source.unwrap_or_default(),
            holding: holding.clone(),
        }
    });
    let rows = rows.collect();
    let gone = booked
        .into_iter()
        .filter(|(_, (realised, income))| !realised.is_zero() || !income.is_zero());
    let gone = gone.map(|(symbol, (realised, income))| Gone { symbol, realised, income });
    let twr = returns.twr.as_ref().map(|twr| {
        let rate = twr.annualised.unwrap_or(twr.total);
        (rate.checked_mul(Decimal::ONE_HUNDRED).unwrap_or_default(), twr.annualised.is_some())
    });
    // The oldest of the rates that the value is made with.
    let live = |currency: &str| portfolios.market.live_rates.rate(currency, owned.base()).is_some();
    let foreign = valuation
        .investments
        .iter()
        .filter(|row| row.currency != owned.base() && !live(&row.currency));
    let rates_of = foreign.filter_map(|row| Some(owned.rates.of(&row.currency, day)?.day)).min();
    let rates_of = rates_of.map(|of| format!(", at rates of {}", format::day(of))).unwrap_or_default();
    Overview {
        head: head_of(owned),
        as_of: moment(now) + &rates_of,
        twr: twr.ok_or_else(|| NO_TWR.to_owned()),
        mwr: mwr_of(&returns.mwr),
        rows,
        gone: gone.collect(),
        lines: lines(portfolios, owned, now),
        problems: problems(owned),
        carried: carried(owned),
        valuation,
    }
}

fn lines(portfolios: &Portfolios, owned: &Owned, now: DateTime<Utc>) -> Vec<Line> {
    if owned.id != ALL {
        return vec![];
    }
    let marked = owned.marked_now(&portfolios.market, now.date_naive());
    let named = owned.parts.iter().zip(&marked);
    let line = |((id, name), book): (&(String, String), &crate::portfolio::mark::MarkedBook)| Line {
        id: id.clone(),
        name: name.clone(),
        figures: [book.totals().value, book.totals().day_change, book.total_gain()],
    };
    named.map(line).collect()
}

fn problems(owned: &Owned) -> Vec<Named> {
    let all = owned.books.iter().enumerate().flat_map(|(number, book)| {
        book.problems().iter().map(move |problem| Named {
            portfolio: owned.portfolio_of(number).to_owned(),
            activity: problem.activity.clone(),
            what: format::day(problem.day),
            said: problem.fault.to_string(),
        })
    });
    all.collect()
}

fn carried(owned: &Owned) -> Vec<Named> {
    let all = owned.books.iter().enumerate().flat_map(|(number, book)| {
        book.carried().iter().filter_map(move |one| {
            let activity = book.activity(*one)?;
            let of = owned.rates.of(&activity.currency, activity.day)?;
            Some(Named {
                portfolio: owned.portfolio_of(number).to_owned(),
                activity: activity.id.clone(),
                what: format::day(activity.day),
                said: format!("{} at {} of {}", activity.currency, of.rate, format::day(of.day)),
            })
        })
    });
    all.collect()
}
