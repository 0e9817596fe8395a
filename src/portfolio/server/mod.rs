//! Which portfolios there are, and what they are worth now.

pub mod again;
pub mod found;
pub mod ledger;
mod open;
pub mod owned;
mod portfolio;
pub mod rates;

pub use portfolio::Portfolio;

use crate::market::instrument::Instrument;
use crate::market::server::Market;
use crate::market::server::ears::{Call, Ear};
use crate::money::Decimal;
use crate::portfolio::holding::value_at;
use crate::portfolio::position::Position;
use crate::portfolio::valuation::{HoldingDetail, Point, Snapshot, Valuation};
use crate::server::clock::Clock;
use crate::server::shutdown::Shutdown;
use anyhow::Context as _;
use chrono::{DateTime, NaiveDate, TimeDelta, Utc};
use ledger::{Ledger, LedgerError};
use owned::{Lines, Owned, Ready};
use portfolio::{Content, Sample, current};
use std::collections::{BTreeMap, HashMap};
use std::sync::{Arc, Mutex, PoisonError};

/// The id of the portfolio that everyone may see.
pub const SAMPLE: &str = "sample";

/// Closes that a row's sparkline shows.
const SPARKLINE_DAYS: usize = 30;
/// How long a snapshot serves all who ask: its history changes every few minutes, and its figures go on by updates.
const SNAPSHOT_LIFE: TimeDelta = TimeDelta::milliseconds(250);

const SAMPLE_FILE: &str = include_str!("../../../data/sample-portfolio.json");

/// The portfolios of this server. Cheap to clone.
#[derive(Clone, Debug)]
pub struct Portfolios {
    /// Where prices come from.
    pub market: Market,
    ledger: Ledger,
    clock: Clock,
    shutdown: Shutdown,
    sample: Arc<Portfolio>,
    snapshot: Arc<Mutex<Option<Arc<Snapshot>>>>,
    /// How the market's prices read.
    lines: Lines,
    /// Users' portfolios that were asked for, by key.
    open: Arc<Mutex<HashMap<String, Arc<Portfolio>>>>,
}

impl Portfolios {
    /// The shipped sample portfolio and those in `ledger`, valued on `market`.
    ///
    /// # Errors
    /// The shipped file names an instrument that is not shipped.
    pub fn new(market: Market, ledger: Ledger, clock: Clock, shutdown: &Shutdown) -> anyhow::Result<Self> {
        let sample = Portfolio::read(SAMPLE_FILE, |symbol| market.instrument(symbol).cloned()).context("the sample portfolio")?;
        let changes = ledger.changes_from_now();
        let portfolios = Self {
            market,
            ledger,
            clock,
            shutdown: shutdown.clone(),
            sample: Arc::new(sample),
            snapshot: Arc::default(),
            lines: Lines::default(),
            open: Arc::default(),
        };
        shutdown.spawn(portfolios.clone().follow(changes, shutdown.stopping().clone()));
        Ok(portfolios)
    }

    /// What the market knows: symbol and name, by symbol.
    pub fn known_instruments(&self) -> BTreeMap<String, String> {
        let known = self.market.instruments();
        known.map(|one| (one.symbol.clone(), one.name.clone())).collect()
    }

    /// What a visitor means by an id: the sample, one of their own, all of theirs. Without an id it is their first one, and the
    /// sample where they have none.
    ///
    /// # Errors
    /// It does not exist, or is another's: one answer for both. Or the database does not answer.
    pub async fn find(&self, user: Option<&str>, id: Option<&str>) -> Result<Arc<Portfolio>, LedgerError> {
        if let Some(at_hand) = self.at_hand(user, id) {
            return Ok(at_hand.clone());
        }
        match (user, id) {
            (_, Some(id)) if id.contains(again::MARK) => self.play_again(user, id).await,
            (None, _) => Err(LedgerError::NotFound("portfolio")),
            (Some(user), Some(id)) => self.open(user, id).await,
            (Some(user), None) => match self.ledger.portfolios(user).await?.first() {
                Some(first) => self.open(user, &first.id).await,
                None => Ok(self.sample.clone()),
            },
        }
    }

    /// The same, where nothing has to be asked for it: the sample, if it is that.
    pub fn at_hand(&self, user: Option<&str>, id: Option<&str>) -> Option<&Arc<Portfolio>> {
        matches!((user, id), (_, Some(SAMPLE)) | (None, None)).then_some(&self.sample)
    }

    /// A user's portfolio with its ledger booked, or with `all` all of them as one.
    ///
    /// # Errors
    /// It is not the user's, or the database does not answer.
    pub async fn valued(&self, user: &str, id: &str) -> Result<Arc<Owned>, LedgerError> {
        let portfolio = self.open(user, id).await?;
        portfolio.owned().ok_or(LedgerError::NotFound("portfolio"))
    }

    /// Today, as valuations count days.
    pub fn today(&self) -> NaiveDate {
        self.clock.now().date_naive()
    }

    /// This moment, as valuations know it.
    pub fn now(&self) -> DateTime<Utc> {
        self.clock.now()
    }

    /// Hears of each new price of what a portfolio holds now; one that is waited for calls. What plays a past day has its own beat.
    pub fn listen(&self, portfolio: &Portfolio, call: Call) -> Arc<Ear> {
        let symbols: Vec<String> = match &portfolio.content {
            Content::Sample(sample) => sample.positions.iter().map(|one| one.instrument.symbol.clone()).collect(),
            Content::Owned(owned) => current(owned).listed_symbols(&self.market),
            Content::Again(_) => vec![],
        };
        self.market.bus.listen(symbols, call)
    }

    /// What a portfolio is worth now, and the moment.
    pub fn value(&self, portfolio: &Portfolio) -> (Valuation, DateTime<Utc>) {
        let now = self.clock.now();
        let valuation = match &portfolio.content {
            Content::Owned(owned) => current(owned).valuation(&self.market, now.date_naive()),
            Content::Sample(sample) => self.value_sample(portfolio, sample),
            Content::Again(played) => return played.value(&portfolio.id),
        };
        (valuation, self.clock.now())
    }

    /// Writes the same as one JSON object. `ready` is kept by who asks, for this portfolio. `begin` writes what stands before it, and is
    /// told the moment.
    pub fn tell(
        &self,
        portfolio: &Portfolio,
        ready: &mut Option<Box<Ready>>,
        text: &mut Vec<u8>,
        begin: impl FnOnce(&mut Vec<u8>, DateTime<Utc>),
    ) {
        match &portfolio.content {
            Content::Owned(owned) => {
                let day = self.clock.now().date_naive();
                let known = ready.take().filter(|known| {
                    let owned = owned.read().unwrap_or_else(PoisonError::into_inner);
                    known.serves(&owned, &self.market, &self.lines, day)
                });
                let known = known.unwrap_or_else(|| Box::new(Ready::new(&current(owned), &self.market, &self.lines, day)));
                ready.insert(known).tell(&self.market, text, begin);
            }
            Content::Sample(_) | Content::Again(_) => {
                let (valuation, moment) = self.value(portfolio);
                begin(text, moment);
                // Decimals and strings only: nothing in these types can fail to serialise.
                let _ = serde_json::to_writer(text, &valuation);
            }
        }
    }

    fn value_sample(&self, portfolio: &Portfolio, sample: &Sample) -> Valuation {
        let Sample {
            name,
            base_currency,
            positions,
        } = sample;
        let mut valuation = self
            .market
            .bus
            .read(|quotes| Valuation::new(&portfolio.id, name, base_currency, positions, |symbol| quotes.get(symbol)));
        for row in &mut valuation.investments {
            row.market_state = row.source.map(|source| self.market.market_state(&row.symbol, source));
        }
        valuation
    }

    /// The sample with its recent past.
    pub fn sample_snapshot(&self) -> Arc<Snapshot> {
        self.snapshot_of(&self.sample)
    }

    /// What a portfolio is worth, with its recent past. That of the sample is made once for many.
    pub fn snapshot_of(&self, portfolio: &Portfolio) -> Arc<Snapshot> {
        let sample = match &portfolio.content {
            Content::Sample(sample) => sample,
            Content::Owned(_) => return Arc::new(self.make_snapshot(portfolio, None)),
            Content::Again(played) => return Arc::new(played.snapshot(&portfolio.id)),
        };
        let now = self.clock.now();
        let mut held = self.snapshot.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(snapshot) = &*held
            && (TimeDelta::zero()..SNAPSHOT_LIFE).contains(&(now - snapshot.valued_at))
        {
            return snapshot.clone();
        }
        let snapshot = Arc::new(self.make_snapshot(portfolio, Some(sample)));
        *held = Some(snapshot.clone());
        snapshot
    }

    fn make_snapshot(&self, portfolio: &Portfolio, sample: Option<&Sample>) -> Snapshot {
        let (valuation, valued_at) = self.value(portfolio);
        let (mut history, details) = match (sample, portfolio.owned()) {
            (Some(sample), _) => (
                self.past_values(sample),
                sample.positions.iter().map(|position| self.detail(position)).collect(),
            ),
            (None, Some(owned)) => (
                owned.recent_values(&self.market, valued_at.date_naive()),
                valuation
                    .investments
                    .iter()
                    .map(|row| owned.detail(&self.market, &row.symbol))
                    .collect(),
            ),
            (None, None) => (vec![], vec![]),
        };
        if history.last().is_none_or(|last| last.time < valued_at) {
            history.push(Point {
                time: valued_at,
                value: valuation.total_value,
            });
        }
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
    fn past_values(&self, sample: &Sample) -> Vec<Point> {
        self.market.recent.read(|samples| {
            let points = samples.iter().filter_map(|moment| {
                let mut value = Decimal::ZERO;
                for Position { instrument, quantity } in &sample.positions {
                    let price = *moment.prices.get(&instrument.symbol)?;
                    value = value.saturating_add(value_at(price, *quantity, &instrument.currency));
                }
                Some(Point { time: moment.time, value })
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
