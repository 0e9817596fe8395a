//! What a socket sends, frame by frame, by tungstenite's codec. A reader exists only while something of a message is missing: a socket at
//! rest has none, and so no buffer.

use bytes::Bytes;
use std::io::{Cursor, ErrorKind, Read, Write};
use tokio_tungstenite::tungstenite::protocol::frame::FrameHeader;
use tokio_tungstenite::tungstenite::protocol::frame::coding::{Data, OpCode};
use tokio_tungstenite::tungstenite::protocol::{CloseFrame, Role, WebSocketConfig};
use tokio_tungstenite::tungstenite::{Error, Message, WebSocket};

/// What a codec reads at once.
const READ_BUFFER: usize = 1 << 10;
/// Frames that a message may come in, at the least, and bytes of the largest message for each further one. Empty ones would else go on for
/// ever below every limit of size.
const FRAMES: (usize, usize) = (1 << 12, 1 << 5);

/// How messages are read that are `limit` bytes at the most.
pub fn config(limit: usize) -> WebSocketConfig {
    WebSocketConfig::default()
        .read_buffer_size(READ_BUFFER)
        .write_buffer_size(0)
        .max_message_size(Some(limit))
        .max_frame_size(Some(limit))
}

/// Both ends of the codec: what was read, and what it has to say.
#[derive(Debug, Default)]
struct Pipe {
    input: Vec<u8>,
    taken: usize,
    output: Vec<u8>,
}

impl Read for Pipe {
    fn read(&mut self, into: &mut [u8]) -> std::io::Result<usize> {
        let rest = self.input.get(self.taken..).unwrap_or_default();
        if rest.is_empty() {
            return Err(ErrorKind::WouldBlock.into());
        }
        let count = rest.len().min(into.len());
        into[..count].copy_from_slice(&rest[..count]);
        self.taken += count;
        Ok(count)
    }
}

impl Write for Pipe {
    fn write(&mut self, bytes: &[u8]) -> std::io::Result<usize> {
        self.output.extend_from_slice(bytes);
        Ok(bytes.len())
    }

    fn flush(&mut self) -> std::io::Result<()> {
        Ok(())
    }
}

/// Reads a socket.
#[derive(Debug)]
pub struct Reader {
    codec: WebSocket<Pipe>,
    border: Border,
    most_frames: usize,
}

impl Reader {
    /// A reader at the beginning of a frame.
    pub fn new(config: WebSocketConfig) -> Self {
        let (least, bytes) = FRAMES;
        Self {
            most_frames: least.max(config.max_message_size.unwrap_or_default() / bytes),
            codec: WebSocket::from_raw_socket(Pipe::default(), Role::Server, Some(config)),
            border: Border::default(),
        }
    }

    /// Takes bytes as they came. `false` where a message comes in too many pieces.
    pub fn feed(&mut self, bytes: &[u8]) -> bool {
        let pipe = self.codec.get_mut();
        if pipe.taken == pipe.input.len() {
            pipe.input.clear();
            pipe.taken = 0;
        }
        pipe.input.extend_from_slice(bytes);
        self.border.pass(bytes);
        self.border.frames <= self.most_frames
    }

    /// The next message that is there whole, or what is wrong with it.
    pub fn message(&mut self) -> Option<Result<Message, Error>> {
        match self.codec.read() {
            Err(Error::Io(error)) if error.kind() == ErrorKind::WouldBlock => None,
            heard => Some(heard),
        }
    }

    /// Says that this side closes.
    pub fn close(&mut self, frame: CloseFrame) {
        // The pipe takes what is written to it, and a second close says nothing.
        let _ = self.codec.close(Some(frame));
        let _ = self.codec.flush();
    }

    /// What the codec has to say: pongs, and the answer to a close.
    pub fn output(&mut self) -> Bytes {
        let _ = self.codec.flush();
        std::mem::take(&mut self.codec.get_mut().output).into()
    }

    /// Whether it stands between two messages: nothing of one is in it.
    pub fn at_rest(&self) -> bool {
        self.border.header.is_empty() && self.border.left == 0 && !self.border.within
    }
}

/// Where frames and messages end.
#[derive(Debug, Default)]
struct Border {
    /// The beginning of a header that is not there whole.
    header: Vec<u8>,
    /// Bytes of the payload that are still to come.
    left: u64,
    /// Whether more fragments of a message are to come.
    within: bool,
    /// Fragments of the message so far.
    frames: usize,
}

impl Border {
    fn pass(&mut self, mut bytes: &[u8]) {
        while !bytes.is_empty() {
            if self.left > 0 {
                let passed = self.left.min(bytes.len() as u64);
                self.left -= passed;
                bytes = bytes.get(passed as usize..).unwrap_or_default();
                continue;
            }
            let (Some(first), rest) = (bytes.first(), bytes.get(1..).unwrap_or_default()) else {
                return;
            };
            self.header.push(*first);
            bytes = rest;
            match FrameHeader::parse(&mut Cursor::new(&self.header)) {
                Ok(Some((header, length))) => {
                    self.header.clear();
                    self.left = length;
                    if let OpCode::Data(data) = header.opcode {
                        self.frames = if matches!(data, Data::Continue) {
                            self.frames.saturating_add(1)
                        } else {
                            1
                        };
                        self.within = !header.is_final;
                    }
                }
                Ok(None) => {}
                // The codec says what is wrong.
                Err(_) => return,
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;
    use tokio_tungstenite::tungstenite::protocol::frame::Frame;

    fn part(payload: &str, data: Data, last: bool) -> Vec<u8> {
        masked(Frame::message(payload.to_owned(), OpCode::Data(data), last))
    }

    fn masked(mut frame: Frame) -> Vec<u8> {
        frame.header_mut().mask = Some([1, 2, 3, 4]);
        let mut bytes = vec![];
        frame.format(&mut bytes).expect("a vector takes it");
        bytes
    }

    proptest! {
        #[test]
        fn messages_come_whole_however_they_are_cut(texts in proptest::collection::vec("[a-z]{0,200}", 1..5), cuts in proptest::collection::vec(1usize..40, 1..200)) {
            let mut bytes = vec![];
            for text in &texts {
                // In two fragments, with a ping between.
                let half = text.len() / 2;
                bytes.extend(part(&text[..half], Data::Text, false));
                bytes.extend(masked(Frame::ping("p")));
                bytes.extend(part(&text[half..], Data::Continue, true));
            }
            let mut reader = Reader::new(config(1 << 10));
            let mut heard = vec![];
            let mut rest = bytes.as_slice();
            for cut in cuts.iter().cycle() {
                if rest.is_empty() {
                    break;
                }
                let (now, later) = rest.split_at((*cut).min(rest.len()));
                rest = later;
                prop_assert!(reader.feed(now));
                while let Some(message) = reader.message() {
                    if let Message::Text(text) = message.expect("a message") {
                        heard.push(text.to_string());
                    }
                }
            }
            prop_assert_eq!(heard, texts.clone());
            prop_assert!(reader.at_rest());
            // An unmasked pong of one byte is three bytes.
            prop_assert_eq!(reader.output().len(), 3 * texts.len());
        }

        #[test]
        fn row_28_nothing_that_comes_in_panics(bytes in proptest::collection::vec(any::<u8>(), 0..300)) {
            let mut reader = Reader::new(config(100));
            reader.feed(&bytes);
            for _ in 0..300 {
                match reader.message() {
                    Some(Ok(_)) => {}
                    _ => break,
                }
            }
        }
    }

    #[test]
    fn it_is_at_rest_between_messages_only() {
        let bytes = part("hello", Data::Text, true);
        for cut in 1..bytes.len() {
            let mut reader = Reader::new(config(100));
            assert!(reader.at_rest());
            reader.feed(&bytes[..cut]);
            assert!(!reader.at_rest(), "{cut} of {}", bytes.len());
        }
        let mut reader = Reader::new(config(100));
        reader.feed(&part("hello", Data::Text, false));
        assert!(!reader.at_rest());
    }

    #[test]
    fn row_07_empty_fragments_do_not_go_on_for_ever() {
        let mut reader = Reader::new(config(100));
        assert!(reader.feed(&part("", Data::Text, false)));
        let one = part("", Data::Continue, false);
        assert!((0..=FRAMES.0).any(|_| !reader.feed(&one)));
    }
}
