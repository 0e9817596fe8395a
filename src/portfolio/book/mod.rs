//! The accounting engine: a ledger's activities become positions with lots, cash, gains, income, fees and flows.
//!
//! A book is made from activities, terms and rates, and from nothing else. Needs no price: `mark` values it. The rules are in
//! docs/ACCOUNTING.md.

pub mod adjust;
pub mod booking;
pub mod effect;
pub mod exact;
pub mod journal;
pub mod lot;
pub mod lots;
pub mod order;
pub mod plan;
pub mod position;
pub mod problem;
pub mod terms;

pub use journal::{Cash, Entry, Posting, Sums};
pub use lot::{ClosedLot, Local, Lot};
pub use position::BookPosition;
pub use problem::{Fault, Problem};
pub use terms::{Method, Terms};

use crate::money::Decimal;
use crate::portfolio::activity::Activity;
use crate::portfolio::rate::Rates;
use std::borrow::Borrow;
use std::collections::HashMap;
use std::hash::{Hash, Hasher};
use std::sync::Arc;

/// An accounted ledger.
///
/// Invariants: the lots of a position sum to it, in units and in cost, to the last digit; and cost + cash = contributions -
/// withdrawals + realised + income - fees + moved. What is held is worth more or less than its cost by the unrealised gain alone.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Book {
    terms: Terms,
    /// In their order. What the book says of an activity refers to its number here.
    activities: Vec<Arc<Activity>>,
    numbers: HashMap<ById, u32>,
    positions: Vec<BookPosition>,
    symbols: HashMap<Arc<str>, u32>,
    cash: Vec<Cash>,
    sums: Sums,
    closed: Vec<ClosedLot>,
    postings: Vec<Posting>,
    carried: Vec<u32>,
    problems: Vec<Problem>,
}

impl Book {
    /// An empty book.
    pub fn empty(terms: Terms) -> Self {
        let cash = vec![Cash::new(&terms.base_currency)];
        Self {
            terms,
            activities: vec![],
            numbers: HashMap::new(),
            positions: vec![],
            symbols: HashMap::new(),
            cash,
            sums: Sums::default(),
            closed: vec![],
            postings: vec![],
            carried: vec![],
            problems: vec![],
        }
    }

    /// Books activities, in whichever order they come. One that cannot be booked changes nothing and is among the
    /// [problems](Self::problems).
    pub fn new<A: Into<Arc<Activity>>>(terms: Terms, activities: impl IntoIterator<Item = A>, rates: &impl Rates) -> Self {
        let mut activities: Vec<Arc<Activity>> = activities.into_iter().map(Into::into).collect();
        activities.sort_by(|one, other| order::compare(one, other));
        let mut book = Self::empty(terms);
        book.numbers.reserve(activities.len());
        for activity in activities {
            book.append(activity, rates);
        }
        book
    }

    /// Adds an activity: at once, if it comes after all others, else by booking anew all that are here.
    pub fn push(&mut self, activity: impl Into<Arc<Activity>>, rates: &impl Rates) {
        let activity = activity.into();
        let last = self.activities.last();
        if last.is_none_or(|last| order::compare(last, &activity).is_le()) {
            self.append(activity, rates);
        } else {
            let terms = self.terms.clone();
            let mut activities = std::mem::take(&mut self.activities);
            activities.push(activity);
            *self = Self::new(terms, activities, rates);
        }
    }

    /// What the book would be with further activities: a what-if.
    pub fn with<A: Into<Arc<Activity>>>(&self, more: impl IntoIterator<Item = A>, rates: &impl Rates) -> Self {
        let mut more: Vec<Arc<Activity>> = more.into_iter().map(Into::into).collect();
        more.sort_by(|one, other| order::compare(one, other));
        let after = match (self.activities.last(), more.first()) {
            (Some(last), Some(first)) => order::compare(last, first).is_le(),
            _ => true,
        };
        if after {
            let mut book = self.clone();
            more.into_iter().for_each(|activity| book.append(activity, rates));
            book
        } else {
            let activities = self.activities.iter().cloned().chain(more);
            Self::new(self.terms.clone(), activities, rates)
        }
    }

    /// How the portfolio is accounted for.
    pub fn terms(&self) -> &Terms {
        &self.terms
    }

    /// All activities in their order, those with a problem too.
    pub fn activities(&self) -> &[Arc<Activity>] {
        &self.activities
    }

    /// The activity of a number.
    pub fn activity(&self, number: u32) -> Option<&Activity> {
        self.activities.get(number as usize).map(|activity| &**activity)
    }

    /// Every position that there is or was, in the order of their first activity.
    pub fn positions(&self) -> &[BookPosition] {
        &self.positions
    }

    /// The position of an instrument, by its label.
    pub fn position(&self, symbol: &str) -> Option<&BookPosition> {
        self.positions.get(*self.symbols.get(symbol)? as usize)
    }

    /// Cash by currency, the base currency first. Where cash is not tracked, nothing is in it.
    pub fn cash(&self) -> &[Cash] {
        &self.cash
    }

    /// The ISO 4217 code of a currency's number.
    pub fn currency(&self, number: u16) -> &str {
        self.cash.get(usize::from(number)).map_or("", |cash| &cash.currency)
    }

    /// The sums in the base currency.
    pub fn sums(&self) -> &Sums {
        &self.sums
    }

    /// What was bought and sold, in the order of its closing.
    pub fn closed_lots(&self) -> &[ClosedLot] {
        &self.closed
    }

    /// Income, fees, flows and moved gains, in their order.
    pub fn postings(&self) -> &[Posting] {
        &self.postings
    }

    /// The postings of one entry.
    pub fn postings_of(&self, entry: Entry) -> impl Iterator<Item = &Posting> {
        self.postings.iter().filter(move |posting| posting.entry == entry)
    }

    /// Numbers of the activities whose rate is an earlier day's.
    pub fn carried(&self) -> &[u32] {
        &self.carried
    }

    /// What could not be booked.
    pub fn problems(&self) -> &[Problem] {
        &self.problems
    }

    /// Contributions less withdrawals, in the base currency.
    pub fn net_contributions(&self) -> Decimal {
        self.sums.contributions - self.sums.withdrawals
    }
}

/// An activity that is found by its identity.
#[derive(Clone, Debug)]
struct ById(Arc<Activity>);

impl Borrow<str> for ById {
    fn borrow(&self) -> &str {
        &self.0.id
    }
}

impl PartialEq for ById {
    fn eq(&self, other: &Self) -> bool {
        self.0.id == other.0.id
    }
}

impl Eq for ById {}

impl Hash for ById {
    fn hash<H: Hasher>(&self, state: &mut H) {
        self.0.id.hash(state);
    }
}

#[cfg(test)]
mod properties;
#[cfg(test)]
pub(crate) mod sample;
#[cfg(test)]
mod tests;
