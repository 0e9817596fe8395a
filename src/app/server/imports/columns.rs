//! What a person says of a table's columns: read from the form, remembered, and the file read again.

use crate::app::server::desk::{Desk, check_currency, to};
use crate::app::server::imports::{find, preview};
use crate::imports::mapping::{DateOrder, DecimalMark, Field, Mapping};
use crate::imports::server::uploads::upload::{Choice, Reading};
use crate::imports::view::columns::{Columns, FIELDS};
use crate::portfolio::activity::ActivityKind;
use crate::portfolio::typed::{Errors, Typed};
use axum::extract::{Form, Path};
use axum::http::StatusCode;
use axum::response::Response;
use std::time::Duration;

/// How long saying waits for a reading that runs.
const PATIENCE: Duration = Duration::from_secs(5);

/// How a table is read, or a first proposal for it; `None` for what is no table.
pub fn of(reading: &Reading) -> Option<Columns> {
    let sample = reading.sample.clone()?;
    let mapping = reading.mapping.clone().unwrap_or_else(|| Mapping::propose(&sample.header));
    let holds = |name: &String| mapping.columns.iter().find(|(_, own)| *own == name).map(|(field, _)| *field);
    Some(Columns {
        header: sample.header.iter().map(|name| (name.clone(), holds(name))).collect(),
        rows: sample.rows,
        words: sample.words.iter().map(|word| (word.clone(), mapping.kind(word))).collect(),
        date_order: mapping.date_order,
        decimal_mark: mapping.decimal_mark,
        default_kind: mapping.default_kind,
        default_currency: mapping.default_currency.unwrap_or_default(),
        remembered: reading.remembered,
        said: reading.mapping.is_some(),
        wrong: vec![],
    })
}

fn kind(label: &str) -> Option<ActivityKind> {
    ActivityKind::ALL.into_iter().find(|kind| kind.label() == label)
}

/// What was sent, over what was shown.
fn read(shown: Columns, typed: &Typed) -> Columns {
    let mut columns = shown;
    for (at, (_, holds)) in columns.header.iter_mut().enumerate() {
        let value = typed.get(&format!("column-{at}"));
        *holds = FIELDS.iter().find(|(_, own, _)| *own == value).map(|(field, ..)| *field);
    }
    let mut words = vec![];
    while typed.ticked(&format!("word-{}", words.len())) {
        let at = words.len();
        words.push((typed.get(&format!("word-{at}")).to_owned(), kind(typed.get(&format!("means-{at}")))));
    }
    columns.words = words;
    columns.date_order = if typed.get("date_order") == "month_first" {
        DateOrder::MonthFirst
    } else {
        DateOrder::DayFirst
    };
    columns.decimal_mark = if typed.get("decimal_mark") == "comma" {
        DecimalMark::Comma
    } else {
        DecimalMark::Point
    };
    columns.default_kind = kind(typed.get("default_kind"));
    columns.default_currency = typed.get("default_currency").to_uppercase();
    columns
}

/// The mapping that was said, or what is wrong with it.
fn mapping(columns: &Columns, typed: &Typed) -> Result<Mapping, Vec<String>> {
    let mut wrong = vec![];
    let mut mapping = Mapping {
        date_order: columns.date_order,
        decimal_mark: columns.decimal_mark,
        default_kind: columns.default_kind,
        default_currency: Some(columns.default_currency.clone()).filter(|code| !code.is_empty()),
        ..Mapping::default()
    };
    for (name, holds) in &columns.header {
        let Some(field) = holds else { continue };
        if let Some(first) = mapping.columns.insert(*field, name.clone()) {
            let what = FIELDS.iter().find(|(own, ..)| own == field).map_or("the same", |(.., what)| what);
            wrong.push(format!("Both {first} and {name} hold {what}: choose one."));
        }
    }
    if !mapping.columns.contains_key(&Field::Date) {
        wrong.push("No column holds the date.".to_owned());
    }
    if !mapping.columns.contains_key(&Field::Kind) && mapping.default_kind.is_none() {
        wrong.push("No column says what happened: choose one, or what each row is.".to_owned());
    }
    for (word, kind) in &columns.words {
        if let Some(kind) = kind {
            mapping.kinds.insert(word.clone(), *kind);
        }
    }
    let mut errors = Errors::default();
    check_currency(typed, "default_currency", &mut errors);
    wrong.extend(errors.all().iter().map(|one| format!("{}.", one.reason)));
    if wrong.is_empty() { Ok(mapping) } else { Err(wrong) }
}

/// Takes what was said, and leads to what the file becomes.
pub async fn say(desk: Desk, Path((id, upload)): Path<(String, String)>, Form(typed): Form<Vec<(String, String)>>) -> Response {
    let typed = Typed(typed);
    desk.answer(async {
        let listed = desk.ledger().portfolio(desk.user(), &id).await?;
        let held = find(&desk, &id, &upload)?;
        let here = to(&format!("/portfolios/{id}/import/{upload}/"));
        let reading = desk.uploads().reading(&held, &listed.settings.terms.base_currency, PATIENCE).await;
        let Some(shown) = reading.as_ref().and_then(|reading| of(reading)) else {
            return Ok(here);
        };
        let header: Vec<String> = shown.header.iter().map(|(name, _)| name.clone()).collect();
        if typed.ticked("detect") {
            desk.uploads().mappings.forget(desk.user(), &header).await?;
            held.choose(Choice::Detect);
            return Ok(here);
        }
        let mut columns = read(shown, &typed);
        match mapping(&columns, &typed) {
            Ok(mapping) => {
                desk.uploads().mappings.remember(desk.user(), &header, &mapping).await?;
                held.choose(Choice::Map(mapping));
                Ok(here)
            }
            Err(wrong) => {
                columns.wrong = wrong;
                preview::page(&desk, &id, &upload, StatusCode::UNPROCESSABLE_ENTITY, None, Some(columns)).await
            }
        }
    })
    .await
}
