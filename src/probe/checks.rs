//! The checks, in the order in which a client would meet them.

use super::peer::{PATIENCE, Peer};
use crate::live::changes;
use crate::live::protocol::ServerMessage;
use crate::money::Decimal;
use crate::money::round;
use anyhow::{Context as _, bail, ensure};
use serde_json::Value;
use std::time::{Duration, Instant};
use tokio_tungstenite::tungstenite::Message;

/// Interval that the checks ask for, within the server's bounds.
const WANTED_MS: u64 = 500;

/// Runs all checks and prints a line each. Returns how many failed.
pub async fn run(url: &str, connections: u32) -> usize {
    let mut failed = 0;
    let mut report = |name: &str, result: anyhow::Result<String>| match result {
        Ok(detail) => println!("ok    {name}: {detail}"),
        Err(error) => {
            failed += 1;
            println!("FAIL  {name}: {error:#}");
        }
    };
    report("connects", greeting(url).await);
    report("portfolio_data", data(url).await);
    report("start_updates", updates(url).await);
    report("changed fields", changed(url).await);
    report("stop_updates", stop(url).await);
    report("bad input", nonsense(url).await);
    report("close codes", closes(url).await);
    report(&format!("{connections} connections"), crowd(url, connections).await);
    println!(
        "{}",
        if failed == 0 {
            "all checks passed".to_owned()
        } else {
            format!("{failed} checks failed")
        }
    );
    failed
}

async fn greeting(url: &str) -> anyhow::Result<String> {
    let begun = Instant::now();
    let (peer, greeting) = Peer::connect(url).await?;
    let took = begun.elapsed();
    peer.close().await;
    let data = &greeting["data"];
    ensure!(data["protocol"].is_u64(), "data.protocol is {}", data["protocol"]);
    let feed = data["feed"]["source"].as_str().context("data.feed.source is missing")?;
    Ok(format!("protocol {}, feed {feed}, {} ms", data["protocol"], took.as_millis()))
}

async fn data(url: &str) -> anyhow::Result<String> {
    let (mut peer, _) = Peer::connect(url).await?;
    peer.send(r#"{"type":"get_portfolio_data","id":"probe"}"#).await?;
    let answer = peer.next(PATIENCE).await?;
    ensure!(
        answer["type"] == "portfolio_data" && answer["id"] == "probe",
        "the answer is {} with id {}",
        answer["type"],
        answer["id"]
    );
    let holdings = adds_up(&answer["data"])?;
    let history = answer["data"]["history"].as_array().map_or(0, Vec::len);
    peer.close().await;
    Ok(format!("{holdings} holdings, {history} points of history, the totals add up"))
}

async fn updates(url: &str) -> anyhow::Result<String> {
    let (mut peer, greeting) = Peer::connect(url).await?;
    let interval = wanted(&greeting);
    peer.send(&start(interval)).await?;
    let first = peer.next(PATIENCE).await?;
    ensure!(first["type"] == "price_update", "the answer is {}", first["type"]);
    adds_up(&first["data"])?;
    let mut seq = first["seq"].as_u64().context("seq is missing")?;
    // The first gap may be shorter or longer: the stream has a beat of its own.
    let mut before = Instant::now();
    let mut gaps = vec![];
    let (mut last, mut nothing_new) = (prices(&first), false);
    for round in 0..4 {
        let update = peer.next(interval * 3 + PATIENCE).await?;
        adds_up(&update["data"])?;
        let next = update["seq"].as_u64().context("seq is missing")?;
        ensure!(next > seq, "seq went from {seq} to {next}");
        seq = next;
        if round > 0 {
            gaps.push((before.elapsed(), nothing_new));
        }
        before = Instant::now();
        // A price that comes after such an update is told at once.
        let told = prices(&update);
        nothing_new = told == last;
        last = told;
    }
    peer.close().await;
    let late = gaps.iter().map(|(gap, _)| *gap).max().unwrap_or_default();
    ensure!(
        gaps.iter()
            .all(|(gap, early)| *gap < interval * 3 / 2 && (*early || *gap > interval / 2)),
        "gaps of {gaps:?} at an interval of {interval:?} (true where the update before had nothing new)"
    );
    Ok(format!(
        "one at once, then each {} ms (longest gap {} ms), each adds up",
        interval.as_millis(),
        late.as_millis()
    ))
}

/// Whether a proxy lets the subprotocol and its binary frames through, and what they say adds up.
async fn changed(url: &str) -> anyhow::Result<String> {
    let (mut peer, greeting) = Peer::connect_with(url, changes::SUBPROTOCOL).await?;
    let interval = wanted(&greeting);
    peer.send(&start(interval)).await?;
    let first = match peer.update(PATIENCE).await? {
        Message::Text(text) => text,
        other => bail!("the first update is not whole but {} bytes", other.len()),
    };
    let ServerMessage::PriceUpdate(mut held) = ServerMessage::decode(&first)? else {
        bail!("the first update is {first}")
    };
    let mut bytes = vec![];
    while bytes.len() < 3 {
        match peer.update(interval * 3 + PATIENCE).await? {
            Message::Binary(frame) => {
                changes::apply(&mut held, &frame).context("a frame that does not follow")?;
                adds_up(&serde_json::to_value(&held.data)?)?;
                bytes.push(frame.len());
            }
            // What cannot be said so comes whole.
            whole => match ServerMessage::decode(whole.to_text()?)? {
                ServerMessage::PriceUpdate(whole) => held = whole,
                _ => bail!("{whole} is no update"),
            },
        }
    }
    peer.close().await;
    Ok(format!("{} bytes whole, then {bytes:?}, each adds up", first.len()))
}

/// What an update says that each holding costs.
fn prices(update: &Value) -> Vec<Value> {
    let holdings = update["data"]["investments"].as_array();
    let prices = holdings.into_iter().flatten().map(|holding| holding["current_price"].clone());
    prices.collect()
}

async fn stop(url: &str) -> anyhow::Result<String> {
    let (mut peer, greeting) = Peer::connect(url).await?;
    let interval = wanted(&greeting);
    peer.send(&start(interval)).await?;
    peer.next_of("price_update", PATIENCE).await?;
    peer.send(r#"{"type":"stop_updates","id":"stop"}"#).await?;
    peer.next_of("ack", PATIENCE).await?;
    let after = peer.maybe_next(interval * 3).await?;
    ensure!(after.is_none(), "{} came after the stop", after.unwrap_or_default()["type"]);
    peer.close().await;
    Ok(format!("silent for {} ms after it", (interval * 3).as_millis()))
}

async fn nonsense(url: &str) -> anyhow::Result<String> {
    let (mut peer, _) = Peer::connect(url).await?;
    let rows = [
        ("hello", "invalid_json"),
        ("{}", "unknown_type"),
        (r#"{"type":"dance"}"#, "unknown_type"),
        (r#"{"type":"start_updates","interval_ms":-1}"#, "invalid_field"),
        (r#"{"type":"get_portfolio_data","portfolio_id":7}"#, "invalid_field"),
        (r#"{"type":"get_portfolio_data","portfolio_id":"nobody-has-this"}"#, "not_found"),
    ];
    for (text, code) in rows {
        peer.send(text).await?;
        let answer = peer.next(PATIENCE).await?;
        ensure!(
            answer["type"] == "error" && answer["code"] == code,
            "{text} is answered with {answer}"
        );
    }
    peer.send(r#"{"type":"get_portfolio_data"}"#).await?;
    peer.next_of("portfolio_data", PATIENCE).await.context("after the errors")?;
    peer.close().await;
    Ok(format!("{} kinds, an error each, and the connection lives", rows.len()))
}

async fn closes(url: &str) -> anyhow::Result<String> {
    for (what, message, code) in [
        ("a binary frame", Message::binary(vec![1]), 1003),
        ("a message of 2 MB", Message::text("x".repeat(2 << 20)), 1009),
    ] {
        let (mut peer, _) = Peer::connect(url).await?;
        let got = peer.closed_after(message).await.with_context(|| what.to_owned())?;
        ensure!(got == code, "{what} is closed with {got}, not {code}");
    }
    Ok("1003 for a binary frame, 1009 for one too long".into())
}

async fn crowd(url: &str, connections: u32) -> anyhow::Result<String> {
    let mut peers = vec![];
    for number in 1..=connections {
        let (mut peer, greeting) = Peer::connect(url).await.with_context(|| format!("connection {number}"))?;
        peer.send(&start(wanted(&greeting))).await?;
        peers.push(peer);
    }
    for (number, peer) in peers.iter_mut().enumerate() {
        let update = peer
            .next_of("price_update", PATIENCE)
            .await
            .with_context(|| format!("connection {}", number + 1))?;
        adds_up(&update["data"])?;
    }
    for peer in peers {
        peer.close().await;
    }
    Ok("each gets its updates".into())
}

fn start(interval: Duration) -> String {
    format!(r#"{{"type":"start_updates","interval_ms":{}}}"#, interval.as_millis())
}

/// The interval that the checks want, within what the server grants.
fn wanted(greeting: &Value) -> Duration {
    let bound = |name: &str, otherwise| greeting["data"][name].as_u64().unwrap_or(otherwise);
    Duration::from_millis(WANTED_MS.clamp(bound("min_interval_ms", 0), bound("max_interval_ms", u64::MAX)))
}

/// Whether what is shown adds up to the last digit. Returns how many holdings there are.
fn adds_up(data: &Value) -> anyhow::Result<usize> {
    let holdings = data["investments"].as_array().context("data.investments is missing")?;
    let (mut total, mut total_change) = (Decimal::ZERO, Decimal::ZERO);
    for holding in holdings {
        let (value, quantity) = (decimal(&holding["value"])?, decimal(&holding["quantity"])?);
        total += value;
        if holding["current_price"].is_null() {
            continue;
        }
        let price = decimal(&holding["current_price"])?;
        ensure!(value == round(price * quantity, 2), "{} x {price} is not {value}", quantity);
        if !holding["change"].is_null() {
            total_change += value - round((price - decimal(&holding["change"])?) * quantity, 2);
        }
    }
    ensure!(
        total == decimal(&data["total_value"])?,
        "the values add up to {total}, total_value is {}",
        data["total_value"]
    );
    ensure!(
        total_change == decimal(&data["total_change"])?,
        "the changes add up to {total_change}, total_change is {}",
        data["total_change"]
    );
    Ok(holdings.len())
}

/// A JSON number as the decimal that it prints.
fn decimal(value: &Value) -> anyhow::Result<Decimal> {
    ensure!(value.is_number(), "{value} is not a number");
    Decimal::from_str_exact(&value.to_string()).with_context(|| value.to_string())
}
