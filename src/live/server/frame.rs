//! An update as it goes out: valued once, and each form of it encoded once, for all who get it.

use crate::live::changes;
use crate::live::protocol::PriceUpdate;
use crate::live::server::buffers::Buffers;
use crate::server::metrics::sockets::Moments;
use bytes::Bytes;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, OnceLock, Weak};
use tokio_tungstenite::tungstenite::protocol::frame::coding::{Data, OpCode};
use tokio_tungstenite::tungstenite::protocol::frame::{Frame as WireFrame, FrameHeader};

/// The version of no frame.
pub const NOTHING: u64 = 0;

/// Bytes of the longest head of a frame that a server sends (RFC 6455, 5.2).
const HEAD: usize = 10;

/// An update that all its readers share. Cheap to clone.
#[derive(Clone, Debug)]
pub struct Frame {
    /// Its number in the stream.
    pub seq: u64,
    /// Which of all frames it is: two frames of one number may say different things.
    pub version: u64,
    /// What it says, where somebody may have to be told by what changed since, or anew.
    pub update: Option<Arc<PriceUpdate>>,
    /// When it was due and when it was valued.
    pub moments: Moments,
    /// Held by who gives it to others, and by nobody else: while somebody does, it is on its way.
    way: Option<Arc<()>>,
    forms: Arc<Forms>,
}

/// What it looks like on the wire, made when somebody first gets it.
#[derive(Debug)]
struct Forms {
    whole: OnceLock<Bytes>,
    changes: Box<[Changes]>,
}

/// The same told to those who hold another frame.
#[derive(Debug)]
struct Changes {
    version: u64,
    before: Arc<PriceUpdate>,
    wire: OnceLock<Option<Bytes>>,
}

/// A frame that was told to all and is there for as long as one of them needs it: its memory serves the next one, of whichever
/// portfolio.
#[derive(Debug)]
pub struct Told {
    seq: u64,
    version: u64,
    moments: Moments,
    way: Weak<()>,
    forms: Weak<Forms>,
}

impl Told {
    /// The frame, where somebody still needs it.
    pub fn frame(&self) -> Option<Frame> {
        Some(Frame {
            seq: self.seq,
            version: self.version,
            update: None,
            moments: self.moments,
            way: None,
            forms: self.forms.upgrade()?,
        })
    }

    /// Whether it is being given to those who are to have it.
    pub fn is_on_its_way(&self) -> bool {
        self.way.strong_count() > 0
    }
}

impl Frame {
    /// It without a hold on it: all that is known of it once all have it.
    pub fn told(&self) -> Told {
        Told {
            seq: self.seq,
            version: self.version,
            moments: self.moments,
            way: self.way.as_ref().map_or_else(Weak::new, Arc::downgrade),
            forms: Arc::downgrade(&self.forms),
        }
    }

    /// It for one who has no room for it now: nobody waits for them.
    pub fn kept(&self) -> Self {
        Self { way: None, ..self.clone() }
    }

    /// A frame that may be told by what changed to whoever holds one of `before`.
    pub fn new(update: PriceUpdate, before: &[Frame], moments: Moments) -> Self {
        let changes = before.iter().filter_map(|held| {
            Some(Changes {
                version: held.version,
                before: held.update.clone()?,
                wire: OnceLock::new(),
            })
        });
        let forms = Forms {
            whole: OnceLock::new(),
            changes: changes.collect(),
        };
        Self::of(update.seq, Some(Arc::new(update)), forms, moments)
    }

    /// A frame for those who all get it whole: `write` writes its message. What it says is let go while the processor has it at hand: with
    /// thousands of portfolios that is most of what they cost.
    pub fn whole_for_all(seq: u64, buffers: &Buffers, write: impl FnOnce(&mut Vec<u8>) -> Moments) -> Self {
        let mut text = buffers.take();
        text.resize(HEAD, 0);
        let moments = write(&mut text);
        let forms = Forms {
            whole: OnceLock::from(behind_head(text, buffers)),
            changes: Box::default(),
        };
        Self::of(seq, None, forms, moments)
    }

    fn of(seq: u64, update: Option<Arc<PriceUpdate>>, forms: Forms, moments: Moments) -> Self {
        static VERSIONS: AtomicU64 = AtomicU64::new(NOTHING + 1);
        Self {
            seq,
            version: VERSIONS.fetch_add(1, Ordering::Relaxed),
            update,
            moments,
            way: Some(Arc::default()),
            forms: Arc::new(forms),
        }
    }

    /// Whether somebody besides who asks is giving it to those who are to have it.
    pub fn is_on_its_way(&self) -> bool {
        self.way.as_ref().is_some_and(|way| Arc::strong_count(way) > 1)
    }

    /// The whole WebSocket frame, header and all.
    pub fn whole(&self) -> &Bytes {
        let encode = || self.update.as_ref().map(|update| text(update.encode())).unwrap_or_default();
        self.forms.whole.get_or_init(encode)
    }

    /// The WebSocket frame for one who holds the frame of that version: what changed, or where that cannot be said, all of it.
    pub fn after(&self, version: u64) -> &Bytes {
        let changes = self.forms.changes.iter().find(|changes| changes.version == version);
        let wire = changes.and_then(|changes| {
            let encode = || {
                let frame = changes::encode(&changes.before, self.update.as_ref()?)?;
                Some(wire(WireFrame::message(frame, OpCode::Data(Data::Binary), true)))
            };
            changes.wire.get_or_init(encode).as_ref()
        });
        wire.unwrap_or_else(|| self.whole())
    }
}

/// The text as one unmasked frame, header and all. Written by the codec, once for all who get it.
pub fn text(text: String) -> Bytes {
    wire(WireFrame::message(text, OpCode::Data(Data::Text), true))
}

/// A text that stands behind room for the longest head, as one unmasked frame: the codec writes the head right before it.
fn behind_head(mut room: Vec<u8>, buffers: &Buffers) -> Bytes {
    let length = room.len().saturating_sub(HEAD) as u64;
    let header = FrameHeader {
        opcode: OpCode::Data(Data::Text),
        ..FrameHeader::default()
    };
    let from = HEAD.saturating_sub(header.len(length));
    if let Some(mut head) = room.get_mut(from..HEAD) {
        // It is as long as it says.
        let _ = header.format(length, &mut head);
    }
    buffers.share(room).slice(from..)
}

/// A frame as it goes out.
pub fn wire(frame: WireFrame) -> Bytes {
    let mut wire = Vec::with_capacity(frame.len());
    // A vector takes what is written to it.
    let _ = frame.format(&mut wire);
    wire.into()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::live::protocol::ServerMessage;
    use crate::portfolio::valuation::Valuation;
    use chrono::DateTime;
    use std::time::Instant;

    fn update(seq: u64) -> PriceUpdate {
        PriceUpdate {
            id: None,
            seq,
            timestamp: DateTime::UNIX_EPOCH,
            data: Valuation::new("p", "Mine", "USD", &[], |_| None),
        }
    }

    fn now() -> Moments {
        let now = Instant::now();
        Moments { due: now, valued: now }
    }

    #[test]
    fn a_text_behind_room_for_its_head_is_the_same_frame() {
        for length in [0, 1, 125, 126, 127, 65_535, 65_536, 100_000] {
            let said = "x".repeat(length);
            let room = [&[0; HEAD], said.as_bytes()].concat();
            assert_eq!(behind_head(room, &Buffers::default()), text(said), "{length}");
        }
    }

    #[test]
    fn who_gets_all_of_it_gets_the_same_whatever_is_kept() {
        let first = Frame::new(update(1), &[], now());
        let kept = Frame::new(update(2), std::slice::from_ref(&first), now());
        let let_go = Frame::whole_for_all(2, &Buffers::default(), |text| {
            PriceUpdate::begin(text, 2, DateTime::UNIX_EPOCH);
            text.extend(serde_json::to_vec(&update(2).data).unwrap());
            text.push(PriceUpdate::END);
            now()
        });
        assert_eq!(kept.whole(), &text(ServerMessage::PriceUpdate(update(2)).encode()));
        assert_eq!(let_go.whole(), kept.whole());
        assert!(let_go.update.is_none() && kept.after(first.version).len() < kept.whole().len());
        // Nobody is told by what changed since it, or to it.
        assert_eq!(let_go.after(first.version), let_go.whole());
        let next = Frame::new(update(3), std::slice::from_ref(&let_go), now());
        assert_eq!(next.after(let_go.version), next.whole());
    }
}
