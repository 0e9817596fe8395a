//! What was not done, and why: RFC 9457. One shape for every error below `/api/v1`.

use crate::portfolio::server::ledger::LedgerError;
use crate::portfolio::settings::Invalid;
use crate::server::database::StorageError;
use axum::http::{HeaderName, HeaderValue, StatusCode, header};
use axum::response::{IntoResponse, Response};
use serde::Serialize;
use utoipa::ToSchema;

/// Type of the body of an error.
pub const MEDIA_TYPE: &str = "application/problem+json";

/// What kind of problem it is. Its address stays; the documentation has a paragraph for each.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Kind {
    /// The body is no JSON.
    MalformedJson,
    /// A field of the body cannot be accepted.
    InvalidField,
    /// A part of the address cannot be accepted.
    InvalidQuery,
    /// A header cannot be accepted.
    InvalidHeader,
    /// A file cannot be read whole.
    FaultyFile,
    /// No token, or one that is not good.
    Unauthenticated,
    /// The token may not do this.
    InsufficientScope,
    /// It is not there, or not the caller's.
    NotFound,
    /// The address has no such method.
    MethodNotAllowed,
    /// It does not fit what is there.
    Conflict,
    /// The request with this key is being worked on.
    InProgress,
    /// The key belongs to another request.
    KeyReused,
    /// The body is too large.
    TooLarge,
    /// The body is of another type.
    WrongMediaType,
    /// Too many requests.
    TooManyRequests,
    /// The server could not do it.
    Internal,
    /// The database does not answer.
    Unavailable,
    /// The disk is full.
    Full,
}

impl Kind {
    /// All of them, as the documentation lists them.
    pub const ALL: [Self; 18] = [
        Self::MalformedJson,
        Self::InvalidField,
        Self::InvalidQuery,
        Self::InvalidHeader,
        Self::FaultyFile,
        Self::Unauthenticated,
        Self::InsufficientScope,
        Self::NotFound,
        Self::MethodNotAllowed,
        Self::Conflict,
        Self::InProgress,
        Self::KeyReused,
        Self::TooLarge,
        Self::WrongMediaType,
        Self::TooManyRequests,
        Self::Internal,
        Self::Unavailable,
        Self::Full,
    ];

    /// Its name in its address, its status, its title and what to do about it.
    pub fn told(self) -> (&'static str, StatusCode, &'static str, &'static str) {
        use StatusCode as S;
        match self {
            Self::MalformedJson => (
                "malformed-json",
                S::BAD_REQUEST,
                "The body is no JSON",
                "The detail names line and column.",
            ),
            Self::InvalidField => (
                "invalid-field",
                S::UNPROCESSABLE_ENTITY,
                "A field cannot be accepted",
                "Each of errors names a field and what is accepted. Nothing was changed.",
            ),
            Self::InvalidQuery => (
                "invalid-query",
                S::BAD_REQUEST,
                "The address cannot be accepted",
                "A parameter is unknown, stands twice, or has a value that is not accepted.",
            ),
            Self::InvalidHeader => (
                "invalid-header",
                S::BAD_REQUEST,
                "A header cannot be accepted",
                "The detail names the header and what is accepted.",
            ),
            Self::FaultyFile => (
                "faulty-file",
                S::UNPROCESSABLE_ENTITY,
                "The file cannot be read whole",
                "Each of errors has line and column. Nothing of the file came in: a file is applied whole or not at all.",
            ),
            Self::Unauthenticated => (
                "unauthenticated",
                S::UNAUTHORIZED,
                "A token is needed",
                "Send the header Authorization: Bearer ff_…, with a token that was neither revoked nor has ended.",
            ),
            Self::InsufficientScope => (
                "insufficient-scope",
                S::FORBIDDEN,
                "The token may not do this",
                "The detail names the scope that is missing. A token's scopes do not change: make another one.",
            ),
            Self::NotFound => (
                "not-found",
                S::NOT_FOUND,
                "It is not there",
                "It does not exist, or belongs to somebody else: one answer for both.",
            ),
            Self::MethodNotAllowed => (
                "method-not-allowed",
                S::METHOD_NOT_ALLOWED,
                "The address has no such method",
                "The header Allow lists those that it has.",
            ),
            Self::Conflict => (
                "conflict",
                S::CONFLICT,
                "It does not fit what is there",
                "The detail says what stands in the way.",
            ),
            Self::InProgress => (
                "request-in-progress",
                S::CONFLICT,
                "The first request with this key has no answer yet",
                "Try again in a moment. Where the server died in the middle, it is done anew a minute later, and what was done already is not done twice.",
            ),
            Self::KeyReused => (
                "idempotency-key-reused",
                S::UNPROCESSABLE_ENTITY,
                "The key belongs to another request",
                "An Idempotency-Key names one request for a day. Use a new key for another method, address or body.",
            ),
            Self::TooLarge => (
                "too-large",
                S::PAYLOAD_TOO_LARGE,
                "The body is too large",
                "The detail names the bound.",
            ),
            Self::WrongMediaType => (
                "wrong-media-type",
                S::UNSUPPORTED_MEDIA_TYPE,
                "The body is of another type",
                "Send JSON with the header Content-Type: application/json.",
            ),
            Self::TooManyRequests => (
                "too-many-requests",
                S::TOO_MANY_REQUESTS,
                "Too many requests",
                "Wait as many seconds as the header Retry-After says.",
            ),
            Self::Internal => (
                "internal",
                S::INTERNAL_SERVER_ERROR,
                "The server could not do this",
                "Its log says more.",
            ),
            Self::Unavailable => (
                "unavailable",
                S::SERVICE_UNAVAILABLE,
                "The database does not answer",
                "Nothing was changed. Try again after as many seconds as the header Retry-After says.",
            ),
            Self::Full => (
                "full",
                S::INSUFFICIENT_STORAGE,
                "The server's disk is full",
                "Nothing was changed. Whoever runs the server must make room.",
            ),
        }
    }
}

/// What is wrong with a field.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, ToSchema)]
pub struct FieldError {
    /// Its name, as a path: `activities[2].price`.
    pub field: String,
    /// What is wrong, and what is accepted.
    pub reason: String,
    /// Line of the file, from 1.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false)]
    pub line: Option<u32>,
    /// Column of a table, or character of the line, from 1.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false)]
    pub column: Option<u32>,
}

impl FieldError {
    /// A field of a body or of an address.
    pub fn new(field: impl Into<String>, reason: impl Into<String>) -> Self {
        Self {
            field: field.into(),
            reason: reason.into(),
            line: None,
            column: None,
        }
    }
}

/// What was not done, and why (RFC 9457).
#[derive(Serialize, ToSchema)]
#[schema(as = Problem)]
pub struct ProblemBody<'a> {
    /// Address of the kind's documentation, below the server. It never changes.
    #[schema(example = "/api/docs/#invalid-field")]
    r#type: String,
    /// The kind, for a person.
    title: &'a str,
    /// The status of the answer.
    status: u16,
    /// What happened this time, for a person.
    detail: &'a str,
    /// The fields that are wrong.
    #[serde(skip_serializing_if = "<[FieldError]>::is_empty")]
    #[schema(required = false)]
    errors: &'a [FieldError],
}

/// What was not done, and why.
#[derive(Clone, Debug)]
pub struct Problem {
    kind: Kind,
    detail: String,
    errors: Vec<FieldError>,
    headers: Vec<(HeaderName, String)>,
}

impl Problem {
    /// A problem of a kind, with what happened this time.
    pub fn new(kind: Kind, detail: impl Into<String>) -> Self {
        Self {
            kind,
            detail: detail.into(),
            errors: vec![],
            headers: vec![],
        }
    }

    /// What is not there.
    pub fn not_found(what: &str) -> Self {
        Self::new(Kind::NotFound, format!("There is no such {what}."))
    }

    /// One field that cannot be accepted.
    pub fn field(kind: Kind, field: impl Into<String>, reason: impl Into<String>) -> Self {
        Self::fields(kind, vec![FieldError::new(field, reason)])
    }

    /// Fields that cannot be accepted; the detail is the first of them.
    pub fn fields(kind: Kind, errors: Vec<FieldError>) -> Self {
        let detail = errors.first().map(|first| format!("{}: {}", first.field, first.reason));
        Self {
            errors,
            ..Self::new(kind, detail.unwrap_or_default())
        }
    }

    /// The same with a header.
    pub fn with(mut self, name: HeaderName, value: impl Into<String>) -> Self {
        self.headers.push((name, value.into()));
        self
    }
}

impl IntoResponse for Problem {
    fn into_response(self) -> Response {
        let (name, status, title, _) = self.kind.told();
        let body = ProblemBody {
            r#type: format!("/api/docs/#{name}"),
            title,
            status: status.as_u16(),
            detail: &self.detail,
            errors: &self.errors,
        };
        // A structure of texts and numbers can always be written.
        let text = serde_json::to_string(&body).unwrap_or_default();
        let mut response = (status, [(header::CONTENT_TYPE, MEDIA_TYPE)], text).into_response();
        for (name, value) in self.headers {
            if let Ok(value) = HeaderValue::try_from(value) {
                response.headers_mut().insert(name, value);
            }
        }
        response
    }
}

impl From<StorageError> for Problem {
    fn from(error: StorageError) -> Self {
        match error {
            StorageError::Full => Self::new(Kind::Full, "The server's disk is full. Nothing was changed.").with(header::RETRY_AFTER, "60"),
            StorageError::Unavailable => {
                Self::new(Kind::Unavailable, "The database does not answer. Nothing was changed.").with(header::RETRY_AFTER, "2")
            }
            StorageError::Taken | StorageError::Fault => Self::new(Kind::Internal, "The server could not do this. Its log says more."),
        }
    }
}

impl From<Invalid> for Problem {
    fn from(invalid: Invalid) -> Self {
        Self::field(Kind::InvalidField, invalid.field, invalid.reason)
    }
}

impl From<LedgerError> for Problem {
    fn from(error: LedgerError) -> Self {
        match error {
            LedgerError::NotFound(what) => Self::not_found(what),
            LedgerError::Invalid(invalid) => invalid.into(),
            LedgerError::Conflict(text) => Self::new(Kind::Conflict, text),
            LedgerError::Storage(error) => error.into(),
        }
    }
}

/// The answer to an address that calls too often: the seconds to wait.
pub fn too_often(seconds: u64) -> Response {
    let detail = format!("Too many requests from your address. Try again in {seconds} s.");
    let problem = Problem::new(Kind::TooManyRequests, detail);
    problem.with(header::RETRY_AFTER, seconds.to_string()).into_response()
}
