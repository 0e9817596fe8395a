//! An update as it goes out: valued once, and each form of it encoded once, for all who get it.

use crate::live::changes;
use crate::live::protocol::{PriceUpdate, ServerMessage};
use crate::server::metrics::sockets::Moments;
use bytes::Bytes;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, OnceLock};
use tokio_tungstenite::tungstenite::protocol::frame::Frame as WireFrame;
use tokio_tungstenite::tungstenite::protocol::frame::coding::{Data, OpCode};

/// The version of no frame.
pub const NOTHING: u64 = 0;

/// An update that all its readers share. Cheap to clone.
#[derive(Clone, Debug)]
pub struct Frame {
    /// Its number in the stream.
    pub seq: u64,
    /// Which of all frames it is: two frames of one number may say different things.
    pub version: u64,
    /// What it says.
    pub update: Arc<PriceUpdate>,
    /// When it was due and when it was valued.
    pub moments: Moments,
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

impl Frame {
    /// A frame that may be told by what changed to whoever holds one of `before`.
    pub fn new(update: PriceUpdate, before: &[Frame], moments: Moments) -> Self {
        static VERSIONS: AtomicU64 = AtomicU64::new(NOTHING + 1);
        let changes = before.iter().map(|held| Changes {
            version: held.version,
            before: held.update.clone(),
            wire: OnceLock::new(),
        });
        Self {
            seq: update.seq,
            version: VERSIONS.fetch_add(1, Ordering::Relaxed),
            forms: Arc::new(Forms {
                whole: OnceLock::new(),
                changes: changes.collect(),
            }),
            update: Arc::new(update),
            moments,
        }
    }

    /// The whole WebSocket frame, header and all.
    pub fn whole(&self) -> &Bytes {
        let encode = || text(ServerMessage::PriceUpdate((*self.update).clone()).encode());
        self.forms.whole.get_or_init(encode)
    }

    /// The WebSocket frame for one who holds the frame of that version: what changed, or where that cannot be said, all of it.
    pub fn after(&self, version: u64) -> &Bytes {
        let changes = self.forms.changes.iter().find(|changes| changes.version == version);
        let wire = changes.and_then(|changes| {
            let encode = || {
                let frame = changes::encode(&changes.before, &self.update)?;
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

/// A frame as it goes out.
pub fn wire(frame: WireFrame) -> Bytes {
    let mut wire = Vec::with_capacity(frame.len());
    // A vector takes what is written to it.
    let _ = frame.format(&mut wire);
    wire.into()
}
