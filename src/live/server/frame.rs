//! An update as it goes out: valued once, and each form of it encoded once, for all who get it.

use crate::live::changes;
use crate::live::protocol::PriceUpdate;
use crate::server::metrics::sockets::Moments;
use bytes::Bytes;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, OnceLock};
use tokio_tungstenite::tungstenite::protocol::frame::Frame as WireFrame;
use tokio_tungstenite::tungstenite::protocol::frame::coding::{Data, OpCode};

/// The version of no frame.
pub const NOTHING: u64 = 0;

/// Bytes by which a frame may be longer than the one before, without another place in memory.
const MORE: usize = 256;

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

    /// The same for those who all get it whole. It is encoded here and now, about as long as the one before: what it says is let go while
    /// the processor has it at hand, and with thousands of portfolios that is most of what they cost.
    pub fn whole_for_all(update: PriceUpdate, before: &[Frame], moments: Moments) -> Self {
        let about = before.last().and_then(|held| held.forms.whole.get()).map_or(0, Bytes::len);
        let forms = Forms {
            whole: OnceLock::from(text(update.encode(about + MORE))),
            changes: Box::default(),
        };
        Self::of(update.seq, None, forms, moments)
    }

    fn of(seq: u64, update: Option<Arc<PriceUpdate>>, forms: Forms, moments: Moments) -> Self {
        static VERSIONS: AtomicU64 = AtomicU64::new(NOTHING + 1);
        Self {
            seq,
            version: VERSIONS.fetch_add(1, Ordering::Relaxed),
            update,
            moments,
            forms: Arc::new(forms),
        }
    }

    /// The whole WebSocket frame, header and all.
    pub fn whole(&self) -> &Bytes {
        let encode = || self.update.as_ref().map(|update| text(update.encode(0))).unwrap_or_default();
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
    fn who_gets_all_of_it_gets_the_same_whatever_is_kept() {
        let first = Frame::new(update(1), &[], now());
        let (kept, let_go) = (
            Frame::new(update(2), std::slice::from_ref(&first), now()),
            Frame::whole_for_all(update(2), std::slice::from_ref(&first), now()),
        );
        assert_eq!(kept.whole(), &text(ServerMessage::PriceUpdate(update(2)).encode()));
        assert_eq!(let_go.whole(), kept.whole());
        assert!(let_go.update.is_none() && kept.after(first.version).len() < kept.whole().len());
        // Nobody is told by what changed since it, or to it.
        assert_eq!(let_go.after(first.version), let_go.whole());
        let next = Frame::new(update(3), std::slice::from_ref(&let_go), now());
        assert_eq!(next.after(let_go.version), next.whole());
    }
}
