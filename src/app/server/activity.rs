//! The form of one activity: adding, editing, deleting.

use crate::app::server::AppState;
use crate::app::server::desk::{Desk, check_currency, head, to};
use crate::app::server::instruments;
use crate::app::server::portfolios::both;
use crate::money::Decimal;
use crate::portfolio::activity::{Activity, ActivityKind};
use crate::portfolio::book::Fault;
use crate::portfolio::server::ledger::{LedgerError, Listed, new_id};
use crate::portfolio::typed::activity::{LOT, activity as read, bare, fault_at, of_activity};
use crate::portfolio::typed::{Errors, Typed, things};
use crate::portfolio::view::ledger::activity::{Sheet, activity};
use crate::portfolio::view::ledger::found::FoundList;
use crate::portfolio::view::ledger::search::{encoded, query};
use crate::portfolio::view::ledger::words;
use crate::ui::format;
use axum::Router;
use axum::extract::{Form, Path};
use axum::response::Response;
use axum::routing::{get, post};

/// The doors of these pages.
pub fn routes() -> Router<AppState> {
    let router = both(Router::new(), "/portfolios/{id}/activities/new/", get(new).post(add));
    let router = both(router, "/portfolios/{id}/activities/{activity}/", get(show).post(edit));
    both(router, "/portfolios/{id}/activities/{activity}/delete/", post(delete))
}

type Sent = Form<Vec<(String, String)>>;

/// A form on its way: what it is for and what was typed.
struct Draft {
    listed: Listed,
    /// Of what is edited: it, as it is.
    before: Option<Activity>,
    kind: ActivityKind,
    typed: Typed,
    errors: Errors,
    confirm: Option<(String, String)>,
    /// The instruments that were looked for, where they were.
    found: Option<FoundList>,
}

fn kind_of(typed: &Typed) -> Option<ActivityKind> {
    ActivityKind::ALL.into_iter().find(|one| one.label() == typed.get("kind"))
}

async fn new(desk: Desk, Path(id): Path<String>) -> Response {
    desk.answer(async {
        let listed = desk.ledger().portfolio(desk.user(), &id).await?;
        let query = desk.query();
        let day = match query.get("day") {
            "" => desk.ledger().today().to_string(),
            day => day.to_owned(),
        };
        let currency = match query.get("currency") {
            "" => listed.settings.terms.base_currency.clone(),
            currency => currency.to_owned(),
        };
        let typed = Typed::default()
            .with("day", day)
            .with("symbol", query.get("symbol"))
            .with("currency", currency);
        let draft = Draft {
            listed,
            before: None,
            kind: kind_of(&query).unwrap_or(ActivityKind::Buy),
            typed,
            errors: Errors::default(),
            confirm: None,
            found: None,
        };
        page(&desk, draft).await
    })
    .await
}

async fn show(desk: Desk, Path((id, one)): Path<(String, String)>) -> Response {
    desk.answer(async {
        let before = desk.ledger().activity(desk.user(), &id, &one).await?;
        let listed = desk.ledger().portfolio(desk.user(), &id).await?;
        let draft = Draft {
            listed,
            kind: kind_of(&desk.query()).unwrap_or(before.kind),
            typed: of_activity(&before),
            before: Some(before),
            errors: Errors::default(),
            confirm: None,
            found: None,
        };
        page(&desk, draft).await
    })
    .await
}

async fn add(desk: Desk, Path(id): Path<String>, Form(typed): Sent) -> Response {
    desk.answer(async {
        let listed = desk.ledger().portfolio(desk.user(), &id).await?;
        save(&desk, listed, None, Typed(typed)).await
    })
    .await
}

async fn edit(desk: Desk, Path((id, one)): Path<(String, String)>, Form(typed): Sent) -> Response {
    desk.answer(async {
        let before = desk.ledger().activity(desk.user(), &id, &one).await?;
        let listed = desk.ledger().portfolio(desk.user(), &id).await?;
        save(&desk, listed, Some(before), Typed(typed)).await
    })
    .await
}

/// Keeps what was typed, or shows it again with what is wrong or what must be confirmed.
async fn save(desk: &Desk, listed: Listed, before: Option<Activity>, typed: Typed) -> Result<Response, LedgerError> {
    let today = desk.ledger().today();
    let mut draft = Draft {
        kind: kind_of(&typed).or(before.as_ref().map(|one| one.kind)).unwrap_or(ActivityKind::Buy),
        listed,
        before,
        typed,
        errors: Errors::default(),
        confirm: None,
        found: None,
    };
    match draft.typed.get("then") {
        "lots" => return page(desk, draft).await,
        "find" => {
            let currency = match draft.typed.get("currency") {
                "" => &draft.listed.settings.terms.base_currency,
                currency => currency,
            };
            draft.found = Some(instruments::look_for(desk, draft.typed.get("symbol"), currency).await?);
            return page(desk, draft).await;
        }
        _ => {}
    }
    if draft.typed.ticked("choose") {
        let chosen = desk.choose(draft.typed.get("choose")).await?;
        draft.typed.0.retain(|(name, _)| name != "choose");
        match chosen {
            Ok(instrument) => draft.typed = draft.typed.with("pick", instrument.symbol),
            Err(said) => {
                draft.errors.add("symbol", said);
                return page(desk, draft).await;
            }
        }
    }
    if draft.typed.ticked("pick") {
        draft.typed = picked(desk, &draft.listed, draft.typed).await?;
        return page(desk, draft).await;
    }
    let base = draft.listed.settings.terms.base_currency.clone();
    let blank = bare(&new_id(), draft.kind, today, &base);
    let one = match read(&draft.typed, draft.kind, draft.before.as_ref().unwrap_or(&blank), today) {
        Ok(one) => one,
        Err(errors) => {
            draft.errors = errors;
            return page(desk, draft).await;
        }
    };
    if draft.before.as_ref().is_none_or(|before| before.currency != one.currency) {
        check_currency(&draft.typed, "currency", &mut draft.errors);
    }
    if draft.errors.is_empty() {
        let booked = desk.book(&draft.listed, &one).await?;
        if let Some(fault) = &booked.fault {
            let (field, reason) = fault_at(fault);
            draft.errors.add(field, reason);
        } else if let Some((said, value)) = short_sale(&one, booked.held)
            && draft.typed.get("confirm") != value
        {
            draft.confirm = Some((said, value));
        }
    }
    if !draft.errors.is_empty() || draft.confirm.is_some() {
        return page(desk, draft).await;
    }
    let verb = if draft.before.is_some() { "Edited" } else { "Added" };
    let label = label(verb, &one);
    let id = &draft.listed.id;
    let change = desk
        .ledger()
        .write(desk.user(), id, &label, std::slice::from_ref(&one), &[])
        .await?;
    if draft.typed.get("then") == "another" {
        let day = one.day.to_string();
        let fields = [
            ("kind", one.kind.label()),
            ("day", &day),
            ("currency", &one.currency),
            ("done", &change),
        ];
        return Ok(to(&format!("/portfolios/{id}/activities/new/{}", query(&fields))));
    }
    Ok(to(&format!("/portfolios/{id}/activities/?done={change}")))
}

/// The form with the instrument that was picked from what was found, and its currency, unless another than the portfolio's own was
/// chosen.
async fn picked(desk: &Desk, listed: &Listed, mut typed: Typed) -> Result<Typed, LedgerError> {
    let symbol = typed.get("pick").to_owned();
    typed.0.retain(|(name, _)| !["pick", "symbol"].contains(&name.as_str()));
    let currency = typed.get("currency");
    let untouched = currency.is_empty() || currency == listed.settings.terms.base_currency;
    if untouched && let Some(currency) = instruments::currency_of(desk, &symbol).await? {
        typed.0.retain(|(name, _)| name != "currency");
        typed = typed.with("currency", currency);
    }
    Ok(typed.with("symbol", symbol))
}

/// A sale of more than is held: what to say of it, and the value that confirms it.
fn short_sale(one: &Activity, held: Option<Decimal>) -> Option<(String, String)> {
    let held = held.filter(|_| one.kind == ActivityKind::Sell)?;
    let short = one.quantity.checked_sub(held.max(Decimal::ZERO))?.normalize();
    if short <= Decimal::ZERO {
        return None;
    }
    let symbol = one.symbol.as_deref().unwrap_or_default();
    let shown = format::quantity(short);
    let said = if held > Decimal::ZERO {
        let held = format::quantity(held);
        format!("You hold {held} {symbol} on this day; this opens a short position of {shown}.")
    } else if held.is_zero() {
        format!("You hold no {symbol} on this day; this opens a short position of {shown}.")
    } else {
        let more = format::quantity(short - held);
        format!(
            "You are short of {} {symbol} on this day; this makes it {more}.",
            format::quantity(held.abs())
        )
    };
    Some((said, short.to_string()))
}

/// What a change of one activity is called.
fn label(verb: &str, one: &Activity) -> String {
    let kind = words::kind(one.kind).to_lowercase();
    let units = format::quantity(one.quantity);
    let what = match (&one.symbol, one.amount) {
        (Some(symbol), _) if !one.quantity.is_zero() && one.kind != ActivityKind::Split => format!(" of {units} {symbol}"),
        (Some(symbol), _) => format!(" of {symbol}"),
        (None, Some(amount)) => format!(" of {} {}", format::money(amount, &one.currency), one.currency),
        (None, None) => String::new(),
    };
    format!("{verb} a {kind}{what}, {}", format::day(one.day)).replace("a interest", "an interest")
}

async fn page(desk: &Desk, draft: Draft) -> Result<Response, LedgerError> {
    let Draft {
        listed,
        before,
        kind,
        typed,
        errors,
        confirm,
        found,
    } = draft;
    let own = format!("/portfolios/{}/activities/", listed.id);
    let address = match &before {
        Some(one) => format!("{own}{}/", encoded(&one.id)),
        None => own + "new/",
    };
    let names_lots = typed.get("then") == "lots" || typed.0.iter().any(|(name, _)| name.starts_with(LOT));
    let lots = if names_lots {
        let day = things::day(typed.get("day"), desk.ledger().today()).unwrap_or_else(|_| desk.ledger().today());
        let id = before.as_ref().map_or_else(String::new, |one| one.id.clone());
        let mut asked = bare(&id, kind, day, &listed.settings.terms.base_currency);
        asked.time = before.as_ref().and_then(|one| one.time);
        asked.symbol = Some(typed.get("symbol").to_owned());
        Some(desk.lots_before(&listed, &asked).await?)
    } else {
        None
    };
    let title = if before.is_some() { "Edit an activity" } else { "Add an activity" };
    let sheet = Sheet {
        head: head(&listed),
        address,
        there: before.is_some(),
        kind,
        done: desk.done(&listed.id, &desk.query()).await?,
        known: desk.instruments().await?,
        found,
        lots,
        typed,
        errors: errors.clone(),
        confirm,
    };
    let waits = sheet.confirm.is_some();
    if waits {
        // Nothing was kept yet: as with a field that is wrong.
        let status = axum::http::StatusCode::UNPROCESSABLE_ENTITY;
        return Ok(desk.page(status, title, move || activity(sheet)).await);
    }
    Ok(desk.form(&errors, title, move || activity(sheet)).await)
}

async fn delete(desk: Desk, Path((id, one)): Path<(String, String)>) -> Response {
    desk.answer(async {
        let before = desk.ledger().activity(desk.user(), &id, &one).await?;
        let label = label("Deleted", &before);
        let change = desk.ledger().write(desk.user(), &id, &label, &[], &[before.id]).await?;
        Ok(to(&format!("/portfolios/{id}/activities/?done={change}")))
    })
    .await
}

/// What the book says of an activity that is to be kept.
#[derive(Clone, Debug, Default)]
pub struct Booked {
    /// Why it could not be booked.
    pub fault: Option<Fault>,
    /// Units held just before it; unknown in a ledger that is too large to book for a form.
    pub held: Option<Decimal>,
}
