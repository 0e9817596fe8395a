//! Files brought in by a program.

use crate::app::server::AppState;
use crate::app::server::rest::activity::Activity;
use crate::app::server::rest::body::{Query, bytes, parse};
use crate::app::server::rest::caller::ActivityWriter;
use crate::app::server::rest::problem::{FieldError, Kind, Problem};
use crate::imports::preview::{Fault, Preview, Remark};
use crate::imports::server::limits::FILE_BYTES;
use crate::imports::server::{self, Options};
use crate::portfolio::server::ledger::Batch;
use axum::extract::{Path, Request, State};
use serde::{Deserialize, Serialize};
use std::collections::HashSet;
use utoipa::{IntoParams, ToSchema};

/// Activities, remarks and faults that an answer lists at the most. The counts are of all.
const LISTED: usize = 1_000;

/// How a file is read.
#[derive(Debug, Default, Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
#[serde(deny_unknown_fields)]
pub struct How {
    /// `true`: only say what would come in. Nothing is changed.
    dry_run: Option<bool>,
    /// Name of the file. Its ending helps to find the format.
    #[param(example = "export.csv")]
    name: Option<String>,
    /// ISO 4217 code of amounts where the file names none; the portfolio's base currency where nothing is said.
    currency: Option<String>,
    /// How the columns of any table are read, as JSON (docs/IMPORTS.md).
    mapping: Option<String>,
}

/// What a line says beside its values.
#[derive(Debug, Serialize, ToSchema)]
pub struct LineRemark {
    /// Number of the line, from 1.
    line: u32,
    /// What was read leniently, or why the line becomes nothing.
    text: String,
}

impl From<Remark> for LineRemark {
    fn from(remark: Remark) -> Self {
        Self {
            line: remark.line,
            text: remark.text,
        }
    }
}

/// What a file brought, or would bring. Lists hold a thousand at the most; the counts are of all.
#[derive(Debug, Serialize, ToSchema)]
pub struct Imported {
    /// Kind of the file.
    format: String,
    /// Whether it was only tried.
    dry_run: bool,
    /// Whether every line could be read. A file with a fault is not applied.
    sound: bool,
    /// The change, by which it can be undone; none where nothing was changed.
    change: Option<String>,
    /// Activities that are new.
    new: u64,
    /// Activities that are there already, by their identity.
    known: u64,
    /// The new activities, of a dry run.
    activities: Vec<Activity>,
    /// What cannot be read, of a dry run.
    faults: Vec<FieldError>,
    /// What was read leniently.
    remarks: Vec<LineRemark>,
    /// Lines that become nothing, with the reason.
    omitted: Vec<LineRemark>,
    /// What concerns the whole file.
    notes: Vec<String>,
}

/// A fault of a file, as a problem tells it.
pub fn fault(fault: &Fault) -> FieldError {
    FieldError {
        field: fault.field.clone(),
        reason: fault.reason.clone(),
        line: Some(fault.line),
        column: Some(fault.column),
    }
}

fn first<T, U>(all: impl IntoIterator<Item = T>, item: impl Fn(T) -> U) -> Vec<U> {
    all.into_iter().take(LISTED).map(item).collect()
}

/// Bring a file in, whole or not at all. The same file again brings nothing new.
#[utoipa::path(post, path = "/portfolios/{portfolio}/import", tag = "Files", security(("token" = ["activities:write"])),
    params(("portfolio" = String, Path, description = "Identity of the portfolio"), How),
    request_body(content = String, content_type = "application/octet-stream", description = "The bytes of the file, 64 MiB at the most"),
    responses((status = OK, body = Imported, description = "What came in, or would")))]
pub async fn import(
    State(state): State<AppState>,
    ActivityWriter(user): ActivityWriter,
    Path(portfolio): Path<String>,
    Query(how): Query<How>,
    request: Request,
) -> Result<axum::Json<Imported>, Problem> {
    let settings = state.ledger.portfolio(&user, &portfolio).await?.settings;
    let dry_run = how.dry_run.unwrap_or_default();
    let name = how.name.unwrap_or_else(|| "file".to_owned());
    let mapping = how.mapping.map(|text| parse(text.as_bytes(), "mapping")).transpose()?;
    let options = Options {
        currency: Some(how.currency.unwrap_or(settings.terms.base_currency)),
        mapping,
    };
    let file = bytes(request.into_body(), FILE_BYTES).await?;
    let named = name.clone();
    // Reading a large file takes seconds: not on the threads that serve.
    let parsed = tokio::task::spawn_blocking(move || server::parse(&file, &named, &options, &mut |_, _| {})).await;
    let parsed = parsed.map_err(|_| Problem::new(Kind::Internal, "The file could not be read. The log says more."))?;
    let parsed = parsed.map_err(|found| Problem::fields(Kind::FaultyFile, vec![fault(&found)]))?;
    let there: HashSet<String> = if dry_run {
        let all = state.ledger.activities(&user, &portfolio).await?;
        all.into_iter().map(|one| one.id).collect()
    } else {
        HashSet::new()
    };
    let preview = Preview::new(&parsed, &there);
    let sound = preview.is_sound();
    let format = parsed.format.title().to_owned();
    let mut answer = Imported {
        format,
        dry_run,
        sound,
        change: None,
        new: preview.new.len() as u64,
        known: preview.known.len() as u64,
        activities: vec![],
        faults: vec![],
        remarks: first(preview.remarks, LineRemark::from),
        omitted: first(preview.omitted, LineRemark::from),
        notes: parsed.notes,
    };
    if dry_run {
        answer.activities = first(preview.new, |line| line.activity.into());
        answer.faults = first(&preview.faulty, fault);
        return Ok(axum::Json(answer));
    }
    if !sound {
        return Err(Problem::fields(Kind::FaultyFile, first(&preview.faulty, fault)));
    }
    // Those that the file itself repeats are known; what the ledger knows is found as it is applied.
    let repeated = answer.known;
    let batch = Batch {
        activities: preview.new.into_iter().map(|line| line.activity).collect(),
        instruments: parsed.instruments,
        prices: parsed.prices,
    };
    let shown: String = name.chars().filter(|one| !one.is_control()).take(100).collect();
    let label = format!("Import of {} by a program", shown.trim());
    let applied = state.ledger.apply(&user, &portfolio, &label, &batch).await?;
    answer.change = applied.change;
    answer.new = applied.new;
    answer.known = applied.known + repeated;
    Ok(axum::Json(answer))
}
