//! A whole account as one file: taken out, brought, looked at, and brought back.

use crate::app::server::desk::{Desk, to};
use crate::app::server::imports::upload::{Refused, take};
use crate::imports::server::uploads::upload::Upload;
use crate::imports::server::whole::command::label;
use crate::imports::server::whole::restore::{self, Plan, Taken, restore};
use crate::imports::server::whole::{collect, write};
use crate::imports::view::files::Said;
use crate::imports::view::whole::{self, Coming, Counted, Shown};
use crate::portfolio::server::ledger::LedgerError;
use crate::portfolio::typed::Typed;
use crate::server::database::StorageError;
use axum::extract::multipart::Multipart;
use axum::extract::{Form, Path};
use axum::http::{StatusCode, header};
use axum::response::{IntoResponse, Response};
use std::sync::Arc;

/// In the place of a portfolio, for a file that belongs to none.
const NO_PORTFOLIO: &str = "";
/// The status of what was not done.
const REFUSED: StatusCode = StatusCode::UNPROCESSABLE_ENTITY;
/// Name of the file that is taken out.
const FILE: &str = "finflow-account.json";

/// All that a person has.
pub async fn download(desk: Desk) -> Response {
    desk.answer(async {
        let whole = collect(desk.ledger(), &desk.uploads().mappings, desk.user()).await?;
        let failed = |error: String| {
            tracing::error!(error, "an account cannot be taken out");
            LedgerError::Storage(StorageError::Fault)
        };
        let bytes = tokio::task::spawn_blocking(move || write::bytes(whole)).await;
        let bytes = bytes.map_err(|error| failed(error.to_string()))?;
        let bytes = bytes.map_err(|error| failed(error.to_string()))?;
        let head = [
            (header::CONTENT_TYPE, "application/json".to_owned()),
            (header::CONTENT_DISPOSITION, format!("attachment; filename=\"{FILE}\"")),
            (header::CACHE_CONTROL, "private, no-store".to_owned()),
        ];
        Ok((head, bytes).into_response())
    })
    .await
}

/// The page that a file is brought on.
pub async fn show(desk: Desk) -> Response {
    bring_page(&desk, StatusCode::OK, None).await
}

async fn bring_page(desk: &Desk, status: StatusCode, said: Option<Said>) -> Response {
    desk.page(status, "Bring everything back", move || whole::bring(said)).await
}

/// Takes a file, and leads to what would come back.
pub async fn receive(desk: Desk, multipart: Multipart) -> Response {
    let refused = match take(&desk, NO_PORTFOLIO, multipart).await {
        Ok(kept) => match kept.as_slice() {
            [only] => return to(&format!("/account/import/{only}/")),
            several => {
                let held = several.iter().filter_map(|id| desk.uploads().get(desk.user(), NO_PORTFOLIO, id));
                held.for_each(|upload| desk.uploads().drop_one(&upload));
                Refused(StatusCode::UNPROCESSABLE_ENTITY, "Several files came. Choose one.".to_owned())
            }
        },
        Err(refused) => refused,
    };
    let text = refused.1 + " Nothing was changed.";
    bring_page(&desk, refused.0, Some(Said { wrong: true, text })).await
}

fn find(desk: &Desk, upload: &str) -> Result<Arc<Upload>, LedgerError> {
    let found = desk.uploads().get(desk.user(), NO_PORTFOLIO, upload);
    found.ok_or(LedgerError::NotFound("file"))
}

/// What would come back.
pub async fn preview(desk: Desk, Path(upload): Path<String>) -> Response {
    desk.answer(async {
        let held = find(&desk, &upload)?;
        page(&desk, &held, StatusCode::OK, None, "").await
    })
    .await
}

/// The page. `refused` says why it was not brought back, `taken` what was chosen then.
async fn page(desk: &Desk, held: &Arc<Upload>, status: StatusCode, refused: Option<String>, taken: &str) -> Result<Response, LedgerError> {
    let mut shown = Shown {
        id: held.id.clone(),
        name: held.name.clone(),
        bytes: held.bytes() as u64,
        taken: taken.to_owned(),
        refused,
        ..Shown::default()
    };
    match desk.uploads().whole(held).await {
        Err(faults) => faults.into_iter().for_each(|fault| shown.faulty.take(|| fault)),
        Ok(whole) => {
            let plan = Plan::new(&whole, &desk.ledger().there(desk.user()).await?, Taken::Beside);
            let count = |counted: restore::Counted| Counted {
                new: counted.new,
                known: counted.known,
            };
            shown.instruments = count(plan.instruments);
            shown.prices = count(plan.prices);
            shown.columns = plan.columns;
            shown.portfolios = plan.portfolios.into_iter().map(coming).collect();
        }
    }
    let content = move || whole::preview(shown);
    Ok(desk.page(status, "What would come back", content).await)
}

fn coming(one: restore::Coming) -> Coming {
    Coming {
        name: one.name,
        base_currency: one.base_currency,
        activities: one.activities,
        beside: one.comes_as.filter(|_| one.taken),
    }
}

/// Brings it back, whole.
pub async fn apply(desk: Desk, Path(upload): Path<String>, Form(typed): Form<Vec<(String, String)>>) -> Response {
    let typed = Typed(typed);
    let chosen = typed.get("taken");
    desk.answer(async {
        let held = find(&desk, &upload)?;
        let taken = Taken::named(chosen).unwrap_or_default();
        let Ok(whole) = desk.uploads().whole(&held).await else {
            return page(&desk, &held, REFUSED, None, chosen).await;
        };
        let (ledger, mappings) = (desk.ledger(), &desk.uploads().mappings);
        match restore(ledger, mappings, desk.user(), &label(&held.name), whole, taken).await {
            Ok(_) => {
                desk.uploads().drop_one(&held);
                Ok(to("/account/?done=restored"))
            }
            Err(LedgerError::Conflict(said)) => page(&desk, &held, REFUSED, Some(said + " Nothing was changed."), chosen).await,
            Err(LedgerError::Invalid(invalid)) => {
                let said = format!("{invalid}. Nothing was changed.");
                page(&desk, &held, REFUSED, Some(said), chosen).await
            }
            Err(other) => Err(other),
        }
    })
    .await
}

/// Drops the file.
pub async fn cancel(desk: Desk, Path(upload): Path<String>) -> Response {
    desk.answer(async {
        let held = find(&desk, &upload)?;
        desk.uploads().drop_one(&held);
        Ok(to("/account/"))
    })
    .await
}
