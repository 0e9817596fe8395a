//! What commands print.

use std::io::{ErrorKind, Write as _};

/// Writes to standard output. A reader that went away, as `head` does, has seen enough.
///
/// # Errors
/// It takes nothing for another reason.
pub fn print(bytes: &[u8]) -> std::io::Result<()> {
    let mut out = std::io::stdout().lock();
    match out.write_all(bytes).and_then(|()| out.flush()) {
        Err(error) if error.kind() == ErrorKind::BrokenPipe => Ok(()),
        done => done,
    }
}
