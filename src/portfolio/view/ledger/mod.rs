//! The pages of a ledger: portfolios, activities, changes, instruments. The server draws them whole, and each works without a script.

pub mod activities;
pub mod activity;
pub mod changes;
pub mod found;
pub mod instrument;
pub mod instruments;
pub mod now;
pub mod parts;
pub mod portfolios;
pub mod search;
pub mod settings;
pub mod words;

/// What the pages of a portfolio say of it.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Head {
    /// Its identity.
    pub id: String,
    /// Its name.
    pub name: String,
    /// ISO 4217 code of its totals.
    pub base_currency: String,
    /// Lines of its ledger.
    pub activities: u64,
}
