//! The socket's address: who may come in, and what they are told who may not.

use crate::live::server::Live;
use crate::live::server::limits::Full;
use crate::live::server::member::Member;
use crate::live::server::shard::inbox::Newcomer;
use crate::live::server::upgrade::{Handshake, take_stream};
use crate::server::metrics::sockets::SOCKETS;
use crate::server::{address, origin};
use axum::extract::{ConnectInfo, Request, State};
use axum::http::{Method, StatusCode, header};
use axum::response::{IntoResponse, Response};
use std::net::SocketAddr;

/// `GET /ws/portfolio/`: upgrades to a socket, or says why not.
pub async fn upgrade(State(live): State<Live>, ConnectInfo(peer): ConnectInfo<SocketAddr>, request: Request) -> Response {
    // A route for GET takes HEAD too, and a HEAD must not become a socket.
    if request.method() != Method::GET {
        return (StatusCode::METHOD_NOT_ALLOWED, [(header::ALLOW, "GET")]).into_response();
    }
    let handshake = match Handshake::read(request.headers()) {
        Ok(handshake) => handshake,
        Err(answer) => {
            SOCKETS.refused.one("handshake");
            return *answer;
        }
    };
    if !origin::admits(request.headers(), &live.config.allowed_origins) {
        SOCKETS.refused.one("origin");
        return (
            StatusCode::FORBIDDEN,
            "Pages of this origin may not connect (FINFLOW_ALLOWED_ORIGINS).\n",
        )
            .into_response();
    }
    if live.shutdown.stopping().is_cancelled() {
        SOCKETS.refused.one("stopping");
        return later(
            StatusCode::SERVICE_UNAVAILABLE,
            2,
            "The server is stopping. Come back in a moment.\n",
        );
    }
    let place = match live.sockets.take(address::client(request.extensions(), peer.ip())) {
        Ok(place) => place,
        Err(full) => return full.into_response(),
    };
    // Without an origin it is a program: a cookie that it sends says nothing.
    let member = if request.headers().contains_key(header::ORIGIN) {
        match Member::of(&live.accounts, request.headers()).await {
            Ok(member) => member,
            Err(_) => {
                SOCKETS.refused.one("database");
                return later(
                    StatusCode::SERVICE_UNAVAILABLE,
                    2,
                    "The server cannot tell who you are: its database does not answer.\n",
                );
            }
        }
    } else {
        None
    };
    let (changes, foreign) = (handshake.changes(), handshake.is_foreign());
    let place = match &member {
        Some(member) => match place.of_user(&member.viewer.user) {
            Ok(place) => place,
            Err(full) => return full.into_response(),
        },
        None => place,
    };
    let shutdown = live.shutdown.clone();
    shutdown.spawn(async move {
        if let Some((stream, read)) = take_stream(request).await {
            live.shards.adopt(Newcomer {
                stream,
                read,
                member,
                place,
                changes,
                foreign,
            });
        }
    });
    handshake.response()
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
