//! The text of snapshots: a crowd that comes back at once asks for one and the same, which is written once.

use crate::live::protocol::{PortfolioData, ServerMessage};
use crate::live::server::frame;
use crate::portfolio::valuation::Snapshot;
use bytes::Bytes;
use std::sync::{Arc, Mutex, PoisonError};

/// A snapshot, and its text.
type Told = (Arc<Snapshot>, Bytes);

/// The snapshot that was told last, as it goes out. Cheap to clone.
#[derive(Clone, Debug, Default)]
pub struct Snapshots {
    last: Arc<Mutex<Option<Told>>>,
}

impl Snapshots {
    /// The `portfolio_data` that tells a snapshot, as one WebSocket frame. Who names no `id` gets what the others got.
    pub fn told(&self, snapshot: Arc<Snapshot>, id: Option<String>) -> Bytes {
        if id.is_some() {
            return encode(&snapshot, id);
        }
        if let Some((last, wire)) = &*self.last.lock().unwrap_or_else(PoisonError::into_inner)
            && Arc::ptr_eq(last, &snapshot)
        {
            return wire.clone();
        }
        // Without the lock: two may write the same, and nobody waits.
        let wire = encode(&snapshot, None);
        *self.last.lock().unwrap_or_else(PoisonError::into_inner) = Some((snapshot, wire.clone()));
        wire
    }
}

fn encode(snapshot: &Snapshot, id: Option<String>) -> Bytes {
    let message = PortfolioData {
        id,
        timestamp: snapshot.valued_at,
        data: snapshot.clone(),
    };
    frame::text(ServerMessage::PortfolioData(message).encode())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::portfolio::valuation::Valuation;
    use chrono::DateTime;

    #[test]
    fn one_snapshot_is_written_once_for_all_who_name_no_id() {
        let snapshot = || {
            Arc::new(Snapshot {
                valuation: Valuation::new("p", "Mine", "USD", &[], |_| None),
                valued_at: DateTime::UNIX_EPOCH,
                history: vec![],
                details: vec![],
                real_until: None,
            })
        };
        let (snapshots, one, two) = (Snapshots::default(), snapshot(), snapshot());
        let told = snapshots.told(one.clone(), None);
        assert_eq!(snapshots.told(one.clone(), None).as_ptr(), told.as_ptr());
        assert_ne!(snapshots.told(one.clone(), Some("x".into())), told);
        assert_eq!(snapshots.told(one.clone(), None).as_ptr(), told.as_ptr());
        assert_ne!(snapshots.told(two, None).as_ptr(), told.as_ptr());
        assert_eq!(snapshots.told(one, None), told, "what another asked for is told as it is");
    }
}
