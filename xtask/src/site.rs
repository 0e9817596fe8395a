//! target/site: all that a browser may ask for, each file with its compressed forms beside it, and nothing else.

use std::collections::BTreeMap;
use std::fs;
use std::path::{Path, PathBuf};

use anyhow::{Context, Result, bail};

use crate::shell::{files, fingerprint, fingerprint_of, once, read, root, run, scratch, step, write};
use crate::{client, compress, node};

/// The folder that the server reads, and that the release build takes into itself.
pub fn folder() -> PathBuf {
    root().join("target/site")
}

/// Builds the whole site; returns a fingerprint of its content.
pub fn build() -> Result<String> {
    node::install(&root())?;
    let style = style()?;
    let clients = client::build()?;

    let mut wanted = BTreeMap::new();
    for (name, file) in files(&root().join("public"))? {
        wanted.insert(name, read(&file)?);
    }
    for client in clients {
        for (name, file) in files(&client)? {
            wanted.insert(Path::new("pkg").join(name), read(&file)?);
        }
    }
    wanted.insert(PathBuf::from("pkg/finflow.css"), read(&style)?);
    lay(wanted)
}

/// Writes the files with their compressed forms and removes what does not belong.
fn lay(wanted: BTreeMap<PathBuf, Vec<u8>>) -> Result<String> {
    step("laying out target/site, compressed");
    let mut all = BTreeMap::new();
    for (name, content) in wanted {
        for (ending, packed) in compress::variants(&name, &content)? {
            all.insert(PathBuf::from(format!("{}.{ending}", name.display())), packed);
        }
        all.insert(name, content);
    }
    for (name, file) in files(&folder())? {
        if !all.contains_key(&name) {
            fs::remove_file(&file).with_context(|| format!("cannot remove {}", file.display()))?;
        }
    }
    for (name, content) in &all {
        let file = folder().join(name);
        write(&file, content)?;
        refresh(&file)?;
    }
    Ok(fingerprint(all))
}

/// A compressed form older than its original counts as stale, for cargo-leptos writes originals alone: this one is not.
fn refresh(file: &Path) -> Result<()> {
    let packed = file.extension().is_some_and(|ending| ending == "br" || ending == "gz");
    let time = |file: &Path| fs::metadata(file).and_then(|known| known.modified()).ok();
    if packed && time(file) < time(&file.with_extension("")) {
        fs::write(file, read(file)?).with_context(|| format!("cannot write {}", file.display()))?;
    }
    Ok(())
}

/// Compiles the style sheet when the styles, or the sources that name its classes, have changed.
fn style() -> Result<PathBuf> {
    let entry = root().join("style/main.css");
    if !entry.exists() {
        bail!("style/main.css is missing");
    }
    let sheet = scratch().join("finflow.css");
    let inputs = ["style", "src", "package-lock.json"].map(|name| root().join(name));
    once("style", &fingerprint_of(&inputs)?, &[&sheet], || {
        step("compiling the style sheet");
        let mut tailwind = node::tool("tailwindcss");
        tailwind.arg("-i").arg(&entry).arg("-o").arg(&sheet).arg("--minify");
        run(&mut tailwind, "tailwindcss is missing: npm ci")
    })?;
    Ok(sheet)
}
