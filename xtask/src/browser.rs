//! A Chromium for the tests: the one that is named, the system's, Playwright's own, or Debian's, installed now.

use std::path::{Path, PathBuf};

use anyhow::{Result, bail};

use crate::bootstrap::provide;

const SYSTEM: &str = "/usr/bin/chromium";
const HINT: &str =
    "Chromium is missing: apt-get install chromium, or (in end2end/) npx playwright install chromium, or set FINFLOW_CHROMIUM";

/// Makes sure that there is one; playwright.config.ts finds it in the same places.
pub fn ensure() -> Result<()> {
    if let Some(named) = std::env::var_os("FINFLOW_CHROMIUM") {
        if Path::new(&named).exists() {
            return Ok(());
        }
        bail!("FINFLOW_CHROMIUM names {}, which is not there", named.display());
    }
    provide("Chromium for the browser tests", &["chromium", "fonts-dejavu-core"], HINT, || {
        Path::new(SYSTEM).exists() || playwright_has_one()
    })
}

fn playwright_has_one() -> bool {
    let cache = std::env::var_os("PLAYWRIGHT_BROWSERS_PATH").map(PathBuf::from);
    let cache = cache.or_else(|| std::env::var_os("HOME").map(|home| Path::new(&home).join(".cache/ms-playwright")));
    let entries = cache.and_then(|cache| cache.read_dir().ok());
    entries.is_some_and(|entries| {
        entries
            .flatten()
            .any(|entry| entry.file_name().to_string_lossy().starts_with("chromium-"))
    })
}
