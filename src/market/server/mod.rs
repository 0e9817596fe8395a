//! Where prices come from, and the latest of them.

pub mod again;
pub mod by_symbol;
pub mod candles;
pub mod chart;
pub mod chosen;
pub mod command;
pub mod directory;
pub mod ears;
pub mod exchange;
pub mod feed_task;
pub mod history;
pub mod index;
pub mod keeping;
pub mod listing;
pub mod live_rates;
pub mod mock;
mod newcomers;
pub mod nodes;
pub mod provider;
pub mod quote_bus;
pub mod recent;
pub mod reference;
pub mod sources;
mod target;
pub mod ticks;

use crate::market::health::Health;
use crate::market::hours::{Hours, MarketState};
use crate::market::instrument::Instrument;
use crate::market::server::by_symbol::BySymbol;
use crate::server::clock::Clock;
use crate::server::config::{MarketConfig, MarketSource};
use crate::server::relay::Relay;
use crate::server::shutdown::Shutdown;
use anyhow::{Context as _, ensure};
use candles::keeper::Keeper;
use candles::recorder::Recorder;
use candles::{KeptCandles, Past};
use chosen::Chosen;
use chrono::{DateTime, Utc};
use directory::Directory;
use history::{DailyCloses, SharedCloses};
use keeping::Keepers;
use listing::{Listed, Listing};
use live_rates::LiveRates;
use newcomers::Newcomers;
use nodes::{Course, Part};
use provider::Provider;
use provider::replay::{Replay, last_closes};
use provider::simulated::walk::Walk;
use provider::simulated::{self, Simulated};
use quote_bus::QuoteBus;
use recent::RecentPrices;
use sources::file::Plan;
use std::collections::HashMap;
use std::path::Path;
use std::sync::Arc;
use ticks::log::TickLog;
use tokio_util::sync::CancellationToken;

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
    /// Rates of pairs of currencies that exchanges tell now.
    pub live_rates: LiveRates,
    /// Its candles.
    pub past: Past,
    /// How the sources do, where they are exchanges.
    sources: Option<sources::Inquiry>,
    clock: Clock,
    /// Closes of the index.
    index: Arc<DailyCloses>,
    pub(crate) listing: Listing,
    /// What providers list by themselves, where they are exchanges.
    directory: Directory,
    /// Where what people chose of it is kept.
    chosen: Option<Chosen>,
    /// Where other nodes are told of it.
    relay: Relay,
}

impl Market {
    /// Opens the configured source and starts its feed.
    ///
    /// # Errors
    /// The shipped history or the recording cannot be read; the error says where it is wrong.
    pub fn open(config: &MarketConfig, clock: Clock, shutdown: &Shutdown) -> anyhow::Result<Self> {
        Self::open_with(config, None, clock, shutdown)
    }

    /// The same; where exchanges bring the prices, their candles go on from `kept` and are kept there.
    ///
    /// # Errors
    /// As [`Market::open`].
    pub fn open_with(config: &MarketConfig, kept: Option<KeptCandles>, clock: Clock, shutdown: &Shutdown) -> anyhow::Result<Self> {
        Self::open_on(config, kept, &Relay::alone(shutdown), clock, shutdown)
    }

    /// The same on one node of several: the one that holds the feed brings the prices for all.
    ///
    /// # Errors
    /// As [`Market::open`].
    pub fn open_on(
        config: &MarketConfig,
        kept: Option<KeptCandles>,
        relay: &Relay,
        clock: Clock,
        shutdown: &Shutdown,
    ) -> anyhow::Result<Self> {
        let closes = DailyCloses::shipped().context("the shipped market history")?;
        let instruments = shipped_instruments()?;
        let began = clock.now();
        let source = config.clone();
        let shipped = closes.clone();
        let (provider, walk, past): (Box<dyn Provider>, _, _) = match &config.source {
            MarketSource::Simulated => {
                let simulated = Simulated::new(&closes, config.seed, began)?;
                let (walk, past) = (simulated.walk, Past::Simulated(simulated.past()));
                (Box::new(simulated), Some(walk), past)
            }
            MarketSource::Replay(file) => (replay(file, config, &closes, began)?, None, Past::Recorded(Recorder::default())),
            MarketSource::Live(file) => return Self::open_live(file, kept, closes, instruments, relay, clock, shutdown),
        };
        let open = move |began: DateTime<Utc>| -> anyhow::Result<Box<dyn Provider>> {
            match &source.source {
                MarketSource::Replay(file) => replay(file, &source, &shipped, began),
                MarketSource::Simulated | MarketSource::Live(_) => Ok(Box::new(Simulated::new(&shipped, source.seed, clock.now())?)),
            }
        };
        let bus = QuoteBus::new(provider.feed());
        if let Past::Recorded(recorder) = &past {
            bus.record(recorder.clone());
        }
        // Of several nodes all show what the one that holds the feed tells.
        if !relay.is_shared() {
            bus.publish(provider.quotes_at(began));
        }
        let recent = RecentPrices::backfilled(|time| provider.prices_at(time), began);
        let market = Self {
            bus: bus.clone(),
            closes: SharedCloses::new(provider.extend(closes)),
            recent: recent.clone(),
            walk,
            live_rates: LiveRates::default(),
            past,
            sources: None,
            clock,
            index: shipped_index()?,
            listing: Listing::new(Listed {
                instruments,
                ..Listed::default()
            }),
            directory: Directory::default(),
            chosen: None,
            relay: relay.clone(),
        };
        let course = Course {
            open,
            first: Some(provider),
            began,
            part: Part::new(relay, &bus, &market.live_rates, clock),
            clock,
        };
        shutdown.spawn(course.run(shutdown.stopping().clone()));
        shutdown.spawn(recent::run(recent, bus.clone(), clock, shutdown.stopping().clone()));
        if config.source == MarketSource::Simulated {
            shutdown.spawn(history::run(market.closes.clone(), bus, clock, shutdown.stopping().clone()));
        }
        Ok(market)
    }

    /// Exchanges bring the prices of what `file` names. The shipped shares have their last closes, as old as they are.
    fn open_live(
        file: &Path,
        mut kept: Option<KeptCandles>,
        closes: DailyCloses,
        mut instruments: BySymbol<Instrument>,
        relay: &Relay,
        clock: Clock,
        shutdown: &Shutdown,
    ) -> anyhow::Result<Self> {
        let mut plan = Self::check_live(file, &instruments)?;
        let chosen = kept.as_mut().map(|kept| {
            chosen::admit(&mut plan, std::mem::take(&mut kept.chosen), &instruments);
            Chosen(kept.store.0.clone())
        });
        let bus = QuoteBus::new(sources::feed(&plan));
        let named = |symbol: &String| plan.instruments.iter().any(|one| one.instrument.symbol == *symbol);
        bus.publish(last_closes(&closes).into_iter().filter(|quote| !named(&quote.symbol)));
        // What the file says of a share that ships counts.
        instruments.retain(|symbol, _| !named(symbol));
        let listing = Listing::new(Listed {
            instruments,
            ..Listed::default()
        });
        let (past, mut newcomers, keepers) = Self::live_past(kept, &listing, &bus, clock, shutdown);
        let before = newcomers.take(&plan);
        let directory = newcomers.directory.clone();
        let live_rates = LiveRates::default();
        let part = Part::new(relay, &bus, &live_rates, clock);
        let inquiry = sources::start(file, plan, (before, newcomers), part, keepers, clock, shutdown);
        if let Some(chosen) = &chosen {
            chosen::follow(relay, chosen.clone(), inquiry.clone(), shutdown);
        }
        let market = Self {
            bus: bus.clone(),
            closes: SharedCloses::new(closes),
            recent: RecentPrices::default(),
            walk: None,
            live_rates,
            past,
            sources: Some(inquiry),
            clock,
            index: shipped_index()?,
            listing,
            directory,
            chosen,
            relay: relay.clone(),
        };
        shutdown.spawn(recent::run(market.recent.clone(), bus, clock, shutdown.stopping().clone()));
        Ok(market)
    }

    /// The candles of exchanges: recorded as prices come, and kept where there is a database. What lists instruments comes with them.
    fn live_past(
        kept: Option<KeptCandles>,
        listing: &Listing,
        bus: &QuoteBus,
        clock: Clock,
        shutdown: &Shutdown,
    ) -> (Past, Newcomers, Option<Keepers>) {
        let recorder = Recorder::default();
        bus.record(recorder.clone());
        let mut newcomers = Newcomers {
            listing: listing.clone(),
            recorder: recorder.clone(),
            store: None,
            ticks: None,
            spare: HashMap::new(),
            closes: HashMap::new(),
            directory: Directory::default(),
            clock,
            shutdown: shutdown.clone(),
            leads: None,
            follows: CancellationToken::new(),
        };
        let Some(KeptCandles {
            store,
            loaded,
            config,
            closes,
            ..
        }) = kept
        else {
            return (Past::Recorded(recorder), newcomers, None);
        };
        (newcomers.store, newcomers.spare, newcomers.closes) = (Some(store.clone()), loaded, closes);
        let log = (config.tick_days > 0).then(|| TickLog::new(&HashMap::new(), clock, ticks::log::WAITING));
        if let Some(log) = &log {
            bus.log(log.clone());
        }
        newcomers.ticks = log.clone();
        let keepers = Keepers {
            candles: Keeper {
                recorder: recorder.clone(),
                store: store.clone(),
                listing: listing.clone(),
                config,
            },
            log,
            ticks: ticks::store::Store(store.0.clone()),
            tick_days: config.tick_days,
        };
        let past = Past::Kept {
            recorder,
            store,
            listing: listing.clone(),
        };
        (past, newcomers, Some(keepers))
    }

    fn check_live(file: &Path, shipped: &BySymbol<Instrument>) -> anyhow::Result<Plan> {
        let plan = Plan::open(file)?;
        for Instrument { symbol, currency, .. } in plan.instruments.iter().map(|one| &one.instrument) {
            let known = shipped.get(symbol).map(|one| &one.currency);
            ensure!(
                known.is_none_or(|known| known == currency),
                "{}: instrument {symbol:?}: {symbol} is a share that ships with the program, and its currency is not {currency}",
                file.display()
            );
        }
        Ok(plan)
    }

    /// Says what is wrong with a configuration whose source is a file of instruments.
    ///
    /// # Errors
    /// The file cannot be read, or says what cannot be.
    pub fn check(config: &MarketConfig) -> anyhow::Result<()> {
        match &config.source {
            MarketSource::Live(file) => Self::check_live(file, &shipped_instruments()?).map(drop),
            MarketSource::Simulated | MarketSource::Replay(_) => Ok(()),
        }
    }

    /// This moment.
    pub fn now(&self) -> DateTime<Utc> {
        self.clock.now()
    }

    /// The clock that it goes by.
    pub fn clock(&self) -> Clock {
        self.clock
    }

    /// How the sources of prices do now; empty where the market is simulated or replayed.
    pub async fn health(&self) -> Health {
        match &self.sources {
            Some(sources) => sources.health().await,
            None => Health::default(),
        }
    }

    /// Whether the market of an instrument trades now, by who told its price.
    pub fn market_state(&self, symbol: &str, source: &str) -> MarketState {
        let hours = match source {
            simulated::SOURCE => Hours::Always,
            provider::SHIPPED => Hours::NewYork,
            _ => self.listing.hours(symbol).unwrap_or(Hours::Unknown),
        };
        hours.at(self.now())
    }

    /// All instruments, in no order.
    pub fn instruments(&self) -> impl Iterator<Item = &Instrument> {
        self.listing.instruments()
    }

    /// How often it listed something: what was not listed may be, once this has risen.
    pub fn edition(&self) -> usize {
        self.listing.edition()
    }

    /// An instrument by its symbol.
    pub fn instrument(&self, symbol: &str) -> Option<&Instrument> {
        self.listing.instrument(symbol)
    }
}

/// A recording that began to play at a moment.
fn replay(file: &Path, config: &MarketConfig, closes: &DailyCloses, began: DateTime<Utc>) -> anyhow::Result<Box<dyn Provider>> {
    let replay = Replay::open(file, config.replay_speed, closes, began);
    Ok(Box::new(replay.with_context(|| format!("the recording {}", file.display()))?))
}

/// The shipped history of the index.
fn shipped_index() -> anyhow::Result<Arc<DailyCloses>> {
    Ok(Arc::new(DailyCloses::shipped_index().context("the shipped history of the index")?))
}

/// The shipped instruments by symbol.
fn shipped_instruments() -> anyhow::Result<BySymbol<Instrument>> {
    let instruments: Vec<Instrument> = serde_json::from_str(INSTRUMENTS).context("the shipped instruments")?;
    Ok(instruments.into_iter().map(|one| (one.symbol.clone(), one)).collect())
}
