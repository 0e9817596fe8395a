//! The one error that crosses the wire.

use leptos::prelude::{FromServerFnError, ServerFnErrorErr};
use leptos::server_fn::codec::JsonEncoding;
use serde::{Deserialize, Serialize};
use std::fmt;

/// What a caller may be told: a stable code, and a sentence for a person. Never internal text.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct ApiError {
    /// A stable name that a program can branch on, in snake_case.
    pub code: String,
    /// What happened and what to do, for a person.
    pub message: String,
}

impl ApiError {
    /// An error with its code and its sentence.
    pub fn new(code: impl Into<String>, message: impl Into<String>) -> Self {
        Self {
            code: code.into(),
            message: message.into(),
        }
    }

    /// What does not exist, or is not the caller's: one answer for both.
    pub fn not_found(what: &str) -> Self {
        Self::new("not_found", format!("There is no such {what}."))
    }
}

impl fmt::Display for ApiError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.message)
    }
}

impl std::error::Error for ApiError {}

impl FromServerFnError for ApiError {
    type Encoder = JsonEncoding;

    fn from_server_fn_error(error: ServerFnErrorErr) -> Self {
        match error {
            ServerFnErrorErr::Request(_) => Self::new("unreachable", "The server cannot be reached. Check the connection, then try again."),
            ServerFnErrorErr::Args(text) | ServerFnErrorErr::MissingArg(text) => Self::new("invalid_field", text),
            _ => Self::new("internal", "The server could not answer. Try again in a moment."),
        }
    }
}
