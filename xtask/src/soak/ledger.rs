//! Writes to a ledger meanwhile, and whether each that was acknowledged is there in the end.

use std::collections::BTreeSet;
use std::net::SocketAddr;
use std::sync::atomic::{AtomicBool, Ordering::Relaxed};
use std::time::{Duration, Instant};

use anyhow::{Context, Result};
use serde_json::json;

use super::flat::Finding;
use crate::bench::user;
use crate::http::{Answer, ask};
use crate::shell::step;

/// A portfolio that is written to.
pub struct Ledger {
    address: SocketAddr,
    authorization: String,
    portfolio: String,
    sent: u64,
    acknowledged: BTreeSet<String>,
    /// Refused while something was away, as it should be told: 503 or no answer.
    refused: u64,
    /// Refused while nothing was, or otherwise.
    wrong: u64,
    /// The longest wait for an answer.
    longest: Duration,
}

impl Ledger {
    /// Makes a user with a portfolio.
    pub fn open(address: SocketAddr, database: &str) -> Result<Self> {
        let mut ledger = Self {
            address,
            authorization: format!("Bearer {}", user(database, "soak")?),
            portfolio: String::new(),
            sent: 0,
            acknowledged: BTreeSet::new(),
            refused: 0,
            wrong: 0,
            longest: Duration::ZERO,
        };
        let body = json!({"name": "Soak", "base_currency": "USD"}).to_string();
        let opened = ledger.ask("POST", "/portfolios", &body)?.good("opening a portfolio")?.json()?;
        ledger.portfolio = opened["id"].as_str().context("a portfolio has an id")?.to_owned();
        Ok(ledger)
    }

    /// Writes one more activity, under an identity of its own.
    pub fn write(&mut self, trouble: &AtomicBool) {
        self.sent += 1;
        let identity = format!("soak-{}", self.sent);
        let body =
            json!({"day": "2024-03-01", "kind": "buy", "symbol": "AAPL", "quantity": 1, "price": 100, "currency": "USD"}).to_string();
        let path = format!("/portfolios/{}/activities/{identity}", self.portfolio);
        let (before, began) = (trouble.load(Relaxed), Instant::now());
        let answer = self.ask("PUT", &path, &body);
        self.longest = self.longest.max(began.elapsed());
        let in_trouble = before || trouble.load(Relaxed);
        match answer {
            Ok(answer) if answer.status < 300 => {
                self.acknowledged.insert(identity);
            }
            // One that was sent just before something went away may hear of it too.
            Ok(Answer { status: 503, .. }) | Err(_) if in_trouble => self.refused += 1,
            Ok(answer) => {
                self.wrong += 1;
                step(&format!(
                    "a write was answered {}: {}",
                    answer.status,
                    answer.body.chars().take(200).collect::<String>()
                ));
            }
            Err(error) => {
                self.wrong += 1;
                step(&format!("a write was not answered: {error:#}"));
            }
        }
    }

    /// What became of the writes.
    pub fn findings(&self) -> Result<Vec<Finding>> {
        let mut found = BTreeSet::new();
        for page in 1.. {
            let path = format!("/portfolios/{}/activities?limit=500&page={page}", self.portfolio);
            let list = self.ask("GET", &path, "")?.good("reading the ledger")?.json()?;
            let items = list["items"].as_array().context("a list has items")?;
            found.extend(items.iter().filter_map(|item| item["id"].as_str()).map(str::to_owned));
            if items.len() < 500 {
                break;
            }
        }
        let lost = self.acknowledged.difference(&found).count();
        Ok(vec![
            Finding::most("the longest wait for the answer to a write, s", self.longest.as_secs_f64(), 6.0),
            Finding::least("writes that were acknowledged", self.acknowledged.len() as f64, 1.0),
            Finding::most("of them lost", lost as f64, 0.0),
            Finding::most(
                "writes refused while PostgreSQL or Redis was away",
                self.refused as f64,
                self.sent as f64,
            ),
            Finding::most("writes refused while neither was", self.wrong as f64, 8.0),
        ])
    }

    fn ask(&self, method: &str, path: &str, body: &str) -> Result<Answer> {
        let headers = [("Authorization", self.authorization.as_str()), ("Content-Type", "application/json")];
        ask(self.address, method, &format!("/api/v1{path}"), &headers, body)
    }
}
