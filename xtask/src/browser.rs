//! A Chromium for the tests: the one that is named, the system's, Playwright's own, or Debian's, installed now.

use std::path::{Path, PathBuf};

use anyhow::{Context, Result, bail};

use crate::bootstrap::apt_install;
use crate::shell::step;

const SYSTEM: &str = "/usr/bin/chromium";

/// Makes sure that there is one; playwright.config.ts finds it in the same places.
pub fn ensure() -> Result<()> {
    if let Some(named) = std::env::var_os("FINFLOW_CHROMIUM") {
        if Path::new(&named).exists() {
            return Ok(());
        }
        bail!("FINFLOW_CHROMIUM names {}, which is not there", named.display());
    }
    if Path::new(SYSTEM).exists() || playwright_has_one() {
        return Ok(());
    }
    step("installing Chromium for the browser tests");
    apt_install(&["chromium", "fonts-dejavu-core"])
        .context("Chromium is missing: apt-get install chromium, or (in end2end/) npx playwright install chromium, or set FINFLOW_CHROMIUM")
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
