//! What every verb needs of the system: where the project lies, one line a step, commands that fail with their name,
//! and fingerprints that let a second run skip what is up to date.

use std::collections::BTreeMap;
use std::ffi::OsStr;
use std::fs;
use std::hash::{DefaultHasher, Hash, Hasher};
use std::io::ErrorKind;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

use anyhow::{Context, Result, bail};

/// The folder of the workspace.
pub fn root() -> PathBuf {
    let member = std::env::var_os("CARGO_MANIFEST_DIR").map_or_else(|| PathBuf::from(env!("CARGO_MANIFEST_DIR")), PathBuf::from);
    member.parent().map_or_else(|| member.clone(), Path::to_path_buf)
}

/// Where cargo puts what it builds.
pub fn target() -> PathBuf {
    std::env::var_os("CARGO_TARGET_DIR").map_or_else(|| root().join("target"), |folder| root().join(folder))
}

/// The built tool's own folder: caches and stamps, safe to delete.
pub fn scratch() -> PathBuf {
    target().join("xtask")
}

/// Says in one line what happens next.
pub fn step(what: &str) {
    eprintln!("xtask: {what}");
}

/// A command that starts in the project's folder.
pub fn command(program: impl AsRef<OsStr>) -> Command {
    let mut command = Command::new(program);
    command.current_dir(root());
    command
}

/// The cargo that runs this program, as if nobody ran it: what cargo tells this tool of itself is no business of what it builds. Build
/// scripts look at it, and all that depends on theirs would be compiled anew whenever it is cargo's turn without us.
pub fn cargo() -> Command {
    let mut cargo = command(std::env::var_os("CARGO").unwrap_or_else(|| "cargo".into()));
    for (name, _) in std::env::vars_os() {
        let told = name.to_string_lossy();
        if ["CARGO_PKG_", "CARGO_MANIFEST_", "CARGO_BIN_", "CARGO_CRATE_"]
            .iter()
            .any(|start| told.starts_with(start))
        {
            cargo.env_remove(&name);
        }
    }
    cargo
}

/// Runs to the end; an error names the command, `hint` says how to get a program that is missing.
pub fn run(command: &mut Command, hint: &str) -> Result<()> {
    let name = describe(command);
    match command.status() {
        Ok(status) if status.success() => Ok(()),
        Ok(status) => bail!("`{name}` failed ({status})"),
        Err(error) if error.kind() == ErrorKind::NotFound => bail!("{hint}"),
        Err(error) => Err(error).with_context(|| format!("`{name}` did not start")),
    }
}

/// What a command prints, if it can be run and succeeds.
pub fn output(command: &mut Command) -> Option<String> {
    let output = command.stdin(Stdio::null()).stderr(Stdio::null()).output().ok()?;
    output
        .status
        .success()
        .then(|| String::from_utf8_lossy(&output.stdout).trim().to_owned())
}

/// The command as one would type it.
pub fn describe(command: &Command) -> String {
    let program = Path::new(command.get_program()).file_name().unwrap_or(command.get_program());
    let words = std::iter::once(program).chain(command.get_args());
    words.map(|word| word.to_string_lossy()).collect::<Vec<_>>().join(" ")
}

/// A fingerprint for caches on this machine; not for anything that leaves it.
pub fn fingerprint(value: impl Hash) -> String {
    let mut hasher = DefaultHasher::new();
    value.hash(&mut hasher);
    format!("{:016x}", hasher.finish())
}

/// Every file below a folder, or the file itself, by its path from the folder. A folder that is not there has none.
pub fn files(path: &Path) -> Result<BTreeMap<PathBuf, PathBuf>> {
    let mut found = BTreeMap::new();
    let mut pending = vec![path.to_path_buf()];
    while let Some(here) = pending.pop() {
        if here.is_file() {
            found.insert(here.strip_prefix(path)?.to_path_buf(), here);
        } else if here.is_dir() {
            let entries = fs::read_dir(&here).with_context(|| format!("cannot list {}", here.display()))?;
            for entry in entries {
                pending.push(entry?.path());
            }
        }
    }
    Ok(found)
}

/// A fingerprint of all that lies below some paths.
pub fn fingerprint_of(paths: &[PathBuf]) -> Result<String> {
    let mut parts = Vec::new();
    for path in paths {
        for (name, file) in files(path)? {
            parts.push((name, read(&file)?));
        }
    }
    Ok(fingerprint(parts))
}

/// Reads a file; the error names it.
pub fn read(path: &Path) -> Result<Vec<u8>> {
    fs::read(path).with_context(|| format!("cannot read {}", path.display()))
}

/// Writes a file and the folders above it, only if its content is new: an unchanged file keeps its time.
pub fn write(path: &Path, content: &[u8]) -> Result<()> {
    if fs::read(path).is_ok_and(|old| old == content) {
        return Ok(());
    }
    if let Some(folder) = path.parent() {
        fs::create_dir_all(folder).with_context(|| format!("cannot make {}", folder.display()))?;
    }
    fs::write(path, content).with_context(|| format!("cannot write {}", path.display()))
}

/// Does `work` unless it was done for the same `fingerprint` and its `results` are still there.
pub fn once(name: &str, fingerprint: &str, results: &[&Path], work: impl FnOnce() -> Result<()>) -> Result<()> {
    let stamp = scratch().join("stamps").join(name);
    let done = fs::read_to_string(&stamp).is_ok_and(|old| old == fingerprint);
    if done && results.iter().all(|result| result.exists()) {
        return Ok(());
    }
    work()?;
    write(&stamp, fingerprint.as_bytes())
}
