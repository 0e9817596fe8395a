//! The lines of a ledger.

use crate::app::server::AppState;
use crate::app::server::rest::activity::{Activity, NewActivity, check};
use crate::app::server::rest::body::{Nothing, Query, json_bytes, parse};
use crate::app::server::rest::caller::{ActivityReader, ActivityWriter};
use crate::app::server::rest::paging::{Page, Paging};
use crate::app::server::rest::problem::{FieldError, Kind, Problem};
use crate::app::server::rest::replay::Seed;
use crate::portfolio::activity::{self, ActivityKind};
use crate::portfolio::server::ledger::{Filter, LedgerError};
use axum::extract::{OriginalUri, Path, Request, State};
use axum::http::{StatusCode, header};
use axum::response::{IntoResponse, Response};
use chrono::NaiveDate;
use serde::{Deserialize, Serialize};
use serde_json::value::RawValue;
use utoipa::{IntoParams, ToSchema};

/// Activities that one request adds at the most. More is a file's work.
const MOST: usize = 1_000;
/// Faults that are told at once.
const TOLD: usize = 100;

/// What to look for, and which page of it.
#[derive(Debug, Default, Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
#[serde(deny_unknown_fields)]
pub struct Wanted {
    /// Words in the symbol, the note or a tag.
    q: Option<String>,
    /// One kind only.
    #[param(inline)]
    kind: Option<ActivityKind>,
    /// One instrument only.
    symbol: Option<String>,
    /// From this day on.
    from: Option<NaiveDate>,
    /// Up to this day.
    to: Option<NaiveDate>,
    /// Which page, from 1.
    #[param(minimum = 1, maximum = 1_000_000)]
    page: Option<u32>,
    /// Activities on a page, 1 to 500; 100 where nothing is said.
    #[param(minimum = 1, maximum = 500)]
    limit: Option<u32>,
}

/// One activity, or a list of up to 1,000, which comes in whole or not at all.
#[derive(ToSchema)]
#[schema(example = json!({"day": "2024-03-01", "kind": "buy", "symbol": "AAPL", "quantity": 10, "price": 179.66, "fee": 1.50, "currency": "USD"}))]
#[serde(untagged)]
#[allow(
    dead_code,
    clippy::large_enum_variant,
    reason = "it describes what is read one by one, so that each fault has its place"
)]
pub enum NewActivities {
    /// One.
    One(NewActivity),
    /// Several.
    Many(Vec<NewActivity>),
}

/// What was written.
#[derive(Debug, Serialize, ToSchema)]
pub struct Written {
    /// The change, by which it can be undone.
    change: String,
    /// What was written.
    activities: Vec<Activity>,
}

/// What was deleted.
#[derive(Debug, Serialize, ToSchema)]
pub struct Deleted {
    /// The change, by which it can be undone.
    change: String,
}

/// List activities, the newest first.
#[utoipa::path(get, path = "/portfolios/{portfolio}/activities", tag = "Activities", security(("token" = ["activities:read"])),
    params(("portfolio" = String, Path, description = "Identity of the portfolio"), Wanted),
    responses((status = OK, body = Page<Activity>, description = "A page of them")))]
pub async fn list(
    State(state): State<AppState>,
    ActivityReader(user): ActivityReader,
    Path(portfolio): Path<String>,
    OriginalUri(uri): OriginalUri,
    Query(wanted): Query<Wanted>,
) -> Result<Response, Problem> {
    let paging = Paging {
        page: wanted.page,
        limit: wanted.limit,
    };
    let (skip, limit) = paging.bounds()?;
    let filter = Filter {
        text: wanted.q.unwrap_or_default(),
        kind: wanted.kind,
        symbol: wanted.symbol,
        from: wanted.from,
        to: wanted.to,
    };
    let page = state.ledger.page(&user, &portfolio, &filter, skip, limit).await?;
    let items = page.activities.into_iter().map(Activity::from).collect();
    Ok(paging.of(items, page.total)?.answer(&uri))
}

/// Add one activity or several.
#[utoipa::path(post, path = "/portfolios/{portfolio}/activities", tag = "Activities", security(("token" = ["activities:write"])),
    params(("portfolio" = String, Path, description = "Identity of the portfolio")), request_body = NewActivities,
    responses((status = CREATED, body = Written, description = "They are in; of a single one, Location is its address")))]
pub async fn add(
    State(state): State<AppState>,
    ActivityWriter(user): ActivityWriter,
    Path(portfolio): Path<String>,
    Query(_): Query<Nothing>,
    request: Request,
) -> Result<Response, Problem> {
    // Who may not see the portfolio hears nothing about what they sent.
    state.ledger.portfolio(&user, &portfolio).await?;
    let seed = Seed::of(request.extensions());
    let text = json_bytes(request).await?;
    let (new, is_list) = read(&text, &seed)?;
    let label = match new.as_slice() {
        [one] => format!("Added by a program: {}", told(one)),
        several => format!("Added by a program: {} activities", several.len()),
    };
    let change = state.ledger.write(&user, &portfolio, &label, &new, &[]).await?;
    let location = new
        .first()
        .filter(|_| !is_list)
        .map(|one| format!("/api/v1/portfolios/{portfolio}/activities/{}", one.id));
    let written = Written {
        change,
        activities: new.into_iter().map(Activity::from).collect(),
    };
    let mut response = (StatusCode::CREATED, axum::Json(written)).into_response();
    if let Some(location) = location.and_then(|location| location.parse().ok()) {
        response.headers_mut().insert(header::LOCATION, location);
    }
    Ok(response)
}

/// The activities of a body, with new identities, and whether it is a list.
fn read(text: &[u8], seed: &Seed) -> Result<(Vec<activity::Activity>, bool), Problem> {
    let is_list = text.iter().find(|one| !one.is_ascii_whitespace()) == Some(&b'[');
    let new: Vec<(String, NewActivity)> = if is_list {
        let each: Vec<Box<RawValue>> = parse(text, "")?;
        if !(1..=MOST).contains(&each.len()) {
            let reason = format!("{} activities; from 1 to {MOST} are accepted", each.len());
            return Err(Problem::field(Kind::InvalidField, "activities", reason));
        }
        let each = each.iter().enumerate().map(|(number, raw)| {
            let place = format!("activities[{number}]");
            parse(raw.get().as_bytes(), &place).map(|one| (place + ".", one))
        });
        each.collect::<Result<_, _>>()?
    } else {
        vec![(String::new(), parse(text, "")?)]
    };
    let mut faults = vec![];
    let mut activities = Vec::with_capacity(new.len());
    for (number, (place, one)) in new.into_iter().enumerate() {
        if one.id.is_some() {
            let reason = "is given by the server; to choose it, PUT the activity at its address";
            faults.push(FieldError::new(format!("{place}id"), reason));
        }
        let activity = one.named(seed.id(number));
        if let Err(fault) = check(&activity) {
            faults.push(FieldError::new(place + &fault.field, fault.reason));
        }
        activities.push(activity);
    }
    if faults.is_empty() {
        return Ok((activities, is_list));
    }
    faults.truncate(TOLD);
    Err(Problem::fields(Kind::InvalidField, faults))
}

/// An activity in a word or two, for the list of changes.
fn told(activity: &activity::Activity) -> String {
    let kind = activity.kind.label().replace('_', " ");
    let symbol = activity.symbol.as_ref().map(|symbol| format!(" {symbol}"));
    format!("{kind}{} of {}", symbol.unwrap_or_default(), activity.day)
}

/// See an activity.
#[utoipa::path(get, path = "/portfolios/{portfolio}/activities/{activity}", tag = "Activities", security(("token" = ["activities:read"])),
    params(("portfolio" = String, Path, description = "Identity of the portfolio"), ("activity" = String, Path, description = "Identity of the activity")),
    responses((status = OK, body = Activity, description = "The activity")))]
pub async fn get(
    State(state): State<AppState>,
    ActivityReader(user): ActivityReader,
    Path((portfolio, activity)): Path<(String, String)>,
    Query(_): Query<Nothing>,
) -> Result<axum::Json<Activity>, Problem> {
    Ok(axum::Json(state.ledger.activity(&user, &portfolio, &activity).await?.into()))
}

/// Write an activity under an identity of your choice: a new one, or in the place of the one that is there.
#[utoipa::path(put, path = "/portfolios/{portfolio}/activities/{activity}", tag = "Activities", security(("token" = ["activities:write"])),
    params(("portfolio" = String, Path, description = "Identity of the portfolio"),
        ("activity" = String, Path, description = "Identity of the activity, 1 to 200 characters")),
    request_body = NewActivity,
    responses((status = OK, body = Written, description = "It stands in the place of the old one"), (status = CREATED, body = Written, description = "It is new")))]
pub async fn put(
    State(state): State<AppState>,
    ActivityWriter(user): ActivityWriter,
    Path((portfolio, id)): Path<(String, String)>,
    Query(_): Query<Nothing>,
    request: Request,
) -> Result<(StatusCode, axum::Json<Written>), Problem> {
    let there = match state.ledger.activity(&user, &portfolio, &id).await {
        Ok(_) => true,
        Err(LedgerError::NotFound("activity")) => false,
        Err(error) => return Err(error.into()),
    };
    let new: NewActivity = parse(&json_bytes(request).await?, "")?;
    if new.id.as_ref().is_some_and(|named| *named != id) {
        return Err(Problem::field(Kind::InvalidField, "id", "is not the one in the address"));
    }
    let activity = new.named(id);
    check(&activity).map_err(|fault| Problem::fields(Kind::InvalidField, vec![fault]))?;
    let verb = if there { "Changed" } else { "Added" };
    let label = format!("{verb} by a program: {}", told(&activity));
    let change = state
        .ledger
        .write(&user, &portfolio, &label, std::slice::from_ref(&activity), &[])
        .await?;
    let status = if there { StatusCode::OK } else { StatusCode::CREATED };
    let written = Written {
        change,
        activities: vec![activity.into()],
    };
    Ok((status, axum::Json(written)))
}

/// Delete an activity. The change that does it can be undone.
#[utoipa::path(delete, path = "/portfolios/{portfolio}/activities/{activity}", tag = "Activities", security(("token" = ["activities:write"])),
    params(("portfolio" = String, Path, description = "Identity of the portfolio"), ("activity" = String, Path, description = "Identity of the activity")),
    responses((status = OK, body = Deleted, description = "It is gone")))]
pub async fn delete(
    State(state): State<AppState>,
    ActivityWriter(user): ActivityWriter,
    Path((portfolio, id)): Path<(String, String)>,
    Query(_): Query<Nothing>,
) -> Result<axum::Json<Deleted>, Problem> {
    let gone = state.ledger.activity(&user, &portfolio, &id).await?;
    let label = format!("Deleted by a program: {}", told(&gone));
    let change = state.ledger.write(&user, &portfolio, &label, &[], &[id]).await?;
    Ok(axum::Json(Deleted { change }))
}
