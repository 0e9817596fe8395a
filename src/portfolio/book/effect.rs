//! What an activity does to money and units, before any lot is looked at: a row of the table in docs/ACCOUNTING.md.

use crate::money::Decimal;
use crate::portfolio::activity::{Activity, ActivityKind};
use crate::portfolio::book::exact::{self, TooLarge};
use crate::portfolio::book::lot::{Both, Local};
use crate::portfolio::book::problem::Fault;

/// What happens to units.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Stock {
    /// Nothing.
    Unmoved,
    /// They come in at a cost.
    In(Decimal, Both),
    /// They go out for proceeds.
    Out(Decimal, Both),
    /// They go out for nothing, with their cost. Their value of that day, where it is known.
    Away(Decimal, Option<Both>),
    /// Each old one becomes so many new ones: new, old.
    Split(Decimal, Decimal),
    /// Their cost is lowered.
    Return(Both),
}

/// What an activity does. Amounts are signed: in is above zero.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Effect {
    /// To cash.
    pub cash: Both,
    /// To contributions less withdrawals.
    pub flow: Both,
    /// To income.
    pub income: Both,
    /// To fees.
    pub fees: Both,
    /// To moved gains, in the base currency: what came in with units is a gain made elsewhere.
    pub moved: Decimal,
    /// To units.
    pub stock: Stock,
    /// Whether the cash has another side outside of the portfolio: a deposit or a withdrawal.
    pub outside: bool,
}

/// An activity's currency and rate.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Conversion {
    /// Number of the currency in the book.
    pub currency: u16,
    /// Units of the base currency for one of it.
    pub rate: Decimal,
}

impl Conversion {
    /// An amount of the currency, with what it is in the base currency.
    pub fn both(self, amount: Decimal) -> Result<Both, TooLarge> {
        let local = Local {
            currency: self.currency,
            amount: exact::on_grid(amount)?,
        };
        Ok(Both {
            base: exact::times(local.amount, self.rate)?,
            local,
        })
    }
}

impl Effect {
    /// What `activity` does at a rate.
    pub fn of(activity: &Activity, conversion: Conversion) -> Result<Self, Fault> {
        use ActivityKind::*;
        let both = |amount| conversion.both(amount);
        let nothing = both(Decimal::ZERO)?;
        let charges = exact::add(activity.fee, activity.tax)?;
        let mut effect = Self {
            cash: nothing,
            flow: nothing,
            income: nothing,
            fees: nothing,
            moved: Decimal::ZERO,
            stock: Stock::Unmoved,
            outside: false,
        };
        match activity.kind {
            Buy => {
                let cost = both(exact::add(gross(activity)?, charges)?)?;
                effect.cash = cost.negated();
                effect.stock = Stock::In(units(activity)?, cost);
            }
            Sell => {
                effect.cash = both(exact::sub(gross(activity)?, charges)?)?;
                effect.stock = Stock::Out(units(activity)?, effect.cash);
            }
            Dividend | Interest => {
                effect.cash = both(exact::sub(amount(activity)?, charges)?)?;
                effect.income = effect.cash;
            }
            Fee | Tax => {
                let amount = match amount(activity) {
                    Err(Fault::Missing(_)) if !charges.is_zero() => Decimal::ZERO,
                    known => known?,
                };
                effect.fees = both(exact::add(amount, charges)?)?;
                effect.cash = effect.fees.negated();
            }
            Deposit | Withdrawal => {
                let amount = both(amount(activity)?)?;
                effect.outside = true;
                effect.flow = if activity.kind == Deposit { amount } else { amount.negated() };
                effect.fees = both(charges)?;
                effect.cash = effect.flow.plus(effect.fees.negated())?;
            }
            TransferIn => {
                let given = activity.price.map(|price| exact::times(activity.quantity, price)).transpose()?;
                let worth = activity.amount.or(given).ok_or(Fault::Missing("amount"))?;
                let cost = both(given.unwrap_or(worth))?;
                effect.stock = Stock::In(units(activity)?, cost);
                effect.flow = both(worth)?;
                effect.moved = exact::sub(cost.base, effect.flow.base)?;
                effect.fees = both(charges)?;
                effect.cash = effect.fees.negated();
            }
            TransferOut => {
                let given = activity.price.map(|price| exact::times(activity.quantity, price)).transpose()?;
                let worth = activity.amount.or(given).map(both).transpose()?;
                effect.stock = Stock::Away(units(activity)?, worth);
                effect.fees = both(charges)?;
                effect.cash = effect.fees.negated();
            }
            Split => {
                let (new, old) = match activity.ratio {
                    Some(ratio) => (ratio.new, ratio.old),
                    None => (activity.quantity, Decimal::ONE),
                };
                if new <= Decimal::ZERO || old <= Decimal::ZERO {
                    return Err(Fault::NotAboveZero("ratio"));
                }
                effect.stock = Stock::Split(new, old);
            }
            ReturnOfCapital => {
                let amount = both(amount(activity)?)?;
                effect.stock = Stock::Return(amount);
                effect.fees = both(charges)?;
                effect.cash = amount.plus(effect.fees.negated())?;
            }
        }
        Ok(effect)
    }

    /// The same in a ledger that does not track cash: what would be paid comes in from outside, what would be received goes
    /// out, and what only moves cash does nothing.
    pub fn implied(mut self) -> Result<Self, TooLarge> {
        let nothing = Both {
            base: Decimal::ZERO,
            local: Local {
                amount: Decimal::ZERO,
                ..self.cash.local
            },
        };
        if self.outside {
            (self.flow, self.fees) = (nothing, nothing);
        } else {
            self.flow = self.flow.plus(self.cash.negated())?;
        }
        self.cash = nothing;
        Ok(self)
    }
}

/// Units that move.
fn units(activity: &Activity) -> Result<Decimal, Fault> {
    let units = exact::on_grid(activity.quantity)?;
    if units.is_zero() {
        return Err(Fault::NotAboveZero("quantity"));
    }
    Ok(units)
}

/// Money of a trade before fee and tax.
fn gross(activity: &Activity) -> Result<Decimal, Fault> {
    match (activity.price, activity.amount) {
        (Some(price), _) => Ok(exact::times(activity.quantity, price)?),
        (None, Some(amount)) => Ok(amount),
        (None, None) => Err(Fault::Missing("price")),
    }
}

/// Money of what is no trade before fee and tax.
fn amount(activity: &Activity) -> Result<Decimal, Fault> {
    match (activity.amount, activity.price) {
        (Some(amount), _) => Ok(amount),
        (None, Some(price)) if !activity.quantity.is_zero() => Ok(exact::times(activity.quantity, price)?),
        (None, _) => Err(Fault::Missing("amount")),
    }
}
