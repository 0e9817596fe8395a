//! Where prices come from, and the latest of them.

pub mod exchange;
pub mod feed_task;
pub mod history;
pub mod provider;
pub mod quote_bus;
pub mod recent;

use crate::market::instrument::Instrument;
use crate::server::clock::Clock;
use crate::server::config::{MarketConfig, MarketSource};
use crate::server::shutdown::Shutdown;
use anyhow::Context as _;
use chrono::{DateTime, Utc};
use history::SharedCloses;
use provider::Provider;
use provider::replay::Replay;
use provider::simulated::Simulated;
use provider::simulated::walk::Walk;
use quote_bus::QuoteBus;
use recent::RecentPrices;
use std::collections::HashMap;
use std::sync::Arc;

/// The instruments that the product ships with.
const INSTRUMENTS: &str = include_str!("../../../data/instruments.json");

/// The market of a server: its instruments, their latest quotes and their past. Cheap to clone.
#[derive(Clone, Debug)]
pub struct Market {
    /// The latest quotes, and the state of the feed.
    pub bus: QuoteBus,
    /// Daily closes, a day longer after each midnight of the simulated market.
    pub closes: SharedCloses,
    /// Prices of the last day, at even distances.
    pub recent: RecentPrices,
    /// How what it does not list may move, where it is simulated.
    pub walk: Option<Walk>,
    clock: Clock,
    instruments: Arc<HashMap<String, Instrument>>,
}

impl Market {
    /// Opens the configured source and starts its feed.
    ///
    /// # Errors
    /// The shipped history or the recording cannot be read; the error says where it is wrong.
    pub fn open(config: &MarketConfig, clock: Clock, shutdown: &Shutdown) -> anyhow::Result<Self> {
        let closes = history::DailyCloses::shipped().context("the shipped market history")?;
        let instruments: Vec<Instrument> = serde_json::from_str(INSTRUMENTS).context("the shipped instruments")?;
        let (provider, walk): (Box<dyn Provider>, _) = match &config.source {
            MarketSource::Simulated => {
                let simulated = Simulated::new(&closes, config.seed, clock.now())?;
                let walk = simulated.walk;
                (Box::new(simulated), Some(walk))
            }
            MarketSource::Replay(file) => {
                let replay = Replay::open(file, config.replay_speed, &closes, clock.now());
                (Box::new(replay.with_context(|| format!("the recording {}", file.display()))?), None)
            }
        };
        let bus = QuoteBus::new(provider.feed());
        bus.publish(provider.quotes_at(clock.now()));
        let recent = RecentPrices::backfilled(&*provider, clock.now());
        let market = Self {
            bus: bus.clone(),
            closes: SharedCloses::new(provider.extend(closes)),
            recent: recent.clone(),
            walk,
            clock,
            instruments: Arc::new(instruments.into_iter().map(|one| (one.symbol.clone(), one)).collect()),
        };
        shutdown.spawn(feed_task::run(provider, bus.clone(), clock, shutdown.stopping().clone()));
        shutdown.spawn(recent::run(recent, bus.clone(), clock, shutdown.stopping().clone()));
        if config.source == MarketSource::Simulated {
            shutdown.spawn(history::run(market.closes.clone(), bus, clock, shutdown.stopping().clone()));
        }
        Ok(market)
    }

    /// This moment.
    pub fn now(&self) -> DateTime<Utc> {
        self.clock.now()
    }

    /// All instruments, in no order.
    pub fn instruments(&self) -> impl Iterator<Item = &Instrument> {
        self.instruments.values()
    }

    /// An instrument by its symbol.
    pub fn instrument(&self, symbol: &str) -> Option<&Instrument> {
        self.instruments.get(symbol)
    }
}
