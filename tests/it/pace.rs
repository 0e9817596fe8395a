//! When a frame is made: at its beat, at once where the last one had nothing new, and never while one is on its way.

use crate::storage::sqlite;
use clap::Parser as _;
use finflow_app::live::server::frame::Frame;
use finflow_app::live::server::shard::Shards;
use finflow_app::live::server::shard::inbox::Waiting;
use finflow_app::live::server::stream::{Comes, Streams};
use finflow_app::market::server::Market;
use finflow_app::money::Decimal;
use finflow_app::portfolio::server::Portfolios;
use finflow_app::portfolio::server::ledger::Ledger;
use finflow_app::server::clock::Clock;
use finflow_app::server::config::Cli;
use finflow_app::server::database::Database;
use finflow_app::server::shutdown::Shutdown;
use std::sync::Arc;
use std::time::Duration;
use tokio::time::{pause, sleep};

const INTERVAL: Duration = Duration::from_secs(1);

fn numbers(waiting: &Waiting) -> Vec<u64> {
    waiting.frames.values().map(|frame| frame.seq).collect()
}

/// Who holds the frames of a shard that does not run says how long they are on their way.
async fn waits_for_the_frame_before(changes: bool) {
    let place = sqlite();
    let database = Database::open(&place.url).await.unwrap();
    let config = Cli::try_parse_from(["finflow"]).unwrap().config;
    // A market that stands still.
    let over = Shutdown::default();
    over.stopping().cancel();
    let market = Market::open(&config.market, Clock::System, &over).unwrap();
    let shutdown = Shutdown::default();
    let portfolios = Portfolios::new(market.clone(), Ledger::new(database, Clock::System), Clock::System, &shutdown).unwrap();
    let (shards, _not_started) = Shards::new().unwrap();
    let streams = Streams::start(portfolios.clone(), shards.clone(), shutdown.clone(), Arc::default());
    let (inbox, sample) = (shards.inbox(0).unwrap(), portfolios.at_hand(None, None).unwrap());
    pause();

    let comes = Comes {
        shard: 0,
        seen: 0,
        changes,
        leaves: None,
    };
    let (first, _watcher, _) = streams.watch(sample, INTERVAL, comes, None);
    let first = first.seq;
    sleep(INTERVAL * 3 / 2).await;
    let on_its_way = inbox.take();
    assert_eq!(numbers(&on_its_way), [first + 1], "the beat, with nothing new");
    // Somebody has no room for it. Nobody waits for them.
    let _behind: Vec<Frame> = on_its_way.frames.values().map(Frame::kept).collect();
    let mut dearer = market.bus.read(|quotes| quotes.get("AAPL").cloned()).unwrap();
    (dearer.price, dearer.received_at) = (dearer.price + Decimal::ONE, Clock::System.now());
    dearer.quoted_at = dearer.received_at;
    market.bus.publish([dearer]);
    sleep(INTERVAL / 4).await;
    assert!(inbox.take().frames.is_empty(), "not all have the one before");
    drop(on_its_way);
    sleep(INTERVAL / 50).await;
    assert_eq!(numbers(&inbox.take()), [first + 2], "long before the beat");
    sleep(INTERVAL * 3 / 4).await;
    assert!(inbox.take().frames.is_empty(), "the beat begins anew there");
    sleep(INTERVAL / 2).await;
    assert_eq!(numbers(&inbox.take()), [first + 3]);
    assert_eq!(shutdown.drain(INTERVAL).await, 0);
}

#[tokio::test]
async fn a_price_waits_for_the_frame_that_is_on_its_way() {
    waits_for_the_frame_before(false).await;
}

#[tokio::test]
async fn a_price_waits_for_the_changes_that_are_on_their_way() {
    waits_for_the_frame_before(true).await;
}
