//! Where a page finds its files: names with a hash of their content, so that a browser may keep them for ever.

use std::collections::HashMap;
use std::sync::Arc;

/// Path of a file in the site (`pkg/finflow.js`) to the address under which it is served. In the pages' context on the server.
#[derive(Clone, Debug, Default)]
pub struct AssetUrls(Arc<HashMap<String, String>>);

impl AssetUrls {
    /// The addresses of the files that have one.
    pub fn new(urls: HashMap<String, String>) -> Self {
        Self(Arc::new(urls))
    }

    /// The address of a file; its plain path where it has no other.
    pub fn url(&self, path: &str) -> String {
        self.0.get(path).cloned().unwrap_or_else(|| format!("/{path}"))
    }
}
