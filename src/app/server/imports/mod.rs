//! The pages of files: bringing them in, what they become, taking history out.

mod columns;
mod export;
mod preview;
mod upload;
mod whole;

use crate::app::server::AppState;
use crate::app::server::desk::{Desk, head, to};
use crate::app::server::portfolios::both;
use crate::imports::server::uploads::upload::Upload;
use crate::imports::view::files::{self, Earlier, Said, Waiting};
use crate::portfolio::server::ledger::LedgerError;
use crate::portfolio::typed::Typed;
use axum::Router;
use axum::extract::{DefaultBodyLimit, Form, Path};
use axum::http::StatusCode;
use axum::response::Response;
use axum::routing::{get, post};
use std::sync::Arc;

/// How the label of an import begins, whoever made it.
const LABEL: &str = "Import of ";

/// The doors of these pages.
pub fn routes() -> Router<AppState> {
    let router = both(Router::new(), "/portfolios/{id}/import/undo/", post(undo));
    let router = both(router, "/portfolios/{id}/import/{upload}/", get(preview::show));
    let router = both(router, "/portfolios/{id}/import/{upload}/apply/", post(preview::apply));
    let router = both(router, "/portfolios/{id}/import/{upload}/cancel/", post(preview::cancel));
    let router = both(router, "/portfolios/{id}/import/{upload}/currency/", post(preview::take_currency));
    let router = both(router, "/portfolios/{id}/import/{upload}/cash/", post(preview::leave_cash));
    let router = both(router, "/portfolios/{id}/import/{upload}/columns/", post(columns::say));
    let router = both(router, "/account/import/{upload}/", get(whole::preview));
    let router = both(router, "/account/import/{upload}/apply/", post(whole::apply));
    let router = both(router, "/account/import/{upload}/cancel/", post(whole::cancel));
    router
        .route("/portfolios/{id}/export/{file}", get(export::download))
        .route("/account/export/finflow-account.json", get(whole::download))
}

/// The door that files come through: its bound is that of the files, and counted while they come.
pub fn uploading() -> Router<AppState> {
    let router = both(Router::new(), "/portfolios/{id}/import/", get(show).post(upload::receive));
    both(router, "/account/import/", get(whole::show).post(whole::receive)).layer(DefaultBodyLimit::disable())
}

async fn show(desk: Desk, Path(id): Path<String>) -> Response {
    let said = desk.query().ticked("undone").then(|| Said {
        wrong: false,
        text: "The import was undone.".to_owned(),
    });
    let nothing = desk.query().ticked("nothing").then(|| Said {
        wrong: false,
        text: "Everything in the file was here already. Nothing was changed.".to_owned(),
    });
    desk.answer(page(&desk, &id, StatusCode::OK, said.or(nothing))).await
}

/// The page of files.
async fn page(desk: &Desk, id: &str, status: StatusCode, said: Option<Said>) -> Result<Response, LedgerError> {
    let listed = desk.ledger().portfolio(desk.user(), id).await?;
    let made = desk.ledger().changes(desk.user(), id).await?;
    let earlier = made.into_iter().filter(|one| one.label.starts_with(LABEL)).map(|one| Earlier {
        change: one.id,
        label: one.label,
        written: one.written,
        made_at: one.made_at,
        undone: one.undone,
    });
    let earlier: Vec<_> = earlier.collect();
    let waiting = desk.uploads().of(desk.user(), id).into_iter().map(|one| Waiting {
        id: one.id.clone(),
        name: one.name.clone(),
        bytes: one.bytes() as u64,
    });
    let waiting: Vec<_> = waiting.collect();
    let content = move || files::files(&head(&listed), said, waiting, earlier);
    Ok(desk.page(status, "Import and export", content).await)
}

async fn undo(desk: Desk, Path(id): Path<String>, Form(typed): Form<Vec<(String, String)>>) -> Response {
    let typed = Typed(typed);
    desk.answer(async {
        match desk.ledger().undo(desk.user(), &id, typed.get("change")).await {
            Ok(()) => Ok(to(&format!("/portfolios/{id}/import/?undone"))),
            Err(LedgerError::Conflict(text)) => {
                let text = text + " Nothing was undone.";
                page(&desk, &id, StatusCode::CONFLICT, Some(Said { wrong: true, text })).await
            }
            Err(other) => Err(other),
        }
    })
    .await
}

/// A person's file; what is another's is not there.
fn find(desk: &Desk, portfolio: &str, upload: &str) -> Result<Arc<Upload>, LedgerError> {
    let found = desk.uploads().get(desk.user(), portfolio, upload);
    found.ok_or(LedgerError::NotFound("file"))
}
