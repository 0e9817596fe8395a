//! What requests are answered with. What needs a database is worked out by the runtime while its shard goes on.

use crate::accounts::server::Viewer;
use crate::live::protocol::{GetPortfolioData, StartUpdates};
use crate::live::server::Live;
use crate::live::server::request::Refusal;
use crate::live::server::shard::inbox::{Answer, Begun};
use crate::live::server::stream::Comes;
use crate::portfolio::server::Portfolio;
use crate::portfolio::server::ledger::LedgerError;
use std::sync::Arc;
use std::time::Duration;

/// A snapshot.
pub async fn snapshot(live: &Live, viewer: Option<&Viewer>, asked: GetPortfolioData) -> Answer {
    match find(live, viewer, asked.portfolio_id.as_deref()).await {
        Ok(portfolio) => {
            let snapshot = live.portfolios.snapshot_of(&portfolio);
            Answer::Wire(live.snapshots.told(snapshot, asked.id))
        }
        Err(refused) => Answer::Text(refused(asked.id)),
    }
}

/// Frames from now on.
pub async fn start(live: &Live, viewer: Option<&Viewer>, asked: StartUpdates, comes: Comes) -> Answer {
    match find(live, viewer, asked.portfolio_id.as_deref()).await {
        Ok(portfolio) => begin(live, &portfolio, asked, comes),
        Err(refused) => Answer::Text(refused(asked.id)),
    }
}

/// Frames from now on of what is at hand; what is not has to be worked out by the runtime. Of a crowd that comes at once each would wait there
/// behind the handshakes of all the others.
pub fn start_at_hand(live: &Live, viewer: Option<&Viewer>, asked: StartUpdates, comes: Comes) -> Result<Answer, StartUpdates> {
    let user = viewer.map(|viewer| viewer.user.as_str());
    match live.portfolios.at_hand(user, asked.portfolio_id.as_deref()) {
        Some(portfolio) => Ok(begin(live, portfolio, asked, comes)),
        None => Err(asked),
    }
}

fn begin(live: &Live, portfolio: &Arc<Portfolio>, asked: StartUpdates, comes: Comes) -> Answer {
    let interval = Duration::from_millis(asked.interval_ms.unwrap_or(live.config.update_interval_ms));
    let (frame, watcher, is_known) = live.streams.watch(portfolio, interval, comes, asked.seq);
    Answer::Watch(Begun {
        frame,
        watcher,
        id: asked.id,
        is_known,
    })
}

/// What is told where the server itself is at fault.
pub fn failed() -> Answer {
    Answer::Text(Refusal::new(None, "unavailable", "The server failed on this request.").encode())
}

/// The portfolio that a request means, or how to refuse it.
async fn find(live: &Live, viewer: Option<&Viewer>, id: Option<&str>) -> Result<Arc<Portfolio>, fn(Option<String>) -> String> {
    let user = viewer.map(|viewer| viewer.user.as_str());
    live.portfolios.find(user, id).await.map_err(|error| match error {
        LedgerError::NotFound(_) => not_found as fn(Option<String>) -> String,
        _ => unavailable,
    })
}

fn unavailable(id: Option<String>) -> String {
    Refusal::new(id, "unavailable", "The database does not answer. Ask again in a moment.").encode()
}

/// What is told of a portfolio that is not there, or no more.
pub fn not_found(id: Option<String>) -> String {
    Refusal::new(id, "not_found", "There is no such portfolio.").encode()
}
