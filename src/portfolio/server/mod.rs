//! Which portfolios there are, and what they are worth now.

pub mod ledger;
pub mod rates;

use crate::market::instrument::Instrument;
use crate::market::server::Market;
use crate::money::Decimal;
use crate::portfolio::holding::value_at;
use crate::portfolio::position::Position;
use crate::portfolio::valuation::{HoldingDetail, Point, Snapshot, Valuation};
use crate::server::clock::Clock;
use anyhow::Context as _;
use chrono::{DateTime, TimeDelta, Utc};
use serde::Deserialize;
use std::sync::{Arc, Mutex, PoisonError};

/// The id of the portfolio that everyone may see.
pub const SAMPLE: &str = "sample";

/// Closes that a row's sparkline shows.
const SPARKLINE_DAYS: usize = 30;
/// How long a snapshot serves all who ask: its history changes every few minutes, and its figures go on by updates.
const SNAPSHOT_LIFE: TimeDelta = TimeDelta::milliseconds(250);

const SAMPLE_FILE: &str = include_str!("../../../data/sample-portfolio.json");

/// A portfolio: what is owned, under a name.
#[derive(Clone, Debug)]
pub struct Portfolio {
    /// Its id on the wire.
    pub id: String,
    /// Its name.
    pub name: String,
    /// ISO 4217 code of its totals.
    pub base_currency: String,
    /// What is owned.
    pub positions: Vec<Position>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct PortfolioFile {
    id: String,
    name: String,
    base_currency: String,
    positions: Vec<PositionEntry>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct PositionEntry {
    symbol: String,
    #[serde(with = "crate::money::number")]
    quantity: Decimal,
}

impl Portfolio {
    /// Reads a portfolio from JSON.
    fn read(text: &str, instrument: impl Fn(&str) -> Option<Instrument>) -> anyhow::Result<Self> {
        let file: PortfolioFile = serde_json::from_str(text)?;
        let positions = file.positions.into_iter().map(|PositionEntry { symbol, quantity }| {
            let instrument = instrument(&symbol).with_context(|| format!("no instrument has the symbol {symbol}"))?;
            Ok(Position { instrument, quantity })
        });
        let positions = positions.collect::<anyhow::Result<_>>()?;
        Ok(Self {
            id: file.id,
            name: file.name,
            base_currency: file.base_currency,
            positions,
        })
    }
}

/// The portfolios of this server. Cheap to clone.
#[derive(Clone, Debug)]
pub struct Portfolios {
    market: Market,
    clock: Clock,
    sample: Arc<Portfolio>,
    snapshot: Arc<Mutex<Option<Arc<Snapshot>>>>,
}

impl Portfolios {
    /// The shipped sample portfolio, valued on `market`.
    ///
    /// # Errors
    /// The shipped file names an instrument that is not shipped.
    pub fn new(market: Market, clock: Clock) -> anyhow::Result<Self> {
        let sample = Portfolio::read(SAMPLE_FILE, |symbol| market.instrument(symbol).cloned()).context("the sample portfolio")?;
        Ok(Self {
            market,
            clock,
            sample: Arc::new(sample),
            snapshot: Arc::default(),
        })
    }

    /// A portfolio that an anonymous visitor may see; `None` for any other, whether it exists or not.
    pub fn visible(&self, id: &str) -> Option<Arc<Portfolio>> {
        (id == self.sample.id).then(|| self.sample.clone())
    }

    /// What a portfolio is worth now, and the moment.
    pub fn value(&self, portfolio: &Portfolio) -> (Valuation, DateTime<Utc>) {
        let Portfolio {
            id,
            name,
            base_currency,
            positions,
        } = portfolio;
        let valuation = self
            .market
            .bus
            .read(|quotes| Valuation::new(id, name, base_currency, positions, |symbol| quotes.get(symbol)));
        (valuation, self.clock.now())
    }

    /// What a portfolio is worth, with its recent past; `None` where the visitor may not see it.
    pub fn snapshot(&self, id: &str) -> Option<Arc<Snapshot>> {
        let portfolio = self.visible(id)?;
        let now = self.clock.now();
        let mut held = self.snapshot.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(snapshot) = &*held
            && (TimeDelta::zero()..SNAPSHOT_LIFE).contains(&(now - snapshot.valued_at))
        {
            return Some(snapshot.clone());
        }
        let snapshot = Arc::new(self.make_snapshot(&portfolio));
        *held = Some(snapshot.clone());
        Some(snapshot)
    }

    fn make_snapshot(&self, portfolio: &Portfolio) -> Snapshot {
        let (valuation, valued_at) = self.value(portfolio);
        let mut history = self.past_values(portfolio);
        if history.last().is_none_or(|last| last.time < valued_at) {
            history.push(Point {
                time: valued_at,
                value: valuation.total_value,
            });
        }
        let details = portfolio.positions.iter().map(|position| self.detail(position)).collect();
        let real_until = self
            .market
            .bus
            .feed()
            .simulated
            .then(|| self.market.closes.read(|closes| closes.real_until));
        Snapshot {
            valuation,
            valued_at,
            history,
            details,
            real_until,
        }
    }

    /// The value at each recent moment at which every holding's price is known.
    fn past_values(&self, portfolio: &Portfolio) -> Vec<Point> {
        self.market.recent.read(|samples| {
            let points = samples.iter().filter_map(|sample| {
                let mut value = Decimal::ZERO;
                for Position { instrument, quantity } in &portfolio.positions {
                    let price = *sample.prices.get(&instrument.symbol)?;
                    value = value.saturating_add(value_at(price, *quantity, &instrument.currency));
                }
                Some(Point { time: sample.time, value })
            });
            points.collect()
        })
    }

    fn detail(&self, position: &Position) -> HoldingDetail {
        let Instrument { symbol, sector, .. } = &position.instrument;
        let closes = self.market.closes.read(|closes| closes.last(symbol, SPARKLINE_DAYS).to_vec());
        HoldingDetail {
            symbol: symbol.clone(),
            sector: sector.clone(),
            closes,
        }
    }
}
