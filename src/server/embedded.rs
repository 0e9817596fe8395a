//! The built site, inside the program.

use bytes::Bytes;
use std::collections::HashMap;
use std::io;
use std::path::Path;

/// What is inside the program stays as it is.
pub const MAY_CHANGE: bool = false;

// A file that is added to the folder changes no source: the build names the site's hash so that the program is made anew.
const _: Option<&str> = option_env!("FINFLOW_SITE_HASH");

#[derive(rust_embed::Embed)]
#[folder = "target/site"]
struct Site;

/// Every file of the site, by its path. The folder is not looked at.
///
/// # Errors
/// None; the folder beside the program may have one.
pub fn files(_folder: &Path) -> io::Result<HashMap<String, Bytes>> {
    let file = |path: std::borrow::Cow<'static, str>| Some((path.to_string(), Site::get(&path)?.data.into_owned().into()));
    Ok(Site::iter().filter_map(file).collect())
}
