//! Tries a running server as a stranger's client would.

use crate::server::config::ProbeArgs;
use std::process::ExitCode;

/// Runs every check.
pub fn run(_args: &ProbeArgs) -> ExitCode {
    ExitCode::SUCCESS
}
