//! A portfolio that can be watched: the shipped sample, or a ledger that is replaced whole when it changed.

use crate::market::instrument::Instrument;
use crate::money::Decimal;
use crate::portfolio::position::Position;
use crate::portfolio::server::again::Played;
use crate::portfolio::server::owned::Owned;
use anyhow::Context as _;
use serde::Deserialize;
use std::sync::{Arc, PoisonError, RwLock};
use tokio_util::sync::CancellationToken;

/// A portfolio that can be watched.
#[derive(Debug)]
pub struct Portfolio {
    /// Its id on the wire.
    pub id: String,
    /// What tells it from all others, those of other users among them.
    pub key: String,
    pub(super) content: Content,
    /// Cancelled when it is no more.
    pub gone: CancellationToken,
}

#[derive(Debug)]
pub(super) enum Content {
    Sample(Sample),
    /// Replaced whole when its ledger changed.
    Owned(RwLock<Arc<Owned>>),
    /// Another one, on a day that plays again.
    Again(Box<Played>),
}

/// The portfolio that everyone may see: positions without a ledger.
#[derive(Clone, Debug)]
pub(super) struct Sample {
    pub name: String,
    pub base_currency: String,
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
    pub(super) fn read(text: &str, instrument: impl Fn(&str) -> Option<Instrument>) -> anyhow::Result<Self> {
        let file: PortfolioFile = serde_json::from_str(text)?;
        let positions = file.positions.into_iter().map(|PositionEntry { symbol, quantity }| {
            let instrument = instrument(&symbol).with_context(|| format!("no instrument has the symbol {symbol}"))?;
            Ok(Position { instrument, quantity })
        });
        let positions = positions.collect::<anyhow::Result<_>>()?;
        Ok(Self {
            key: file.id.clone(),
            id: file.id,
            content: Content::Sample(Sample {
                name: file.name,
                base_currency: file.base_currency,
                positions,
            }),
            gone: CancellationToken::new(),
        })
    }

    pub(super) fn of(owned: Owned) -> Self {
        Self {
            key: key(&owned.user, &owned.id),
            id: owned.id.clone(),
            content: Content::Owned(RwLock::new(Arc::new(owned))),
            gone: CancellationToken::new(),
        }
    }

    /// The ledger behind it, as it is now; the sample has none.
    pub fn owned(&self) -> Option<Arc<Owned>> {
        match &self.content {
            Content::Sample(_) | Content::Again(_) => None,
            Content::Owned(owned) => Some(current(owned)),
        }
    }

    /// Whether that is the ledger behind it still.
    pub fn is_at(&self, known: Option<&Arc<Owned>>) -> bool {
        match &self.content {
            Content::Sample(_) | Content::Again(_) => known.is_none(),
            Content::Owned(owned) => {
                let owned = owned.read().unwrap_or_else(PoisonError::into_inner);
                known.is_some_and(|known| Arc::ptr_eq(known, &owned))
            }
        }
    }

    pub(super) fn replace(&self, new: Owned) {
        if let Content::Owned(owned) = &self.content {
            *owned.write().unwrap_or_else(PoisonError::into_inner) = Arc::new(new);
        }
    }
}

/// The ledger as it was last read.
pub(super) fn current(owned: &RwLock<Arc<Owned>>) -> Arc<Owned> {
    owned.read().unwrap_or_else(PoisonError::into_inner).clone()
}

/// What tells a user's portfolio from all others.
pub(super) fn key(user: &str, id: &str) -> String {
    String::from(user) + "/" + id
}
