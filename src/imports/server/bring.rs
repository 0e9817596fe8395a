//! `finflow import`: a file into a portfolio, whole or not at all.

use crate::imports::preview::Format;
use crate::imports::server::command::{self, DryRun};
use crate::imports::server::value::{mapping, read, refuse};
use crate::imports::server::{Options, archive, whole, whose};
use crate::portfolio::book::Terms;
use crate::portfolio::server::ledger::{Batch, Ledger, Listed};
use crate::portfolio::settings::Settings;
use crate::server::arguments::ImportArgs;
use crate::server::backup::open_existing;
use crate::server::clock::Clock;
use crate::server::terminal;
use anyhow::Context as _;
use serde::Serialize;
use std::collections::HashSet;
use std::fmt::Write as _;
use std::process::ExitCode;

/// The base currency of a new portfolio where the file names none.
const USUAL: &str = "EUR";
/// Remarks that a person is shown.
const SHOWN: usize = 20;

/// What `--json` prints.
#[derive(Debug, Serialize)]
struct Done {
    /// Whose.
    user: String,
    /// The portfolio's id; nothing where it would be opened.
    #[serde(skip_serializing_if = "Option::is_none")]
    portfolio: Option<String>,
    /// Whether the portfolio was opened for it.
    created: bool,
    /// Whether anything was to be changed.
    dry_run: bool,
    /// The change, to undo it by; nothing where nothing was new.
    change: Option<String>,
    /// Activities that came in, or would.
    new: u64,
    /// What the file holds.
    #[serde(flatten)]
    file: DryRun,
}

/// Brings a file in.
///
/// # Errors
/// There is no such user or portfolio, the file cannot be read, or the database says no.
pub async fn run(args: &ImportArgs) -> anyhow::Result<ExitCode> {
    let (name, bytes) = read(&args.file)?;
    let database = open_existing(&args.database.database_url).await?;
    let ledger = Ledger::new(database.clone(), Clock::System);
    let user = whose::user(&database, &args.user).await?;
    let done = match &args.portfolio {
        None => whole::command::bring(args, &database, &user, (&name, &bytes)).await,
        Some(portfolio) => {
            let found = match whose::find(&ledger, &user, portfolio).await? {
                None if args.create => None,
                _ => Some(whose::portfolio(&ledger, &user, (&args.user, portfolio)).await?),
            };
            bring(args, &ledger, (&user, portfolio), found, (&name, &bytes)).await
        }
    };
    database.close().await;
    done
}

async fn bring(
    args: &ImportArgs,
    ledger: &Ledger,
    (user, called): (&str, &str),
    found: Option<Listed>,
    file: (&str, &[u8]),
) -> anyhow::Result<ExitCode> {
    let (name, bytes) = file;
    let there: HashSet<String> = match &found {
        Some(found) => ledger.activities(user, &found.id).await?.into_iter().map(|one| one.id).collect(),
        None => HashSet::new(),
    };
    let currency = found.as_ref().map_or(USUAL, |found| &found.settings.terms.base_currency);
    let options = Options {
        currency: Some(currency.to_owned()),
        mapping: args.mapping.as_deref().map(mapping).transpose()?,
    };
    let (mut run, stated) = command::dry_run_stating(name, bytes, &options, &there);
    if !run.is_sound() {
        let faults: Vec<_> = run.faults.into_iter().map(|fault| (name.to_owned(), fault)).collect();
        return refuse(&faults, args.json);
    }
    let mut settings = Settings {
        name: called.to_owned(),
        terms: Terms::in_currency(stated.as_deref().unwrap_or(USUAL)),
        benchmark: None,
    };
    // Our own JSON is taken as it is: what is restored must be what was written.
    if run.format == Some(Format::FinflowJson) {
        let archive = archive::read::archive(bytes).map_err(|fault| anyhow::anyhow!("{name}: {fault}"))?;
        let portfolio = archive.one(called)?;
        settings = Settings {
            name: settings.name,
            ..portfolio.settings().map_err(|invalid| anyhow::anyhow!("{name}: {invalid}"))?
        };
        let all = portfolio.activities.len();
        run.activities = portfolio.activities.into_iter().filter(|one| !there.contains(&one.id)).collect();
        run.known = all - run.activities.len();
        run.instruments = portfolio.instruments;
        run.prices = portfolio.prices;
    }
    let base = found
        .as_ref()
        .map_or(&settings.terms.base_currency, |found| &found.settings.terms.base_currency);
    command::fit_rates(&mut run.activities, stated.as_deref(), base);
    let mut done = Done {
        user: user.to_owned(),
        portfolio: found.as_ref().map(|found| found.id.clone()),
        created: false,
        dry_run: args.dry_run,
        change: None,
        new: run.activities.len() as u64,
        file: run,
    };
    if !args.dry_run {
        let batch = Batch {
            activities: done.file.activities.clone(),
            instruments: done.file.instruments.clone(),
            prices: done.file.prices.clone(),
        };
        let id = match &found {
            Some(found) => found.id.clone(),
            None => ledger.open(user, &settings).await?,
        };
        let label: String = format!("Import of {name}")
            .chars()
            .filter(|one| !one.is_control())
            .take(300)
            .collect();
        let applied = ledger.apply(user, &id, label.trim(), &batch).await;
        if applied.is_err() && found.is_none() {
            // It was opened for this file alone.
            let _ = ledger.close(user, &id).await;
        }
        let applied = applied.with_context(|| format!("{name} was not brought in, and nothing was changed"))?;
        done.portfolio = Some(id);
        done.created = found.is_none();
        done.change = applied.change;
        done.new = applied.new;
    }
    let text = if args.json {
        format!("{}\n", serde_json::to_string_pretty(&done)?)
    } else {
        told(&done, called)
    };
    terminal::print(text.as_bytes())?;
    Ok(ExitCode::SUCCESS)
}

/// The same for a person.
fn told(done: &Done, portfolio: &str) -> String {
    let DryRun {
        file,
        format,
        known,
        remarks,
        omitted,
        notes,
        ..
    } = &done.file;
    let format = format.map_or("", |format| format.title());
    let verb = if done.dry_run { "would come" } else { "came" };
    let mut text = format!(
        "{file} ({format}): {} new activities {verb} into {portfolio}, {known} are there already\n",
        done.new
    );
    let omitted = omitted.iter().map(|one| format!("line {} is left out: {}", one.line, one.text));
    let remarks = remarks.iter().map(|one| format!("line {}: {}", one.line, one.text));
    let all: Vec<_> = notes.iter().cloned().chain(omitted).chain(remarks).collect();
    for one in all.iter().take(SHOWN) {
        // A text takes what is written to it.
        let _ = writeln!(text, "  {one}");
    }
    if all.len() > SHOWN {
        let _ = writeln!(text, "  and {} more; --json has them all", all.len() - SHOWN);
    }
    if let Some(change) = &done.change {
        let _ = writeln!(text, "The change is {change}.");
    }
    text
}
