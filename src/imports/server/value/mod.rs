//! `finflow value`: what files are worth on a day, with no server and no database.

mod prices;
mod report;
mod shape;
mod table;

pub use shape::Report;

use crate::imports::mapping::Mapping;
use crate::imports::preview::Fault;
use crate::imports::server::command::{self, History};
use crate::imports::server::{Options, archive, currency};
use crate::money::Decimal;
use crate::portfolio::activity::{Activity, ActivityKind};
use crate::portfolio::book::{Book, Method, Terms};
use crate::portfolio::mark::MarkedBook;
use crate::portfolio::server::rates::BaseRates;
use crate::portfolio::settings::Settings;
use crate::server::arguments::{CashTracked, ValueArgs};
use crate::server::terminal;
use anyhow::{Context as _, bail, ensure};
use chrono::{NaiveDate, TimeDelta, Utc};
use prices::Prices;
use std::collections::BTreeMap;
use std::path::Path;
use std::process::ExitCode;

/// The base currency of files that name no currency at all.
const USUAL: &str = "EUR";

/// Values the files and prints the result.
///
/// # Errors
/// A file that cannot be read, or an argument that does not fit.
pub fn run(args: &ValueArgs) -> anyhow::Result<ExitCode> {
    let today = Utc::now().date_naive();
    let at = args.at.unwrap_or(today);
    // Somewhere it is tomorrow already.
    ensure!(
        at <= today + TimeDelta::days(1),
        "--at {at} is in the future: nothing is known of its prices"
    );
    let wanted = args.currency.as_deref().map(base_currency).transpose()?;
    let files = args.files.iter().map(|path| read(path)).collect::<anyhow::Result<Vec<_>>>()?;
    let options = Options {
        currency: wanted.clone(),
        mapping: args.mapping.as_deref().map(mapping).transpose()?,
    };
    let history = match command::history(&files, &options) {
        Ok(history) => history,
        Err(faults) => return refuse(&faults, args.json),
    };
    let settings = archived(&files);
    let report = value(history, settings, wanted, args, at);
    let text = if args.json {
        format!("{}\n", serde_json::to_string_pretty(&report)?)
    } else {
        table::text(&report)
    };
    terminal::print(text.as_bytes())?;
    Ok(ExitCode::SUCCESS)
}

/// Reads a file with its name.
///
/// # Errors
/// It cannot be read, or is larger than any file that is imported.
pub fn read(path: &Path) -> anyhow::Result<(String, Vec<u8>)> {
    let length = std::fs::metadata(path).with_context(|| format!("{} cannot be read", path.display()))?;
    ensure!(!length.is_dir(), "{} is a folder; a file is expected", path.display());
    let bytes = std::fs::read(path).with_context(|| format!("{} cannot be read", path.display()))?;
    let name = path.file_name().unwrap_or(path.as_os_str());
    Ok((name.to_string_lossy().into_owned(), bytes))
}

/// Reads how the columns of a table are to be read.
///
/// # Errors
/// The file cannot be read, or is no mapping.
pub fn mapping(path: &Path) -> anyhow::Result<Mapping> {
    let (name, bytes) = read(path)?;
    serde_json::from_slice(&bytes).with_context(|| format!("--mapping {name}: not a mapping of columns"))
}

/// Tells every fault, for a person on standard error, and as JSON if that is wanted.
///
/// # Errors
/// Standard output takes nothing.
pub fn refuse(faults: &[(String, Fault)], json: bool) -> anyhow::Result<ExitCode> {
    for (file, fault) in faults {
        eprintln!("finflow: {file}: {fault}");
    }
    if json {
        let told = faults.iter().map(|(file, fault)| {
            let mut told = serde_json::to_value(fault)?;
            told["file"] = file.as_str().into();
            Ok(told)
        });
        let told = told.collect::<serde_json::Result<Vec<_>>>()?;
        let text = serde_json::to_string_pretty(&serde_json::json!({ "faults": told }))?;
        terminal::print(format!("{text}\n").as_bytes())?;
    }
    Ok(ExitCode::from(2))
}

/// A currency that totals can be in.
fn base_currency(text: &str) -> anyhow::Result<String> {
    match currency::read(text) {
        Some(unit) if unit.divisor == Decimal::ONE && unit.code != currency::NONE => Ok(unit.code),
        Some(unit) => bail!("--currency {text}: totals are in a whole currency; {} is meant", unit.code),
        None => bail!("--currency {text}: not a currency of ISO 4217, as EUR is"),
    }
}

/// What our own JSON says of the one portfolio in it.
fn archived(files: &[(String, Vec<u8>)]) -> Option<Settings> {
    let [(_, bytes)] = files else { return None };
    let archive = archive::read::archive(bytes).ok()?;
    let [portfolio] = &archive.portfolios[..] else { return None };
    portfolio.settings().ok()
}

/// The currency that most activities are in; of equals the first in the alphabet.
fn usual_currency(activities: &[Activity]) -> String {
    let mut counts = BTreeMap::<&str, usize>::new();
    for activity in activities.iter().filter(|one| one.currency != currency::NONE) {
        *counts.entry(&activity.currency).or_default() += 1;
    }
    let most = counts.into_iter().rev().max_by_key(|(_, count)| *count);
    most.map_or(USUAL, |(code, _)| code).to_owned()
}

/// Whether money comes in or goes out. A conversion does not: its halves are of one day, in two currencies, one in and one out.
fn books_cash(activities: &[Activity]) -> bool {
    use ActivityKind::{Deposit, Withdrawal};
    let mut moved: Vec<_> = activities.iter().filter(|one| matches!(one.kind, Deposit | Withdrawal)).collect();
    moved.sort_by_key(|one| one.day);
    moved.chunk_by(|one, other| one.day == other.day).any(|day| {
        let is_half = |one: &&Activity| day.iter().any(|other| other.kind != one.kind && other.currency != one.currency);
        !day.iter().all(is_half)
    })
}

/// Values a history.
pub fn value(mut history: History, archived: Option<Settings>, wanted: Option<String>, args: &ValueArgs, at: NaiveDate) -> Report {
    let mut remarks = std::mem::take(&mut history.remarks);
    let stated = history.base_currency.clone();
    let base = wanted.or_else(|| stated.clone()).unwrap_or_else(|| {
        let usual = usual_currency(&history.activities);
        remarks.push(format!(
            "No file names a base currency: the totals are in {usual}. --currency chooses another."
        ));
        usual
    });
    command::fit_rates(&mut history.activities, stated.as_deref(), &base);
    let prices = Prices::new(&history, &args.prices, &base, at, &mut remarks);
    let all = history.activities.len();
    history.activities.retain(|activity| activity.day <= at);
    let later = all - history.activities.len();
    let cash_tracked = match args.cash {
        CashTracked::Tracked => true,
        CashTracked::Untracked => false,
        CashTracked::Auto => archived
            .as_ref()
            .map_or_else(|| books_cash(&history.activities), |settings| settings.terms.cash_tracked),
    };
    let wanted = args.method.as_deref();
    let named = Method::ALL.into_iter().find(|one| Some(one.label()) == wanted);
    let method = named.or(archived.map(|settings| settings.terms.method)).unwrap_or_default();
    let terms = Terms {
        base_currency: base.clone(),
        method,
        cash_tracked,
    };
    let rates = BaseRates::new(&base).with_coins(prices.of_pairs());
    let book = Book::new(terms, history.activities.iter().cloned(), &rates);
    let price = |symbol: &str| prices.at(symbol, at).map(|found| found.price());
    let marked = MarkedBook::new(&book, at, price, |code| rates.mark(code, at));
    report::make(&report::Inputs {
        history: &history,
        book: &book,
        marked: &marked,
        prices: &prices,
        rates: &rates,
        later,
        remarks,
    })
}
