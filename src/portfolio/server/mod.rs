//! Which portfolios there are, and what they are worth now.

use crate::portfolio::valuation::Snapshot;

/// The id of the portfolio that everyone may see.
pub const SAMPLE: &str = "sample";

/// The portfolios of this server. Cheap to clone.
#[derive(Clone)]
pub struct Portfolios;

impl Portfolios {
    /// The snapshot of a portfolio; `None` where there is no such portfolio.
    pub fn snapshot(&self, _id: &str) -> Option<Snapshot> {
        None
    }
}
