//! A write that names itself with an Idempotency-Key is done once, however often it is sent.

use crate::accounts::server::Accounts;
use crate::accounts::server::replies::{Claim, Reply};
use crate::app::server::AppState;
use crate::app::server::rest::body::{LARGEST_JSON, bytes};
use crate::app::server::rest::caller::Caller;
use crate::app::server::rest::problem::{Kind, Problem};
use crate::imports::server::limits::FILE_BYTES;
use axum::body::Body;
use axum::extract::{FromRequestParts, Request, State};
use axum::http::request::Parts;
use axum::http::{Extensions, HeaderMap, HeaderName, HeaderValue, Method, StatusCode, header};
use axum::middleware::Next;
use axum::response::{IntoResponse, Response};
use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use sha2::{Digest as _, Sha256};
use tokio::sync::oneshot;

/// Names a write.
pub const KEY: HeaderName = HeaderName::from_static("idempotency-key");
/// Says that an answer was given before.
const REPLAY: HeaderName = HeaderName::from_static("idempotent-replay");
/// Characters of a key.
const KEY_CHARACTERS: usize = 200;
/// Bytes of an answer that is kept; those of writes are far below it.
const LARGEST_REPLY: usize = 8 << 20;
/// Headers that are kept with an answer.
const KEPT: [HeaderName; 2] = [header::CONTENT_TYPE, header::LOCATION];

/// Answers a write that was answered before, and keeps the answer of one that was not.
pub async fn once(State(state): State<AppState>, request: Request, next: Next) -> Response {
    let Some(key) = request.headers().get(KEY) else {
        return next.run(request).await;
    };
    let reads = matches!(*request.method(), Method::GET | Method::HEAD | Method::OPTIONS);
    // A dry run changes nothing, and its answer may be large.
    let is_dry = request.uri().query().is_some_and(|query| query.contains("dry_run=true"));
    let Some(caller) = request.extensions().get::<Caller>() else {
        return next.run(request).await;
    };
    if reads || is_dry {
        return next.run(request).await;
    }
    let user = caller.0.user.clone();
    let key = match key.to_str() {
        Ok(key) if (1..=KEY_CHARACTERS).contains(&key.len()) && key.bytes().all(|one| one.is_ascii_graphic()) => key.to_owned(),
        _ => {
            let detail = format!("Idempotency-Key: from 1 to {KEY_CHARACTERS} visible ASCII characters without spaces are accepted.");
            return Problem::new(Kind::InvalidHeader, detail).into_response();
        }
    };
    match claimed(&state, request, &user, &key).await {
        Err(problem) => problem.into_response(),
        Ok(Begun::Replay(reply)) => replayed(reply),
        Ok(Begun::New(request)) => run(&state, user, key, request, next).await,
    }
}

/// What the identities of a write come from: those of one that was begun before and killed are the same again.
#[derive(Clone, Debug)]
pub struct Seed(String);

impl Seed {
    /// That of a write, or a new one.
    pub fn of(extensions: &Extensions) -> Self {
        let known = extensions.get::<Self>().cloned();
        known.unwrap_or_else(|| Self(format!("{:032x}", rand::random::<u128>())))
    }

    /// The identity of the `number`th thing that the write makes.
    pub fn id(&self, number: usize) -> String {
        let hash = Sha256::new().chain_update(&self.0).chain_update(number.to_be_bytes()).finalize();
        let first: [u8; 16] = std::array::from_fn(|at| hash[at]);
        format!("{:032x}", u128::from_be_bytes(first))
    }
}

impl<S: Sync> FromRequestParts<S> for Seed {
    type Rejection = std::convert::Infallible;

    async fn from_request_parts(parts: &mut Parts, _state: &S) -> Result<Self, Self::Rejection> {
        Ok(Self::of(&parts.extensions))
    }
}

enum Begun {
    New(Request),
    Replay(Reply),
}

async fn claimed(state: &AppState, request: Request, user: &str, key: &str) -> Result<Begun, Problem> {
    let (parts, body) = request.into_parts();
    let most = if parts.uri.path().ends_with("/import") {
        FILE_BYTES
    } else {
        LARGEST_JSON
    };
    let body = bytes(body, most).await?;
    let mut hash = Sha256::new();
    hash.update(parts.method.as_str());
    hash.update([0x1f]);
    hash.update(parts.uri.to_string());
    hash.update([0x1f]);
    hash.update(&body);
    let hash = URL_SAFE_NO_PAD.encode(hash.finalize());
    match state.accounts.claim(user, key, &hash).await? {
        Claim::New(seed) => {
            let mut request = Request::from_parts(parts, Body::from(body));
            request.extensions_mut().insert(Seed(seed));
            Ok(Begun::New(request))
        }
        Claim::Answered(reply) => Ok(Begun::Replay(reply)),
        Claim::Unfinished => {
            let detail = "The first request with this Idempotency-Key has no answer yet.";
            Err(Problem::new(Kind::InProgress, detail).with(header::RETRY_AFTER, "1"))
        }
        Claim::Other => Err(Problem::new(
            Kind::KeyReused,
            "This Idempotency-Key belongs to another method, address or body.",
        )),
    }
}

/// Does it to its end, even where the caller hangs up: who sends it again must hear what became of it.
async fn run(state: &AppState, user: String, key: String, request: Request, next: Next) -> Response {
    let accounts = state.accounts.clone();
    let (told, answer) = oneshot::channel();
    state.shutdown.spawn(async move {
        // Side by side: what is worked on may hold the database that a beat waits for.
        let response = tokio::select! {
            response = next.run(request) => response,
            never = accounts.beat(&user, &key) => match never {},
        };
        let response = kept(&accounts, &user, &key, response).await;
        // The caller may be gone.
        let _ = told.send(response);
    });
    let cut_off = || Problem::new(Kind::Internal, "The server could not do this. Its log says more.").into_response();
    answer.await.unwrap_or_else(|_| cut_off())
}

async fn kept(accounts: &Accounts, user: &str, key: &str, response: Response) -> Response {
    let status = response.status();
    // What the server could not do may be tried again with the same key; what the caller may not do, with another token.
    if status.is_server_error() || [StatusCode::UNAUTHORIZED, StatusCode::FORBIDDEN].contains(&status) {
        if let Err(error) = accounts.release(user, key).await {
            tracing::warn!(%error, "an idempotency key stays taken");
        }
        return response;
    }
    let (parts, body) = response.into_parts();
    let body = match axum::body::to_bytes(body, LARGEST_REPLY).await {
        Ok(body) => body,
        Err(error) => {
            tracing::error!(%error, "an answer is too large to be kept");
            return Problem::new(Kind::Internal, "It was done, but the answer cannot be told.").into_response();
        }
    };
    let reply = Reply {
        status: status.as_u16(),
        headers: written(&parts.headers),
        body: String::from_utf8_lossy(&body).into_owned(),
    };
    if let Err(error) = accounts.keep(user, key, &reply).await {
        tracing::warn!(%error, "an answer is not kept");
    }
    Response::from_parts(parts, Body::from(body))
}

fn written(headers: &HeaderMap) -> String {
    let lines = KEPT.iter().filter_map(|name| Some((name, headers.get(name)?.to_str().ok()?)));
    lines.map(|(name, value)| format!("{name}: {value}\n")).collect()
}

fn replayed(reply: Reply) -> Response {
    let status = StatusCode::from_u16(reply.status).unwrap_or(StatusCode::OK);
    let mut response = (status, reply.body).into_response();
    response.headers_mut().remove(header::CONTENT_TYPE);
    for (name, value) in reply.headers.lines().filter_map(|line| line.split_once(": ")) {
        if let (Ok(name), Ok(value)) = (HeaderName::try_from(name), HeaderValue::try_from(value)) {
            response.headers_mut().insert(name, value);
        }
    }
    response.headers_mut().insert(REPLAY, HeaderValue::from_static("true"));
    response
}
