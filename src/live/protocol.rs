//! The wire contract: every message that crosses `/ws/portfolio/`, in both directions. docs/PROTOCOL.md is its text.
//!
//! Messages are JSON objects, tagged by `type`. What is not known is ignored by a client and answered with an error by
//! the server; reading a client's message, with its bounds and its errors, is `live::server::request`.

use crate::market::feed::Feed;
use crate::portfolio::valuation::{Snapshot, Valuation};
use chrono::{DateTime, Utc};
use serde::{Deserialize, Serialize};
use std::borrow::Cow;

/// The version that `connection_established` names. It rises when a client must change, not when something is added.
pub const VERSION: u32 = 1;

/// The subprotocol of those who speak nothing but JSON; who names none speaks it too.
pub const SUBPROTOCOL: &str = "finflow.v1.json";

/// Path of the socket, with its last slash.
pub const PATH: &str = "/ws/portfolio/";

/// What a client sends.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "type", rename_all = "snake_case")]
pub enum ClientMessage {
    /// Asks for one `portfolio_data`.
    GetPortfolioData(GetPortfolioData),
    /// Asks for a `price_update` at once and then one each interval. A second one changes the interval.
    StartUpdates(StartUpdates),
    /// Ends the updates.
    StopUpdates(StopUpdates),
}

impl ClientMessage {
    /// The message as the text of one frame.
    pub fn encode(&self) -> String {
        // Strings and integers only: nothing in these types can fail to serialise.
        serde_json::to_string(self).unwrap_or_default()
    }
}

/// Fields of `get_portfolio_data`.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct GetPortfolioData {
    /// Comes back with the answer; 64 characters at most.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub id: Option<String>,
    /// Which portfolio; the visitor's first where it is missing.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub portfolio_id: Option<String>,
}

/// Fields of `start_updates`.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct StartUpdates {
    /// Comes back with the answer; 64 characters at most.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub id: Option<String>,
    /// Which portfolio; the visitor's first where it is missing.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub portfolio_id: Option<String>,
    /// Milliseconds from one update to the next; the server's default where it is missing.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub interval_ms: Option<u64>,
    /// Number of the last update that the client got on another connection: what it has is not sent again.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub seq: Option<u64>,
}

/// Fields of `stop_updates`.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct StopUpdates {
    /// Comes back with the answer; 64 characters at most.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub id: Option<String>,
}

/// What the server sends.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[serde(tag = "type", rename_all = "snake_case")]
pub enum ServerMessage {
    /// The first message on every connection.
    ConnectionEstablished(ConnectionEstablished),
    /// The snapshot that was asked for.
    PortfolioData(PortfolioData),
    /// The figures of one interval.
    PriceUpdate(PriceUpdate),
    /// A request that could not be granted. The connection lives on.
    Error(ErrorMessage),
    /// A request that carried an `id` and has no answer of its own was granted.
    Ack(Ack),
    /// The state of the feed changed.
    FeedStatus(FeedStatusMessage),
    /// What this client does not know, and ignores.
    #[serde(skip)]
    Unknown,
}

/// `connection_established`.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct ConnectionEstablished {
    /// What a client needs to know of this server.
    pub data: Greeting,
}

/// What a client needs to know of a server before it asks for anything.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Greeting {
    /// Version of this protocol.
    pub protocol: u32,
    /// The server's clock.
    #[serde(with = "crate::time::millis")]
    pub server_time: DateTime<Utc>,
    /// Whether the connection belongs to a user.
    pub authenticated: bool,
    /// The interval of a `start_updates` that names none.
    pub interval_ms: u64,
    /// The shortest interval that is granted.
    pub min_interval_ms: u64,
    /// The longest interval that is granted.
    pub max_interval_ms: u64,
    /// Where prices come from.
    pub feed: Feed,
}

/// `portfolio_data`.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct PortfolioData {
    /// The request's.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub id: Option<String>,
    /// The moment of the valuation.
    #[serde(with = "crate::time::millis")]
    pub timestamp: DateTime<Utc>,
    /// The figures, the recent history and each row's details.
    pub data: Snapshot,
}

/// `price_update`.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct PriceUpdate {
    /// The request's, on the update that answers it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub id: Option<String>,
    /// Rises by one from frame to frame; a gap means that frames were conflated.
    pub seq: u64,
    /// The moment of the valuation.
    #[serde(with = "crate::time::millis")]
    pub timestamp: DateTime<Utc>,
    /// The figures.
    pub data: Valuation,
}

impl PriceUpdate {
    /// The message as the text of one frame, as [`ServerMessage::encode`] has it, without taking the update.
    pub fn encode(&self) -> String {
        #[derive(Serialize)]
        #[serde(tag = "type", rename_all = "snake_case")]
        enum Told<'u> {
            PriceUpdate(&'u PriceUpdate),
        }
        // Decimals and strings only: nothing in these types can fail to serialise.
        serde_json::to_string(&Told::PriceUpdate(self)).unwrap_or_default()
    }

    /// Writes the beginning of the message that no request asked for, up to its `data`. What follows is those and [`Self::END`].
    pub fn begin(text: &mut Vec<u8>, seq: u64, timestamp: DateTime<Utc>) {
        #[derive(Serialize)]
        struct Moment(#[serde(with = "crate::time::millis")] DateTime<Utc>);
        text.extend_from_slice(br#"{"type":"price_update","seq":"#);
        // Numbers and moments: they cannot fail to serialise, and a vector takes what is written to it.
        let _ = serde_json::to_writer(&mut *text, &seq);
        text.extend_from_slice(br#","timestamp":"#);
        let _ = serde_json::to_writer(&mut *text, &Moment(timestamp));
        text.extend_from_slice(br#","data":"#);
    }

    /// What ends the message behind its `data`.
    pub const END: u8 = b'}';
}

/// `error`.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct ErrorMessage {
    /// The request's.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub id: Option<String>,
    /// `invalid_json`, `unknown_type`, `invalid_field`, `not_found`, `rate_limited`.
    pub code: Cow<'static, str>,
    /// What was wrong and what is accepted, for a person.
    pub message: String,
}

/// `ack`.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Ack {
    /// The request's.
    pub id: String,
}

/// `feed_status`.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct FeedStatusMessage {
    /// The state of the feed from now on.
    pub data: Feed,
}

impl ServerMessage {
    /// The message as the text of one frame. An update that many share is written by [`PriceUpdate::encode`], the same.
    pub fn encode(&self) -> String {
        // Decimals, strings and integers only: nothing in these types can fail to serialise.
        serde_json::to_string(self).unwrap_or_default()
    }

    /// Reads a frame. A type that this client does not know is `Unknown`, not an error.
    ///
    /// # Errors
    /// Text that is not JSON, has no `type`, or lacks a field that its type must have.
    pub fn decode(text: &str) -> Result<Self, serde_json::Error> {
        // Two passes: a tagged enum buffers its fields, and a raw number does not survive that.
        #[derive(Deserialize)]
        struct Tag<'a> {
            #[serde(rename = "type", borrow)]
            kind: Cow<'a, str>,
        }
        Ok(match &*serde_json::from_str::<Tag>(text)?.kind {
            "connection_established" => Self::ConnectionEstablished(serde_json::from_str(text)?),
            "portfolio_data" => Self::PortfolioData(serde_json::from_str(text)?),
            "price_update" => Self::PriceUpdate(serde_json::from_str(text)?),
            "error" => Self::Error(serde_json::from_str(text)?),
            "ack" => Self::Ack(serde_json::from_str(text)?),
            "feed_status" => Self::FeedStatus(serde_json::from_str(text)?),
            _ => Self::Unknown,
        })
    }
}

/// Why a connection was closed. The number says whether to come back, so a client needs no list.
pub mod close {
    /// Done; nobody is wrong.
    pub const NORMAL: u16 = 1000;
    /// The server is going away: come back, with jitter.
    pub const GOING_AWAY: u16 = 1001;
    /// Why a server goes away, with the milliseconds over which that many clients are to come back.
    pub fn farewell(clients: usize) -> &'static str {
        match clients {
            0..500 => "The server is stopping. Come back within 500 ms",
            500..2_000 => "The server is stopping. Come back within 1500 ms",
            2_000..8_000 => "The server is stopping. Come back within 4000 ms",
            _ => "The server is stopping. Come back within 8000 ms",
        }
    }

    /// The milliseconds of a [`farewell`].
    pub fn spread_ms(reason: &str) -> Option<u64> {
        reason.split(' ').find_map(|word| word.parse().ok())
    }

    /// Broken framing.
    pub const PROTOCOL_ERROR: u16 = 1002;
    /// A binary frame: this protocol speaks text.
    pub const UNSUPPORTED: u16 = 1003;
    /// No code came with the close (RFC 6455, 7.4.1). Never sent.
    pub const NO_CODE: u16 = 1005;
    /// The connection ended without a close. Never sent.
    pub const ABNORMAL: u16 = 1006;
    /// Text that is not UTF-8.
    pub const INVALID_TEXT: u16 = 1007;
    /// A message beyond the limit.
    pub const TOO_BIG: u16 = 1009;
    /// A reader that made no progress for too long.
    pub const TOO_SLOW: u16 = 4408;
    /// A sender that went on beyond its rate.
    pub const TOO_MANY: u16 = 4429;
    /// The session was revoked or has expired.
    pub const SIGNED_OUT: u16 = 4501;
    /// The page is older than the server.
    pub const RELOAD: u16 = 4502;

    /// Whether a client may come back by itself after this code.
    pub fn comes_back(code: u16) -> bool {
        !(code == NORMAL || matches!(code, PROTOCOL_ERROR | UNSUPPORTED | INVALID_TEXT | TOO_BIG) || (4500..5000).contains(&code))
    }
}

#[cfg(test)]
mod tests {
    use super::close::{farewell, spread_ms};

    #[test]
    fn a_farewell_says_over_how_long_clients_come_back() {
        let spread = [0, 499, 500, 2_000, 5_000, 20_000].map(|clients| spread_ms(farewell(clients)));
        assert_eq!(spread, [500, 500, 1_500, 4_000, 4_000, 8_000].map(Some));
        assert_eq!(spread_ms("signed out"), None);
    }
}
