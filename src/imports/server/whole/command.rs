//! `finflow export --all` and `finflow import` of the file of a whole account.

use crate::imports::preview::Fault;
use crate::imports::server::limits::ACCOUNT_BYTES;
use crate::imports::server::mappings::Mappings;
use crate::imports::server::value::refuse;
use crate::imports::server::whole::restore::{Plan, Taken, refusal, restore};
use crate::imports::server::whole::{Whole, collect, read, write};
use crate::portfolio::server::ledger::{Ledger, LedgerError};
use crate::server::arguments::{ImportArgs, TakenNames};
use crate::server::clock::Clock;
use crate::server::database::Database;
use crate::server::terminal;
use anyhow::{Context as _, bail, ensure};
use serde::Serialize;
use std::fmt::Write as _;
use std::process::ExitCode;

/// The bytes of all that a user has.
///
/// # Errors
/// The database does not answer.
pub async fn bytes(database: &Database, user: &str) -> anyhow::Result<Vec<u8>> {
    let ledger = Ledger::new(database.clone(), Clock::System);
    let mappings = Mappings::new(database.clone(), Clock::System);
    Ok(write::bytes(collect(&ledger, &mappings, user).await?)?)
}

/// What `--json` prints.
#[derive(Debug, Serialize)]
struct Done {
    user: String,
    file: String,
    format: &'static str,
    dry_run: bool,
    #[serde(flatten)]
    plan: Plan,
    /// Identities of the portfolios that came back, in the order of the file.
    opened: Vec<String>,
}

/// Brings a file in that names no portfolio: that of a whole account.
///
/// # Errors
/// An argument does not go with it, a name is taken, or the database says no. Faults of the file are told, with exit code 2.
pub async fn bring(args: &ImportArgs, database: &Database, user: &str, (name, bytes): (&str, &[u8])) -> anyhow::Result<ExitCode> {
    ensure!(
        !args.create && args.mapping.is_none(),
        "--create and --mapping go with a file for one portfolio: name it with --portfolio"
    );
    let whole = match read::whole(bytes, ACCOUNT_BYTES) {
        Ok(whole) => whole,
        Err(faults) => {
            eprintln!("finflow: without --portfolio the file of a whole account is expected");
            let faults: Vec<(String, Fault)> = faults.into_iter().map(|fault| (name.to_owned(), fault)).collect();
            return refuse(&faults, args.json);
        }
    };
    let done = done(args, database, user, name, whole).await?;
    let text = if args.json {
        format!("{}\n", serde_json::to_string_pretty(&done)?)
    } else {
        told(&done)
    };
    terminal::print(text.as_bytes())?;
    Ok(ExitCode::SUCCESS)
}

async fn done(args: &ImportArgs, database: &Database, user: &str, name: &str, whole: Whole) -> anyhow::Result<Done> {
    let ledger = Ledger::new(database.clone(), Clock::System);
    let mappings = Mappings::new(database.clone(), Clock::System);
    let taken = match args.taken {
        TakenNames::Refuse => Taken::Refuse,
        TakenNames::LeaveOut => Taken::LeaveOut,
        TakenNames::Beside => Taken::Beside,
    };
    let refused = |said: String| format!("{said} --taken says it: leave-out or beside. Nothing was changed");
    let (plan, opened) = if args.dry_run {
        let plan = Plan::new(&whole, &ledger.there(user).await?, taken);
        let names = plan.taken();
        ensure!(taken != Taken::Refuse || names.is_empty(), refused(refusal(&names)));
        (plan, vec![])
    } else {
        let label = label(name);
        match restore(&ledger, &mappings, user, &label, whole, taken).await {
            Ok(done) => done,
            Err(LedgerError::Conflict(said)) => bail!(refused(said)),
            Err(other) => return Err(other).with_context(|| format!("{name} was not brought back, and nothing was changed")),
        }
    };
    Ok(Done {
        user: user.to_owned(),
        file: name.to_owned(),
        format: "finflow_account",
        dry_run: args.dry_run,
        plan,
        opened,
    })
}

/// What the change of each portfolio is called.
pub fn label(name: &str) -> String {
    let plain: String = name.chars().filter(|one| !one.is_control()).take(200).collect();
    format!("Brought back from {}", plain.trim()).trim().to_owned()
}

fn told(done: &Done) -> String {
    let verb = if done.dry_run { "would come back" } else { "came back" };
    let Plan {
        portfolios,
        instruments,
        prices,
        columns,
    } = &done.plan;
    let mut text = format!("{} (a whole account): {} portfolios {verb}\n", done.file, done.plan.coming());
    for one in portfolios {
        let what = match &one.comes_as {
            None => "stays out: the name is taken".to_owned(),
            Some(name) if *name == one.name => verb.to_owned(),
            Some(name) => format!("{verb} as {name:?}: the name is taken"),
        };
        // A text takes what is written to it.
        let _ = writeln!(
            text,
            "  {:?}, {}, {} activities: {what}",
            one.name, one.base_currency, one.activities
        );
    }
    let _ = writeln!(
        text,
        "  {} instruments ({} are there already), {} prices ({} are there already), {columns} readings of columns",
        instruments.new, instruments.known, prices.new, prices.known
    );
    text
}
