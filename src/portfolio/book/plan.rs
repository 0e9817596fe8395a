//! What an activity will change in a position: planned, which can fail, and then carried out, which cannot.

use crate::money::Decimal;
use crate::portfolio::book::adjust::Adjusted;
use crate::portfolio::book::effect::{Effect, Stock};
use crate::portfolio::book::exact;
use crate::portfolio::book::lot::{Both, ClosedLot, Local};
use crate::portfolio::book::lots::Named;
use crate::portfolio::book::position::{Cause, LastPrice, Trade};
use crate::portfolio::book::{BookPosition, Fault};
use chrono::NaiveDate;

/// What happens to a position.
#[derive(Clone, Debug, Default)]
pub struct Plan {
    /// To its lots.
    pub lots: Change,
    /// What that closes.
    pub closed: Vec<ClosedLot>,
    /// The gain of what it closes, in the base currency.
    pub realised: Decimal,
    /// What the cost basis grows by, in the base currency.
    pub cost_added: Decimal,
}

/// What happens to the lots of a position.
#[derive(Clone, Debug, Default)]
pub enum Change {
    /// Nothing.
    #[default]
    None,
    /// Some are taken, one is opened.
    Trade(Trade),
    /// All are changed. With the factor of a split: new, old.
    Adjust(Adjusted, Option<(Decimal, Decimal)>),
}

impl Plan {
    /// Plans what `effect` does to a position; completes the flow of units that leave without money.
    pub fn of(
        held: &BookPosition,
        cause: Cause,
        effect: &mut Effect,
        named: &[Named],
        id_of: impl Fn(u32) -> String,
    ) -> Result<Self, Fault> {
        match effect.stock {
            Stock::Unmoved => Ok(Self::default()),
            Stock::In(quantity, cost) => Self::of_trade(held.plan_trade(cause, (true, quantity), cost.negated(), named, id_of)?),
            Stock::Out(quantity, proceeds) => Self::of_trade(held.plan_trade(cause, (false, quantity), proceeds, named, id_of)?),
            Stock::Away(quantity, value) => {
                let plan = Self::of_trade(held.plan_away(quantity, named, id_of)?)?;
                let cost = Decimal::ZERO - plan.cost_added;
                // Where nobody knows what they were worth, they leave at their cost.
                let value = value.unwrap_or(Both {
                    base: cost,
                    local: Local {
                        amount: Decimal::ZERO,
                        ..effect.flow.local
                    },
                });
                effect.flow = value.negated();
                effect.moved = exact::sub(value.base, cost)?;
                Ok(plan)
            }
            Stock::Split(_, _) if held.lots.quantity().is_zero() => Err(Fault::SplitOfNothing),
            Stock::Split(new, old) => Ok(Self {
                lots: Change::Adjust(held.lots.plan_split(new, old)?, Some((new, old))),
                ..Self::default()
            }),
            Stock::Return(money) => Self::of_return(held, cause, money),
        }
    }

    fn of_trade(trade: Trade) -> Result<Self, Fault> {
        let taken = trade.takes.iter().try_fold(Decimal::ZERO, |sum, take| exact::add(sum, take.cost))?;
        let opened = trade.opened.as_ref().map_or(Decimal::ZERO, |(lot, _)| lot.cost);
        let closed = trade.closed.clone();
        Ok(Self {
            realised: realised(&closed)?,
            cost_added: exact::sub(opened, taken)?,
            closed,
            lots: Change::Trade(trade),
        })
    }

    fn of_return(held: &BookPosition, cause: Cause, money: Both) -> Result<Self, Fault> {
        let (adjusted, excess) = if held.short || held.lots.quantity().is_zero() {
            (None, money)
        } else {
            let (adjusted, excess) = held.lots.plan_return(money)?;
            (Some(adjusted), excess)
        };
        let closed: Vec<ClosedLot> = (!excess.base.is_zero()).then(|| beyond_cost(cause, excess)).into_iter().collect();
        Ok(Self {
            realised: realised(&closed)?,
            cost_added: exact::sub(excess.base, money.base)?,
            closed,
            lots: adjusted.map_or(Change::None, |adjusted| Change::Adjust(adjusted, None)),
        })
    }
}

fn realised(closed: &[ClosedLot]) -> Result<Decimal, Fault> {
    Ok(closed.iter().try_fold(Decimal::ZERO, |sum, lot| exact::add(sum, lot.gain()))?)
}

/// Money of a return of capital that finds no cost to lower.
fn beyond_cost(cause: Cause, excess: Both) -> ClosedLot {
    ClosedLot {
        position: cause.position,
        opened: cause.activity,
        opened_on: cause.day,
        closed: cause.activity,
        closed_on: cause.day,
        quantity: Decimal::ZERO,
        short: false,
        cost: Decimal::ZERO,
        proceeds: excess.base,
        local: None,
    }
}

impl BookPosition {
    /// Carries a plan out, unless one of the position's sums would become too large.
    pub fn change(
        &mut self,
        day: NaiveDate,
        effect: &Effect,
        plan: &Plan,
        paid_in: Decimal,
        price: Option<LastPrice>,
    ) -> Result<(), Fault> {
        let paid_before = if self.latest.day == day {
            self.latest.paid_in
        } else {
            Decimal::ZERO
        };
        let paid_in = exact::add(paid_before, paid_in)?;
        let realised = exact::add(self.realised, plan.realised)?;
        let income = exact::add(self.income, effect.income.base)?;
        let fees = exact::add(self.fees, effect.fees.base)?;
        let moved = exact::add(self.moved, effect.moved)?;
        let mut last_price = price.or(self.last_price);
        let mut before = if self.latest.day == day {
            self.latest.quantity_before
        } else {
            self.quantity()
        };
        if let Change::Adjust(_, Some((new, old))) = plan.lots {
            before = exact::share(before, new, old)?;
            if let Some(last) = &mut last_price {
                last.price = exact::share(last.price, old, new)?;
            }
        }

        // From here on nothing fails.
        (self.realised, self.income, self.fees, self.moved) = (realised, income, fees, moved);
        self.last_price = last_price;
        (self.latest.day, self.latest.quantity_before, self.latest.paid_in) = (day, before, paid_in);
        match &plan.lots {
            Change::None => {}
            Change::Trade(trade) => self.trade(trade),
            Change::Adjust(adjusted, _) => self.lots.adjust(adjusted.clone()),
        }
        Ok(())
    }
}
