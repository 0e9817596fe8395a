//! Each price of an exchange: kept as it was published, and played again at its moment, on both databases and through a restart.

use crate::again::{id_of, moment, played};
use crate::candles::quote;
use crate::feeds::{Exchange, until};
use crate::figures::by_hand;
use crate::harness::PATIENCE;
use crate::owner::{Owner, amount, row};
use crate::storage::{Place, places};
use chrono::{DateTime, NaiveTime, TimeDelta, Utc};
use finflow_app::market::candle::{Candle, Interval};
use finflow_app::market::feed::{Feed, FeedStatus};
use finflow_app::market::quote::Quote;
use finflow_app::market::server::Market;
use finflow_app::market::server::again::{Kept, Playable};
use finflow_app::market::server::candles::KeptCandles;
use finflow_app::market::server::candles::store::{Key, Store as Candles};
use finflow_app::market::server::keeping::Keep as _;
use finflow_app::market::server::mock::{Act, Dialect, Traded};
use finflow_app::market::server::quote_bus::QuoteBus;
use finflow_app::market::server::ticks::keeper::Keeper;
use finflow_app::market::server::ticks::log::TickLog;
use finflow_app::market::server::ticks::store::{Store, blocks, hours_of, oldest};
use finflow_app::market::server::ticks::{MOST, Published};
use finflow_app::money::Decimal;
use finflow_app::server::clock::Clock;
use finflow_app::server::config::{CandleConfig, MarketConfig, MarketSource};
use finflow_app::server::database::Database;
use finflow_app::server::shutdown::Shutdown;
use serde_json::json;
use std::time::{Duration, Instant};
use tokio_util::sync::CancellationToken;

/// All prices that a database has of a stretch of hours, as they were published.
pub async fn all(database: &Database, hours: std::ops::Range<i64>) -> Vec<Published> {
    let (store, mut found) = (Store(database.clone()), vec![]);
    for hour in hours {
        let mut place = 0;
        while let Some((ticks, next)) = store.read(hour, place).await.unwrap() {
            assert_eq!(next - place, ticks.len() as i64);
            found.extend(ticks);
            place = next;
        }
    }
    found
}

/// What was shown at a moment: the last price that was published by then.
fn shown_at(ticks: &[Published], at: DateTime<Utc>) -> Option<&Quote> {
    let end = ticks.partition_point(|one| one.at <= at);
    ticks[..end].last().map(|one| &one.quote)
}

fn tick(at: DateTime<Utc>, trade: u64) -> Published {
    let price = Decimal::new(10_000 + (trade * 7_919 % 211) as i64, 2);
    Published {
        at,
        currency: "USD".into(),
        quote: Quote {
            source: "coinbase",
            previous_close: Some(Decimal::from(99)),
            ..quote("BTC", at - TimeDelta::milliseconds(80), price, Some(trade))
        },
    }
}

struct Opened {
    database: Database,
    market: Market,
    shutdown: Shutdown,
}

impl Opened {
    async fn open(place: &Place, exchange: &Exchange, config: CandleConfig) -> Self {
        let database = Database::open(&place.url).await.unwrap();
        let kept = KeptCandles::load(database.clone(), config, Utc::now()).await.unwrap();
        let shutdown = Shutdown::default();
        let source = MarketConfig {
            source: MarketSource::Live(exchange.file()),
            seed: 8,
            replay_speed: 1.0,
        };
        let market = Market::open_with(&source, Some(kept), Clock::System, &shutdown).unwrap();
        Self {
            database,
            market,
            shutdown,
        }
    }

    async fn close(self) {
        assert_eq!(self.shutdown.drain(PATIENCE).await, 0, "no task is left");
        self.database.close().await;
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_day_of_an_exchange_plays_at_a_thousand_times_as_it_was() {
    for place in places().await {
        let exchange = Exchange::start("\"coinbase:BTC-USD\"").await;
        let day = Utc::now().date_naive() - TimeDelta::days(1);
        let start = day.and_time(NaiveTime::MIN).and_utc();
        // Two hours of prices, some at one moment, in rows as a keeper writes them; nobody was there for a while between.
        let mut at = start + TimeDelta::hours(10);
        let ticks: Vec<Published> = (1..=30_000u64)
            .map(|trade| {
                at += TimeDelta::microseconds((trade % 7 * 80_123) as i64);
                if trade == 12_000 {
                    at += TimeDelta::minutes(10);
                }
                tick(at, trade)
            })
            .collect();
        let database = Database::open(&place.url).await.unwrap();
        let store = Store(database.clone());
        for some in ticks.chunks(1_777) {
            store.append(&blocks(some, 0).unwrap()).await.unwrap();
        }
        assert_eq!(all(&database, hours_of(day)).await, ticks);
        for hour in hours_of(day) {
            while store.join(hour, true).await.unwrap() {}
        }
        assert_eq!(all(&database, hours_of(day)).await, ticks, "the same in larger rows");
        let (rows,): (i64,) = sqlx::query_as("SELECT COUNT(*) FROM tick_blocks")
            .fetch_one(database.read())
            .await
            .unwrap();
        assert!(rows as usize <= ticks.len() / MOST + 3, "{rows}");
        database.close().await;

        let opened = Opened::open(&place, &exchange, CandleConfig::default()).await;
        let market = &opened.market;
        let Playable::Days(days) = market.playable().await.unwrap() else {
            panic!("days")
        };
        assert_eq!(days.get(&day), Some(&Kept::Ticks { missed: 0 }));
        let from = start + TimeDelta::minutes(10 * 60 + 20);
        let end = start + TimeDelta::days(1) - TimeDelta::milliseconds(1);
        let clock = Clock::System.again((from, end), 1_000, Utc::now());
        let again = market.again(clock, &opened.shutdown).await.unwrap().unwrap();
        assert!(!again.is_coarse);
        let (mut seen, mut prices) = (0, std::collections::HashSet::new());
        let began = Instant::now();
        loop {
            let (at, quote) = again.read(|at| (at, again.market.bus.read(|quotes| quotes.get("BTC").cloned())));
            assert_eq!(quote.as_ref(), shown_at(&ticks, at), "at {at}");
            seen += 1;
            prices.extend(quote.map(|quote| quote.price));
            if at > ticks[ticks.len() - 1].at {
                break;
            }
            assert!(began.elapsed() < 2 * PATIENCE, "it comes to its end, {at}");
            tokio::time::sleep(Duration::from_millis(1)).await;
        }
        assert!(seen > 100 && prices.len() > 50, "{seen}, {}", prices.len());
        // The line of the day before goes on with the prices of each five minutes.
        again.market.recent.read(|samples| {
            assert!(samples.iter().any(|one| one.time > from));
            for sample in samples.iter().filter(|one| one.time > from) {
                assert_eq!(sample.prices.get("BTC"), shown_at(&ticks, sample.time).map(|quote| &quote.price));
            }
        });
        drop(again);
        opened.close().await;
        exchange.stop().await;
    }
}

#[tokio::test]
async fn where_prices_are_kept_no_more_the_minutes_play_and_what_is_old_goes() {
    for place in places().await {
        let exchange = Exchange::start("\"coinbase:BTC-USD\"").await;
        let today = Utc::now().date_naive();
        let day = today - TimeDelta::days(5);
        let start = day.and_time(NaiveTime::MIN).and_utc();
        let database = Database::open(&place.url).await.unwrap();
        let store = Store(database.clone());
        for back in [5, 3, 2, 1] {
            let at = (today - TimeDelta::days(back)).and_time(NaiveTime::MIN).and_utc() + TimeDelta::hours(9);
            store
                .append(&blocks(&[tick(at, 1)], u64::from(back == 1) * 7).unwrap())
                .await
                .unwrap();
        }
        store.forget(oldest(2, Utc::now())).await.unwrap();
        let minute = |number: i64| {
            let price = |cents: i64| Decimal::new(10_000 + cents, 2);
            Candle {
                start: start + TimeDelta::minutes(9 * 60 + number),
                open: price(number),
                high: price(number + 500),
                low: price(-500),
                close: price(number + 1),
                volume: Decimal::ONE,
            }
        };
        let minutes: Vec<_> = (0..120).filter(|number| number % 3 > 0).map(minute).collect();
        let key = |currency: &str| Key {
            symbol: "BTC".into(),
            currency: currency.into(),
        };
        let until = (start + TimeDelta::days(1)).timestamp_micros();
        let candles = Candles(database.clone());
        candles.pack(&key("USD"), &minutes, until).await.unwrap();
        // Another instrument of the same label.
        let other = Candle {
            start: start - TimeDelta::days(4),
            ..minutes[0].clone()
        };
        candles.pack(&key("EUR"), &[other], until).await.unwrap();
        database.close().await;

        let opened = Opened::open(&place, &exchange, CandleConfig::default()).await;
        let Playable::Days(days) = opened.market.playable().await.unwrap() else {
            panic!("days")
        };
        let wanted = [
            (day, Kept::Minutes),
            (today - TimeDelta::days(2), Kept::Ticks { missed: 0 }),
            (today - TimeDelta::days(1), Kept::Ticks { missed: 7 }),
        ];
        assert_eq!(days.into_iter().collect::<Vec<_>>(), wanted);
        let from = start + TimeDelta::minutes(10 * 60);
        let end = start + TimeDelta::days(1) - TimeDelta::milliseconds(1);
        let clock = Clock::System.again((from, end), 1_000, Utc::now());
        let again = opened.market.again(clock, &opened.shutdown).await.unwrap().unwrap();
        assert!(again.is_coarse);
        let began = Instant::now();
        loop {
            let (at, price) = again.read(|at| (at, again.market.bus.read(|quotes| quotes["BTC"].price)));
            let over = minutes
                .iter()
                .rfind(|one| one.start + Interval::Minute.length() - TimeDelta::milliseconds(1) <= at);
            assert_eq!(price, over.unwrap().close, "at {at}");
            if at > start + TimeDelta::hours(12) {
                break;
            }
            assert!(began.elapsed() < 2 * PATIENCE, "{at}");
            tokio::time::sleep(Duration::from_millis(5)).await;
        }
        drop(again);
        opened.close().await;
        // Turned off, nothing of it stays.
        let off = CandleConfig {
            tick_days: 0,
            ..CandleConfig::default()
        };
        let opened = Opened::open(&place, &exchange, off).await;
        let began = Instant::now();
        while !Store(opened.database.clone()).days().await.unwrap().is_empty() {
            assert!(began.elapsed() < PATIENCE, "it is deleted");
            tokio::time::sleep(Duration::from_millis(5)).await;
        }
        opened.close().await;
        exchange.stop().await;
    }
}

#[tokio::test]
async fn what_comes_too_fast_is_counted_and_never_waited_for() {
    for place in places().await {
        let database = Database::open(&place.url).await.unwrap();
        let bus = QuoteBus::new(Feed {
            source: "test".into(),
            simulated: false,
            status: FeedStatus::Live,
            detail: None,
        });
        let currencies = [("BTC".to_owned(), "USD".to_owned())].into();
        let log = TickLog::new(&currencies, Clock::System, 3);
        bus.log(log.clone());
        let mut keeper = Keeper::new(log, Store(database.clone()), 2);
        let day = Utc::now().date_naive();
        let quotes = |from: u64, to: u64| (from..=to).map(move |trade| tick(Utc::now(), trade).quote);
        bus.publish(quotes(1, 5));
        keeper.flush().await.unwrap();
        bus.publish(quotes(6, 7));
        // What is of no instrument here is not kept.
        bus.publish([quote("ETH", Utc::now(), Decimal::ONE, None)]);
        keeper.flush().await.unwrap();
        keeper.flush().await.unwrap();
        let hours = hours_of(day).start..hours_of(day).end + 24;
        let trades: Vec<_> = all(&database, hours).await.iter().map(|one| one.quote.trade.unwrap()).collect();
        assert_eq!(trades, [1, 2, 3, 6, 7]);
        let missed = async || -> i64 {
            let days = Store(database.clone()).days().await.unwrap();
            days.values().map(|count| count.missed).sum()
        };
        assert_eq!(missed().await, 2);
        assert_eq!(bus.read(|quotes| quotes["BTC"].trade), Some(7), "the feed went on");
        let never = CancellationToken::new();
        keeper
            .pack(Clock::starting_at(Utc::now() + TimeDelta::hours(2)), &never)
            .await
            .unwrap();
        assert_eq!(missed().await, 2, "also where rows became one");
        database.close().await;
    }
}

#[tokio::test]
async fn prices_of_an_exchange_play_on_the_live_page_after_a_restart() {
    let exchange = Exchange::start("\"coinbase:BTC-USD\"").await;
    let market = format!("live:{}", exchange.file().display());
    let args = ["--market", &market];
    let own = Owner::start_with(&args, Clock::System).await;
    let page = own.browser().get("/again/").await;
    assert!(page.body.contains("Nothing is kept yet"), "{}", page.body);
    let mut activities = by_hand();
    activities.truncate(2);
    activities[1].symbol = Some("BTC".into());
    own.bring(activities).await;
    until("a subscription", || !exchange.mock.asked().is_empty()).await;
    let mut told = vec![];
    for trade in 1..=150u64 {
        let traded = Traded {
            symbol: "BTC-USD".into(),
            price: Decimal::new(10_000 + trade as i64, 2),
            at: Utc::now(),
            trade,
        };
        told.push(traded.price);
        exchange.mock.act(Dialect::Coinbase, Act::Price(traded));
        tokio::time::sleep(Duration::from_millis(20)).await;
    }
    let own = own.again(&args, Clock::System).await;
    let database = Database::open(own.url()).await.unwrap();
    let today = hours_of(Utc::now().date_naive());
    let mut ticks = all(&database, today.start - 24..today.end).await;
    ticks.truncate(told.len());
    assert_eq!(
        ticks.iter().map(|one| one.quote.price).collect::<Vec<_>>(),
        told,
        "each price, in order"
    );
    database.close().await;

    let mut browser = own.browser();
    let (first, last) = (ticks[0].at, ticks[ticks.len() - 1].at);
    let page = browser.get("/again/").await;
    assert!(page.body.contains(&format!("{}, each price", first.date_naive())), "{}", page.body);
    let refused = browser
        .get(&format!("/again/?go=on&portfolio={}&day=2020-01-01&speed=60", own.id))
        .await;
    assert!(
        refused.status == 422 && refused.body.contains("nothing is kept of this moment"),
        "{}",
        refused.body
    );
    // From a minute before it on, where that is of the same day: whoever watches is there in time.
    let before = first - TimeDelta::minutes(1);
    let from = if before.date_naive() == first.date_naive() { before } else { first };
    for speed in [20, 1_000] {
        let query = format!(
            "portfolio={}&day={}&time={}&speed={speed}",
            own.id,
            from.date_naive(),
            from.format("%H:%M")
        );
        let id = id_of(&played(&mut browser, &query).await);
        let (mut client, _) = own.connect(&own.cookie).await;
        let start = json!({"type": "start_updates", "interval_ms": 20, "portfolio_id": id});
        client.send(start).await;
        let mut different = std::collections::HashSet::new();
        loop {
            let frame = client.next_of("price_update").await;
            // A moment on the wire is of a millisecond.
            let at = moment(&frame);
            let held = row(&frame["data"], "BTC");
            let priced = |at| shown_at(&ticks, at).map(|quote| quote.price);
            let shown = held["source"].as_str().map(|_| amount(&held["current_price"]));
            let until = at + TimeDelta::milliseconds(1);
            let meanwhile = ticks
                .iter()
                .filter(|one| (at..until).contains(&one.at))
                .map(|one| Some(one.quote.price));
            let mut may_be = std::iter::once(priced(at)).chain(meanwhile);
            assert!(at > last || may_be.any(|one| one == shown), "{shown:?} at {at}");
            different.extend(shown);
            if at > last {
                break;
            }
        }
        assert!(speed > 20 || different.len() > 3, "{different:?}");
    }
    own.app.stop().await;
    exchange.stop().await;
}
