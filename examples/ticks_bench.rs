//! What single prices cost: `cargo run --release --example ticks_bench`. Ticks a second through the bus into the log, bytes on disk a tick,
//! and ticks a second read back, for 10 instruments and for 100.

use chrono::{DateTime, TimeDelta};
use finflow_app::market::feed::{Feed, FeedStatus};
use finflow_app::market::quote::Quote;
use finflow_app::market::server::quote_bus::QuoteBus;
use finflow_app::market::server::ticks::log::{TickLog, WAITING};
use finflow_app::market::server::ticks::store::{Store, blocks};
use finflow_app::market::server::ticks::{MOST, Published};
use finflow_app::money::Decimal;
use finflow_app::server::clock::Clock;
use finflow_app::server::database::Database;
use rand::rngs::StdRng;
use rand::{RngExt as _, SeedableRng as _};
use std::collections::HashMap;
use std::time::Instant;

/// Ticks of each round.
const TICKS: usize = 500_000;
/// Under one lock of the bus, as the task of the sources takes them.
const AT_ONCE: usize = 512;

/// A walk in cents of each instrument; moments to the microsecond, sizes with eight places, trades that are numbered: as Coinbase tells.
fn ticks(instruments: usize) -> Vec<Published> {
    let mut numbers = StdRng::seed_from_u64(instruments as u64);
    let mut at = DateTime::from_timestamp(1_773_500_400, 0).unwrap_or_default();
    let mut state: Vec<(i64, u64, i64)> = (0..instruments)
        .map(|_| {
            let cents = numbers.random_range(1_000..10_000_000);
            (cents, numbers.random_range(1_000_000..900_000_000), cents)
        })
        .collect();
    (0..TICKS)
        .map(|_| {
            at += TimeDelta::microseconds(numbers.random_range(0..20_000));
            let number = numbers.random_range(0..instruments);
            let (cents, trade, close) = &mut state[number];
            let wide = 1 + *cents / 20_000;
            *cents = (*cents + numbers.random_range(-wide..=wide)).max(100);
            *trade += numbers.random_range(1..4);
            let received_at = at - TimeDelta::microseconds(numbers.random_range(20..200));
            Published {
                at,
                currency: "USD".into(),
                quote: Quote {
                    symbol: format!("C{number}"),
                    price: Decimal::new(*cents, 2),
                    previous_close: Some(Decimal::new(*close, 2)),
                    quoted_at: received_at - TimeDelta::microseconds(numbers.random_range(20_000..90_000)),
                    received_at,
                    trade: Some(*trade),
                    size: Some(Decimal::new(numbers.random_range(1_000..500_000_000), 8)),
                    source: "coinbase",
                },
            }
        })
        .collect()
}

fn ingest(ticks: &[Published]) {
    let currencies: HashMap<String, String> = ticks.iter().map(|one| (one.quote.symbol.clone(), "USD".to_owned())).collect();
    for with_log in [false, true] {
        let bus = QuoteBus::new(Feed {
            source: "bench".into(),
            simulated: false,
            status: FeedStatus::Live,
            detail: None,
        });
        let log = TickLog::new(&currencies, Clock::System, WAITING);
        if with_log {
            bus.log(log.clone());
        }
        let quotes: Vec<Quote> = ticks.iter().map(|one| one.quote.clone()).collect();
        let (mut taken, began) = (0, Instant::now());
        let mut spent = began.elapsed();
        for some in quotes.chunks(AT_ONCE) {
            let some = some.to_vec();
            let began = Instant::now();
            bus.publish(some);
            spent += began.elapsed();
            taken += log.drain().0.len();
        }
        let what = if with_log { "bus and log" } else { "bus" };
        println!(
            "  {what}: {:.0} ticks a second ({taken} taken)",
            ticks.len() as f64 / spent.as_secs_f64()
        );
    }
}

async fn storage(instruments: usize) -> anyhow::Result<()> {
    let ticks = ticks(instruments);
    println!("{instruments} instruments, {TICKS} ticks:");
    ingest(&ticks);
    let folder = tempfile::tempdir()?;
    let file = folder.path().join("ticks.db");
    let database = Database::open(&format!("sqlite:{}", file.display()))
        .await
        .map_err(anyhow::Error::msg)?;
    let empty = std::fs::metadata(&file)?.len();
    let store = Store(database.clone());
    let began = Instant::now();
    // Two seconds of them in a step, as the keeper has them; then rows become large.
    for some in ticks.chunks(200) {
        store.append(&blocks(some, 0)?).await?;
    }
    let appended = began.elapsed();
    let began = Instant::now();
    for hour in store.loose_hours().await? {
        while store.join(hour, true).await? {}
    }
    let joined = began.elapsed();
    // What the small rows took is free for what comes next: the large ones are measured.
    let (bytes,): (i64,) = sqlx::query_as("SELECT CAST(SUM(LENGTH(packed)) AS BIGINT) FROM tick_blocks")
        .fetch_one(database.read())
        .await?;
    let (rows,): (i64,) = sqlx::query_as("SELECT COUNT(*) FROM tick_blocks")
        .fetch_one(database.read())
        .await?;
    let began = Instant::now();
    let hours = ticks
        .first()
        .zip(ticks.last())
        .map(|(first, last)| first.at.timestamp() / 3_600..last.at.timestamp() / 3_600 + 1);
    let mut read = 0;
    for hour in hours.unwrap_or(0..0) {
        let mut place = 0;
        while let Some((some, next)) = store.read(hour, place).await? {
            read += some.len();
            place = next;
        }
    }
    let reading = began.elapsed();
    database.close().await;
    let compact = folder.path().join("compact.db");
    let from = Database::open(&format!("sqlite:{}", file.display()))
        .await
        .map_err(anyhow::Error::msg)?;
    sqlx::query("VACUUM INTO $1")
        .bind(compact.display().to_string())
        .execute(from.read())
        .await?;
    from.close().await;
    let disk = std::fs::metadata(&compact)?.len().saturating_sub(empty);
    println!(
        "  {:.2} bytes a tick on disk, {:.2} of them text, {rows} rows of {MOST} at most; kept at {:.0}, joined at {:.0}, read at {:.0} ticks a second ({read})",
        disk as f64 / TICKS as f64,
        bytes as f64 / TICKS as f64,
        TICKS as f64 / appended.as_secs_f64(),
        TICKS as f64 / joined.as_secs_f64(),
        TICKS as f64 / reading.as_secs_f64(),
    );
    Ok(())
}

fn main() -> anyhow::Result<()> {
    tokio::runtime::Builder::new_multi_thread().enable_all().build()?.block_on(async {
        for instruments in [10, 100] {
            storage(instruments).await?;
        }
        Ok(())
    })
}
