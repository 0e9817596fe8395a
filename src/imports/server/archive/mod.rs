//! Our own JSON: all of what a person has here, so that an empty server can take it up again.
//!
//! The same archive gives the same bytes: lists are sorted, numbers have no needless zeros, every field has its place.

pub mod read;
pub mod write;

use crate::portfolio::activity::Activity;
use crate::portfolio::book::{Method, Terms};
use crate::portfolio::described::{DescribedInstrument, KnownPrice};
use crate::portfolio::settings::{Invalid, Settings};
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;

/// The version of the archive that is written, and the newest that is read.
pub const VERSION: u32 = 1;

/// All of what a person has.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Archive {
    /// Version of this format. Its name is what a file is known by.
    pub finflow: u32,
    /// Settings of the person, by name.
    #[serde(default)]
    pub settings: BTreeMap<String, String>,
    /// The portfolios.
    pub portfolios: Vec<ArchivedPortfolio>,
}

/// A portfolio with everything in it.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct ArchivedPortfolio {
    /// Identity, unique in the archive.
    pub id: String,
    /// Its name.
    pub name: String,
    /// ISO 4217 code of its totals.
    pub base_currency: String,
    /// What else is set, by name: cost-basis method, cash tracked or not, benchmark.
    #[serde(default)]
    pub settings: BTreeMap<String, String>,
    /// What its owner wrote to it.
    #[serde(default)]
    pub note: String,
    /// The words that activities are found by, used or not.
    #[serde(default)]
    pub tags: Vec<String>,
    /// The instruments.
    #[serde(default)]
    pub instruments: Vec<DescribedInstrument>,
    /// The ledger.
    #[serde(default)]
    pub activities: Vec<Activity>,
    /// Prices that its owner set.
    #[serde(default)]
    pub prices: Vec<KnownPrice>,
}

/// Names of a portfolio's settings in an archive.
const METHOD: &str = "method";
const CASH_TRACKED: &str = "cash_tracked";
const BENCHMARK: &str = "benchmark";

impl ArchivedPortfolio {
    /// A portfolio with nothing in it but what its owner decided.
    pub fn of(id: String, settings: &Settings) -> Self {
        let terms = &settings.terms;
        let named = [
            (METHOD, Some(terms.method.label().to_owned())),
            (CASH_TRACKED, Some(terms.cash_tracked.to_string())),
            (BENCHMARK, settings.benchmark.clone()),
        ];
        let named = named.into_iter().filter_map(|(name, value)| Some((name.to_owned(), value?)));
        Self {
            id,
            name: settings.name.clone(),
            base_currency: terms.base_currency.clone(),
            settings: named.collect(),
            ..Self::default()
        }
    }

    /// What its owner decided; what an archive does not say is as usual.
    ///
    /// # Errors
    /// The first setting that cannot be accepted.
    pub fn settings(&self) -> Result<Settings, Invalid> {
        let usual = Terms::in_currency(&self.base_currency);
        let said = |name| self.settings.get(name).map(String::as_str);
        let method = match said(METHOD) {
            None => usual.method,
            Some(label) => {
                let known = Method::ALL.into_iter().find(|one| one.label() == label);
                known.ok_or_else(|| Invalid::new(METHOD, "fifo, lifo, hifo and average are accepted"))?
            }
        };
        let cash_tracked = match said(CASH_TRACKED) {
            None => usual.cash_tracked,
            Some(text) => {
                let read = text.parse();
                read.map_err(|_| Invalid::new(CASH_TRACKED, "true and false are accepted"))?
            }
        };
        let settings = Settings {
            name: self.name.clone(),
            terms: Terms {
                method,
                cash_tracked,
                ..usual
            },
            benchmark: said(BENCHMARK).map(str::to_owned),
        };
        settings.check()?;
        Ok(settings)
    }
}

impl Archive {
    /// The only portfolio, or the one of this name.
    ///
    /// # Errors
    /// There are several, and none or more than one is called so.
    pub fn one(mut self, name: &str) -> anyhow::Result<ArchivedPortfolio> {
        if self.portfolios.len() > 1 {
            let names: Vec<_> = self.portfolios.iter().map(|one| one.name.clone()).collect();
            self.portfolios.retain(|one| one.name == name);
            if self.portfolios.len() != 1 {
                let names = names.join(", ");
                anyhow::bail!("the archive has several portfolios, and not one of the name {name:?}: {names}");
            }
        }
        self.portfolios.pop().ok_or_else(|| anyhow::anyhow!("the archive has no portfolio"))
    }

    /// Puts everything into its one order, so that equal archives are equal bytes.
    pub fn sorted(mut self) -> Self {
        self.finflow = VERSION;
        self.portfolios.sort_by(|a, b| a.id.cmp(&b.id));
        for portfolio in &mut self.portfolios {
            portfolio.tags.sort();
            portfolio.tags.dedup();
            portfolio.instruments.sort_by(|a, b| a.symbol.cmp(&b.symbol));
            portfolio.prices.sort_by(|a, b| (&a.symbol, a.day).cmp(&(&b.symbol, b.day)));
            for price in &mut portfolio.prices {
                price.price = price.price.normalize();
            }
            portfolio.activities.iter_mut().for_each(normalize);
            portfolio
                .activities
                .sort_by(|a, b| (a.day, a.time, &a.id).cmp(&(b.day, b.time, &b.id)));
        }
        self
    }
}

/// Takes needless zeros out of an activity's numbers.
pub(crate) fn normalize(activity: &mut Activity) {
    for number in [&mut activity.quantity, &mut activity.fee, &mut activity.tax] {
        *number = number.normalize();
    }
    for number in [&mut activity.price, &mut activity.amount, &mut activity.exchange_rate] {
        *number = number.map(|number| number.normalize());
    }
    if let Some(ratio) = &mut activity.ratio {
        ratio.new = ratio.new.normalize();
        ratio.old = ratio.old.normalize();
    }
    for lot in &mut activity.lots {
        lot.quantity = lot.quantity.normalize();
    }
}
