//! How long the engine takes, and how much memory: `cargo run --release --example ledger_bench`. Prints medians; on one core.

use chrono::{Days, NaiveDate};
use finflow_app::money::Decimal;
use finflow_app::portfolio::activity::{Activity, ActivityKind};
use finflow_app::portfolio::book::{Book, Method, Terms};
use finflow_app::portfolio::mark::{MarkRate, MarkedBook, Price};
use finflow_app::portfolio::rate::Rate;
use finflow_app::portfolio::server::rates::BaseRates;
use std::hint::black_box;
use std::sync::Arc;
use std::time::{Duration, Instant};

const INSTRUMENTS: usize = 200;

/// Ten years of activities on 200 instruments, a third of them in euros: six buys for three sales and a dividend.
fn ledger(count: usize) -> Vec<Arc<Activity>> {
    let start = NaiveDate::from_ymd_opt(2014, 1, 1).unwrap_or_default();
    let mut seed = 42u64;
    let mut next = |below: u64| {
        seed = seed.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        (seed >> 33) % below
    };
    let one = |at: usize| {
        let kind = match next(10) {
            0..6 => ActivityKind::Buy,
            6..9 => ActivityKind::Sell,
            _ => ActivityKind::Dividend,
        };
        let instrument = next(INSTRUMENTS as u64);
        Arc::new(Activity {
            id: format!("activity-{at:08}"),
            day: start + Days::new(3_650 * at as u64 / count as u64),
            time: None,
            kind,
            symbol: Some(format!("I{instrument}")),
            quantity: Decimal::new(1 + next(500) as i64, 1),
            price: Some(Decimal::new(1_000 + next(50_000) as i64, 2)),
            amount: (kind == ActivityKind::Dividend).then(|| Decimal::new(1 + next(9_999) as i64, 2)),
            fee: Decimal::new(next(500) as i64, 2),
            tax: Decimal::ZERO,
            currency: if instrument % 3 == 0 { "EUR" } else { "USD" }.to_owned(),
            exchange_rate: None,
            ratio: None,
            lots: vec![],
            note: String::new(),
            tags: vec![],
        })
    };
    (0..count).map(one).collect()
}

fn median(rounds: usize, mut work: impl FnMut()) -> Duration {
    let mut times: Vec<Duration> = (0..rounds)
        .map(|_| {
            let start = Instant::now();
            work();
            start.elapsed()
        })
        .collect();
    times.sort();
    times[times.len() / 2]
}

/// Made-up rates, another each day.
fn made_up(_: &str, day: NaiveDate) -> Option<Rate> {
    Some(Rate::of_the_day(Decimal::new(10_000 + i64::from(day.to_epoch_days() % 2_000), 4)))
}

/// KiB of memory that this process holds, as Linux counts them.
fn resident() -> u64 {
    let status = std::fs::read_to_string("/proc/self/status").unwrap_or_default();
    let line = status.lines().find_map(|line| line.strip_prefix("VmRSS:"));
    line.and_then(|line| line.split_whitespace().next()?.parse().ok())
        .unwrap_or_default()
}

/// Says what a ledger and its book hold, in a process of its own: what another count had freed would be counted for this one.
fn memory(count: usize) {
    let empty = resident();
    let activities = ledger(count);
    let read = resident();
    let book = Book::new(Terms::in_currency("USD"), activities, &made_up);
    let booked = resident();
    let (ledger, books) = (read - empty, booked.saturating_sub(read));
    println!(
        "{count:>9} activities: {ledger} KiB, their book with {} closed lots: {books} KiB more",
        book.closed_lots().len()
    );
}

fn main() {
    let arguments: Vec<String> = std::env::args().collect();
    if let [_, verb, count] = &arguments[..]
        && verb == "memory"
    {
        return memory(count.parse().unwrap_or_default());
    }
    let rates = made_up;
    for count in [10_000, 100_000, 1_000_000] {
        let activities = ledger(count);
        let rounds = if count > 100_000 { 3 } else { 11 };
        for method in [Method::Fifo, Method::Lifo, Method::Hifo, Method::Average] {
            let terms = Terms {
                method,
                ..Terms::in_currency("USD")
            };
            let time = median(rounds, || {
                black_box(Book::new(terms.clone(), activities.iter().cloned(), &rates));
            });
            println!("{count:>9} activities, {method:?}: {time:?}");
        }
    }
    for count in [10_000, 100_000, 1_000_000] {
        let program = std::env::current_exe().unwrap_or_default();
        let ran = std::process::Command::new(program).args(["memory", &count.to_string()]).status();
        if ran.is_err() {
            println!("{count:>9} activities: their memory could not be measured");
        }
    }
    // The rates that ship, whose lookup is a part of every booking.
    let shipped = BaseRates::new("USD");
    let activities = ledger(10_000);
    let time = median(11, || {
        black_box(Book::new(Terms::in_currency("USD"), activities.iter().cloned(), &shipped));
    });
    println!("    10000 activities with the shipped rates, Fifo: {time:?}");
    let book = Book::new(Terms::in_currency("USD"), activities, &rates);
    let price = |_: &str| {
        Some(Price {
            price: Decimal::new(12_345, 2),
            previous_close: Some(Decimal::new(12_300, 2)),
            currency: "EUR".to_owned(),
        })
    };
    let rate = |_: &str| {
        Some(MarkRate {
            now: Decimal::new(11_234, 4),
            previous: Decimal::new(11_200, 4),
        })
    };
    let day = NaiveDate::from_ymd_opt(2026, 1, 1).unwrap_or_default();
    let valuation = median(101, || {
        black_box(MarkedBook::new(&book, day, price, rate));
    });
    println!("valuation of {} positions: {valuation:?}", book.positions().len());
    let mut marked = MarkedBook::new(&book, day, price, rate);
    let mut cents = 0;
    let thousand = median(101, || {
        for _ in 0..1_000 {
            cents += 1;
            black_box(marked.set_price("I7", Decimal::new(12_345 + cents % 100, 2)));
        }
    });
    println!("a tick: {:?}", thousand / 1_000);
}
