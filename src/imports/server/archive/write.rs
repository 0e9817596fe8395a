//! Writing our own JSON.

use super::Archive;

/// The bytes of an archive. One line an activity would be shorter, but a person may want to read it: it is indented.
///
/// # Errors
/// None in practice: every key is a text.
pub fn bytes(archive: Archive) -> Result<Vec<u8>, serde_json::Error> {
    let mut bytes = serde_json::to_vec_pretty(&archive.sorted())?;
    bytes.push(b'\n');
    Ok(bytes)
}
