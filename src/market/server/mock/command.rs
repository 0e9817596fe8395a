//! `finflow mock-exchange`: made-up prices for whoever asks, and every fault at a word.

use super::{Act, Dialect, Fault, Mock, Page, Traded};
use crate::money::Decimal;
use crate::server::arguments::MockArgs;
use crate::server::shutdown::{self, Shutdown};
use anyhow::Context as _;
use chrono::Utc;
use std::collections::HashMap;
use std::process::ExitCode;
use std::time::Duration;
use tokio::net::TcpListener;
use tokio::sync::mpsc;

/// Time from one price to the next.
const STEP: Duration = Duration::from_millis(200);

const HELP: &str = "stall NAME | resume NAME | drop NAME | leave NAME | garbage NAME | flood NAME | refuse NAME | accept NAME";

/// Serves until it is told to stop.
///
/// # Errors
/// The address cannot be listened on.
pub async fn run(args: &MockArgs) -> anyhow::Result<ExitCode> {
    let listener = TcpListener::bind(args.addr).await;
    let listener = listener.with_context(|| format!("{} cannot be listened on", args.addr))?;
    let address = listener.local_addr()?;
    let shutdown = Shutdown::default();
    let mock = Mock::start(listener, &shutdown);
    println!("A made-up exchange. In a file of instruments:");
    for dialect in Dialect::ALL {
        println!("[provider.{0}]\nurl = \"ws://{address}/{0}\"", dialect.name());
        if dialect != Dialect::Alpaca {
            println!("list_url = \"http://{address}/lists/{}\"", dialect.name());
        }
    }
    println!("key = \"K\"\nsecret = \"S\"");
    for page in [Page::Yahoo, Page::Ecb] {
        println!("[provider.{0}]\nurl = \"http://{address}/{0}\"\nevery_seconds = 5", page.name());
    }
    println!("[url.mock]\naddress = \"http://{address}/file/prices.json\"\nformat = \"json\"\nrows = \"/items\"");
    println!("symbol = \"/symbol\"\nprice = \"/price\"\ntime = \"/time\"\ncurrency = \"/currency\"");
    println!("Then, with one of these as NAME: {HELP}");
    let (said, mut lines) = mpsc::unbounded_channel();
    // A thread of its own: a read of the terminal cannot be given up, and nobody waits for it here.
    std::thread::spawn(move || std::io::stdin().lines().map_while(Result::ok).try_for_each(|line| said.send(line)));
    let mut steps = tokio::time::interval(STEP);
    let mut prices = HashMap::new();
    let mut signalled = std::pin::pin!(shutdown::signalled());
    loop {
        tokio::select! {
            _ = steps.tick() => step(&mock, &mut prices),
            Some(line) = lines.recv() => if !obey(&mock, line.trim()) {
                println!("expected: {HELP}");
            },
            () = &mut signalled => break,
        }
    }
    shutdown.drain(Duration::from_secs(1)).await;
    Ok(ExitCode::SUCCESS)
}

/// Moves the price of everything that was ever asked for. One pair has one price at all venues.
fn step(mock: &Mock, prices: &mut HashMap<String, (Decimal, u64)>) {
    mock.move_shares(|_, share| (share.price, share.at) = (moved_a_little(share.price), Utc::now()));
    let mut moved = HashMap::new();
    for (dialect, symbol) in mock.asked() {
        let pair: String = symbol.replace("USDT", "USD").chars().filter(char::is_ascii_alphanumeric).collect();
        let (price, trade) = *moved.entry(pair.clone()).or_insert_with(|| {
            let (price, trade) = prices.entry(pair).or_insert((Decimal::from(1_000), 0));
            *price = moved_a_little(*price);
            *trade += 1;
            (*price, *trade)
        });
        let at = Utc::now();
        mock.act(dialect, Act::Price(Traded { symbol, price, at, trade }));
    }
}

/// A twentieth of a percent of a thousand up or down, in cents.
fn moved_a_little(price: Decimal) -> Decimal {
    let cents = i64::from(rand::random::<u8>()) - 127;
    (price + Decimal::new(cents, 2) / Decimal::TWO).round_dp(2).max(Decimal::ONE)
}

/// Does what a line says; `false` where it says nothing.
fn obey(mock: &Mock, line: &str) -> bool {
    let Some((verb, name)) = line.split_once(' ') else {
        return false;
    };
    if let Some(page) = Page::ALL.into_iter().find(|page| page.name() == name.trim()) {
        let fault = match verb {
            "stall" => Some(Fault::Stall),
            "garbage" => Some(Fault::Garbage),
            "refuse" => Some(Fault::Status(429)),
            "flood" => Some(Fault::Large),
            "resume" | "accept" => None,
            _ => return false,
        };
        mock.fail(page, fault);
        return true;
    }
    let Some(dialect) = Dialect::of(name.trim()) else {
        return false;
    };
    match verb {
        "stall" => mock.act(dialect, Act::Stall(true)),
        "resume" => mock.act(dialect, Act::Stall(false)),
        "drop" => mock.act(dialect, Act::Drop),
        "leave" => mock.act(dialect, Act::Leave),
        "garbage" => mock.act(dialect, Act::Text("{\"type\":".into())),
        "refuse" => mock.refuse(dialect, Some(429)),
        "accept" => mock.refuse(dialect, None),
        _ => return false,
    }
    true
}
