//! The pages of a ledger's lines: the list, many at once, what was done, and the way back.

use crate::app::server::AppState;
use crate::app::server::desk::{Desk, head, names, to};
use crate::app::server::portfolios::both;
use crate::portfolio::activity::{Activity, ActivityKind};
use crate::portfolio::server::ledger::{Filter, LedgerError};
use crate::portfolio::settings::{self, Invalid, SYMBOL_CHARACTERS};
use crate::portfolio::typed::{Errors, Typed, things};
use crate::portfolio::view::ledger::activities::{List, activities};
use crate::portfolio::view::ledger::changes::{self, Row};
use crate::portfolio::view::ledger::search::Search;
use crate::time::parse_day;
use crate::ui::format;
use axum::Router;
use axum::extract::{Form, Path};
use axum::http::StatusCode;
use axum::response::Response;
use axum::routing::{get, post};

/// Activities on a page.
const PAGE: u32 = 50;
/// Activities that are read at once, where many are changed.
const READ: u32 = 500;
/// Activities that one change of many may touch.
const MOST: u64 = 20_000;

/// The doors of these pages.
pub fn routes() -> Router<AppState> {
    let router = both(Router::new(), "/portfolios/{id}/activities/", get(list));
    let router = both(router, "/portfolios/{id}/activities/bulk/", post(bulk));
    let router = both(router, "/portfolios/{id}/changes/", get(changes));
    both(router, "/portfolios/{id}/undo/", post(undo))
}

async fn list(desk: Desk, Path(id): Path<String>) -> Response {
    desk.answer(list_page(&desk, &id, Typed::default(), Errors::default())).await
}

async fn list_page(desk: &Desk, id: &str, typed: Typed, errors: Errors) -> Result<Response, LedgerError> {
    let query = desk.query();
    let mut search = Search::of(&query);
    let listed = desk.ledger().portfolio(desk.user(), id).await?;
    let (filter, wrong) = filter(&search);
    let read = |page: u32| desk.ledger().page(desk.user(), id, &filter, PAGE * (page - 1), PAGE);
    // A page beyond the last is the last.
    search.page = search.page.min(u32::MAX / PAGE);
    let mut found = read(search.page).await.map(|found| (found.activities, found.total))?;
    let pages = u32::try_from(found.1.div_ceil(PAGE.into())).unwrap_or(u32::MAX).max(1);
    if search.page > pages {
        search.page = pages;
        found = read(pages).await.map(|found| (found.activities, found.total))?;
    }
    let known = desk.instruments().await?;
    let checked = desk.check(&listed, query.ticked("check")).await?;
    let refused = !errors.is_empty();
    let errors = if refused { errors } else { wrong };
    let list = List {
        head: head(&listed),
        done: if refused { None } else { desk.done(id, &query).await? },
        search,
        errors: errors.clone(),
        typed,
        rows: found.0,
        total: found.1,
        pages,
        names: names(&known),
        known,
        checked,
    };
    let title = format!("Activities of {}", listed.settings.name);
    Ok(desk.form(&errors, &title, move || activities(list)).await)
}

/// What the ledger looks for, and which fields make no sense: those let everything pass.
fn filter(search: &Search) -> (Filter, Errors) {
    let mut errors = Errors::default();
    let mut day = |field, text: &str| {
        let day = parse_day(text);
        if day.is_none() && !text.is_empty() {
            errors.add(field, "write a day as 2024-03-31");
        }
        day
    };
    let (from, to) = (day("from", &search.from), day("to", &search.to));
    let kind = ActivityKind::ALL.into_iter().find(|one| one.label() == search.kind);
    if kind.is_none() && !search.kind.is_empty() {
        errors.add("kind", "choose one of the list");
    }
    if from.zip(to).is_some_and(|(from, to)| from > to) {
        errors.add("to", "lies before the first day");
    }
    let filter = Filter {
        text: search.q.clone(),
        kind,
        symbol: (!search.symbol.is_empty()).then(|| search.symbol.clone()),
        from,
        to,
    };
    (filter, errors)
}

async fn bulk(desk: Desk, Path(id): Path<String>, Form(typed): Form<Vec<(String, String)>>) -> Response {
    let typed = Typed(typed);
    desk.answer(async {
        let search = Search::of(&desk.query());
        let picked = match picked(&desk, &id, &typed, &search).await {
            Err(LedgerError::Invalid(invalid)) => return list_page(&desk, &id, typed, invalid.into()).await,
            picked => picked?,
        };
        let (label, put, delete) = match deed(&typed, picked) {
            Ok(deed) => deed,
            Err(invalid) => return list_page(&desk, &id, typed, invalid.into()).await,
        };
        let change = desk.ledger().write(desk.user(), &id, &label, &put, &delete).await;
        let change = match change {
            Err(LedgerError::Invalid(invalid)) => {
                let invalid = Invalid::new("value", invalid.to_string() + ".");
                return list_page(&desk, &id, typed, invalid.into()).await;
            }
            change => change?,
        };
        let query = search.query(search.page, &[("done", &change)]);
        Ok(to(&format!("/portfolios/{id}/activities/{query}")))
    })
    .await
}

/// The activities that are ticked, or all that the filter finds.
async fn picked(desk: &Desk, id: &str, typed: &Typed, search: &Search) -> Result<Vec<Activity>, LedgerError> {
    let mut picked = vec![];
    if typed.ticked("every") {
        let (filter, wrong) = filter(search);
        if let Some(invalid) = wrong.all().first() {
            return Err(invalid.clone().into());
        }
        loop {
            let skip = picked.len() as u32;
            let found = desk.ledger().page(desk.user(), id, &filter, skip, READ).await?;
            if found.total > MOST {
                let said = format!("{} were found; at most {MOST} are changed at once.", found.total);
                return Err(Invalid::new("ids", said).into());
            }
            let last = found.activities.len() < READ as usize;
            picked.extend(found.activities);
            if last {
                break;
            }
        }
    } else {
        // A field sent twice is one activity.
        let mut ids: Vec<&str> = typed.all("id").collect();
        ids.sort_unstable();
        ids.dedup();
        for one in ids {
            picked.push(desk.ledger().activity(desk.user(), id, one).await?);
        }
    }
    if picked.is_empty() {
        // What is another's is not there, whatever was ticked.
        desk.ledger().portfolio(desk.user(), id).await?;
        return Err(Invalid::new("ids", "Tick at least one activity.").into());
    }
    Ok(picked)
}

type Deed = (String, Vec<Activity>, Vec<String>);

/// What is to be done with them: the change's label, what is written and what is deleted.
fn deed(typed: &Typed, mut picked: Vec<Activity>) -> Result<Deed, Invalid> {
    let value = typed.get("value");
    let tag = || {
        let said = |invalid: Invalid| Invalid::new("value", format!("The tag has {}.", invalid.reason));
        if value.contains(',') {
            return Err(Invalid::new("value", "One tag has no comma in it."));
        }
        settings::text("value", value, 1, SYMBOL_CHARACTERS).map_err(said)
    };
    let many = |count: usize| match count {
        1 => "1 activity".to_owned(),
        count => format::count(count as u64) + " activities",
    };
    let label = match typed.get("do") {
        "delete" => {
            let ids: Vec<_> = picked.into_iter().map(|one| one.id).collect();
            return Ok((format!("Deleted {}", many(ids.len())), vec![], ids));
        }
        "add_tag" => {
            tag()?;
            picked.retain(|one| !one.tags.iter().any(|tag| tag == value));
            picked.iter_mut().for_each(|one| one.tags.push(value.to_owned()));
            format!("Tagged {} with {value}", many(picked.len()))
        }
        "remove_tag" => {
            tag()?;
            picked.retain(|one| one.tags.iter().any(|tag| tag == value));
            picked.iter_mut().for_each(|one| one.tags.retain(|tag| tag != value));
            format!("Took the tag {value} from {}", many(picked.len()))
        }
        "note" => {
            picked.iter_mut().for_each(|one| one.note = value.to_owned());
            format!("Set the note of {}", many(picked.len()))
        }
        "symbol" => {
            things::symbol("value", value).map_err(|invalid| Invalid::new("value", format!("The symbol has {}.", invalid.reason)))?;
            // What concerns cash alone goes on doing so.
            picked.retain(|one| one.symbol.is_some());
            picked.iter_mut().for_each(|one| one.symbol = Some(value.to_owned()));
            format!("Set the symbol of {} to {value}", many(picked.len()))
        }
        _ => return Err(Invalid::new("do", "Choose what to do.")),
    };
    if picked.is_empty() {
        return Err(Invalid::new("value", "This would change none of them."));
    }
    Ok((label, picked, vec![]))
}

async fn changes(desk: Desk, Path(id): Path<String>) -> Response {
    desk.answer(changes_page(&desk, &id, None)).await
}

async fn changes_page(desk: &Desk, id: &str, refused: Option<String>) -> Result<Response, LedgerError> {
    let listed = desk.ledger().portfolio(desk.user(), id).await?;
    let rows = desk.ledger().changes(desk.user(), id).await?;
    let rows = rows.into_iter().map(|one| Row {
        id: one.id,
        label: one.label,
        made_at: one.made_at,
        undone: one.undone,
    });
    let rows: Vec<Row> = rows.collect();
    let status = if refused.is_some() { StatusCode::CONFLICT } else { StatusCode::OK };
    let title = format!("Changes of {}", listed.settings.name);
    Ok(desk
        .page(status, &title, move || changes::changes(&head(&listed), rows, refused))
        .await)
}

async fn undo(desk: Desk, Path(id): Path<String>, Form(typed): Form<Vec<(String, String)>>) -> Response {
    desk.answer(async {
        let typed = Typed(typed);
        let change = typed.get("change");
        match desk.ledger().undo(desk.user(), &id, change).await {
            Err(LedgerError::Conflict(said)) => changes_page(&desk, &id, Some(said)).await,
            Err(other) => Err(other),
            Ok(()) => Ok(to(&format!("/portfolios/{id}/activities/?undone={change}"))),
        }
    })
    .await
}
