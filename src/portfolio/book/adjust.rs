//! What changes open lots without a trade: splits and returns of capital.

use crate::money::Decimal;
use crate::portfolio::book::exact::{self, TooLarge};
use crate::portfolio::book::lot::{Both, Local, Lot};
use crate::portfolio::book::lots::Lots;
use crate::portfolio::book::problem::Fault;
use crate::portfolio::book::terms::Method;

/// What a change leaves: lots to put in place, and their sums.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Adjusted {
    lots: Vec<Lot>,
    quantity: Decimal,
    cost: Decimal,
    local: Option<Local>,
}

impl Lots {
    /// The lots after `new` units for each `old` ones. The whole is rounded once, and dealt out over the lots.
    pub fn plan_split(&self, new: Decimal, old: Decimal) -> Result<Adjusted, Fault> {
        let quantity = exact::share(self.quantity, new, old)?;
        if quantity.is_zero() {
            return Err(Fault::SplitToNothing);
        }
        let mut lots = self.kept();
        let quantities = exact::deal(quantity, lots.iter().map(|lot| lot.quantity), self.quantity)?;
        for (lot, quantity) in lots.iter_mut().zip(quantities) {
            lot.quantity = quantity;
        }
        Ok(Adjusted {
            lots: without_dust(lots)?,
            quantity,
            cost: self.cost,
            local: self.local,
        })
    }

    /// The lots after money that lowers their cost, by quantity and never below zero, and what is beyond.
    ///
    /// Under average cost the whole cost is lowered. A short position has no cost that could be.
    pub fn plan_return(&self, money: Both) -> Result<(Adjusted, Both), Fault> {
        let mut lots = self.kept();
        let mut kept = money;
        if self.method == Method::Average {
            kept = kept_back(money, self.cost, self.local)?;
        } else {
            let weights = || lots.iter().map(|lot| lot.quantity);
            let bases = exact::deal(money.base, weights(), self.quantity)?;
            let locals = exact::deal(money.local.amount, weights(), self.quantity)?;
            (kept.base, kept.local.amount) = (Decimal::ZERO, Decimal::ZERO);
            for ((lot, base), amount) in lots.iter_mut().zip(bases).zip(locals) {
                let local = Local { amount, ..money.local };
                let mine = kept_back(Both { base, local }, lot.cost, lot.local)?;
                lot.cost = exact::sub(lot.cost, mine.base)?;
                lot.local = lowered(lot.local, mine.local);
                kept = kept.plus(mine)?;
            }
        }
        let adjusted = Adjusted {
            lots,
            quantity: self.quantity,
            cost: exact::sub(self.cost, kept.base)?,
            local: lowered(self.local, kept.local),
        };
        Ok((adjusted, money.plus(kept.negated())?))
    }

    /// Puts what was planned in place.
    pub fn adjust(&mut self, adjusted: Adjusted) {
        self.slots = adjusted.lots;
        self.quantity = adjusted.quantity;
        self.cost = adjusted.cost;
        self.local = adjusted.local;
        self.tidy();
    }

    fn kept(&self) -> Vec<Lot> {
        self.slots.iter().filter(|lot| !lot.quantity.is_zero()).cloned().collect()
    }
}

/// The part of `money` that a cost can be lowered by.
fn kept_back(money: Both, cost: Decimal, local: Option<Local>) -> Result<Both, TooLarge> {
    let base = money.base.min(cost.max(Decimal::ZERO));
    let same = local.filter(|local| local.currency == money.local.currency);
    let amount = match same {
        Some(local) => money.local.amount.min(local.amount.max(Decimal::ZERO)),
        None => exact::share(money.local.amount, base, money.base)?,
    };
    let local = Local { amount, ..money.local };
    Ok(Both { base, local })
}

/// A cost in its own currency less what was given back, where both are in the same one.
fn lowered(cost: Option<Local>, back: Local) -> Option<Local> {
    cost.filter(|cost| cost.currency == back.currency).map(|cost| Local {
        amount: cost.amount - back.amount,
        ..cost
    })
}

/// A lot that a split rounds to no units gives its cost to the one beside it.
fn without_dust(lots: Vec<Lot>) -> Result<Vec<Lot>, TooLarge> {
    let mut whole: Vec<Lot> = vec![];
    let mut dust: Vec<Lot> = vec![];
    for mut lot in lots {
        if lot.quantity.is_zero() {
            match whole.last_mut() {
                Some(last) => absorb(last, &lot)?,
                None => dust.push(lot),
            }
        } else {
            for grain in dust.drain(..) {
                absorb(&mut lot, &grain)?;
            }
            whole.push(lot);
        }
    }
    Ok(whole)
}

fn absorb(lot: &mut Lot, dust: &Lot) -> Result<(), TooLarge> {
    lot.cost = exact::add(lot.cost, dust.cost)?;
    lot.local = match (lot.local, dust.local) {
        (Some(one), Some(other)) if one.currency == other.currency => Some(Local {
            amount: exact::add(one.amount, other.amount)?,
            ..one
        }),
        _ => None,
    };
    Ok(())
}
