//! `finflow admin feed` and `finflow admin instrument`: how sources do, and what people chose from their lists.

use crate::market::feed::{Feed, FeedStatus};
use crate::market::health::{Health, ProviderState};
use crate::market::server::chosen::Chosen;
use crate::market::server::provider::Kind;
use crate::server::config::{FeedVerb, InstrumentVerb};
use crate::server::database::StorageError;
use crate::server::fetch;
use crate::server::terminal::table;
use anyhow::{Context as _, ensure};
use chrono::Utc;
use serde::{Deserialize, Serialize};
use std::collections::HashSet;
use std::time::Duration;

/// Bytes of a server's answer that are read.
const LARGEST: usize = 8 << 20;
/// How long it may take.
const PATIENCE: Duration = Duration::from_secs(5);

/// What a server says of its sources on the operator's port.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Told {
    /// The whole feed.
    pub feed: Feed,
    /// Each source.
    pub health: Health,
}

/// Asks a running server how its sources do. Returns what to print, and whether prices come from all of them.
///
/// # Errors
/// It does not answer.
pub async fn feeds(FeedVerb::List { metrics_addr, json }: &FeedVerb) -> anyhow::Result<(String, bool)> {
    let answer = fetch::get(&format!("http://{metrics_addr}/feeds"), LARGEST, PATIENCE).await;
    let answer = answer.with_context(|| format!("no server has its operator's port at {metrics_addr} (FINFLOW_METRICS_ADDR)"))?;
    ensure!(
        answer.status == 200,
        "{metrics_addr} answers {} and is no operator's port",
        answer.status
    );
    let told: Told = serde_json::from_slice(&answer.body).context("what it answers cannot be read")?;
    let live = |state: ProviderState| state == ProviderState::Live;
    let well = told.feed.status == FeedStatus::Live && told.health.providers.iter().all(|one| live(one.state));
    if *json {
        return Ok((serde_json::to_string_pretty(&told)? + "\n", well));
    }
    let mut said = format!("{}: {:?}", told.feed.source, told.feed.status).to_lowercase();
    if let Some(detail) = &told.feed.detail {
        said = format!("{said}. {detail}");
    }
    said.push('\n');
    let row = |one: &crate::market::health::ProviderHealth| {
        let age = one
            .newest
            .map(|newest| format!("{} s ago", (Utc::now() - newest).num_seconds().max(0)));
        vec![
            one.name.clone(),
            one.state.label().to_owned(),
            one.prices.to_string(),
            age.unwrap_or_else(|| "never".into()),
            one.failures.to_string(),
            [one.last_error.clone().unwrap_or_default(), one.advice.clone()]
                .join(" ")
                .trim()
                .to_owned(),
        ]
    };
    let rows: Vec<_> = told.health.providers.iter().map(row).collect();
    said += &table(&["SOURCE", "STATE", "PRICES", "NEWEST", "FAILURES", "WHAT IT SAYS"], &rows);
    Ok((said, well))
}

/// Does what is said with chosen instruments, and returns what to print. `used` are the labels that somebody uses.
///
/// # Errors
/// One sentence for a person.
pub async fn instruments(chosen: &Chosen, verb: &InstrumentVerb, used: &HashSet<String>) -> anyhow::Result<String> {
    let all = chosen.load().await?;
    match verb {
        InstrumentVerb::List { json } => {
            let source = |provider: usize, symbol: &str| format!("{}:{symbol}", Kind::at(provider).map(Kind::name).unwrap_or_default());
            if *json {
                let one = |one: &crate::market::server::directory::Offer| {
                    serde_json::json!({
                        "symbol": one.instrument.symbol, "name": one.instrument.name, "currency": one.instrument.currency,
                        "source": source(one.provider, &one.symbol), "used": used.contains(&one.instrument.symbol),
                    })
                };
                return Ok(serde_json::to_string_pretty(&all.iter().map(one).collect::<Vec<_>>())? + "\n");
            }
            let rows = all.iter().map(|one| {
                let of = &one.instrument;
                let in_use = if used.contains(&of.symbol) { "yes" } else { "no" };
                vec![
                    of.symbol.clone(),
                    of.currency.clone(),
                    source(one.provider, &one.symbol),
                    in_use.into(),
                    of.name.clone(),
                ]
            });
            Ok(table(&["SYMBOL", "CURRENCY", "SOURCE", "USED", "NAME"], &rows.collect::<Vec<_>>()))
        }
        InstrumentVerb::Forget { symbol } => {
            ensure!(
                all.iter().any(|one| one.instrument.symbol == *symbol),
                "nobody chose {symbol} from a list"
            );
            ensure!(!used.contains(symbol), "{symbol} stands in somebody's portfolio, and stays");
            forget(chosen, symbol).await?;
            Ok(format!(
                "{symbol} is forgotten. A running server follows it until its next start.\n"
            ))
        }
    }
}

async fn forget(chosen: &Chosen, symbol: &str) -> Result<(), StorageError> {
    let mut change = chosen.0.write().await?;
    sqlx::query("DELETE FROM chosen_instruments WHERE symbol = $1")
        .bind(symbol)
        .execute(&mut *change)
        .await?;
    Ok(change.commit().await?)
}
