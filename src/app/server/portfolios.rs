//! The pages of a person's portfolios: which there are, a new one, settings, the end of one.

use crate::app::server::AppState;
use crate::app::server::desk::{Desk, check_currency, head, to};
use crate::market::server::index;
use crate::portfolio::book::Terms;
use crate::portfolio::server::ledger::LedgerError;
use crate::portfolio::settings::Settings;
use crate::portfolio::typed::{Errors, Typed, things};
use crate::portfolio::view::ledger::portfolios::Row;
use crate::portfolio::view::ledger::{portfolios, settings};
use axum::Router;
use axum::extract::{Form, Path};
use axum::http::StatusCode;
use axum::response::Response;
use axum::routing::{MethodRouter, get, post};

/// The doors of these pages.
pub fn routes() -> Router<AppState> {
    let router = both(Router::new(), "/portfolios/", get(list));
    let router = both(router, "/portfolios/new/", get(new).post(open));
    let router = both(router, "/portfolios/{id}/settings/", get(show).post(settle));
    both(router, "/portfolios/{id}/delete/", post(close))
}

/// A route with its last slash and without.
pub fn both(router: Router<AppState>, path: &str, doors: MethodRouter<AppState>) -> Router<AppState> {
    router.route(path, doors.clone()).route(path.trim_end_matches('/'), doors)
}

async fn list(desk: Desk) -> Response {
    desk.answer(async {
        let rows = desk.ledger().portfolios(desk.user()).await?;
        let rows = rows.into_iter().map(|one| Row {
            id: one.id,
            settings: one.settings,
            activities: one.activities,
        });
        let rows: Vec<Row> = rows.collect();
        let deleted = desk.query().ticked("deleted");
        let content = move || portfolios::portfolios(rows, deleted);
        Ok(desk.page(StatusCode::OK, "Portfolios", content).await)
    })
    .await
}

/// What a portfolio can be held against: instruments, and the shipped index.
async fn benchmarks(desk: &Desk) -> Result<Vec<(String, String)>, LedgerError> {
    let mut known = desk.instruments().await?;
    if known.iter().all(|(symbol, _)| symbol != index::SYMBOL) {
        known.push((index::SYMBOL.to_owned(), index::NAME.to_owned()));
    }
    Ok(known)
}

async fn new(desk: Desk) -> Response {
    let typed = things::of_settings(&Settings {
        name: String::new(),
        terms: Terms::in_currency("EUR"),
        benchmark: None,
    });
    desk.answer(new_page(&desk, typed, Errors::default())).await
}

async fn new_page(desk: &Desk, typed: Typed, errors: Errors) -> Result<Response, LedgerError> {
    let known = benchmarks(desk).await?;
    let shown = errors.clone();
    let content = move || settings::new_portfolio(&typed, &shown, &known);
    Ok(desk.form(&errors, "New portfolio", content).await)
}

async fn open(desk: Desk, Form(typed): Form<Vec<(String, String)>>) -> Response {
    let typed = Typed(typed);
    desk.answer(async {
        let refused = match read(&typed, None) {
            Ok(settings) => match desk.ledger().open(desk.user(), &settings).await {
                Ok(id) => return Ok(to(&format!("/portfolios/{id}/activities/"))),
                Err(LedgerError::Invalid(invalid)) => Errors::from(invalid),
                Err(other) => return Err(other),
            },
            Err(errors) => errors,
        };
        new_page(&desk, typed, refused).await
    })
    .await
}

async fn show(desk: Desk, Path(id): Path<String>) -> Response {
    desk.answer(async {
        let listed = desk.ledger().portfolio(desk.user(), &id).await?;
        let typed = things::of_settings(&listed.settings);
        settings_page(&desk, &id, typed, Errors::default(), false).await
    })
    .await
}

async fn settings_page(desk: &Desk, id: &str, typed: Typed, errors: Errors, wrong_name: bool) -> Result<Response, LedgerError> {
    let listed = desk.ledger().portfolio(desk.user(), id).await?;
    let known = benchmarks(desk).await?;
    let title = format!("Settings of {}", listed.settings.name);
    let saved = desk.query().ticked("saved");
    let shown = errors.clone();
    let content = move || settings::settings(&head(&listed), &typed, &shown, &known, saved, wrong_name);
    let status = if errors.is_empty() && !wrong_name {
        StatusCode::OK
    } else {
        StatusCode::UNPROCESSABLE_ENTITY
    };
    Ok(desk.page(status, &title, content).await)
}

async fn settle(desk: Desk, Path(id): Path<String>, Form(typed): Form<Vec<(String, String)>>) -> Response {
    let typed = Typed(typed);
    desk.answer(async {
        let before = desk.ledger().portfolio(desk.user(), &id).await?;
        let refused = match read(&typed, Some(&before.settings)) {
            Ok(settings) => match desk.ledger().settle(desk.user(), &id, &settings).await {
                Ok(()) => return Ok(to(&format!("/portfolios/{id}/settings/?saved"))),
                Err(LedgerError::Invalid(invalid)) => Errors::from(invalid),
                Err(other) => return Err(other),
            },
            Err(errors) => errors,
        };
        settings_page(&desk, &id, typed, refused, false).await
    })
    .await
}

async fn close(desk: Desk, Path(id): Path<String>, Form(typed): Form<Vec<(String, String)>>) -> Response {
    let typed = Typed(typed);
    desk.answer(async {
        let listed = desk.ledger().portfolio(desk.user(), &id).await?;
        if typed.get("confirm") != listed.settings.name {
            let typed = things::of_settings(&listed.settings);
            return settings_page(&desk, &id, typed, Errors::default(), true).await;
        }
        desk.ledger().close(desk.user(), &id).await?;
        Ok(to("/portfolios/?deleted"))
    })
    .await
}

/// Reads the form; a currency that is there already may stay as it is.
fn read(typed: &Typed, before: Option<&Settings>) -> Result<Settings, Errors> {
    let settings = things::settings(typed)?;
    let mut errors = Errors::default();
    if before.is_none_or(|before| before.terms.base_currency != settings.terms.base_currency) {
        check_currency(typed, "base_currency", &mut errors);
    }
    if errors.is_empty() { Ok(settings) } else { Err(errors) }
}
