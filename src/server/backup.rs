//! `finflow backup` and `finflow restore`: all of a database in a file, and back.

use crate::server::arguments::{BackupArgs, RestoreArgs};
use crate::server::clock::Clock;
use crate::server::database::Database;
use anyhow::{Context as _, ensure};
use flate2::Compression;
use flate2::read::MultiGzDecoder;
use flate2::write::GzEncoder;
use std::fs::File;
use std::io::{BufReader, BufWriter, Write as _};
use std::path::Path;
use std::process::ExitCode;

/// A new file, which only its owner reads.
///
/// # Errors
/// It exists, or cannot be written.
pub fn create_new(path: &Path) -> anyhow::Result<File> {
    let mut options = File::options();
    options.write(true).create_new(true);
    #[cfg(unix)]
    std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
    options.open(path).with_context(|| match path.exists() {
        true => format!("{} is there already, and is not overwritten", path.display()),
        false => format!("{} cannot be written", path.display()),
    })
}

/// Opens a database that must be there: these commands make no new one by a slip of the pen.
///
/// # Errors
/// It is not there, or cannot be opened.
pub async fn open_existing(url: &str) -> anyhow::Result<Database> {
    if let Some(file) = url.strip_prefix("sqlite:") {
        let file = file.strip_prefix("//").unwrap_or(file);
        let (path, _) = file.split_once('?').unwrap_or((file, ""));
        ensure!(
            Path::new(path).is_file(),
            "FINFLOW_DATABASE_URL (or --database-url) names the file {path}, which is not there"
        );
    }
    Database::open(url).await.map_err(anyhow::Error::msg)
}

/// Writes a backup.
///
/// # Errors
/// The database or the file says no. A file that is not whole is removed.
pub async fn backup(args: &BackupArgs) -> anyhow::Result<ExitCode> {
    let database = open_existing(&args.database.database_url).await?;
    let file = create_new(&args.file)?;
    let written = write(&database, file).await;
    database.close().await;
    match written {
        Ok(rows) => {
            eprintln!("finflow: {rows} rows are in {}", args.file.display());
            Ok(ExitCode::SUCCESS)
        }
        Err(error) => {
            // It is this command's own file, and worth nothing.
            let _ = std::fs::remove_file(&args.file);
            Err(error.context(format!("{} was not written", args.file.display())))
        }
    }
}

async fn write(database: &Database, file: File) -> anyhow::Result<u64> {
    let mut out = GzEncoder::new(BufWriter::new(file), Compression::default());
    let rows = database.dump(Clock::System.now().timestamp_millis(), &mut out).await?;
    let mut out = out.finish()?;
    out.flush()?;
    out.get_ref().sync_all()?;
    Ok(rows)
}

/// Fills a database from a backup.
///
/// # Errors
/// The file is no whole backup, or the database does not take it. Nothing was changed then.
pub async fn restore(args: &RestoreArgs) -> anyhow::Result<ExitCode> {
    let file = File::open(&args.file).with_context(|| format!("{} cannot be read", args.file.display()))?;
    let mut source = BufReader::new(MultiGzDecoder::new(BufReader::new(file)));
    let restored = Database::load(&args.database.database_url, &mut source, args.replace).await;
    let rows = restored.with_context(|| format!("{} was not restored, and nothing was changed", args.file.display()))?;
    eprintln!("finflow: {rows} rows were restored from {}", args.file.display());
    Ok(ExitCode::SUCCESS)
}
