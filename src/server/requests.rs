//! What every request gets: a number by which the log knows it, a line there, a place in the figures, and an answer even where its handler
//! breaks.

use crate::server::metrics::http::{ELSEWHERE, HTTP};
use axum::extract::{MatchedPath, Request, State};
use axum::http::{HeaderName, HeaderValue, StatusCode, header};
use axum::middleware::Next;
use axum::response::{IntoResponse, Response};
use futures_util::FutureExt as _;
use std::panic::AssertUnwindSafe;
use std::time::Instant;
use tokio_util::sync::CancellationToken;
use tracing::Instrument as _;

/// Where a request's number stands, on the way in and on the way out.
const NUMBER: HeaderName = HeaderName::from_static("x-request-id");
/// Where the trace of another program goes on.
const TRACE: HeaderName = HeaderName::from_static("traceparent");
/// Longest number of another's making.
const LONGEST: usize = 64;

/// The number of a request, for its handlers.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct RequestId(pub String);

/// How requests are attended to.
#[derive(Clone, Debug, Default)]
pub struct Attending {
    /// Whether each is logged at the level info, in the place of debug.
    pub told: bool,
    /// When the server stops: its last answers end their connections, so that the next request goes to whoever serves then.
    pub stopping: CancellationToken,
}

/// Stands around all routes.
pub async fn attend(State(attending): State<Attending>, mut request: Request, next: Next) -> Response {
    let began = Instant::now();
    let id = number(request.headers().get(NUMBER));
    let method = request.method().clone();
    // Never the query: it may hold what is secret.
    let path = request.uri().path().to_owned();
    let route = request.extensions().get::<MatchedPath>().cloned();
    // A path that takes all that comes is no route: what comes there is made up by strangers, or one of a thousand files.
    let route = route.as_ref().map(MatchedPath::as_str).filter(|route| !route.contains("{*"));
    let route = route.unwrap_or(ELSEWHERE).to_owned();
    request.extensions_mut().insert(RequestId(id.clone()));
    let traceparent = request.headers().get(TRACE).and_then(|value| value.to_str().ok());
    let span = tracing::info_span!(
        "request",
        id,
        method = method.as_str(),
        route,
        status = tracing::field::Empty,
        traceparent
    );
    let answered = AssertUnwindSafe(next.run(request)).catch_unwind().instrument(span.clone()).await;
    let mut answer = answered.unwrap_or_else(|_| {
        // The panic itself was logged where it happened.
        span.in_scope(|| tracing::error!(path, "a request broke its handler"));
        broken(&id, &path)
    });
    let (status, took) = (answer.status(), began.elapsed());
    HTTP.answered(&method, &route, status, took);
    if attending.stopping.is_cancelled() && status != StatusCode::SWITCHING_PROTOCOLS {
        answer.headers_mut().insert(header::CONNECTION, HeaderValue::from_static("close"));
    }
    if let Ok(id) = HeaderValue::from_str(&id) {
        answer.headers_mut().insert(NUMBER, id);
    }
    span.record("status", status.as_u16());
    let (status, micros) = (status.as_u16(), took.as_micros() as u64);
    span.in_scope(|| {
        if attending.told {
            tracing::info!(path, status, micros, "answered");
        } else {
            tracing::debug!(path, status, micros, "answered");
        }
    });
    answer
}

/// What is told where a handler broke: nothing of what was wrong, and the number under which the log has it.
fn broken(id: &str, path: &str) -> Response {
    let text = format!("The server failed on this request, and on nothing else. The operator's log knows it as {id}.\n");
    if path.starts_with("/api/") {
        // As the API writes its problems (RFC 9457). Nothing is known of this one but its number.
        let problem = serde_json::json!({ "type": "about:blank", "title": "Internal error", "status": 500, "detail": text.trim_end() });
        let head = [(header::CONTENT_TYPE, "application/problem+json")];
        return (StatusCode::INTERNAL_SERVER_ERROR, head, problem.to_string()).into_response();
    }
    let head = [(header::CONTENT_TYPE, "text/plain; charset=utf-8")];
    (StatusCode::INTERNAL_SERVER_ERROR, head, text).into_response()
}

/// The number that a request brings, where it is one that can stand in a log, or a new one.
fn number(brought: Option<&HeaderValue>) -> String {
    let plain = |c: char| c.is_ascii_alphanumeric() || matches!(c, '-' | '_' | '.');
    let brought = brought.and_then(|value| value.to_str().ok());
    let fit = brought.filter(|text| (8..=LONGEST).contains(&text.len()) && text.chars().all(plain));
    fit.map_or_else(|| format!("{:032x}", rand::random::<u128>()), str::to_owned)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_number_that_cannot_stand_in_a_log_is_another() {
        let of = |text: &str| number(Some(&HeaderValue::from_str(text).unwrap()));
        assert_eq!(of("0af7651916cd43dd8448eb211c80319c"), "0af7651916cd43dd8448eb211c80319c");
        assert_eq!(of("req_1234.5-6"), "req_1234.5-6");
        for bad in ["", "short", "with space", "a\"quoted\"one", &"x".repeat(65)] {
            let made = of(bad);
            assert!(made != bad && made.len() == 32, "{bad}");
        }
        assert_ne!(number(None), number(None));
    }
}
