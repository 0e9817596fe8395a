//! `finflow export`: a portfolio as a file, or a whole account.

use crate::imports::server::archive::{Archive, ArchivedPortfolio, write};
use crate::imports::server::export::{csv, ghostfolio};
use crate::imports::server::{whole, whose};
use crate::portfolio::server::ledger::{Ledger, Listed};
use crate::server::arguments::{ExportArgs, ExportFormat};
use crate::server::backup::{create_new, open_existing};
use crate::server::clock::Clock;
use crate::server::terminal;
use std::collections::HashSet;
use std::io::Write as _;
use std::process::ExitCode;

/// The id of the one portfolio in an archive. Not that of the database, which is another one after a restore.
const ONLY: &str = "1";

/// Writes a portfolio.
///
/// # Errors
/// There is no such user or portfolio, or the database or the file says no.
pub async fn run(args: &ExportArgs) -> anyhow::Result<ExitCode> {
    let database = open_existing(&args.database.database_url).await?;
    let ledger = Ledger::new(database.clone(), Clock::System);
    let user = whose::user(&database, &args.user).await?;
    let bytes = match &args.portfolio {
        Some(portfolio) => {
            let listed = whose::portfolio(&ledger, &user, (&args.user, portfolio)).await?;
            one(args, archived(&ledger, &user, &listed).await?)?
        }
        None => whole::command::bytes(&database, &user).await?,
    };
    database.close().await;
    match &args.output {
        None => terminal::print(&bytes)?,
        Some(path) => {
            let mut file = create_new(path)?;
            file.write_all(&bytes)?;
            file.sync_all()?;
        }
    }
    Ok(ExitCode::SUCCESS)
}

/// The bytes of one portfolio.
fn one(args: &ExportArgs, portfolio: ArchivedPortfolio) -> anyhow::Result<Vec<u8>> {
    Ok(match args.format {
        ExportFormat::Json => write::bytes(Archive {
            portfolios: vec![portfolio],
            ..Archive::default()
        })?,
        ExportFormat::Csv => csv::bytes(&portfolio)?,
        ExportFormat::Ghostfolio => {
            let exported = ghostfolio::export(&portfolio)?;
            for (activity, reason) in &exported.left_out {
                eprintln!("finflow: activity {activity} is left out: {reason}");
            }
            exported.bytes
        }
    })
}

/// All of a portfolio. What its owner described and priced comes along, unless it belongs to their other portfolios alone.
///
/// # Errors
/// The database does not answer.
pub async fn archived(ledger: &Ledger, user: &str, listed: &Listed) -> anyhow::Result<ArchivedPortfolio> {
    let activities = ledger.activities(user, &listed.id).await?;
    let mut others = HashSet::new();
    for other in ledger.portfolios(user).await?.iter().filter(|other| other.id != listed.id) {
        others.extend(ledger.activities(user, &other.id).await?.into_iter().filter_map(|one| one.symbol));
    }
    for symbol in activities.iter().filter_map(|one| one.symbol.as_ref()) {
        others.remove(symbol);
    }
    let mut instruments = ledger.instruments(user).await?;
    instruments.retain(|one| !others.contains(&one.symbol));
    let mut prices = ledger.prices(user).await?;
    prices.retain(|one| !others.contains(&one.symbol));
    Ok(ArchivedPortfolio {
        instruments,
        activities,
        prices,
        ..ArchivedPortfolio::of(ONLY.to_owned(), &listed.settings)
    })
}
