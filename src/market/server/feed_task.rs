//! Runs a provider until it ends or the server stops, and says which.

use crate::market::feed::FeedStatus;
use crate::market::server::provider::Provider;
use crate::market::server::quote_bus::QuoteBus;
use crate::server::clock::Clock;
use tokio_util::sync::CancellationToken;

/// Publishes each batch of quotes when its moment has come.
pub async fn run(mut provider: Box<dyn Provider>, bus: QuoteBus, clock: Clock, stopping: CancellationToken) {
    bus.set_status(FeedStatus::Live, None);
    while let Some((moment, quotes)) = provider.next(clock.now()) {
        tokio::select! {
            () = clock.sleep_until(moment) => bus.publish(quotes),
            () = stopping.cancelled() => return,
        }
    }
    let feed = bus.feed();
    tracing::info!(source = %feed.source, "the feed has ended: prices stay as they are");
    bus.set_status(
        FeedStatus::Ended,
        Some("The recording has ended. Prices stay as they were last.".into()),
    );
}
