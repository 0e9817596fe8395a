//! Who calls, and what they read to know how to.

use crate::accounts::scope::Scope;
use crate::app::server::rest::body::{Nothing, Query};
use crate::app::server::rest::caller::Caller;
use crate::app::server::rest::document::Text;
use axum::Extension;
use axum::http::header;
use axum::response::IntoResponse;
use chrono::{DateTime, Utc};
use serde::Serialize;
use utoipa::ToSchema;

/// Who calls.
#[derive(Debug, Serialize, ToSchema)]
pub struct Me {
    /// Name of the user.
    name: String,
    /// The token that was sent.
    token: TokenInfo,
}

/// A token.
#[derive(Debug, Serialize, ToSchema)]
pub struct TokenInfo {
    /// What its owner calls it.
    name: String,
    /// What it may do.
    #[schema(value_type = Vec<Scope>)]
    scopes: Vec<&'static str>,
    /// When it ends.
    #[serde(with = "crate::time::millis::option")]
    expires_at: Option<DateTime<Utc>>,
}

/// See whose token you have, and what it may do.
#[utoipa::path(get, path = "/me", tag = "You", security(("token" = [])),
    responses((status = OK, body = Me, description = "The user and the token")))]
pub async fn me(Caller(holder): Caller, Query(_): Query<Nothing>) -> axum::Json<Me> {
    let token = holder.token;
    axum::Json(Me {
        name: holder.user_name,
        token: TokenInfo {
            name: token.name,
            scopes: token.scopes.into_iter().map(Scope::label).collect(),
            expires_at: token.expires_at,
        },
    })
}

/// Read this description, as OpenAPI 3.1. Anyone may.
#[utoipa::path(get, path = "/openapi.json", tag = "You",
    responses((status = OK, body = serde_json::Value, content_type = "application/json", description = "The description")))]
pub async fn openapi(Extension(text): Extension<Text>, Query(_): Query<Nothing>) -> impl IntoResponse {
    ([(header::CONTENT_TYPE, "application/json")], text.0.to_string())
}
