//! Who calls: a program with a token. Each scope is a type, so that a handler cannot forget to ask for it.

use crate::accounts::scope::Scope;
use crate::accounts::server::tokens::TokenHolder;
use crate::app::server::AppState;
use crate::app::server::rest::limit::Limits;
use crate::app::server::rest::problem::{Kind, Problem};
use axum::extract::{FromRequestParts, Request, State};
use axum::http::request::Parts;
use axum::http::{HeaderMap, header};
use axum::middleware::Next;
use axum::response::{IntoResponse, Response};

/// Whose token a request carries, and what it may do.
#[derive(Clone, Debug)]
pub struct Caller(pub TokenHolder);

/// Finds out who calls and whether they may call again so soon; a token that is not good is told at once.
pub async fn identify(State((state, limits)): State<(AppState, Limits)>, mut request: Request, next: Next) -> Response {
    let Some(secret) = bearer(request.headers()) else {
        if request.headers().contains_key(header::AUTHORIZATION) {
            return unauthenticated("The header Authorization must be: Bearer ff_…", Some("invalid_request")).into_response();
        }
        return next.run(request).await;
    };
    let holder = match state.accounts.token_holder(secret).await {
        Ok(Some(holder)) => holder,
        Ok(None) => {
            return unauthenticated(
                "The token is not good: it is wrong, was revoked, or has ended.",
                Some("invalid_token"),
            )
            .into_response();
        }
        Err(error) => return Problem::from(error).into_response(),
    };
    let allowance = match limits.take(&holder.token.id) {
        Ok(allowance) => allowance,
        Err(problem) => return (*problem).into_response(),
    };
    if state.accounts.is_stale(&holder.token) {
        let (accounts, token) = (state.accounts.clone(), holder.token.id.clone());
        // Nobody waits for it, and without it the token works just as well.
        state.shutdown.spawn(async move {
            let _ = accounts.mark_used(&token).await;
        });
    }
    request.extensions_mut().insert(Caller(holder));
    let mut response = next.run(request).await;
    allowance.tell(response.headers_mut());
    response
}

fn bearer(headers: &HeaderMap) -> Option<&str> {
    let (scheme, secret) = headers.get(header::AUTHORIZATION)?.to_str().ok()?.split_once(' ')?;
    scheme.eq_ignore_ascii_case("bearer").then_some(secret.trim())
}

fn unauthenticated(detail: &str, error: Option<&str>) -> Problem {
    let error = error.map(|error| format!(", error=\"{error}\"")).unwrap_or_default();
    Problem::new(Kind::Unauthenticated, detail).with(header::WWW_AUTHENTICATE, format!("Bearer realm=\"finflow\"{error}"))
}

impl Caller {
    fn may(self, scope: Scope) -> Result<String, Problem> {
        let label = scope.label();
        if self.0.token.scopes.contains(&scope) {
            return Ok(self.0.user);
        }
        let asked = format!("Bearer realm=\"finflow\", error=\"insufficient_scope\", scope=\"{label}\"");
        let detail = format!("The token lacks the scope {label}.");
        Err(Problem::new(Kind::InsufficientScope, detail).with(header::WWW_AUTHENTICATE, asked))
    }
}

impl FromRequestParts<AppState> for Caller {
    type Rejection = Problem;

    async fn from_request_parts(parts: &mut Parts, _state: &AppState) -> Result<Self, Problem> {
        let caller = parts.extensions.get::<Self>().cloned();
        caller.ok_or_else(|| unauthenticated("This needs a token: Authorization: Bearer ff_…", None))
    }
}

macro_rules! scoped {
    ($($(#[$about:meta])* $name:ident: $scope:ident;)*) => {$(
        $(#[$about])*
        pub struct $name(pub String);

        impl FromRequestParts<AppState> for $name {
            type Rejection = Problem;

            async fn from_request_parts(parts: &mut Parts, state: &AppState) -> Result<Self, Problem> {
                Caller::from_request_parts(parts, state).await?.may(Scope::$scope).map(Self)
            }
        }
    )*};
}

scoped! {
    /// A user whose token may see portfolios.
    PortfolioReader: PortfoliosRead;
    /// A user whose token may change portfolios.
    PortfolioWriter: PortfoliosWrite;
    /// A user whose token may see activities.
    ActivityReader: ActivitiesRead;
    /// A user whose token may change activities.
    ActivityWriter: ActivitiesWrite;
}
