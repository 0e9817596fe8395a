//! Reading what a client sends: every message of the contract, and a clear error for everything else.

use crate::live::protocol::ClientMessage;
use crate::live::protocol::{ErrorMessage, GetPortfolioData, ServerMessage, StartUpdates, StopUpdates};
use crate::server::metrics::sockets::SOCKETS;
use serde_json::{Map, Value};
use std::borrow::Cow;

/// Longest `id` and `portfolio_id`, in characters.
const LONGEST_NAME: usize = 64;
/// The highest whole number that every client can write exactly (2^53 - 1).
const MOST_EXACT: u64 = (1 << 53) - 1;

/// Why a message was refused.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Refusal {
    /// The request's `id`, where it had a usable one.
    pub id: Option<String>,
    /// The code of the error.
    pub code: &'static str,
    /// The sentence of the error.
    pub message: String,
}

impl Refusal {
    /// A refusal of the request `id`.
    pub fn new(id: Option<String>, code: &'static str, message: impl Into<String>) -> Self {
        Self {
            id,
            code,
            message: message.into(),
        }
    }

    /// The error that the client gets, counted.
    pub fn encode(self) -> String {
        SOCKETS.errors.one(self.code);
        ServerMessage::Error(ErrorMessage {
            id: self.id,
            code: Cow::Borrowed(self.code),
            message: self.message,
        })
        .encode()
    }
}

/// Reads a message; `bounds` are the shortest and the longest interval in milliseconds.
///
/// # Errors
/// What the protocol's table of bad input says, naming the field and its bounds.
pub fn read(text: &str, bounds: (u64, u64)) -> Result<ClientMessage, Refusal> {
    let value: Value = serde_json::from_str(text).map_err(|error| {
        Refusal::new(
            None,
            "invalid_json",
            format!("This is not JSON: {error}. Send one JSON object a frame."),
        )
    })?;
    let known = "Known types: get_portfolio_data, start_updates, stop_updates.";
    let Value::Object(fields) = value else {
        return Err(Refusal::new(
            None,
            "unknown_type",
            format!("A message is a JSON object with a \"type\". {known}"),
        ));
    };
    let id = name(&fields, "id", None)?;
    let kind = match fields.get("type") {
        Some(Value::String(kind)) => kind.as_str(),
        Some(_) => return Err(Refusal::new(id, "unknown_type", format!("\"type\" must be a string. {known}"))),
        None => return Err(Refusal::new(id, "unknown_type", format!("The message has no \"type\". {known}"))),
    };
    match kind {
        "get_portfolio_data" => Ok(ClientMessage::GetPortfolioData(GetPortfolioData {
            portfolio_id: name(&fields, "portfolio_id", id.as_ref())?,
            id,
        })),
        "start_updates" => Ok(ClientMessage::StartUpdates(StartUpdates {
            portfolio_id: name(&fields, "portfolio_id", id.as_ref())?,
            interval_ms: whole(&fields, "interval_ms", "milliseconds ", bounds, id.as_ref())?,
            seq: whole(&fields, "seq", "", (0, MOST_EXACT), id.as_ref())?,
            id,
        })),
        "stop_updates" => Ok(ClientMessage::StopUpdates(StopUpdates { id })),
        other => {
            let shown: String = other.chars().take(LONGEST_NAME).collect();
            Err(Refusal::new(id, "unknown_type", format!("There is no type {shown:?}. {known}")))
        }
    }
}

/// An optional string of at most 64 characters. `null` counts as missing.
fn name(fields: &Map<String, Value>, field: &str, id: Option<&String>) -> Result<Option<String>, Refusal> {
    match fields.get(field) {
        None | Some(Value::Null) => Ok(None),
        Some(Value::String(text)) if text.chars().count() <= LONGEST_NAME => Ok(Some(text.clone())),
        Some(_) => Err(Refusal::new(
            id.cloned(),
            "invalid_field",
            format!("\"{field}\" must be a string of at most {LONGEST_NAME} characters."),
        )),
    }
}

/// An optional whole number within the bounds. `null` counts as missing.
fn whole(
    fields: &Map<String, Value>,
    field: &str,
    unit: &str,
    (least, most): (u64, u64),
    id: Option<&String>,
) -> Result<Option<u64>, Refusal> {
    let wanted = match fields.get(field) {
        None | Some(Value::Null) => return Ok(None),
        Some(value) => value.as_u64(),
    };
    match wanted {
        Some(wanted) if (least..=most).contains(&wanted) => Ok(Some(wanted)),
        _ => {
            let of = if unit.is_empty() { "" } else { "of " };
            let message = format!("\"{field}\" must be a whole number {of}{unit}from {least} to {most}.");
            Err(Refusal::new(id.cloned(), "invalid_field", message))
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    const BOUNDS: (u64, u64) = (250, 60_000);

    fn refused(text: &str) -> Refusal {
        read(text, BOUNDS).expect_err(text)
    }

    #[test]
    fn a_contract_message_is_read_with_and_without_its_fields() {
        let start = |id: Option<&str>, interval_ms| {
            ClientMessage::StartUpdates(StartUpdates {
                id: id.map(str::to_owned),
                portfolio_id: None,
                interval_ms,
                seq: None,
            })
        };
        assert_eq!(read(r#"{"type":"start_updates"}"#, BOUNDS), Ok(start(None, None)));
        assert_eq!(
            read(r#"{"type":"start_updates","interval_ms":250,"id":"x","new":[1]}"#, BOUNDS),
            Ok(start(Some("x"), Some(250)))
        );
        assert_eq!(
            read(r#"{"type":"start_updates","interval_ms":null,"id":null}"#, BOUNDS),
            Ok(start(None, None))
        );
        assert_eq!(
            read(r#" {"type":"stop_updates"} "#, BOUNDS),
            Ok(ClientMessage::StopUpdates(StopUpdates { id: None }))
        );
    }

    #[test]
    fn row_09_each_row_of_bad_input_has_its_code() {
        for text in ["", "hello", "{", "{\"type\":\"stop_updates\"}x", &"[".repeat(1000)] {
            assert_eq!(refused(text).code, "invalid_json", "{text}");
        }
        for text in ["[]", "1", "null", "{}", r#"{"type":7}"#, r#"{"type":"start"}"#] {
            let refusal = refused(text);
            assert_eq!(refusal.code, "unknown_type", "{text}");
            assert!(refusal.message.contains("get_portfolio_data, start_updates, stop_updates"));
        }
        for interval in ["249", "60001", "-1", "1.5", "1e400", "\"1000\"", "[]", "18446744073709551616"] {
            let refusal = read(&format!(r#"{{"type":"start_updates","id":"x","interval_ms":{interval}}}"#), BOUNDS);
            match refusal {
                Err(Refusal {
                    code: "invalid_field",
                    id,
                    message,
                }) => {
                    assert_eq!(id.as_deref(), Some("x"));
                    assert!(message.contains("interval_ms") && message.contains("250 to 60000"), "{message}");
                }
                // A number beyond a double is no JSON number to the parser.
                Err(Refusal { code: "invalid_json", .. }) if interval == "1e400" => {}
                other => panic!("{interval}: {other:?}"),
            }
        }
        assert!(
            refused(r#"{"type":"get_portfolio_data","portfolio_id":5}"#)
                .message
                .contains("portfolio_id")
        );
        let long = refused(&format!(r#"{{"type":"stop_updates","id":"{}"}}"#, "x".repeat(65)));
        assert_eq!((long.code, long.id), ("invalid_field", None));
    }

    proptest! {
        #[test]
        fn row_28_nothing_that_comes_in_panics(text in ".{0,200}") {
            let _ = read(&text, BOUNDS);
        }

        #[test]
        fn what_a_client_encodes_is_read_back(id in proptest::option::of("[a-z]{0,64}"), interval in proptest::option::of(250u64..=60_000), seq in proptest::option::of(0..=MOST_EXACT)) {
            let message = ClientMessage::StartUpdates(StartUpdates { id, portfolio_id: None, interval_ms: interval, seq });
            prop_assert_eq!(read(&message.encode(), BOUNDS), Ok(message));
        }
    }
}
