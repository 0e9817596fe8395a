//! Whether the server lives, and whether it should be sent visitors: `/healthz` and `/readyz`.

use crate::live::server::Live;
use crate::market::feed::FeedStatus;
use crate::server::database::Database;
use axum::extract::State;
use axum::http::{HeaderMap, StatusCode, header};
use axum::response::{IntoResponse, Response};
use axum::routing::get;
use axum::{Json, Router};
use serde_json::json;

/// Both addresses.
pub fn routes(live: Live, database: Database) -> Router {
    Router::new()
        .route("/healthz", get(lives))
        .route("/readyz", get(ready))
        .with_state((live, database))
}

/// Whether the program works at all. Where it does not, only a new start helps; where others do not do their part, it lives all the same.
async fn lives(State((live, _)): State<(Live, Database)>) -> Response {
    match live.shards.broken() {
        0 => "ok\n".into_response(),
        count => (
            StatusCode::INTERNAL_SERVER_ERROR,
            format!(
                "{count} of {} shards of sockets have ended: restart the server\n",
                live.shards.count()
            ),
        )
            .into_response(),
    }
}

/// Why the server should be sent no visitors; nothing where it should.
async fn obstacles(live: &Live, database: &Database) -> Vec<&'static str> {
    let mut found = vec![];
    if live.shutdown.stopping().is_cancelled() {
        found.push("stopping");
    }
    if live.market.bus.feed().status == FeedStatus::Connecting {
        found.push("the feed is not connected yet");
    }
    if !database.answers().await {
        found.push("the database does not answer");
    }
    if live.shards.broken() > 0 {
        found.push("a shard of sockets has ended");
    }
    found
}

/// Whether the server should be sent visitors: 200, or 503 with each reason on a line; as JSON for who asks for that.
async fn ready(State((live, database)): State<(Live, Database)>, headers: HeaderMap) -> Response {
    let reasons = obstacles(&live, &database).await;
    let status = if reasons.is_empty() {
        StatusCode::OK
    } else {
        StatusCode::SERVICE_UNAVAILABLE
    };
    let accept = headers.get(header::ACCEPT).and_then(|accept| accept.to_str().ok());
    if accept.is_some_and(|accept| accept.contains("application/json")) {
        let said = json!({ "ready": reasons.is_empty(), "reasons": reasons });
        return (status, Json(said)).into_response();
    }
    let text = if reasons.is_empty() {
        "ready\n".to_owned()
    } else {
        reasons.join("\n") + "\n"
    };
    (status, text).into_response()
}
