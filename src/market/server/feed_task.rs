//! Runs a provider until it ends, and says so.

use crate::market::feed::FeedStatus;
use crate::market::server::nodes::publisher::Publisher;
use crate::market::server::provider::Provider;
use crate::server::clock::Clock;

/// Publishes each batch of quotes when its moment has come. Whoever runs it drops it at the end.
pub async fn run(mut provider: Box<dyn Provider>, publisher: Publisher, clock: Clock) {
    publisher.set_status(FeedStatus::Live, None);
    while let Some((moment, quotes)) = provider.next(clock.now()) {
        clock.sleep_until(moment).await;
        publisher.publish(quotes);
    }
    let feed = publisher.bus.feed();
    tracing::info!(source = %feed.source, "the feed has ended: prices stay as they are");
    publisher.set_status(
        FeedStatus::Ended,
        Some("The recording has ended. Prices stay as they were last.".into()),
    );
}
