//! What no client should send. A server answers each with an error or a close code, and its other viewers notice nothing.

use crate::wire::{frame, opcode, raw};

/// A way to misbehave.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Mischief {
    NotJson,
    UnknownType,
    Nested,
    WrongField,
    StartStop,
    Flood,
    PingFlood,
    Binary,
    NotText,
    TooLong,
    HugeLength,
    EndlessFragments,
    Unmasked,
    ReservedBits,
    HalfRequest,
    LongHeaders,
}

impl Mischief {
    /// Each of them, with its name in reports.
    pub const ALL: [(Self, &'static str); 16] = [
        (Self::NotJson, "not_json"),
        (Self::UnknownType, "unknown_type"),
        (Self::Nested, "nested"),
        (Self::WrongField, "wrong_field"),
        (Self::StartStop, "start_stop"),
        (Self::Flood, "flood"),
        (Self::PingFlood, "ping_flood"),
        (Self::Binary, "binary"),
        (Self::NotText, "not_text"),
        (Self::TooLong, "too_long"),
        (Self::HugeLength, "huge_length"),
        (Self::EndlessFragments, "endless_fragments"),
        (Self::Unmasked, "unmasked"),
        (Self::ReservedBits, "reserved_bits"),
        (Self::HalfRequest, "half_request"),
        (Self::LongHeaders, "long_headers"),
    ];

    /// Whether it comes in the place of a handshake.
    pub fn instead_of_handshake(self) -> bool {
        matches!(self, Self::HalfRequest | Self::LongHeaders)
    }

    /// What is sent, ten times a second until the server closes.
    pub fn bytes(self) -> Vec<u8> {
        let text = |text: &str| frame(opcode::TEXT, text.as_bytes());
        match self {
            Self::NotJson => text("{\"type\":"),
            Self::UnknownType => text("{\"type\":\"portfolio_of_somebody_else\"}"),
            Self::Nested => text(&("[".repeat(1_000) + &"]".repeat(1_000))),
            Self::WrongField => text("{\"type\":\"start_updates\",\"interval_ms\":1e400}"),
            Self::StartStop => [text("{\"type\":\"start_updates\"}"), text("{\"type\":\"stop_updates\"}")].concat(),
            Self::Flood => text("{\"type\":\"get_portfolio_data\"}").repeat(100),
            Self::PingFlood => frame(opcode::PING, b"are you there").repeat(100),
            Self::Binary => frame(opcode::BINARY, &[0; 16]),
            Self::NotText => frame(opcode::TEXT, &[0xf0, 0x28, 0x8c, 0x28]),
            Self::TooLong => frame(opcode::TEXT, &vec![b' '; 2 << 20]),
            Self::HugeLength => [&[0x81, 0xff, 0x7f][..], &[0xff; 7], &[0; 4], b"x"].concat(),
            Self::EndlessFragments => raw(0, b" ").repeat(500),
            Self::Unmasked => [&[0x81, 2][..], b"{}"].concat(),
            Self::ReservedBits => raw(0xf1, b"{}"),
            Self::HalfRequest => b"X".to_vec(),
            Self::LongHeaders => [b"X-Long: ".to_vec(), vec![b'x'; 70_000], b"\r\n".to_vec()].concat(),
        }
    }

    /// What is sent once, before the first of [`Self::bytes`].
    pub fn opening(self) -> Vec<u8> {
        match self {
            Self::HalfRequest | Self::LongHeaders => b"GET /ws/portfolio/ HTTP/1.1\r\nHost: 127.0.0.1\r\n".to_vec(),
            Self::EndlessFragments => raw(opcode::TEXT, b"{"),
            _ => Vec::new(),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_has_something_to_send_and_a_name_of_its_own() {
        let mut names: Vec<_> = Mischief::ALL.iter().map(|(_, name)| name).collect();
        names.sort_unstable();
        names.dedup();
        assert_eq!(names.len(), Mischief::ALL.len());
        assert!(Mischief::ALL.iter().all(|(mischief, _)| !mischief.bytes().is_empty()));
        assert_eq!(Mischief::HugeLength.bytes()[2..10], [0x7f, 255, 255, 255, 255, 255, 255, 255]);
    }
}
