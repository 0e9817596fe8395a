//! `finflow backup` and `finflow restore`: all of a database in a file, and back.

use crate::server::arguments::{BackupArgs, DatabaseArgs, RestoreArgs};
use crate::server::clock::Clock;
use crate::server::config::{BackupVerb, Restoring};
use crate::server::database::Database;
use crate::server::terminal::table;
use anyhow::{Context as _, ensure};
use chrono::{DateTime, Utc};
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

/// What `finflow admin backup` says: lists backups, or makes one in a folder, named after the moment. Returns what to print.
///
/// # Errors
/// The folder cannot be read, or the backup not be made.
pub async fn administer(verb: &BackupVerb, database_url: &str) -> anyhow::Result<String> {
    let database = DatabaseArgs {
        database_url: database_url.to_owned(),
    };
    match verb {
        BackupVerb::List { folder, json } => list(folder, *json),
        BackupVerb::Make { folder } => {
            std::fs::create_dir_all(folder).with_context(|| format!("{} cannot be made", folder.display()))?;
            // As the timer of deploy/systemd names them.
            let file = folder.join(format!("finflow-{}.gz", Clock::System.now().format("%Y%m%dT%H%M%SZ")));
            let said = format!("{}\n", file.display());
            backup(&BackupArgs { file, database }).await?;
            Ok(said)
        }
        BackupVerb::Restore(Restoring { file, replace }) => {
            let (file, replace) = (file.clone(), *replace);
            restore(&RestoreArgs { file, replace, database }).await?;
            Ok(String::new())
        }
    }
}

fn list(folder: &Path, json: bool) -> anyhow::Result<String> {
    let entries = std::fs::read_dir(folder).with_context(|| format!("{} cannot be read", folder.display()))?;
    let mut found = vec![];
    for entry in entries {
        let (entry, name) = entry.map(|entry| (entry.metadata(), entry.file_name().to_string_lossy().into_owned()))?;
        let entry = entry?;
        if entry.is_file() && name.ends_with(".gz") {
            let written: DateTime<Utc> = entry.modified()?.into();
            found.push((written, name, entry.len()));
        }
    }
    found.sort_unstable_by(|a, b| b.cmp(a));
    let moment = |written: &DateTime<Utc>| written.format("%Y-%m-%dT%H:%M:%SZ").to_string();
    if json {
        let one = |(written, name, bytes): &(DateTime<Utc>, String, u64)| serde_json::json!({ "name": name, "written_at": moment(written), "bytes": bytes });
        return Ok(serde_json::to_string_pretty(&found.iter().map(one).collect::<Vec<_>>())? + "\n");
    }
    let row = |(written, name, bytes): &(DateTime<Utc>, String, u64)| {
        vec![name.clone(), moment(written), format!("{} KiB", bytes.div_ceil(1 << 10))]
    };
    Ok(table(&["FILE", "WRITTEN", "SIZE"], &found.iter().map(row).collect::<Vec<_>>()))
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
