//! How long ten years of daily values of 50 holdings take: `cargo run --release --example history_bench`. Medians, on one core.

use chrono::{Days, NaiveDate};
use clap::Parser;
use finflow_app::market::server::Market;
use finflow_app::market::span::Span;
use finflow_app::money::Decimal;
use finflow_app::portfolio::activity::{Activity, ActivityKind};
use finflow_app::portfolio::book::Terms;
use finflow_app::portfolio::described::DescribedInstrument;
use finflow_app::portfolio::range::Range;
use finflow_app::portfolio::server::owned::Owned;
use finflow_app::portfolio::settings::Settings;
use finflow_app::portfolio::typed::activity::bare;
use finflow_app::server::clock::Clock;
use finflow_app::server::config::MarketConfig;
use finflow_app::server::shutdown::Shutdown;
use std::hint::black_box;
use std::time::{Duration, Instant};

/// The market as it is where nobody says anything.
#[derive(Parser)]
struct Usual {
    #[command(flatten)]
    market: MarketConfig,
}

const HOLDINGS: usize = 50;
const ROUNDS: usize = 21;

/// Each holding is bought each quarter for ten years. Several labels mean one share of the market.
fn ledger(market: &Market, today: NaiveDate) -> (Vec<Activity>, Vec<DescribedInstrument>) {
    let mut listed: Vec<_> = market.instruments().map(|one| one.symbol.clone()).collect();
    listed.sort();
    let first = today - Days::new(3_652);
    let named = |number: usize| format!("H{number}");
    let described = (0..HOLDINGS).map(|number| DescribedInstrument {
        symbol: named(number),
        alias: listed.get(number % listed.len().max(1)).cloned(),
        ..DescribedInstrument::default()
    });
    let bought = (0..40).flat_map(|quarter| {
        (0..HOLDINGS).map(move |number| Activity {
            symbol: Some(named(number)),
            quantity: Decimal::from(number + 1),
            price: Some(Decimal::from(100)),
            ..bare(
                &format!("{quarter} {number}"),
                ActivityKind::Buy,
                first + Days::new(91 * quarter),
                "USD",
            )
        })
    });
    (bought.collect(), described.collect())
}

fn median<T>(over: impl Iterator<Item = T>, mut work: impl FnMut(&T)) -> Duration {
    let time = |one| {
        let start = Instant::now();
        work(&one);
        start.elapsed()
    };
    let mut times: Vec<Duration> = over.map(time).collect();
    times.sort();
    times[times.len() / 2]
}

#[tokio::main(flavor = "current_thread")]
async fn main() -> anyhow::Result<()> {
    let shutdown = Shutdown::default();
    // Nothing of the feed runs beside what is measured.
    shutdown.stopping().cancel();
    let usual = Usual::parse();
    let market = Market::open(&usual.market, Clock::System, &shutdown)?;
    let today = market.now().date_naive();
    let (activities, instruments) = ledger(&market, today);
    for base in ["USD", "EUR"] {
        let terms = Terms {
            cash_tracked: false,
            ..Terms::in_currency(base)
        };
        let settings = Settings {
            name: "Measured".into(),
            terms: terms.clone(),
            benchmark: Some("AAPL".into()),
        };
        let ledgers = vec![(terms, activities.clone())];
        let owned = || {
            let (ledgers, instruments) = (ledgers.clone(), instruments.clone());
            Owned::new("u".into(), "p".into(), settings.clone(), ledgers, instruments, vec![])
        };
        for range in [Span::All, Span::FiveYears, Span::Year].map(Range::Named) {
            let told = |owned: &Owned, risk_free| owned.report(&market, today, range, risk_free);
            let first = median((0..ROUNDS).map(|_| owned()), |owned| {
                black_box(told(owned, Decimal::ZERO));
            });
            let owned = owned();
            let days = told(&owned, Decimal::ZERO).map_or(0, |report| report.days.len());
            // Another rate each time: what a price that moved leaves to do.
            let moved = median(1..=ROUNDS as i64, |rate| {
                black_box(told(&owned, Decimal::new(*rate, 3)));
            });
            let same = median(0..ROUNDS, |_| {
                black_box(told(&owned, Decimal::ZERO));
            });
            println!("{days:>5} days of {HOLDINGS} holdings in {base}: {first:?}, again after a change {moved:?}, without one {same:?}");
        }
    }
    Ok(())
}
