//! The handshake and the frames of RFC 6455, as a client writes and reads them.

use memchr::memmem;

/// The key of the RFC's own example, and the answer to it: one for all sockets, so that nothing is computed a socket.
const KEY: &str = "dGhlIHNhbXBsZSBub25jZQ==";
const ACCEPT: &[u8] = b"s3pPLMBiTxaQ9kYGzzhZRbK+xOo=";
/// Any mask will do; servers must take each.
const MASK: [u8; 4] = [0x5a, 0x17, 0xc3, 0x88];

/// A frame's kind.
pub mod opcode {
    pub const TEXT: u8 = 1;
    pub const BINARY: u8 = 2;
    pub const CLOSE: u8 = 8;
    pub const PING: u8 = 9;
    pub const PONG: u8 = 10;
}

/// The request that asks for a socket.
pub fn request(host: &str, path: &str, headers: &[String], subprotocol: Option<&str>) -> Vec<u8> {
    let mut text = format!(
        "GET {path} HTTP/1.1\r\nHost: {host}\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n\
         Sec-WebSocket-Version: 13\r\nSec-WebSocket-Key: {KEY}\r\n"
    );
    for header in headers {
        text += &format!("{header}\r\n");
    }
    if let Some(name) = subprotocol {
        text += &format!("Sec-WebSocket-Protocol: {name}\r\n");
    }
    (text + "\r\n").into_bytes()
}

/// What the server said to the request.
#[derive(Debug, PartialEq, Eq)]
pub enum Answer {
    /// Not all of it came.
    Part,
    /// The connection is a socket; frames begin after so many bytes.
    Socket { used: usize, subprotocol: bool },
    /// It is none, with HTTP's status.
    Refused(u16),
    /// It is no HTTP, or the key is wrong.
    Broken,
}

/// Reads the answer to [`request`].
pub fn answer(bytes: &[u8]) -> Answer {
    let Some(end) = memmem::find(bytes, b"\r\n\r\n") else {
        return if bytes.len() > 16_384 { Answer::Broken } else { Answer::Part };
    };
    let head = &bytes[..end];
    let status = head
        .strip_prefix(b"HTTP/1.1 ")
        .and_then(|rest| std::str::from_utf8(rest.get(..3)?).ok()?.parse().ok());
    match status {
        Some(101) if memmem::find(head, ACCEPT).is_some() => Answer::Socket {
            used: end + 4,
            subprotocol: memmem::find(&head.to_ascii_lowercase(), b"sec-websocket-protocol:").is_some(),
        },
        Some(status) if status != 101 => Answer::Refused(status),
        _ => Answer::Broken,
    }
}

/// A frame at the head of what was read.
#[derive(Debug, PartialEq, Eq)]
pub enum Cut<'a> {
    /// Whole: its kind, what it carries, and its length with its head.
    Whole { opcode: u8, payload: &'a [u8], used: usize },
    /// More must come.
    Part,
    /// No server writes this.
    Broken,
}

/// Cuts the first frame off.
pub fn cut(bytes: &[u8]) -> Cut<'_> {
    let [first, second, ..] = *bytes else { return Cut::Part };
    if second & 0x80 != 0 || first & 0x70 != 0 {
        return Cut::Broken;
    }
    let (head, length) = match second {
        126 => match bytes.get(2..4) {
            Some(&[a, b]) => (4, u64::from(u16::from_be_bytes([a, b]))),
            _ => return Cut::Part,
        },
        127 => match bytes.get(2..10).and_then(|eight| <[u8; 8]>::try_from(eight).ok()) {
            Some(eight) => (10, u64::from_be_bytes(eight)),
            None => return Cut::Part,
        },
        short => (2, u64::from(short)),
    };
    let Some(used) = usize::try_from(length).ok().and_then(|length| length.checked_add(head)) else {
        return Cut::Broken;
    };
    match bytes.get(head..used) {
        Some(payload) => Cut::Whole {
            opcode: first & 0x0f,
            payload,
            used,
        },
        None => Cut::Part,
    }
}

/// A whole, masked frame.
pub fn frame(opcode: u8, payload: &[u8]) -> Vec<u8> {
    raw(0x80 | opcode, payload)
}

/// The same with a first byte of one's own: fragments, reserved bits.
pub fn raw(first: u8, payload: &[u8]) -> Vec<u8> {
    let mut bytes = Vec::with_capacity(payload.len() + 14);
    bytes.push(first);
    match (u8::try_from(payload.len()), u16::try_from(payload.len())) {
        (Ok(length @ 0..=125), _) => bytes.push(0x80 | length),
        (_, Ok(length)) => {
            bytes.push(0x80 | 126);
            bytes.extend(length.to_be_bytes());
        }
        _ => {
            bytes.push(0x80 | 127);
            bytes.extend((payload.len() as u64).to_be_bytes());
        }
    }
    bytes.extend(MASK);
    bytes.extend(payload.iter().zip(MASK.iter().cycle()).map(|(byte, mask)| byte ^ mask));
    bytes
}

/// The code in a close frame; 1005 where it has none.
pub fn close_code(payload: &[u8]) -> u16 {
    match payload {
        [a, b, ..] => u16::from_be_bytes([*a, *b]),
        _ => 1005,
    }
}

/// Over how many milliseconds who is closed may come back, where the reason says so: it ends with `within 4000 ms`.
pub fn close_within(payload: &[u8]) -> Option<u64> {
    let reason = std::str::from_utf8(payload.get(2..)?).ok()?;
    reason.rsplit_once("within ")?.1.strip_suffix(" ms")?.parse().ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_answer_is_read_whole_or_not_at_all() {
        let good = b"HTTP/1.1 101 Switching Protocols\r\nsec-websocket-protocol: a\r\nSec-WebSocket-Accept: s3pPLMBiTxaQ9kYGzzhZRbK+xOo=\r\n\r\nrest";
        let used = good.len() - 4;
        assert_eq!(answer(good), Answer::Socket { used, subprotocol: true });
        assert_eq!(answer(&good[..used - 1]), Answer::Part);
        assert_eq!(answer(b"HTTP/1.1 503 No\r\nRetry-After: 2\r\n\r\n"), Answer::Refused(503));
        for broken in [&b"HTTP/1.1 101 X\r\nSec-WebSocket-Accept: other\r\n\r\n"[..], b"SSH-2.0-x\r\n\r\n"] {
            assert_eq!(answer(broken), Answer::Broken);
        }
    }

    #[test]
    fn a_frame_is_cut_at_each_of_its_bytes_or_waits() {
        for length in [0, 125, 126, 65_535, 65_536] {
            let mut bytes = frame(opcode::TEXT, &vec![b'x'; length]);
            // What a client masks a server does not: without the mask it is a server's frame.
            let head = bytes.len() - length - 4;
            bytes.drain(head..head + 4);
            bytes[1] &= 0x7f;
            bytes[head..].fill(b'x');
            let whole = bytes.len();
            bytes.extend(b"next");
            let Cut::Whole { opcode, payload, used } = cut(&bytes) else {
                panic!("{length}")
            };
            assert_eq!((opcode, payload.len(), used), (opcode::TEXT, length, whole));
            for part in [0, 1, 2, 3, whole - 1] {
                assert!(part >= whole || cut(&bytes[..part]) == Cut::Part, "{length} at {part}");
            }
        }
    }

    #[test]
    fn what_no_server_writes_is_broken() {
        assert_eq!(cut(&frame(opcode::TEXT, b"masked")), Cut::Broken);
        assert_eq!(cut(&[0xc1, 0]), Cut::Broken);
        assert_eq!(cut(&[0x82, 127, 255, 255, 255, 255, 255, 255, 255, 255]), Cut::Broken);
        assert_eq!((close_code(&[0x11, 0x38, b'x']), close_code(&[])), (4408, 1005));
        let going = [&1001_u16.to_be_bytes()[..], b"Going away; come back within 4000 ms"].concat();
        assert_eq!(
            (close_within(&going), close_within(&going[..6]), close_within(&[])),
            (Some(4_000), None, None)
        );
    }
}
