//! The built site, inside the program.

use std::borrow::Cow;

// A file that is added to the folder changes no source: the build names the site's hash so that the program is made anew.
const _: Option<&str> = option_env!("FINFLOW_SITE_HASH");

#[derive(rust_embed::Embed)]
#[folder = "target/site"]
struct Site;

/// Every file of the site, as its path and its bytes.
pub fn files() -> impl Iterator<Item = (String, Cow<'static, [u8]>)> {
    Site::iter().filter_map(|path| Site::get(&path).map(|file| (path.into_owned(), file.data)))
}
