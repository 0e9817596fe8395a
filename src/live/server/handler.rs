//! The socket's address: who may come in, and what they are told who may not.

use crate::live::server::Live;
use crate::live::server::limits::Full;
use crate::live::server::member::Member;
use crate::live::server::shard::inbox::Newcomer;
use crate::live::server::upgrade::Handshake;
use crate::server::metrics::sockets::SOCKETS;
use crate::server::serving::stage::WayOut;
use crate::server::{address, origin, security};
use axum::Extension;
use axum::extract::{ConnectInfo, Request, State};
use axum::http::{Method, StatusCode, Version, header};
use axum::response::{IntoResponse, Response};
use std::net::SocketAddr;

/// `GET /ws/portfolio/`: upgrades to a socket, or says why not.
pub async fn upgrade(
    State(live): State<Live>,
    ConnectInfo(peer): ConnectInfo<SocketAddr>,
    Extension(way): Extension<WayOut>,
    request: Request,
) -> Response {
    let asked = ask(&live, peer, way, request).await;
    asked.unwrap_or_else(|refused| security::harden(*refused))
}

async fn ask(live: &Live, peer: SocketAddr, way: WayOut, request: Request) -> Result<Response, Box<Response>> {
    let headers = request.headers();
    if request.method() != Method::GET {
        return Err((StatusCode::METHOD_NOT_ALLOWED, [(header::ALLOW, "GET")]).into_response().into());
    }
    if request.version() < Version::HTTP_11 {
        let why = "A WebSocket needs HTTP/1.1. Is a proxy in between that speaks 1.0 (nginx: proxy_http_version 1.1)?\n";
        return Err(refused("handshake", (StatusCode::BAD_REQUEST, why)));
    }
    let handshake = Handshake::read(headers).inspect_err(|_| SOCKETS.refused.one("handshake"))?;
    if !origin::admits(headers, &live.config.allowed_origins) {
        let why = "Pages of this origin may not connect (FINFLOW_ALLOWED_ORIGINS).\n";
        return Err(refused("origin", (StatusCode::FORBIDDEN, why)));
    }
    if live.shutdown.stopping().is_cancelled() {
        return Err(unavailable("stopping", "The server is stopping. Come back in a moment.\n"));
    }
    let client = address::behind(peer.ip(), headers, &live.accounts.config().trusted_proxies);
    let mut place = live.sockets.take(client).map_err(|full| Box::new(full.into_response()))?;
    // Without an origin it is a program: a cookie that it sends says nothing.
    let mut member = None;
    if headers.contains_key(header::ORIGIN) {
        member = Member::of(&live.accounts, headers).await.map_err(|_| {
            let why = "The server cannot tell who you are: its database does not answer.\n";
            unavailable("database", why)
        })?;
    }
    if let Some(member) = &member {
        place = place.of_user(&member.viewer.user).map_err(|full| Box::new(full.into_response()))?;
    }
    let (changes, foreign, shards) = (handshake.changes(), handshake.is_foreign(), live.shards.clone());
    way.to(move |left| {
        shards.adopt(Newcomer {
            left,
            member,
            place,
            changes,
            foreign,
        });
    });
    Ok(handshake.response())
}

/// An answer to one that may not come in, counted by its reason.
fn refused(reason: &'static str, answer: impl IntoResponse) -> Box<Response> {
    SOCKETS.refused.one(reason);
    Box::new(answer.into_response())
}

fn unavailable(reason: &'static str, why: &'static str) -> Box<Response> {
    refused(reason, later(StatusCode::SERVICE_UNAVAILABLE, 2, why))
}

impl IntoResponse for Full {
    fn into_response(self) -> Response {
        SOCKETS.refused.one(self.reason());
        match self {
            Self::Address => later(StatusCode::TOO_MANY_REQUESTS, 10, "Too many connections from this address.\n"),
            Self::User => later(
                StatusCode::TOO_MANY_REQUESTS,
                10,
                "You have too many live pages open. Close some of them.\n",
            ),
            Self::Server => later(
                StatusCode::SERVICE_UNAVAILABLE,
                10,
                "The server has no place for another connection.\n",
            ),
        }
    }
}

fn later(status: StatusCode, seconds: u32, why: &'static str) -> Response {
    (status, [(header::RETRY_AFTER, seconds.to_string())], why).into_response()
}
