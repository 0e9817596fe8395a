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

    /// The address of a file that the site may lack: a part of the client of its own.
    pub fn known(&self, path: &str) -> Option<String> {
        self.0.get(path).cloned()
    }

    /// The address of a file; its plain path where it has no other.
    pub fn url(&self, path: &str) -> String {
        self.known(path).unwrap_or_else(|| format!("/{path}"))
    }
}
