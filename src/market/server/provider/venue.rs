//! What every streaming venue is to the connection: its messages in both directions as pure functions, and its limits.

use super::lister::Lister;
use crate::market::hours::Hours;
use crate::money::Decimal;
use chrono::{DateTime, Utc};
use serde::{Deserialize, Deserializer, de::Error as _};
use serde_json::value::RawValue;
use std::borrow::Cow;
use std::collections::BTreeMap;
use std::fmt::Debug;
use std::time::Duration;

/// Longest text of a venue's that is told on.
const TOLD: usize = 160;

/// A venue that streams prices over a WebSocket. Nothing here does IO: one connection task serves all of them.
pub trait Venue: Debug + Send + Sync {
    /// The name by which a configuration names it.
    fn name(&self) -> &'static str;

    /// Where it listens.
    fn address(&self) -> &'static str;

    /// What an operator has to say beside its name, where something of it is missing.
    fn lacks(&self, _access: &Access) -> Option<&'static str> {
        None
    }

    /// What it is told before all else, where it wants to know who asks. It is asked for prices when it has let us in.
    fn greeting(&self, _access: &Access) -> Option<String> {
        None
    }

    /// What it asks of its clients.
    fn limits(&self) -> Limits;

    /// A symbol as the venue writes it in its ticks; the error says what was expected.
    ///
    /// # Errors
    /// It is no symbol of this venue.
    fn symbol(&self, text: &str) -> Result<String, &'static str>;

    /// When what it lists is traded: coins always.
    fn hours(&self) -> Hours {
        Hours::Always
    }

    /// The currency that one of its symbols is priced in.
    fn currency<'s>(&self, symbol: &'s str) -> &'s str;

    /// The message that asks for the prices of `symbols`.
    fn subscribe(&self, symbols: &[String], id: u64) -> String;

    /// The message that asks for them no longer.
    fn unsubscribe(&self, symbols: &[String], id: u64) -> String;

    /// What a message of the venue says. What it may say and nobody needs is an empty list.
    ///
    /// # Errors
    /// It is not what the venue's documentation promises.
    fn decode(&self, text: &str) -> Result<Vec<Event>, Malformed>;

    /// Its own list of what it prices, where it has one.
    fn lister(&self) -> Option<&'static dyn Lister> {
        None
    }
}

/// How a venue is reached, and as whom. It may hold secrets, so it prints as nothing.
#[derive(Clone, Default, PartialEq, Eq)]
pub struct Access {
    /// Where to connect.
    pub address: String,
    /// Who asks; empty where nobody needs to say.
    pub key: String,
    /// What proves it.
    pub secret: String,
    /// From one round of requests to the next, where it is asked and the configuration says so.
    pub every: Option<Duration>,
    /// The files of the operator's own, by name.
    pub files: BTreeMap<String, super::url::Table>,
}

impl Debug for Access {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Access(…)")
    }
}

/// What a venue asks of its clients, and what they may expect of it.
#[derive(Clone, Copy, Debug)]
pub struct Limits {
    /// Most symbols that one message asks for.
    pub symbols_per_message: usize,
    /// Most symbols on one connection.
    pub symbols_per_connection: usize,
    /// The shortest time between two messages to it.
    pub between_messages: Duration,
    /// The longest time without a message of its own while it is well; `None` where it may be silent.
    pub beats_within: Option<Duration>,
    /// How long it lets a connection live.
    pub life: Option<Duration>,
    /// Whether it refuses a message for all of its symbols when it does not have one of them.
    pub refuses_whole: bool,
}

/// A price as it came.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Tick {
    /// The venue's symbol.
    pub symbol: String,
    /// Its last price, above zero.
    pub price: Decimal,
    /// The venue's clock, where it tells.
    pub quoted_at: Option<DateTime<Utc>>,
    /// The number of the trade that made the price, where the venue counts them.
    pub trade: Option<u64>,
    /// How many units were traded, where the venue tells.
    pub size: Option<Decimal>,
}

/// What a venue may say.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Event {
    /// A price.
    Price(Tick),
    /// It lives; and where it says so, which trade was the last of a symbol.
    Beat(Option<(String, u64)>),
    /// It will not send what was asked for: one symbol, where it names it.
    Refused {
        /// The symbol.
        symbol: Option<String>,
        /// What it said.
        reason: String,
    },
    /// It is about to close all connections.
    Leaving,
    /// It knows who asks, and lets them.
    Admitted,
    /// It does not let them.
    Denied(String),
}

/// A message that is not what the venue's documentation promises.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("not understood: {0}")]
pub struct Malformed(pub String);

impl From<serde_json::Error> for Malformed {
    fn from(error: serde_json::Error) -> Self {
        Self(told(&error.to_string()))
    }
}

/// What to do about an error.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Retry {
    /// Nothing helps but another configuration.
    Never,
    /// The same again, after a while.
    Later,
    /// This provider does not have it: the next one may.
    NextProvider,
}

/// Why a connection ended, or why a symbol has no price there. No text of it holds an address, which may hold a secret.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum VenueError {
    /// No connection came about.
    #[error("it cannot be reached: {0}")]
    Unreachable(String),
    /// The upgrade was answered with another status.
    #[error("it refused the connection with status {status}")]
    Refused {
        /// The status.
        status: u16,
        /// How long it asks to wait.
        wait: Option<Duration>,
    },
    /// It does not let us in with these keys.
    #[error("it does not let us in: {0}")]
    Denied(String),
    /// The connection ended.
    #[error("the connection ended: {0}")]
    Closed(String),
    /// Nothing came any more, not even an answer to a ping.
    #[error("it fell silent")]
    Silent,
    /// One message after the other was not understood.
    #[error("it sends what is not understood: {0}")]
    Garbage(String),
    /// It said that it closes, or the connection was as old as it may be.
    #[error("the connection is renewed")]
    Renewed,
    /// It does not have a symbol.
    #[error("it does not have {0}")]
    NoSymbol(String),
}

impl VenueError {
    /// What to do about it.
    pub fn retry(&self) -> Retry {
        match self {
            // Wrong credentials, an address that is none, a venue that may not serve here: asking again changes nothing.
            Self::Refused {
                status: 401 | 404 | 410 | 451,
                ..
            }
            | Self::Denied(_) => Retry::Never,
            Self::NoSymbol(_) => Retry::NextProvider,
            _ => Retry::Later,
        }
    }

    /// What an operator can do about it, beside waiting.
    pub fn advice(&self) -> &'static str {
        match self {
            Self::Refused { status: 401, .. } | Self::Denied(_) => "See to its key in the file of instruments, then start the server anew.",
            Self::Refused {
                status: 403 | 418 | 429, ..
            } => "It limits how much may be asked. It is tried again when it allows; name fewer symbols of it, or ask less often.",
            Self::Refused {
                status: 404 | 410 | 451, ..
            } => "See to its address, and whether it serves where this server is; then start the server anew.",
            Self::Unreachable(_) => {
                "See whether this server reaches the network, and to the provider's address. It is tried again by itself."
            }
            Self::Garbage(_) => {
                "Nothing, where it passes. Where it lasts, see whether what the file says of it is right, and for a newer version."
            }
            Self::NoSymbol(_) => "Correct the symbol in the file of instruments.",
            Self::Refused { .. } | Self::Closed(_) | Self::Silent | Self::Renewed => "Nothing: it is tried again by itself.",
        }
    }
}

/// A venue's own words, short and on one line: they go to logs and pages.
pub fn told(text: &str) -> String {
    text.chars().filter(|character| !character.is_control()).take(TOLD).collect()
}

/// Reads a price from its text, exactly; `None` for what is no number above zero.
pub fn price(text: &str) -> Option<Decimal> {
    let (digits, exponent) = match text.split_once(['e', 'E']) {
        Some((digits, exponent)) => (digits, exponent.parse::<i32>().ok()?),
        None => (text, 0),
    };
    // The decimal's own reader is more generous: signs, underscores, a missing digit.
    let plain = digits.bytes().all(|digit| digit.is_ascii_digit() || digit == b'.')
        && digits.starts_with(|first: char| first.is_ascii_digit())
        && digits.ends_with(|last: char| last.is_ascii_digit());
    let mut price = Decimal::from_str_exact(digits).ok().filter(|_| plain)?;
    if exponent < 0 {
        let scale = price.scale().checked_add(exponent.unsigned_abs())?;
        price.set_scale(scale).ok()?;
    }
    for _ in 0..exponent.clamp(0, 30) {
        price = price.checked_mul(Decimal::TEN)?;
    }
    (price > Decimal::ZERO).then_some(price)
}

/// A price that stands as a string: `"1285.22"`. Use with `#[serde(deserialize_with = "…")]`.
pub fn quoted_price<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Decimal, D::Error> {
    price(&Cow::<str>::deserialize(deserializer)?).ok_or_else(|| D::Error::custom("expected a price above zero in a string"))
}

/// A price that stands as a number, read from its text and never through a float.
pub fn bare_price<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Decimal, D::Error> {
    let raw = Box::<RawValue>::deserialize(deserializer)?;
    price(raw.get()).ok_or_else(|| D::Error::custom("expected a price above zero as a number"))
}

/// A number of units that stands as a string. One that is not above zero is none: it says nothing against its price.
pub fn quoted_size<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Option<Decimal>, D::Error> {
    Ok(price(&Cow::<str>::deserialize(deserializer)?))
}

/// A number of units that stands as a number. One that is not above zero is none: it says nothing against its price.
pub fn bare_size<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Option<Decimal>, D::Error> {
    Ok(price(Box::<RawValue>::deserialize(deserializer)?.get()))
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn a_price_keeps_its_digits() {
        for (text, expected) in [
            ("105899.40", "105899.40"),
            ("0.00001234", "0.00001234"),
            ("1.234e-5", "0.00001234"),
            ("1.5E3", "1500.0"),
            ("7e+2", "700"),
            ("9007199254740993.1", "9007199254740993.1"),
        ] {
            assert_eq!(price(text).map(|price| price.to_string()).as_deref(), Some(expected), "{text}");
        }
        let none = [
            "",
            "0",
            "0.00",
            "-1",
            "+1",
            "1_000",
            ".5",
            "1.",
            "1..2",
            "NaN",
            "1e",
            "1e99",
            "1e-99",
            "1e999999999999",
            "\"1\"",
            "1,5",
            "1.00000000000000000000000000001",
        ];
        for text in none {
            assert_eq!(price(text), None, "{text}");
        }
    }

    #[test]
    fn each_error_says_what_to_do() {
        let refused = |status| VenueError::Refused { status, wait: None }.retry();
        assert_eq!(
            (refused(401), refused(429), refused(503)),
            (Retry::Never, Retry::Later, Retry::Later)
        );
        assert_eq!(VenueError::NoSymbol("X".into()).retry(), Retry::NextProvider);
        assert_eq!(VenueError::Silent.retry(), Retry::Later);
        assert_eq!(VenueError::Denied("auth failed".into()).retry(), Retry::Never);
        let access = Access {
            address: "wss://a/?token=planted".into(),
            key: "planted".into(),
            secret: "planted".into(),
            ..Access::default()
        };
        assert_eq!(format!("{access:?}"), "Access(…)");
        assert_eq!(told("a\nb\u{1b}[31m"), "ab[31m");
    }

    proptest! {
        #[test]
        fn no_text_makes_a_price_panic(text in "[-+0-9eE._]{0,60}|\\PC{0,40}") {
            let _ = price(&text);
        }
    }
}
