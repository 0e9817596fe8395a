//! The page of a brought file, and what its buttons do.

use crate::app::server::desk::{Desk, head, to};
use crate::app::server::imports::{LABEL, columns, find};
use crate::imports::preview::{Fault, Numbered, Outcome, Remark};
use crate::imports::server::command::fit_rates;
use crate::imports::server::uploads::upload::{Reading, Upload};
use crate::imports::view::columns::Columns;
use crate::imports::view::lists::Part;
use crate::imports::view::preview::{self, Shown};
use crate::portfolio::activity::ActivityKind;
use crate::portfolio::server::ledger::{Batch, LedgerError};
use crate::portfolio::typed::Typed;
use axum::extract::Path;
use axum::http::{HeaderValue, StatusCode, header};
use axum::response::Response;
use std::collections::{BTreeSet, HashSet};
use std::sync::Arc;
use std::time::Duration;

/// How long a page waits for a reading, before it shows how far it is.
const WAIT: Duration = Duration::from_millis(400);
/// How long an act waits for it.
const PATIENCE: Duration = Duration::from_secs(5);

/// How far the reading is, or what the file becomes.
pub async fn show(desk: Desk, Path((id, upload)): Path<(String, String)>) -> Response {
    desk.answer(page(&desk, &id, &upload, StatusCode::OK, None, None)).await
}

/// The page. `refused` says why the file was not applied, `typed` what was said of its columns in vain.
pub async fn page(
    desk: &Desk,
    id: &str,
    upload: &str,
    status: StatusCode,
    refused: Option<String>,
    typed: Option<Columns>,
) -> Result<Response, LedgerError> {
    let listed = desk.ledger().portfolio(desk.user(), id).await?;
    let upload = find(desk, id, upload)?;
    let head = head(&listed);
    let Some(reading) = desk.uploads().reading(&upload, &head.base_currency, WAIT).await else {
        let (name, percent) = (upload.name.clone(), upload.percent());
        let content = move || preview::waiting(&head, &name, percent);
        let mut answer = desk.page(StatusCode::OK, "Reading the file", content).await;
        // Without a script: the browser looks again.
        answer.headers_mut().insert(header::REFRESH, HeaderValue::from_static("1"));
        return Ok(answer);
    };
    let there = desk.ledger().identities(desk.user(), id).await?;
    let query = desk.query();
    let shown = tokio::task::spawn_blocking(move || {
        let mut shown = shown(&upload, &reading, &there, &query);
        shown.columns = typed.or(shown.columns);
        shown.refused = refused;
        shown
    });
    let mut shown = shown.await.map_err(failed)?;
    shown.other_currency = shown.other_currency.filter(|code| *code != head.base_currency);
    // A portfolio that has activities has shown by now whether money is booked in it.
    shown.books_no_money &= listed.settings.terms.cash_tracked && listed.activities == 0;
    let content = move || preview::preview(&head, shown);
    Ok(desk.page(status, "What the file becomes", content).await)
}

fn failed(error: tokio::task::JoinError) -> LedgerError {
    tracing::error!(%error, "a page of a file");
    LedgerError::Storage(crate::server::database::StorageError::Fault)
}

/// What the page shows of a reading, beside what is there.
fn shown(upload: &Upload, reading: &Reading, there: &HashSet<String>, query: &Typed) -> Shown {
    let part = |name: &str| -> usize {
        let from = query.get("from").parse().unwrap_or(0);
        if query.get("list") == name { from } else { 0 }
    };
    fn from<T>(from: usize) -> Part<T> {
        Part { from, ..Part::default() }
    }
    let mut shown = Shown {
        id: upload.id.clone(),
        name: upload.name.clone(),
        bytes: upload.bytes() as u64,
        new: from(part("new")),
        known: from(part("known")),
        faulty: from(part("faulty")),
        omitted: from(part("omitted")),
        remarks: from(part("remarks")),
        columns: columns::of(reading),
        ..Shown::default()
    };
    reading
        .faults()
        .into_iter()
        .for_each(|fault: &Fault| shown.faulty.take(|| fault.clone()));
    let Ok(parsed) = &reading.parsed else { return shown };
    shown.format = Some(parsed.format.title());
    shown.other_currency = parsed.base_currency.clone();
    shown.books_no_money = !parsed
        .activities()
        .any(|one| matches!(one.kind, ActivityKind::Deposit | ActivityKind::Withdrawal));
    shown.notes = parsed.notes.clone();
    shown.prices = parsed.prices.len();
    if !parsed.alerts.is_empty() {
        let said = format!(
            "{} limits of prices stand in the file; they are not brought in.",
            parsed.alerts.len()
        );
        shown.notes.push(said);
    }
    let mut accounts = BTreeSet::new();
    let mut seen = HashSet::new();
    for line in &parsed.lines {
        let remark = |text: &String| Remark {
            line: line.number,
            text: text.clone(),
        };
        line.remarks.iter().for_each(|text| shown.remarks.take(|| remark(text)));
        accounts.extend(line.account.as_deref());
        match &line.outcome {
            Outcome::Fault(_) => {}
            Outcome::Omitted(reason) => shown.omitted.take(|| remark(reason)),
            Outcome::Activity(activity) => {
                let is_known = there.contains(&activity.id) || !seen.insert(&activity.id);
                let list = if is_known { &mut shown.known } else { &mut shown.new };
                list.take(|| Numbered {
                    line: line.number,
                    account: line.account.clone(),
                    activity: activity.as_ref().clone(),
                });
            }
        }
    }
    shown.accounts = accounts.into_iter().take(50).map(str::to_owned).collect();
    for own in &parsed.instruments {
        shown.instruments.take(|| (own.symbol.clone(), own.name.clone()));
    }
    shown
}

/// Applies a file: what is new of it, whole.
pub async fn apply(desk: Desk, Path((id, upload)): Path<(String, String)>) -> Response {
    desk.answer(async {
        let listed = desk.ledger().portfolio(desk.user(), &id).await?;
        let base = listed.settings.terms.base_currency;
        let held = find(&desk, &id, &upload)?;
        let Some(reading) = desk.uploads().reading(&held, &base, PATIENCE).await else {
            return Ok(to(&format!("/portfolios/{id}/import/{upload}/")));
        };
        let Some(batch) = tokio::task::spawn_blocking(move || batch(&reading, &base)).await.map_err(failed)? else {
            let said = "Nothing was applied: lines are faulty.".to_owned();
            return page(&desk, &id, &upload, StatusCode::UNPROCESSABLE_ENTITY, Some(said), None).await;
        };
        let label = format!("{LABEL}{} ({})", held.name, batch.0);
        match desk.ledger().apply(desk.user(), &id, &label, &batch.1).await {
            Ok(applied) => {
                desk.uploads().drop_one(&held);
                Ok(to(&match applied.change {
                    Some(change) => format!("/portfolios/{id}/activities/?done={change}"),
                    None => format!("/portfolios/{id}/import/?nothing"),
                }))
            }
            Err(LedgerError::Invalid(invalid)) => {
                let said = format!("Nothing was applied. {invalid}.");
                page(&desk, &id, &upload, StatusCode::UNPROCESSABLE_ENTITY, Some(said), None).await
            }
            Err(other) => Err(other),
        }
    })
    .await
}

/// What a sound file brings, and the name of its format.
fn batch(reading: &Arc<Reading>, base: &str) -> Option<(&'static str, Batch)> {
    let parsed = reading.sound()?;
    let mut activities: Vec<_> = parsed.activities().cloned().collect();
    fit_rates(&mut activities, parsed.base_currency.as_deref(), base);
    let batch = Batch {
        activities,
        instruments: parsed.instruments.clone(),
        prices: parsed.prices.clone(),
    };
    Some((parsed.format.title(), batch))
}

/// Drops a file.
pub async fn cancel(desk: Desk, Path((id, upload)): Path<(String, String)>) -> Response {
    desk.answer(async {
        let held = find(&desk, &id, &upload)?;
        desk.uploads().drop_one(&held);
        Ok(to(&format!("/portfolios/{id}/import/")))
    })
    .await
}

/// An empty portfolio takes the file's base currency over.
pub async fn take_currency(desk: Desk, Path((id, upload)): Path<(String, String)>) -> Response {
    desk.answer(async {
        let listed = desk.ledger().portfolio(desk.user(), &id).await?;
        let held = find(&desk, &id, &upload)?;
        let mut settings = listed.settings;
        let reading = desk.uploads().reading(&held, &settings.terms.base_currency, PATIENCE).await;
        let stated = reading
            .as_ref()
            .and_then(|reading| reading.parsed.as_ref().ok()?.base_currency.clone());
        if let Some(code) = stated.filter(|_| listed.activities == 0) {
            settings.terms.base_currency = code;
            desk.ledger().settle(desk.user(), &id, &settings).await?;
        }
        Ok(to(&format!("/portfolios/{id}/import/{upload}/")))
    })
    .await
}

/// An empty portfolio stops tracking cash, for the file books none.
pub async fn leave_cash(desk: Desk, Path((id, upload)): Path<(String, String)>) -> Response {
    desk.answer(async {
        let listed = desk.ledger().portfolio(desk.user(), &id).await?;
        find(&desk, &id, &upload)?;
        let mut settings = listed.settings;
        if listed.activities == 0 {
            settings.terms.cash_tracked = false;
            desk.ledger().settle(desk.user(), &id, &settings).await?;
        }
        Ok(to(&format!("/portfolios/{id}/import/{upload}/")))
    })
    .await
}
