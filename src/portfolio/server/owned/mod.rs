//! A user's portfolio, ready to be valued at any moment: booked ledger, instruments, known prices, rates. Needs no database any more.

mod explain;
mod history;
mod moving;
mod past;
mod price;
mod ready;
mod report;
mod value;

pub use history::Returns;
pub use price::{PriceOf, Priced, Prices, in_words, listed};
pub use ready::{Lines, Ready};

use crate::market::exchange::Exchange;
use crate::market::server::by_symbol::BySymbol;
use crate::market::server::exchange;
use crate::money::Decimal;
use crate::portfolio::activity::{Activity, ActivityKind};
use crate::portfolio::book::{Book, Terms};
use crate::portfolio::described::{DescribedInstrument, KnownPrice};
use crate::portfolio::server::ledger::{Ledger, LedgerError, Listed, Marks};
use crate::portfolio::server::rates::BaseRates;
use crate::portfolio::settings::Settings;
use crate::server::database::StorageError;
use chrono::{DateTime, NaiveDate, Utc};
use history::Valued;
use report::Kept;
use std::collections::{BTreeMap, HashMap};
use std::sync::{Arc, Mutex};

/// The id under which all portfolios of a user are one.
pub const ALL: &str = "all";

/// A user's portfolio, or all of them as one.
#[derive(Clone, Debug)]
pub struct Owned {
    /// Whose it is.
    pub user: String,
    /// Its id on the wire.
    pub id: String,
    /// Its name and terms; of all together, the terms of the first.
    pub settings: Settings,
    /// Its ledger, booked; of all together, each in the base currency of the first.
    pub books: Vec<Book>,
    /// Identity and name of each book's portfolio, in the same order.
    pub parts: Vec<(String, String)>,
    /// What its owner knows about instruments, by symbol.
    pub instruments: BySymbol<DescribedInstrument>,
    /// The prices that its owner knows, by symbol, oldest first.
    pub known: BySymbol<Vec<KnownPrice>>,
    /// Its splits, by symbol and day: units afterwards for units before.
    splits: HashMap<String, BTreeMap<NaiveDate, (Decimal, Decimal)>>,
    /// When prices were entered that something moves from, by symbol and day, as far as it is known.
    entered: HashMap<(String, NaiveDate), DateTime<Utc>>,
    /// Rates into its base currency.
    pub rates: BaseRates,
    /// What the ledger's mark was when it was read.
    pub mark: String,
    /// Its past, once somebody asked.
    valued: Arc<Mutex<Option<Valued>>>,
    /// The last report of it, and what is left of that when prices move.
    told: Arc<Mutex<Option<Kept>>>,
}

impl Owned {
    /// Reads and books a portfolio, or with [`ALL`] all of them.
    ///
    /// # Errors
    /// It is not the user's, or the database does not answer.
    pub async fn load(ledger: &Ledger, user: &str, id: &str) -> Result<Self, LedgerError> {
        let mark = Self::mark_now(ledger, user, id).await?;
        let (settings, parts) = if id == ALL {
            let parts = ledger.portfolios(user).await?;
            let first = parts.first().ok_or(LedgerError::NotFound("portfolio"))?;
            let settings = Settings {
                name: "All portfolios".to_owned(),
                ..first.settings.clone()
            };
            (settings, parts)
        } else {
            let one = ledger.portfolio(user, id).await?;
            (one.settings.clone(), vec![one])
        };
        let named = parts.iter().map(|one| (one.id.clone(), one.settings.name.clone())).collect();
        let mut ledgers = Vec::with_capacity(parts.len());
        for Listed { id, settings: own, .. } in parts {
            let terms = Terms {
                base_currency: settings.terms.base_currency.clone(),
                ..own.terms
            };
            ledgers.push((terms, ledger.activities(user, &id).await?));
        }
        let instruments = ledger.instruments(user).await?;
        let prices = ledger.prices(user).await?;
        let entered = if instruments.iter().any(|one| one.simulated) {
            ledger.entered(user).await?
        } else {
            HashMap::new()
        };
        let (user, id) = (user.to_owned(), id.to_owned());
        let exchange = ledger.exchange().now();
        // A long ledger takes a while to book, and a runtime's thread has others to serve.
        let booked = tokio::task::spawn_blocking(move || Self {
            mark,
            parts: named,
            entered,
            ..Self::on(exchange, user, id, settings, ledgers, instruments, prices)
        });
        booked.await.map_err(|error| {
            tracing::error!(%error, "booking a ledger");
            LedgerError::Storage(StorageError::Fault)
        })
    }

    /// The ledger's mark as it is now.
    ///
    /// # Errors
    /// The database does not answer.
    pub async fn mark_now(ledger: &Ledger, user: &str, id: &str) -> Result<String, LedgerError> {
        let mark = ledger.mark_of(user, (id != ALL).then_some(id)).await?;
        Ok(at_rates_of(ledger, &mark))
    }

    /// Whether it is as its ledger was when `marks` were read.
    pub fn is_as(&self, ledger: &Ledger, marks: &Marks) -> bool {
        let mark = marks.of(&self.user, (self.id != ALL).then_some(&self.id));
        self.mark == at_rates_of(ledger, &mark)
    }

    /// Books ledgers, each on its own terms, at the shipped reference rates.
    pub fn new(
        user: String,
        id: String,
        settings: Settings,
        ledgers: Vec<(Terms, Vec<Activity>)>,
        instruments: Vec<DescribedInstrument>,
        prices: Vec<KnownPrice>,
    ) -> Self {
        Self::on(exchange::shipped().clone(), user, id, settings, ledgers, instruments, prices)
    }

    /// The same at other reference rates.
    pub fn on(
        exchange: Arc<Exchange>,
        user: String,
        id: String,
        settings: Settings,
        ledgers: Vec<(Terms, Vec<Activity>)>,
        instruments: Vec<DescribedInstrument>,
        prices: Vec<KnownPrice>,
    ) -> Self {
        let mut splits: HashMap<_, BTreeMap<_, _>> = HashMap::new();
        for activity in ledgers.iter().flat_map(|(_, activities)| activities) {
            let Some(symbol) = activity.symbol.as_ref().filter(|_| activity.kind == ActivityKind::Split) else {
                continue;
            };
            let ratio = activity
                .ratio
                .map_or((activity.quantity, Decimal::ONE), |ratio| (ratio.new, ratio.old));
            if ratio.0 > Decimal::ZERO && ratio.1 > Decimal::ZERO {
                // Two portfolios that hold it tell of one split.
                splits.entry(symbol.clone()).or_default().insert(activity.day, ratio);
            }
        }
        let rates = BaseRates::on(exchange, &settings.terms.base_currency).with_coins(&prices);
        let book = |(terms, activities): (Terms, Vec<Activity>)| Book::new(terms, activities, &rates);
        let books = ledgers.into_iter().map(book).collect();
        let mut known: BySymbol<Vec<KnownPrice>> = BySymbol::default();
        for price in prices {
            known.entry(price.symbol.clone()).or_default().push(price);
        }
        known.values_mut().for_each(|prices| prices.sort_by_key(|price| price.day));
        Self {
            user,
            id,
            settings,
            books,
            parts: vec![],
            instruments: instruments.into_iter().map(|one| (one.symbol.clone(), one)).collect(),
            known,
            splits,
            entered: HashMap::new(),
            rates,
            mark: String::new(),
            valued: Arc::default(),
            told: Arc::default(),
        }
    }

    /// It as it was at the end of a day: without what was done or known later.
    pub fn as_of(&self, day: NaiveDate) -> Self {
        let done = |book: &Book| {
            let until = book.activities().iter().filter(|activity| activity.day <= day);
            (book.terms().clone(), until.map(|activity| Activity::clone(activity)).collect())
        };
        let known = self.known.values().flatten().filter(|price| price.day <= day);
        Self {
            parts: self.parts.clone(),
            entered: self.entered.clone(),
            mark: self.mark.clone(),
            ..Self::on(
                self.rates.exchange(),
                self.user.clone(),
                self.id.clone(),
                self.settings.clone(),
                self.books.iter().map(done).collect(),
                self.instruments.values().cloned().collect(),
                known.cloned().collect(),
            )
        }
    }

    /// ISO 4217 code of its totals.
    pub fn base(&self) -> &str {
        &self.settings.terms.base_currency
    }

    /// The name of an instrument: its owner's, else the label.
    pub fn name_of<'a>(&'a self, symbol: &'a str) -> &'a str {
        let described = self.instruments.get(symbol).map(|one| one.name.as_str());
        described.filter(|name| !name.is_empty()).unwrap_or(symbol)
    }

    /// Identity of the portfolio of a book, by the book's number: what its activities' pages are found under.
    pub fn portfolio_of(&self, book: usize) -> &str {
        self.parts.get(book).map_or(&self.id, |(id, _)| id)
    }
}

/// A mark with the edition of the reference rates: others book another ledger.
fn at_rates_of(ledger: &Ledger, mark: &str) -> String {
    format!("{mark}@{}", ledger.exchange().edition())
}

#[cfg(test)]
mod tests;
