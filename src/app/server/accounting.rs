//! What the book says to the pages of a ledger: problems, what is held on a day, open lots.

use crate::app::server::activity::Booked;
use crate::app::server::desk::Desk;
use crate::money::Decimal;
use crate::portfolio::activity::Activity;
use crate::portfolio::book::order::Place;
use crate::portfolio::book::{Book, Terms};
use crate::portfolio::server::ledger::{LedgerError, Listed};
use crate::portfolio::server::rates::BaseRates;
use crate::portfolio::typed::activity::fault_at;
use crate::portfolio::view::ledger::activities::Checked;
use crate::portfolio::view::ledger::activity::OpenLot;
use crate::server::database::StorageError;

/// A ledger of more activities is looked through only when its owner asks: a page that is only read must not wait for it.
const CHEAP: u64 = 20_000;
/// An activity of a larger ledger is kept as it is, and not held against the others first. Reading the ledger takes most of the
/// time: half a second for so many, where the booking takes a third of that.
const SAVED: u64 = 100_000;

/// Books on a thread that may take its time.
async fn book<T: Send + 'static>(
    terms: &Terms,
    rates: BaseRates,
    activities: Vec<Activity>,
    read: impl FnOnce(Book, &BaseRates) -> T + Send + 'static,
) -> Result<T, LedgerError> {
    let terms = terms.clone();
    let work = move || read(Book::new(terms, activities, &rates), &rates);
    tokio::task::spawn_blocking(work).await.map_err(|error| {
        tracing::error!(%error, "booking");
        LedgerError::Storage(StorageError::Fault)
    })
}

impl Desk {
    /// Which activities of a portfolio cannot be booked. A large ledger is looked through only if `asked`.
    ///
    /// # Errors
    /// The portfolio is not the user's.
    pub async fn check(&self, listed: &Listed, asked: bool) -> Result<Checked, LedgerError> {
        if listed.activities > CHEAP && !asked {
            return Ok(Checked::default());
        }
        let activities = self.ledger().activities(self.user(), &listed.id).await?;
        let problems = book(&listed.settings.terms, self.rates(listed).await?, activities, |book, _| {
            let said = book.problems().iter().map(|one| {
                let (field, reason) = fault_at(&one.fault);
                (one.activity.clone(), format!("{}: {reason}.", field.replace('_', " ")))
            });
            said.collect()
        });
        Ok(Checked {
            problems: problems.await?,
            looked: true,
        })
    }

    /// What the book says of an activity, in the place of the one with its identity.
    ///
    /// # Errors
    /// The portfolio is not the user's.
    pub async fn book(&self, listed: &Listed, one: &Activity) -> Result<Booked, LedgerError> {
        if listed.activities > SAVED {
            return Ok(Booked::default());
        }
        let before = self.before(listed, one).await?;
        let one = one.clone();
        book(&listed.settings.terms, self.rates(listed).await?, before, move |mut book, rates| {
            let symbol = one.symbol.as_deref().unwrap_or_default();
            let held = book.position(symbol).map_or(Decimal::ZERO, |position| position.quantity());
            let id = one.id.clone();
            book.push(one, rates);
            let fault = book.problems().iter().find(|problem| problem.activity == id);
            Booked {
                fault: fault.map(|problem| problem.fault.clone()),
                held: Some(held),
            }
        })
        .await
    }

    /// The open lots of an activity's instrument just before it.
    ///
    /// # Errors
    /// The portfolio is not the user's.
    pub async fn lots_before(&self, listed: &Listed, one: &Activity) -> Result<Vec<OpenLot>, LedgerError> {
        let before = self.before(listed, one).await?;
        let symbol = one.symbol.clone().unwrap_or_default();
        book(&listed.settings.terms, self.rates(listed).await?, before, move |book, _| {
            let position = book.position(&symbol).filter(|position| !position.short);
            let lots = position.map(|position| position.lots.open()).unwrap_or_default();
            let lots = lots.into_iter().filter_map(|lot| {
                Some(OpenLot {
                    opened_by: book.activity(lot.opened)?.id.clone(),
                    day: lot.day,
                    quantity: lot.quantity,
                    cost: lot.cost,
                })
            });
            lots.collect()
        })
        .await
    }

    async fn rates(&self, listed: &Listed) -> Result<BaseRates, LedgerError> {
        let prices = self.ledger().prices(self.user()).await?;
        let exchange = self.ledger().exchange().now();
        Ok(BaseRates::on(exchange, &listed.settings.terms.base_currency).with_coins(&prices))
    }

    /// What comes before an activity in its ledger, itself left out. Of equals, which only their identities put in an order, all do.
    async fn before(&self, listed: &Listed, one: &Activity) -> Result<Vec<Activity>, LedgerError> {
        let mut activities = self.ledger().activities(self.user(), &listed.id).await?;
        activities.retain(|other| other.id != one.id && Place::of(other) <= Place::of(one));
        Ok(activities)
    }
}
