//! What candles cost: `cargo run --release --example candles_bench`. Ticks a second through decode, bus and candles on one core; bytes on
//! disk a candle and the time of a range query, for 10 instruments and for 100, a year of minutes each.

use anyhow::Context as _;
use chrono::{DateTime, TimeDelta, Utc};
use finflow_app::market::candle::{Candle, Interval};
use finflow_app::market::feed::{Feed, FeedStatus};
use finflow_app::market::quote::Quote;
use finflow_app::market::server::candles::Past;
use finflow_app::market::server::candles::recorder::Recorder;
use finflow_app::market::server::candles::store::{Key, Store};
use finflow_app::market::server::listing::{Listed, Listing};
use finflow_app::market::server::provider::VENUES;
use finflow_app::market::server::provider::venue::Event;
use finflow_app::market::server::quote_bus::QuoteBus;
use finflow_app::money::Decimal;
use finflow_app::server::database::Database;
use rand::rngs::StdRng;
use rand::{RngExt as _, SeedableRng as _};
use std::collections::HashMap;
use std::hint::black_box;
use std::time::{Duration, Instant};

/// Ticks that are decoded.
const TICKS: usize = 1_000_000;
/// Ticks under one lock of the bus, as the task of the sources takes them.
const AT_ONCE: usize = 512;
/// Days of minutes.
const DAYS: i64 = 365;
/// Days that are packed at once.
const STEP: i64 = 5;
const ROUNDS: usize = 21;

fn start() -> DateTime<Utc> {
    // A day on which a row of each length begins would be no usual one.
    DateTime::from_timestamp(1_735_689_600, 0).unwrap_or_default()
}

fn ingest() -> anyhow::Result<()> {
    let venue = VENUES.into_iter().find(|venue| venue.name() == "coinbase").context("the venue")?;
    let mut numbers = StdRng::seed_from_u64(1);
    let mut at = start();
    let texts: Vec<(String, DateTime<Utc>)> = (0..TICKS)
        .map(|trade| {
            at += TimeDelta::microseconds(5);
            // Each hundredth is late.
            let quoted = if trade % 100 == 99 { at - TimeDelta::milliseconds(20) } else { at };
            let (product, cents) = (numbers.random_range(0..100), numbers.random_range(6_000_000..6_100_000));
            let size = numbers.random_range(1..900_000_000u64);
            let text = format!(
                r#"{{"type":"ticker","sequence":{trade},"product_id":"C{product}-USD","price":"{}.{:02}","open_24h":"1310.79","volume_24h":"245532.79269678","low_24h":"1280.52","high_24h":"1313.8","best_bid":"1285.04","best_ask":"1285.27","side":"buy","time":"{}","trade_id":{},"last_size":"{}.{:08}"}}"#,
                cents / 100,
                cents % 100,
                quoted.to_rfc3339_opts(chrono::SecondsFormat::Micros, true),
                trade + 1,
                size / 100_000_000,
                size % 100_000_000
            );
            (text, at)
        })
        .collect();
    for with_candles in [false, true] {
        let bus = QuoteBus::new(Feed {
            source: "bench".into(),
            simulated: false,
            status: FeedStatus::Live,
            detail: None,
        });
        let recorder = Recorder::default();
        if with_candles {
            bus.record(recorder.clone());
        }
        let mut quotes: Vec<Quote> = Vec::with_capacity(AT_ONCE);
        let began = Instant::now();
        for (text, received_at) in &texts {
            for event in venue.decode(text)? {
                let Event::Price(tick) = event else { continue };
                quotes.push(Quote {
                    symbol: tick.symbol,
                    price: tick.price,
                    previous_close: None,
                    quoted_at: tick.quoted_at.unwrap_or(*received_at),
                    received_at: *received_at,
                    trade: tick.trade,
                    size: tick.size,
                    source: "coinbase",
                });
            }
            if quotes.len() >= AT_ONCE {
                bus.publish(quotes.drain(..));
            }
        }
        bus.publish(quotes.drain(..));
        let rate = TICKS as f64 / began.elapsed().as_secs_f64();
        let what = if with_candles { "decode, bus, candles" } else { "decode, bus" };
        println!("{what}: {rate:.0} ticks a second");
        black_box(recorder.candles("C1-USD"));
    }
    Ok(())
}

/// A walk in cents; every other instrument has sizes with eight places, as coins have.
fn minutes(instrument: usize, numbers: &mut StdRng, close: &mut i64, first: DateTime<Utc>, count: i64) -> Vec<Candle> {
    let minute = |number: i64| {
        let open = *close + numbers.random_range(-2..=2);
        let wide = 1 + open / 4_000;
        let step = |at: &mut i64, _| {
            *at = (*at + numbers.random_range(-wide..=wide)).max(100);
            Some(*at)
        };
        let prices: Vec<i64> = (0..8).scan(open, step).collect();
        let (high, low) = (
            prices.iter().copied().fold(open, i64::max),
            prices.iter().copied().fold(open, i64::min),
        );
        *close = prices.last().copied().unwrap_or(open);
        let volume = if instrument.is_multiple_of(2) {
            Decimal::new(numbers.random_range(1_000..5_000_000_000), 8)
        } else {
            Decimal::from(numbers.random_range(1..20_000))
        };
        let cents = |amount| Decimal::new(amount, 2);
        Candle {
            start: first + TimeDelta::minutes(number),
            open: cents(open),
            high: cents(high),
            low: cents(low),
            close: cents(*close),
            volume,
        }
    };
    (0..count).map(minute).collect()
}

async fn storage(instruments: usize) -> anyhow::Result<()> {
    let folder = tempfile::tempdir()?;
    let file = folder.path().join("candles.db");
    let url = format!("sqlite:{}", file.display());
    let database = Database::open(&url).await.map_err(anyhow::Error::msg)?;
    let empty = std::fs::metadata(&file)?.len();
    let store = Store(database.clone());
    let name = |number: usize| format!("C{number}");
    let (mut packing, mut count) = (Duration::ZERO, 0usize);
    for number in 0..instruments {
        let key = Key {
            symbol: name(number),
            currency: "USD".into(),
        };
        let mut numbers = StdRng::seed_from_u64(number as u64);
        let mut close = numbers.random_range(1_000..10_000_000);
        for day in (0..DAYS).step_by(STEP as usize) {
            let first = start() + TimeDelta::days(day);
            let days = STEP.min(DAYS - day);
            let made = minutes(number, &mut numbers, &mut close, first, days * 1_440);
            let until = (first + TimeDelta::days(days)).timestamp_micros();
            let began = Instant::now();
            store.pack(&key, &made, until).await?;
            packing += began.elapsed();
            count += made.len();
        }
    }
    database.close().await;
    let bytes = std::fs::metadata(&file)?.len() - empty;
    println!(
        "{instruments} instruments, a year of minutes and all that is longer: {count} minutes, {} MB, {:.2} bytes a minute, packed at {:.0} minutes a second",
        bytes / 1_000_000,
        bytes as f64 / count as f64,
        count as f64 / packing.as_secs_f64()
    );
    let database = Database::open(&url).await.map_err(anyhow::Error::msg)?;
    let currencies: HashMap<_, _> = (0..instruments).map(|number| (name(number), "USD".to_owned())).collect();
    let past = Past::Kept {
        recorder: Recorder::default(),
        store: Store(database.clone()),
        listing: Listing::new(Listed {
            currencies,
            ..Listed::default()
        }),
    };
    let end = start() + TimeDelta::days(DAYS);
    for (what, interval, days) in [
        ("a day of minutes", Interval::Minute, 1),
        ("a month of minutes", Interval::Minute, 30),
        ("a year of minutes", Interval::Minute, DAYS),
        ("a week of five minutes", Interval::FiveMinutes, 7),
        ("a year of hours", Interval::Hour, DAYS),
        ("a year of days", Interval::Day, DAYS),
    ] {
        let mut times = vec![];
        let mut found = 0;
        for round in 0..ROUNDS {
            // Each time another instrument, and not the last days.
            let symbol = name(round * 7 % instruments);
            let to = end - TimeDelta::days((DAYS - days).min(round as i64 * 11));
            let began = Instant::now();
            found = past.candles(&symbol, interval, &(to - TimeDelta::days(days)..to), end).await?.len();
            times.push(began.elapsed());
        }
        times.sort();
        println!("  {what}: {found} candles, {:.2} ms", times[ROUNDS / 2].as_secs_f64() * 1_000.0);
    }
    database.close().await;
    Ok(())
}

fn main() -> anyhow::Result<()> {
    ingest()?;
    let runtime = tokio::runtime::Builder::new_multi_thread().enable_all().build()?;
    runtime.block_on(async {
        for instruments in [10, 100] {
            storage(instruments).await?;
        }
        Ok(())
    })
}
