//! How long the engine takes, and how much memory: `cargo run --release --example ledger_bench`. Prints medians; on one core.

mod made;

use finflow_app::money::Decimal;
use finflow_app::portfolio::book::{Book, Method, Terms};
use finflow_app::portfolio::mark::MarkedBook;
use finflow_app::portfolio::server::rates::BaseRates;
use made::{ledger, made_up, price, rate, today};
use std::hint::black_box;
use std::time::{Duration, Instant};

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
    let valuation = median(101, || {
        black_box(MarkedBook::new(&book, today(), price, rate));
    });
    println!("valuation of {} positions: {valuation:?}", book.positions().len());
    let mut marked = MarkedBook::new(&book, today(), price, rate);
    let mut cents = 0;
    let thousand = median(101, || {
        for _ in 0..1_000 {
            cents += 1;
            black_box(marked.set_price("I7", Decimal::new(12_345 + cents % 100, 2)));
        }
    });
    println!("a tick: {:?}", thousand / 1_000);
}
