//! What a chart of prices costs the server: `cargo run --release --example chart_bench`. Each span that a page has a button for, of a
//! simulated share, of a coin whose candles an exchange brought and a database keeps, and of a share of a recording. The first answer of a
//! market that has just been opened, then the median of later ones, the text for the browser included; on one core.

use chrono::{DateTime, NaiveDate, TimeDelta, Utc};
use clap::Parser;
use finflow_app::market::candle::Candle;
use finflow_app::market::quote::Quote;
use finflow_app::market::server::Market;
use finflow_app::market::server::candles::KeptCandles;
use finflow_app::market::server::candles::store::{Key, Store};
use finflow_app::market::server::chart::Wish;
use finflow_app::market::span::{Asked, Span};
use finflow_app::money::Decimal;
use finflow_app::server::clock::Clock;
use finflow_app::server::config::{CandleConfig, MarketConfig};
use finflow_app::server::database::Database;
use finflow_app::server::shutdown::Shutdown;
use finflow_app::ui::chart::plot::json::Told;
use finflow_app::ui::chart::plot::look::Look;
use std::path::Path;
use std::time::{Duration, Instant};

/// Candles that a browser is given where it does not say how many.
const POINTS: u32 = 1_500;
const ROUNDS: usize = 21;

/// The market and its candles as they are where nobody says anything.
#[derive(Parser)]
struct Usual {
    #[command(flatten)]
    market: MarketConfig,
    #[command(flatten)]
    candles: CandleConfig,
}

fn usual(source: &str) -> anyhow::Result<Usual> {
    Ok(Usual::try_parse_from(["chart_bench", "--market", source])?)
}

/// A shutdown that has begun: nothing of the feed runs beside what is measured.
fn still() -> Shutdown {
    let shutdown = Shutdown::default();
    shutdown.stopping().cancel();
    shutdown
}

async fn answer(market: &Market, symbol: &str, span: Span) -> anyhow::Result<(Duration, usize)> {
    let wish = Wish {
        asked: Asked::Named(span),
        points: POINTS,
        look: Look::default(),
        with: vec![],
    };
    let began = Instant::now();
    let content = market.chart(symbol, &wish).await.map_err(anyhow::Error::msg)?;
    let earliest = content.earliest.map(|earliest| earliest.timestamp_millis());
    let text = serde_json::to_string(&Told::of(&content.plot, earliest, content.to_now, None))?;
    std::hint::black_box(text);
    Ok((began.elapsed(), content.plot.bars().len()))
}

async fn each_span(what: &str, symbol: &str, opened: impl AsyncFn() -> anyhow::Result<Market>) -> anyhow::Result<()> {
    println!("{what}");
    for span in Span::ALL {
        let market = opened().await?;
        let (first, candles) = answer(&market, symbol, span).await?;
        let mut later = vec![];
        for _ in 0..ROUNDS {
            later.push(answer(&market, symbol, span).await?.0);
        }
        later.sort();
        let ms = |time: Duration| time.as_secs_f64() * 1_000.0;
        let (_, button, _) = span.names();
        println!(
            "  {button}: first {:.2} ms, later {:.2} ms ({candles} candles)",
            ms(first),
            ms(later[ROUNDS / 2])
        );
    }
    Ok(())
}

fn price(number: i64) -> Decimal {
    Decimal::new(6_000_000 + number * 37 % 9_973, 2)
}

fn candle(start: DateTime<Utc>, number: i64) -> Candle {
    let (open, close) = (price(number), price(number + 1));
    Candle {
        start,
        open,
        high: open.max(close),
        low: open.min(close),
        close,
        volume: Decimal::new(1 + number % 91, 3),
    }
}

/// A year of minutes and ten of days, as an exchange and a provider brought them.
async fn kept(url: &str, now: DateTime<Utc>) -> anyhow::Result<()> {
    let database = Database::open(url).await.map_err(anyhow::Error::msg)?;
    let store = Store(database.clone());
    let key = Key {
        symbol: "BTC".into(),
        currency: "USD".into(),
    };
    let today = now.date_naive();
    let begin = |day: NaiveDate| day.and_time(chrono::NaiveTime::MIN).and_utc();
    let first = today - TimeDelta::days(3_650);
    let days = first.iter_days().zip(0..).take_while(|(day, _)| *day < today);
    let days = days.map(|(day, number)| candle(begin(day), number)).collect();
    store.fill(&key, days, (first, today - TimeDelta::days(1))).await?;
    for day in (1..=365).rev() {
        let start = begin(today - TimeDelta::days(day));
        let minutes: Vec<_> = (0..1_440)
            .map(|minute| candle(start + TimeDelta::minutes(minute), minute))
            .collect();
        store.pack(&key, &minutes, (start + TimeDelta::days(1)).timestamp_micros()).await?;
    }
    database.close().await;
    Ok(())
}

async fn coin(folder: &Path) -> anyhow::Result<()> {
    let url = format!("sqlite:{}", folder.join("candles.db").display());
    let file = folder.join("live.toml");
    let listed = "[[instrument]]\nsymbol = \"BTC\"\nname = \"Bitcoin\"\ncurrency = \"USD\"\nsources = [\"coinbase:BTC-USD\"]\n";
    std::fs::write(&file, listed)?;
    let now = Utc::now();
    kept(&url, now).await?;
    each_span("a coin of an exchange", "BTC", async || {
        let usual = usual(&format!("live:{}", file.display()))?;
        let database = Database::open(&url).await.map_err(anyhow::Error::msg)?;
        let kept = KeptCandles::load(database, usual.candles, now).await?;
        Market::open_with(&usual.market, Some(kept), Clock::System, &still())
    })
    .await
}

async fn recorded(folder: &Path) -> anyhow::Result<()> {
    let file = folder.join("recording.csv");
    std::fs::write(&file, "time,symbol,price\n2026-01-05T14:30:00Z,AAPL,101.10\n")?;
    each_span("a share of a recording that has played for a week", "AAPL", async || {
        let market = Market::open(&usual(&format!("replay:{}", file.display()))?.market, Clock::System, &still())?;
        let start = Utc::now() - TimeDelta::days(7);
        let quotes = (0..7 * 1_440).map(|minute| Quote {
            symbol: "AAPL".into(),
            price: price(minute),
            previous_close: None,
            quoted_at: start + TimeDelta::minutes(minute),
            received_at: start + TimeDelta::minutes(minute),
            trade: None,
            size: None,
            source: "replay",
        });
        market.bus.publish(quotes);
        Ok(market)
    })
    .await
}

#[tokio::main(flavor = "current_thread")]
async fn main() -> anyhow::Result<()> {
    each_span("a simulated share", "MSFT", async || {
        Market::open(&usual("simulated")?.market, Clock::System, &still())
    })
    .await?;
    let folder = tempfile::tempdir()?;
    recorded(folder.path()).await?;
    coin(folder.path()).await
}
