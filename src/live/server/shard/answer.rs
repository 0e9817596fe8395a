//! A request that needs a database or a valuation, worked out by the runtime while its shard goes on.

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
    let portfolio = match find(live, viewer, asked.portfolio_id.as_deref()).await {
        Ok(portfolio) => portfolio,
        Err(refused) => return Answer::Text(refused(asked.id)),
    };
    let interval = Duration::from_millis(asked.interval_ms.unwrap_or(live.config.update_interval_ms));
    let (frame, watcher, is_known) = live.streams.watch(&portfolio, interval, comes, asked.seq);
    Answer::Watch(Begun {
        frame,
        watcher,
        id: asked.id,
        is_known,
    })
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
