//! Candles: of the simulated market, of exchanges over real sockets, kept in both databases, through stops and kills.

use crate::feeds::{Exchange, shows};
use crate::harness::PATIENCE;
use crate::storage::{Place, places};
use chrono::{DateTime, Datelike as _, NaiveDate, NaiveTime, TimeDelta, Utc};
use finflow_app::market::candle::series::widened;
use finflow_app::market::candle::{Candle, Interval};
use finflow_app::market::feed::{Feed, FeedStatus};
use finflow_app::market::quote::Quote;
use finflow_app::market::server::Market;
use finflow_app::market::server::candles::backfill::{self, DailySource, Wanted};
use finflow_app::market::server::candles::keeper::Keeper;
use finflow_app::market::server::candles::recorder::Recorder;
use finflow_app::market::server::candles::store::{Key, Store};
use finflow_app::market::server::candles::{KeptCandles, Past};
use finflow_app::market::server::keeping::Keep as _;
use finflow_app::market::server::listing::{Listed, Listing};
use finflow_app::market::server::mock::{Act, Dialect, Traded};
use finflow_app::market::server::provider::venue::VenueError;
use finflow_app::market::server::quote_bus::QuoteBus;
use finflow_app::money::Decimal;
use finflow_app::server::clock::Clock;
use finflow_app::server::config::{CandleConfig, MarketConfig, MarketSource};
use finflow_app::server::database::Database;
use finflow_app::server::shutdown::Shutdown;
use futures_util::future::BoxFuture;
use std::collections::HashMap;
use std::ops::{Range, RangeInclusive};
use std::sync::{Arc, Mutex};
use std::time::Duration;
use tokio_util::sync::CancellationToken;

fn at(text: &str) -> DateTime<Utc> {
    text.parse().unwrap()
}

pub fn quote(symbol: &str, quoted_at: DateTime<Utc>, price: Decimal, trade: Option<u64>) -> Quote {
    Quote {
        symbol: symbol.into(),
        price,
        previous_close: None,
        quoted_at,
        received_at: quoted_at,
        trade,
        size: Some(Decimal::new(15, 1)),
        source: "test",
    }
}

/// A bus whose quotes become candles in a database, as a server has it; each start finds what the last one kept.
struct Recording {
    bus: QuoteBus,
    keeper: Keeper,
    store: Store,
}

impl Recording {
    async fn open(place: &Place, config: CandleConfig) -> Self {
        let database = Database::open(&place.url).await.unwrap();
        let KeptCandles { store, loaded, config, .. } = KeptCandles::load(database, config, Utc::now()).await.unwrap();
        let recorder = Recorder::new(loaded.into_iter().map(|(key, series)| (key.symbol, series)).collect());
        let bus = QuoteBus::new(Feed {
            source: "test".into(),
            simulated: false,
            status: FeedStatus::Live,
            detail: None,
        });
        bus.record(recorder.clone());
        let currencies = ["A", "B"].map(|symbol| (symbol.to_owned(), "USD".to_owned()));
        let keeper = Keeper {
            recorder,
            store: store.clone(),
            listing: Listing::new(Listed {
                currencies: HashMap::from(currencies),
                ..Listed::default()
            }),
            config,
        };
        Self { bus, keeper, store }
    }

    async fn candles(&self, symbol: &str, interval: Interval, stretch: Range<DateTime<Utc>>) -> Vec<Candle> {
        let past = Past::Kept {
            recorder: self.keeper.recorder.clone(),
            store: self.store.clone(),
            listing: self.keeper.listing.clone(),
        };
        past.candles(symbol, interval, &stretch, stretch.end).await.unwrap()
    }

    async fn close(self) {
        self.store.0.close().await;
    }
}

/// Prices of five hours, some twice, some late by up to ten minutes, in an order of their own.
fn ticks(start: DateTime<Utc>) -> (Vec<Quote>, Vec<Quote>) {
    let mut number = 12_345u64;
    let mut random = |most: u64| {
        number = number
            .wrapping_mul(6_364_136_223_846_793_005)
            .wrapping_add(1_442_695_040_888_963_407);
        (number >> 33) % most
    };
    let mut ordered = vec![];
    for trade in 1..=3_000u64 {
        let price = Decimal::new(10_000 + random(2_000) as i64, 2);
        ordered.push(quote("A", start + TimeDelta::seconds(trade as i64 * 6), price, Some(trade)));
    }
    let mut arriving: Vec<(u64, Quote)> = vec![];
    for (place, quote) in ordered.iter().enumerate() {
        arriving.push((place as u64 + random(100), quote.clone()));
        if random(3) == 0 {
            arriving.push((place as u64 + random(100), quote.clone()));
        }
    }
    arriving.sort_by_key(|(place, _)| *place);
    (ordered, arriving.into_iter().map(|(_, quote)| quote).collect())
}

/// The candles of ticks in order, by nothing of the program's own.
pub fn by_hand(ordered: &[Quote], interval: Interval) -> Vec<Candle> {
    let mut candles: Vec<Candle> = vec![];
    for quote in ordered {
        let (start, size) = (interval.start_of(quote.quoted_at), quote.size.unwrap());
        match candles.last_mut().filter(|last| last.start == start) {
            Some(last) => {
                last.high = last.high.max(quote.price);
                last.low = last.low.min(quote.price);
                last.close = quote.price;
                last.volume += size;
            }
            None => candles.push(Candle {
                start,
                open: quote.price,
                high: quote.price,
                low: quote.price,
                close: quote.price,
                volume: size,
            }),
        }
    }
    candles
}

#[tokio::test]
async fn late_and_repeated_ticks_and_stops_give_the_candles_of_an_ordered_run() {
    for place in places().await {
        let start = at("2026-03-01T21:00:00Z");
        let (ordered, arriving) = ticks(start);
        let never = CancellationToken::new();
        let mut recording = Recording::open(&place, CandleConfig::default()).await;
        for (number, quotes) in arriving.chunks(101).enumerate() {
            recording.bus.publish(quotes.iter().cloned());
            recording.keeper.flush().await.unwrap();
            let now = quotes[quotes.len() - 1].quoted_at;
            if number % 3 == 0 {
                recording.keeper.pack(Clock::starting_at(now), &never).await.unwrap();
            }
            if number % 5 == 0 {
                // What comes next was told already, and is told again by the venue after a start.
                recording.close().await;
                recording = Recording::open(&place, CandleConfig::default()).await;
                recording.bus.publish(quotes.iter().rev().take(40).cloned());
            }
        }
        let whole = start - TimeDelta::days(1)..start + TimeDelta::days(1);
        for interval in Interval::ALL {
            let told = recording.candles("A", interval, whole.clone()).await;
            assert_eq!(told, by_hand(&ordered, interval), "{}", interval.label());
        }
        let minutes = recording.candles("A", Interval::Minute, whole.clone()).await;
        assert_eq!(recording.candles("A", Interval::Day, whole).await, widened(minutes, Interval::Day));
        let (from, to) = (start + TimeDelta::minutes(30), start + TimeDelta::minutes(250));
        let some = recording.candles("A", Interval::FiveMinutes, from..to).await;
        assert_eq!((some.len(), some[0].start), (44, from));
        let kept: (i64,) = sqlx::query_as("SELECT COUNT(*) FROM candles")
            .fetch_one(recording.store.0.read())
            .await
            .unwrap();
        assert!(kept.0 >= 4, "hours are packed: {}", kept.0);
        recording.close().await;
    }
}

#[tokio::test]
async fn old_candles_are_forgotten_and_days_are_not() {
    for place in places().await {
        let start = at("2026-03-01T00:00:00Z");
        let config = CandleConfig {
            minute_days: 2,
            five_minute_days: 30,
            hour_days: 200,
            ..CandleConfig::default()
        };
        let mut recording = Recording::open(&place, config).await;
        let never = CancellationToken::new();
        let key = Key {
            symbol: "A".into(),
            currency: "USD".into(),
        };
        let quotes: Vec<_> = (0..10)
            .map(|day| quote("A", start + TimeDelta::days(day), Decimal::from(day + 1), None))
            .collect();
        let minutes: Vec<_> = by_hand(&quotes, Interval::Minute);
        let until = start + TimeDelta::days(10);
        recording.store.pack(&key, &minutes, until.timestamp_micros()).await.unwrap();
        let mut known = vec![];
        for days in [10, 100, 1_000] {
            let now = start + TimeDelta::days(days);
            recording.keeper.forget(Clock::starting_at(now), &never).await.unwrap();
            for interval in Interval::ALL {
                known.push(recording.candles("A", interval, start..until).await.len());
            }
        }
        assert_eq!(known, [2, 10, 10, 10, 0, 0, 10, 10, 0, 0, 0, 10]);
        recording.close().await;
    }
}

#[tokio::test]
async fn a_late_and_a_repeated_tick_of_a_venue_find_their_candle_after_a_stop_too() {
    for place in places().await {
        late_and_repeated(&place).await;
    }
}

async fn late_and_repeated(place: &Place) {
    let exchange = Exchange::start("\"coinbase:BTC-USD\"").await;
    let config = MarketConfig {
        source: MarketSource::Live(exchange.file()),
        seed: 8,
        replay_speed: 1.0,
    };
    let open = async |shutdown: &Shutdown| {
        let database = Database::open(&place.url).await.unwrap();
        let kept = KeptCandles::load(database.clone(), CandleConfig::default(), Utc::now())
            .await
            .unwrap();
        (database, Market::open_with(&config, Some(kept), Clock::System, shutdown).unwrap())
    };
    let shutdown = Shutdown::default();
    let (database, market) = open(&shutdown).await;
    let now = Utc::now();
    let minute = Interval::Minute.start_of(now) - TimeDelta::minutes(5);
    let tell = |seconds: i64, trade: u64, price: &str| {
        exchange.mock.act(
            Dialect::Coinbase,
            Act::Price(Traded {
                symbol: "BTC-USD".into(),
                price: price.parse().unwrap(),
                at: minute + TimeDelta::seconds(seconds),
                trade,
            }),
        );
    };
    tell(10, 100, "100.0");
    shows(&market, "100").await;
    tell(30, 103, "103");
    shows(&market, "103").await;
    tell(20, 101, "110");
    tell(30, 103, "103");
    tell(40, 104, "104");
    shows(&market, "104").await;
    let stretch = || minute..minute + TimeDelta::minutes(1);
    let told = market.candles("BTC", Interval::Minute, stretch()).await.unwrap();
    let prices = |candles: &[Candle]| {
        candles
            .iter()
            .map(|one| [one.open, one.high, one.low, one.close].map(|price| price.normalize().to_string()))
            .collect::<Vec<_>>()
    };
    assert_eq!(prices(&told), [["100", "110", "100", "104"]]);
    assert_eq!(market.earliest("BTC").await.unwrap(), Some(Interval::Day.start_of(minute)));
    assert_eq!(shutdown.drain(PATIENCE).await, 0, "no task is left");
    database.close().await;

    // A day that a provider brought while nobody watched.
    let database = Database::open(&place.url).await.unwrap();
    let yesterday = Interval::Day.start_of(minute) - TimeDelta::days(1);
    let day = Candle {
        start: yesterday,
        volume: Decimal::ONE,
        ..by_hand(&[quote("BTC", yesterday, Decimal::from(90), None)], Interval::Day).remove(0)
    };
    let key = Key {
        symbol: "BTC".into(),
        currency: "USD".into(),
    };
    let filled = (yesterday.date_naive(), yesterday.date_naive());
    Store(database.clone()).fill(&key, vec![day.clone()], filled).await.unwrap();
    database.close().await;

    let shutdown = Shutdown::default();
    let (database, market) = open(&shutdown).await;
    shows(&market, "104").await;
    let previous = market.bus.read(|quotes| quotes["BTC"].previous_close);
    assert_eq!(previous, Some(Decimal::from(90)), "that of the last day that is kept");
    let days = market.candles("BTC", Interval::Day, yesterday..Utc::now()).await.unwrap();
    assert_eq!((days.len(), &days[0]), (2, &day));
    assert_eq!(market.earliest("BTC").await.unwrap(), Some(yesterday));
    // What a provider brings meanwhile counts at once.
    let first = yesterday - TimeDelta::days(2_000);
    let older = Candle { start: first, ..day };
    let filled = (first.date_naive(), yesterday.date_naive());
    Store(database.clone()).fill(&key, vec![older], filled).await.unwrap();
    assert_eq!(market.earliest("BTC").await.unwrap(), Some(first));
    assert_eq!(market.earliest("NONE").await.unwrap(), None);
    tell(45, 105, "105");
    shows(&market, "105").await;
    tell(15, 99, "95");
    tell(50, 106, "101");
    shows(&market, "101").await;
    let told = market.candles("BTC", Interval::Minute, stretch()).await.unwrap();
    assert_eq!(prices(&told), [["100", "110", "95", "101"]]);
    shutdown.drain(PATIENCE).await;
    database.close().await;
    exchange.stop().await;
}

#[tokio::test]
async fn the_simulated_market_has_its_minutes_at_the_first_start() {
    let now = at("2026-03-01T02:10:30Z");
    let shutdown = Shutdown::default();
    let config = MarketConfig {
        source: MarketSource::Simulated,
        seed: 7,
        replay_speed: 1.0,
    };
    let market = Market::open(&config, Clock::starting_at(now), &shutdown).unwrap();
    let midnight = at("2026-03-01T00:00:00Z");
    let minutes = market.candles("AAPL", Interval::Minute, midnight..now).await.unwrap();
    assert_eq!(minutes.len(), 131);
    let days = market.candles("AAPL", Interval::Day, DateTime::UNIX_EPOCH..now).await.unwrap();
    assert_eq!(market.earliest("AAPL").await.unwrap(), Some(days[0].start));
    assert_eq!(market.earliest("NONE").await.unwrap(), None);
    assert!(
        minutes
            .iter()
            .all(|one| one.volume > Decimal::ZERO && one.low <= one.open.min(one.close) && one.high >= one.open.max(one.close))
    );
    for interval in [Interval::FiveMinutes, Interval::Hour] {
        let told = market.candles("AAPL", interval, midnight..now).await.unwrap();
        assert_eq!(told[..2], widened(minutes.clone(), interval)[..2]);
    }
    let (step, few) = market.candles_at_most("AAPL", midnight..now, 20).await.unwrap();
    assert_eq!((step, few.len()), (TimeDelta::minutes(10), 14));
    let all: Decimal = minutes.iter().map(|one| one.volume).sum();
    assert!(few.iter().map(|one| one.volume).sum::<Decimal>() >= all);
    let years = at("2020-01-01T00:00:00Z")..at("2025-01-01T00:00:00Z");
    let days = market.candles("AAPL", Interval::Day, years.clone()).await.unwrap();
    assert!(days.is_sorted_by_key(|one| one.start) && days.len() > 1_400);
    let (_, few) = market.candles_at_most("AAPL", years, 100).await.unwrap();
    // Of the lengths that people know, the one that fits is 28 days.
    assert_eq!(few.len(), 66);
    assert_eq!(few.iter().map(|one| one.high).max(), days.iter().map(|one| one.high).max());
    assert!(market.candles("NONE", Interval::Day, midnight..now).await.unwrap().is_empty());
    shutdown.drain(PATIENCE).await;
}

/// Days of two years, told after a failure; and what was asked for.
#[derive(Debug)]
struct Days {
    first: NaiveDate,
    asked: Mutex<Vec<RangeInclusive<NaiveDate>>>,
}

impl DailySource for Days {
    fn days<'a>(
        &'a self,
        _symbol: &'a str,
        _currency: &'a str,
        days: RangeInclusive<NaiveDate>,
    ) -> BoxFuture<'a, Result<Vec<Candle>, VenueError>> {
        Box::pin(async move {
            let mut asked = self.asked.lock().unwrap();
            asked.push(days.clone());
            if asked.len() == 2 {
                return Err(VenueError::Silent);
            }
            let day = |day: NaiveDate| {
                let start = day.and_time(NaiveTime::MIN).and_utc();
                by_hand(&[quote("A", start, Decimal::from(day.num_days_from_ce()), None)], Interval::Day).remove(0)
            };
            Ok(days
                .start()
                .iter_days()
                .take_while(|one| one <= days.end())
                .filter(|one| *one >= self.first)
                .map(day)
                .collect())
        })
    }
}

#[tokio::test]
async fn the_days_before_are_brought_once_and_go_on_after_a_stop() {
    for place in places().await {
        let clock = Clock::starting_at(at("2026-03-01T12:00:00Z"));
        let source = Arc::new(Days {
            first: NaiveDate::from_ymd_opt(2024, 3, 15).unwrap(),
            asked: Mutex::default(),
        });
        let wanted = || {
            vec![Wanted {
                key: Key {
                    symbol: "A".into(),
                    currency: "USD".into(),
                },
                symbol: "A.X".into(),
                source: source.clone(),
            }]
        };
        let count = || source.asked.lock().unwrap().len();
        let recording = Recording::open(&place, CandleConfig::default()).await;
        let (store, stopping) = (recording.store.clone(), CancellationToken::new());
        let running = tokio::spawn(backfill::run(wanted(), store.clone(), clock, Duration::ZERO, stopping.clone()));
        while count() < 2 {
            tokio::time::sleep(Duration::from_millis(2)).await;
        }
        stopping.cancel();
        running.await.unwrap();
        for _ in 0..2 {
            backfill::run(wanted(), store.clone(), clock, Duration::ZERO, CancellationToken::new()).await;
        }
        let asked = source
            .asked
            .lock()
            .unwrap()
            .iter()
            .map(|days| days.end().to_string())
            .collect::<Vec<_>>();
        assert_eq!(
            asked,
            ["2026-02-28", "2025-02-28", "2025-02-28", "2024-02-29"],
            "a year back at a time, and nothing twice"
        );
        let days = recording
            .candles("A", Interval::Day, at("2000-01-01T00:00:00Z")..at("2026-03-02T00:00:00Z"))
            .await;
        assert_eq!((days.len(), days[0].start), (716, at("2024-03-15T00:00:00Z")));
        assert!(
            days.iter()
                .all(|day| day.close == Decimal::from(day.start.date_naive().num_days_from_ce()))
        );
        // Two days later the missing ones come first, and what was recorded meanwhile gives way to them.
        recording.bus.publish([quote("A", at("2026-03-02T10:00:00Z"), Decimal::ONE, None)]);
        let later = Clock::starting_at(at("2026-03-03T12:00:00Z"));
        backfill::run(wanted(), store, later, Duration::ZERO, CancellationToken::new()).await;
        assert_eq!(
            source.asked.lock().unwrap().last().map(|days| days.start().to_string()).as_deref(),
            Some("2026-03-01")
        );
        let days = recording
            .candles("A", Interval::Day, at("2026-02-28T00:00:00Z")..at("2026-03-05T00:00:00Z"))
            .await;
        assert_eq!((days.len(), days[2].open == Decimal::ONE), (3, false));
        recording.close().await;
    }
}
