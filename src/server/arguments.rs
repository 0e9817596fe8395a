//! Arguments of the commands that do one thing and end. The doc comments are the help text.

use crate::money::Decimal;
use crate::server::config::database_url;
use chrono::{Datelike as _, NaiveDate};
use clap::{Args, ValueEnum};
use std::net::SocketAddr;
use std::path::PathBuf;

/// Where data is kept, of a command that reads or changes it.
#[derive(Clone, Debug, Args)]
pub struct DatabaseArgs {
    /// Where data is kept: `sqlite:FILE` or `postgres://user:password@host/name`. A server may be serving it meanwhile.
    #[arg(long, env = "FINFLOW_DATABASE_URL", default_value = "sqlite:finflow.db", hide_env_values = true, value_parser = database_url)]
    pub database_url: String,
}

/// Arguments of `mock-exchange`.
#[derive(Clone, Debug, Args)]
pub struct MockArgs {
    /// The address to listen on.
    #[arg(long, default_value = "127.0.0.1:9001")]
    pub addr: SocketAddr,
}

/// Arguments of `value`.
#[derive(Clone, Debug, Args)]
#[command(after_help = VALUE_HELP)]
pub struct ValueArgs {
    /// The files: exports of other trackers and brokers, or our own. Several are read as one history.
    #[arg(required = true, value_name = "FILE")]
    pub files: Vec<PathBuf>,
    /// The day that everything is valued on, at its close. Activities after it do not count. Today where nothing is said.
    #[arg(long, value_name = "DATE", value_parser = day)]
    pub at: Option<NaiveDate>,
    /// The price of an instrument on that day, in the instrument's currency. May be given many times.
    #[arg(long = "price", value_name = "SYMBOL=AMOUNT", value_parser = price)]
    pub prices: Vec<(String, Decimal)>,
    /// Which lots a sale takes: fifo where neither this nor the file says anything.
    #[arg(long, value_parser = ["fifo", "lifo", "hifo", "average"])]
    pub method: Option<String>,
    /// The currency of the totals, as an ISO 4217 code. Without it the file's own base currency, else the one that most of its
    /// activities are in.
    #[arg(long, value_name = "CODE")]
    pub currency: Option<String>,
    /// Whether cash is a part of the portfolio.
    #[arg(long, value_enum, default_value_t = CashTracked::Auto)]
    pub cash: CashTracked,
    /// How the columns of a table of no known kind are read: a file of JSON, as docs/IMPORTS.md shows it.
    #[arg(long, value_name = "FILE")]
    pub mapping: Option<PathBuf>,
    /// Print JSON instead of tables. Its shape is in docs/CLI.md.
    #[arg(long)]
    pub json: bool,
}

const VALUE_HELP: &str = "\
Prices. --price counts before all else. Then, of each instrument, the newest price up to the day: the closes that ship with the \
program (adjusted ones, for 20 US shares, up to 2022), the prices in the files, the prices of the activities themselves; of one \
day, in that order. The result says of each which it was, and of which day.

Cash. With cash, a buy takes money that must have come in by a deposit, and deposits are the contributions. Many histories book \
no deposits: there, each buy is a contribution of its own and each sale a withdrawal, and there is no cash. `auto` chooses by \
whether the files book a deposit or a withdrawal.

Exit code: 0 where it was valued, with the activities that could not be booked among the problems; 2 where a file cannot be read \
or an argument is wrong.";

/// Whether cash is a part of a valuation.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub enum CashTracked {
    /// Where the files book a deposit or a withdrawal.
    Auto,
    /// Always.
    Tracked,
    /// Never.
    Untracked,
}

/// What becomes of portfolios whose name is taken.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub enum TakenNames {
    /// Nothing comes back.
    Refuse,
    /// They stay out.
    LeaveOut,
    /// They come back under a name with a number.
    Beside,
}

/// Arguments of `import`.
#[derive(Clone, Debug, Args)]
#[command(after_help = "\
Everything in the file comes in, or nothing: a fault is told with its line, column and reason, and the exit code is 2. What is \
there already is left alone: the same file twice brings nothing new. The change can be undone.

The file of a whole account needs no --portfolio: it opens its portfolios itself. Where the user has one of a name already, \
nothing comes back unless --taken says otherwise.")]
pub struct ImportArgs {
    /// The file: an export of another tracker or a broker, or our own.
    pub file: PathBuf,
    /// The user's name, or their id.
    #[arg(long, value_name = "NAME")]
    pub user: String,
    /// The portfolio's name, or its id. Left out for the file of a whole account, as `export --all` writes it.
    #[arg(long, value_name = "NAME")]
    pub portfolio: Option<String>,
    /// Of a whole account: what becomes of portfolios whose name the user has already.
    #[arg(long, value_enum, default_value_t = TakenNames::Refuse, conflicts_with = "portfolio")]
    pub taken: TakenNames,
    /// Say what would come in, and change nothing.
    #[arg(long)]
    pub dry_run: bool,
    /// Open the portfolio where the user has none of that name, with the file's base currency, else euros.
    #[arg(long)]
    pub create: bool,
    /// How the columns of a table of no known kind are read: a file of JSON, as docs/IMPORTS.md shows it.
    #[arg(long, value_name = "FILE")]
    pub mapping: Option<PathBuf>,
    /// Print JSON. Its shape is in docs/CLI.md.
    #[arg(long)]
    pub json: bool,
    /// The database.
    #[command(flatten)]
    pub database: DatabaseArgs,
}

/// Arguments of `export`.
#[derive(Clone, Debug, Args)]
pub struct ExportArgs {
    /// The user's name, or their id.
    #[arg(long, value_name = "NAME")]
    pub user: String,
    /// The portfolio's name, or its id.
    #[arg(long, value_name = "NAME", required_unless_present = "all")]
    pub portfolio: Option<String>,
    /// Everything that the user has, as one file of JSON: all portfolios, instruments, prices and readings of columns. No password,
    /// no session and no token is in it.
    #[arg(long, conflicts_with_all = ["portfolio", "format"])]
    pub all: bool,
    /// `json` restores everything, `csv` is a table of the activities, `ghostfolio` what Ghostfolio imports.
    #[arg(long, value_enum, default_value_t = ExportFormat::Json)]
    pub format: ExportFormat,
    /// The file to write; it must not exist yet. Standard output where nothing is said.
    #[arg(long, value_name = "FILE")]
    pub output: Option<PathBuf>,
    /// The database.
    #[command(flatten)]
    pub database: DatabaseArgs,
}

/// What an export is written as.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub enum ExportFormat {
    /// Our own.
    Json,
    /// Ghostfolio's.
    Ghostfolio,
    /// A table.
    Csv,
}

/// Arguments of `backup`.
#[derive(Clone, Debug, Args)]
#[command(after_help = "\
All of the database as it was at one moment, whether a server serves it or not, as compressed lines of JSON. The file is \
readable by its owner alone: it holds what people own, and hashes of their passwords. Sessions are not in it.")]
pub struct BackupArgs {
    /// The file to write; it must not exist yet.
    pub file: PathBuf,
    /// The database.
    #[command(flatten)]
    pub database: DatabaseArgs,
}

/// Arguments of `restore`.
#[derive(Clone, Debug, Args)]
#[command(after_help = "\
A backup of SQLite can be restored into PostgreSQL and the other way round, and a backup of an older program into a newer one. \
All of it is restored, or nothing. Stop the server before: what it serves must not change under it.")]
pub struct RestoreArgs {
    /// A file that `finflow backup` wrote.
    pub file: PathBuf,
    /// Delete all that is in the database before. Without it a database that holds anything is left alone.
    #[arg(long)]
    pub replace: bool,
    /// The database.
    #[command(flatten)]
    pub database: DatabaseArgs,
}

/// A day as 2024-12-31, in a year that people kept accounts in.
fn day(text: &str) -> Result<NaiveDate, String> {
    let day = NaiveDate::parse_from_str(text, "%Y-%m-%d").map_err(|_| "expected a day that exists, as in 2024-12-31".to_owned())?;
    if (1900..2200).contains(&day.year()) {
        Ok(day)
    } else {
        Err("expected a day from 1900 to 2199".into())
    }
}

fn price(text: &str) -> Result<(String, Decimal), String> {
    let expected = || "expected SYMBOL=AMOUNT, as in AAPL=189.95, with an amount of zero or more".to_owned();
    // A symbol may hold the sign itself: EURUSD=X.
    let (symbol, amount) = text.rsplit_once('=').ok_or_else(expected)?;
    let amount = Decimal::from_str_exact(amount.trim()).map_err(|_| expected())?;
    if symbol.trim().is_empty() || amount < Decimal::ZERO {
        return Err(expected());
    }
    Ok((symbol.trim().to_owned(), amount))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_price_keeps_its_symbols_own_sign() {
        assert_eq!(price("EURUSD=X=1.1"), Ok(("EURUSD=X".into(), Decimal::new(11, 1))));
        for text in ["AAPL", "=1", "AAPL=", "AAPL=x", "AAPL=-1", "AAPL=1e5", "AAPL=1,5"] {
            assert!(price(text).is_err(), "{text}");
        }
    }

    #[test]
    fn a_day_must_exist() {
        assert!(day("2024-02-29").is_ok());
        for text in ["2023-02-29", "24-01-01", "31.12.2024", "0001-01-01", "9999-12-31", "", "today"] {
            assert!(day(text).is_err(), "{text}");
        }
    }
}
