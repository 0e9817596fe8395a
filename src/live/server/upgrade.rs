//! From a request to a socket: the handshake of RFC 6455.

use crate::live::{changes, protocol};
use axum::http::{HeaderMap, HeaderName, HeaderValue, StatusCode, header};
use axum::response::{AppendHeaders, IntoResponse, Response};
use base64::Engine as _;
use tokio_tungstenite::tungstenite::handshake::derive_accept_key;

/// The only version there is.
const VERSION: HeaderValue = HeaderValue::from_static("13");

/// How the names of subprotocols begin that pages of any version offer.
const FAMILY: &str = "finflow.";

/// A request that may become a socket.
#[derive(Debug)]
pub struct Handshake {
    accept: HeaderValue,
    spoken: Option<&'static str>,
    /// What a page of another version offered, where it offered nothing that is known here.
    foreign: Option<HeaderValue>,
}

impl Handshake {
    /// Reads the handshake.
    ///
    /// # Errors
    /// The answer to one that is wrong: 426 where it asks for no WebSocket or another version, 400 for a broken key.
    pub fn read(headers: &HeaderMap) -> Result<Self, Box<Response>> {
        let asks = has_token(headers, header::UPGRADE, "websocket") && has_token(headers, header::CONNECTION, "upgrade");
        if !asks || headers.get(header::SEC_WEBSOCKET_VERSION) != Some(&VERSION) {
            let what = "This address speaks WebSocket, version 13. Connect with a WebSocket client.\n";
            let told = [
                (header::UPGRADE, HeaderValue::from_static("websocket")),
                (header::SEC_WEBSOCKET_VERSION, VERSION),
            ];
            return Err(Box::new((StatusCode::UPGRADE_REQUIRED, told, what).into_response()));
        }
        let key = headers
            .get(header::SEC_WEBSOCKET_KEY)
            .map(HeaderValue::as_bytes)
            .unwrap_or_default();
        let valid = base64::engine::general_purpose::STANDARD
            .decode(key)
            .is_ok_and(|nonce| nonce.len() == 16);
        match HeaderValue::from_str(&derive_accept_key(key)) {
            Ok(accept) if valid => Ok(Self {
                accept,
                spoken: spoken(headers),
                foreign: foreign(headers),
            }),
            _ => Err(Box::new(
                (StatusCode::BAD_REQUEST, "Sec-WebSocket-Key must be 16 bytes in base64.\n").into_response(),
            )),
        }
    }

    /// Whether updates go out as what changed.
    pub fn changes(&self) -> bool {
        self.spoken == Some(changes::SUBPROTOCOL)
    }

    /// Whether it comes from a page of a version that has no language in common with this one.
    pub fn is_foreign(&self) -> bool {
        self.foreign.is_some()
    }

    /// The answer that makes the connection a socket.
    pub fn response(self) -> Response {
        let told = [
            (header::UPGRADE, HeaderValue::from_static("websocket")),
            (header::CONNECTION, HeaderValue::from_static("Upgrade")),
            (header::SEC_WEBSOCKET_ACCEPT, self.accept),
        ];
        // A browser hears a close code only where one of those that it offered was chosen.
        let spoken = self.spoken.map(HeaderValue::from_static).or(self.foreign);
        let spoken = spoken.map(|spoken| [(header::SEC_WEBSOCKET_PROTOCOL, spoken)]);
        (StatusCode::SWITCHING_PROTOCOLS, told, AppendHeaders(spoken.into_iter().flatten())).into_response()
    }
}

fn has_token(headers: &HeaderMap, name: HeaderName, token: &str) -> bool {
    tokens(headers, name).any(|one| one.eq_ignore_ascii_case(token))
}

/// The first of the offered subprotocols that is known here. Who offers none speaks JSON.
fn spoken(headers: &HeaderMap) -> Option<&'static str> {
    let known = [changes::SUBPROTOCOL, protocol::SUBPROTOCOL];
    tokens(headers, header::SEC_WEBSOCKET_PROTOCOL).find_map(|offered| known.into_iter().find(|known| *known == offered))
}

/// The first of the offered ones, where all are of this family and none is known.
fn foreign(headers: &HeaderMap) -> Option<HeaderValue> {
    let mut offered = tokens(headers, header::SEC_WEBSOCKET_PROTOCOL)
        .filter(|offered| !offered.is_empty())
        .peekable();
    let first = *offered.peek()?;
    let family = offered.all(|offered| offered.starts_with(FAMILY));
    (family && spoken(headers).is_none())
        .then(|| HeaderValue::from_str(first).ok())
        .flatten()
}

fn tokens(headers: &HeaderMap, name: HeaderName) -> impl Iterator<Item = &str> {
    let values = headers.get_all(name).into_iter();
    let values = values.filter_map(|value| value.to_str().ok());
    values.flat_map(|value| value.split(',')).map(str::trim)
}
