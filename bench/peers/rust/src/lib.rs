//! What both peers say: the messages of the protocol, with made-up prices.

use std::time::{Duration, Instant};

use anyhow::{Context as _, Result};
use chrono::{SecondsFormat, Utc};
use serde::Deserialize;
use serde_json::json;

/// The first message on each connection.
pub const GREETING: &str = r#"{"type":"connection_established","data":{"protocol":1,"authenticated":false}}"#;
/// The answer to what is not understood.
pub const REFUSAL: &str = r#"{"type":"error","code":"unknown_type","message":"Unknown or malformed message"}"#;

/// What a client asks for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Asked {
    /// `get_portfolio_data`
    Data,
    /// `start_updates`
    Start,
    /// `stop_updates`
    Stop,
    /// Anything else.
    Unknown,
}

/// Reads a client's message.
#[must_use]
pub fn asked(text: &[u8]) -> Asked {
    #[derive(Deserialize)]
    struct Request<'a> {
        r#type: &'a str,
    }
    match serde_json::from_slice::<Request<'_>>(text).map(|request| request.r#type) {
        Ok("get_portfolio_data") => Asked::Data,
        Ok("start_updates") => Asked::Start,
        Ok("stop_updates") => Asked::Stop,
        _ => Asked::Unknown,
    }
}

/// A holding of the sample.
#[derive(Clone, Debug, Deserialize)]
struct Holding {
    symbol: String,
    name: String,
    price: f64,
    quantity: f64,
}

/// Makes messages.
#[derive(Clone, Debug)]
pub struct Maker {
    holdings: Vec<Holding>,
    random: u64,
}

impl Maker {
    /// Reads the sample that all peers share.
    ///
    /// # Errors
    /// It is not where `SAMPLE` says.
    pub fn new() -> Result<Self> {
        // A socket is a descriptor.
        let _ = rlimit::increase_nofile_limit(u64::MAX);
        let file = std::env::var("SAMPLE").unwrap_or_else(|_| concat!(env!("CARGO_MANIFEST_DIR"), "/../sample.json").into());
        let text = std::fs::read(&file).with_context(|| format!("cannot read {file}"))?;
        let holdings = serde_json::from_slice(&text)?;
        Ok(Self { holdings, random: 8 })
    }

    /// A message with the figures of this moment.
    pub fn message(&mut self, kind: &str, seq: u64) -> String {
        let now = Utc::now().to_rfc3339_opts(SecondsFormat::Millis, true);
        let (mut total, mut gained, mut rows) = (0.0, 0.0, Vec::with_capacity(self.holdings.len()));
        for holding in &self.holdings {
            self.random = self
                .random
                .wrapping_mul(6_364_136_223_846_793_005)
                .wrapping_add(1_442_695_040_888_963_407);
            let percent = (self.random >> 40) as f64 / 16_777_216.0 * 4.0 - 2.0;
            let price = cents(holding.price * (1.0 + percent / 100.0));
            total += price * holding.quantity;
            gained += (price - holding.price) * holding.quantity;
            rows.push(json!({
                "symbol": holding.symbol, "name": holding.name, "current_price": price, "change": cents(price - holding.price),
                "change_percent": cents(percent), "quantity": holding.quantity, "value": cents(price * holding.quantity),
                "currency": "USD", "quoted_at": now, "source": "simulated", "received_at": now, "market_state": "open",
            }));
        }
        // By hand as far as the number and the moment: they are at the head of FinFlow's messages too.
        format!(
            r#"{{"type":"{kind}","seq":{seq},"timestamp":"{now}","data":{}}}"#,
            json!({
                "portfolio_id": "sample", "portfolio_name": "Sample Portfolio", "base_currency": "USD", "total_value": cents(total),
                "total_change": cents(gained), "total_change_percent": cents(gained / (total - gained) * 100.0), "investments": rows,
            })
        )
    }
}

/// Tells each update to `tell`, without drift, for ever.
pub fn produce(mut maker: Maker, mut tell: impl FnMut(String)) {
    let interval = Duration::from_millis(setting("INTERVAL_MS", 1_000));
    let mut due = Instant::now();
    for seq in 1.. {
        due += interval;
        std::thread::sleep(due.saturating_duration_since(Instant::now()));
        tell(maker.message("price_update", seq));
    }
}

/// A number of the environment.
#[must_use]
pub fn setting(name: &str, default: u64) -> u64 {
    std::env::var(name).ok().and_then(|value| value.parse().ok()).unwrap_or(default)
}

fn cents(amount: f64) -> f64 {
    (amount * 100.0).round() / 100.0
}
