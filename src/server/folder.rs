//! The built site, in a folder beside the program.

use crate::server::assets::is_compressed;
use bytes::Bytes;
use std::collections::HashMap;
use std::io;
use std::path::Path;

/// A developer's tool may build the files anew while the server runs.
pub const MAY_CHANGE: bool = true;

/// Every file of the site, by its path.
///
/// # Errors
/// The folder cannot be read.
pub fn files(folder: &Path) -> io::Result<HashMap<String, Bytes>> {
    let mut files = HashMap::new();
    read_folder(folder, "", &mut files)?;
    Ok(files)
}

fn read_folder(folder: &Path, prefix: &str, files: &mut HashMap<String, Bytes>) -> io::Result<()> {
    for entry in std::fs::read_dir(folder)? {
        let entry = entry?;
        let name = format!("{prefix}{}", entry.file_name().to_string_lossy());
        if entry.file_type()?.is_dir() {
            read_folder(&entry.path(), &format!("{name}/"), files)?;
        } else if !is_left_behind(&entry.path()) {
            files.insert(name, std::fs::read(entry.path())?.into());
        }
    }
    Ok(())
}

/// Whether this is the compressed form of a file that was built anew since, by a tool that does not compress.
fn is_left_behind(path: &Path) -> bool {
    let modified = |path: &Path| path.metadata().and_then(|file| file.modified()).ok();
    is_compressed(&path.to_string_lossy()) && modified(&path.with_extension("")) > modified(path)
}

#[cfg(test)]
mod tests {
    use crate::server::assets::Assets;
    use axum::http::{HeaderMap, HeaderValue, header};

    #[test]
    fn a_compressed_form_that_was_left_behind_is_not_served() {
        let folder = tempfile::tempdir().expect("a folder");
        let write = |name: &str, age: u64| {
            let file = std::fs::File::create(folder.path().join(name)).expect("a file");
            file.set_modified(std::time::SystemTime::now() - std::time::Duration::from_secs(age))
                .expect("a time");
        };
        write("a.js", 5);
        write("a.js.br", 9);
        write("b.js", 9);
        write("b.js.br", 5);
        let site = Assets::load(folder.path()).expect("readable");
        let ask = HeaderMap::from_iter([(header::ACCEPT_ENCODING, HeaderValue::from_static("br"))]);
        let coding = |path| {
            site.respond(path, &ask)
                .expect("there")
                .headers()
                .get(header::CONTENT_ENCODING)
                .cloned()
        };
        assert_eq!((coding("/a.js"), coding("/b.js")), (None, Some(HeaderValue::from_static("br"))));
    }
}
