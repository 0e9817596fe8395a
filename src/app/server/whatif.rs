//! The page of what would be. It asks by its address alone, so it can be kept and sent; nothing is saved. In a browser with a
//! script the answer is worked out there, from the premise that this tells.

use crate::app::server::AppState;
use crate::app::server::desk::Desk;
use crate::app::server::figures::{head_of, with};
use crate::app::server::portfolios::both;
use crate::app::shell::with_client;
use crate::portfolio::mark::Price;
use crate::portfolio::premise::Premise;
use crate::portfolio::server::Portfolios;
use crate::portfolio::server::ledger::LedgerError;
use crate::portfolio::server::owned::{ALL, Owned};
use crate::portfolio::typed::Typed;
use crate::portfolio::typed::trial::try_out;
use crate::portfolio::view::figures::what_if::{Shown, what_if as page};
use crate::ui::format;
use axum::extract::Path;
use axum::http::header::CACHE_CONTROL;
use axum::response::{IntoResponse as _, Response};
use axum::routing::get;
use axum::{Json, Router};
use chrono::NaiveDate;
use std::collections::BTreeMap;

/// Lots that the form offers to choose from. The page of lots leads here with any other.
const OFFERED: usize = 200;

/// The doors of this page.
pub fn routes() -> Router<AppState> {
    let router = both(Router::new(), "/portfolios/{id}/what-if/", get(show));
    router.route("/portfolios/{id}/what-if/premise", get(premise))
}

async fn show(desk: Desk, Path(id): Path<String>) -> Response {
    desk.answer(async {
        not_all(&id)?;
        let typed = desk.query();
        let known = desk.instruments().await?;
        let shown = with(&desk, &id, move |portfolios, owned, now| {
            of(portfolios, owned, now.date_naive(), typed, known)
        });
        let shown = shown.await?;
        let errors = shown.errors.clone();
        let title = format!("What if, {}", shown.head.name);
        Ok(desk.form(&errors, &title, move || with_client(page(shown), "what_if")).await)
    })
    .await
}

async fn premise(desk: Desk, Path(id): Path<String>) -> Response {
    desk.answer(async {
        not_all(&id)?;
        let known = desk.instruments().await?;
        let premise = with(&desk, &id, move |portfolios, owned, now| {
            let day = now.date_naive();
            let held = owned.prices(&portfolios.market, day).into_iter();
            let mut prices: BTreeMap<String, Price> = held.map(|(symbol, one)| (symbol.to_string(), one.price)).collect();
            for (symbol, _) in known {
                if !prices.contains_key(&symbol)
                    && let Some(priced) = owned.priced(&portfolios.market, &symbol, day)
                {
                    prices.insert(symbol, priced.price);
                }
            }
            let mark = |currency: &str| owned.rate_now(&portfolios.market, currency, day);
            let book = owned.books.first()?;
            Some(Premise::new(book, day, prices, &owned.rates, mark))
        });
        let premise = premise.await?.ok_or(LedgerError::NotFound("portfolio"))?;
        Ok(([(CACHE_CONTROL, "private, no-store")], Json(premise)).into_response())
    })
    .await
}

/// Which of several portfolios would trade cannot be said of all together.
fn not_all(id: &str) -> Result<(), LedgerError> {
    if id == ALL {
        Err(LedgerError::NotFound("portfolio"))
    } else {
        Ok(())
    }
}

fn of(portfolios: &Portfolios, owned: &Owned, day: NaiveDate, typed: Typed, known: Vec<(String, String)>) -> Shown {
    let answer = owned.books.first().map_or(Ok(None), |book| {
        let prices = owned.prices(&portfolios.market, day);
        let price = |symbol: &str| {
            let held = prices.get(symbol).cloned();
            held.or_else(|| owned.priced(&portfolios.market, symbol, day)).map(|one| one.price)
        };
        try_out(book, &typed, day, &owned.rates, price, |currency| {
            owned.rate_now(&portfolios.market, currency, day)
        })
    });
    let (outcome, errors) = match answer {
        Ok(outcome) => (outcome, Default::default()),
        Err(errors) => (None, errors),
    };
    Shown {
        head: head_of(owned),
        typed,
        errors,
        known,
        lots: lots(owned),
        outcome,
    }
}

/// The open lots to choose from, with their words.
fn lots(owned: &Owned) -> Vec<(String, String)> {
    let books = owned.books.iter();
    let lots = books.flat_map(|book| {
        let long = book.positions().iter().filter(|position| !position.short);
        long.flat_map(move |position| {
            let open = position.lots.open().into_iter();
            open.filter_map(move |lot| {
                let id = book.activity(lot.opened)?.id.clone();
                let words = format!(
                    "{} of {}: {}",
                    position.symbol,
                    format::day(lot.day),
                    format::quantity(lot.quantity)
                );
                Some((id, words))
            })
        })
    });
    lots.take(OFFERED).collect()
}
