//! Books one activity: finds what it concerns, plans all that it changes, and changes it only when all of it can be.

use crate::money::Decimal;
use crate::portfolio::activity::{Activity, ActivityKind};
use crate::portfolio::book::effect::{Conversion, Effect};
use crate::portfolio::book::exact;
use crate::portfolio::book::lots::Named;
use crate::portfolio::book::plan::Plan;
use crate::portfolio::book::position::{Cause, LastPrice};
use crate::portfolio::book::{Book, BookPosition, ById, Cash, Entry, Fault, Posting, Problem, Sums};
use crate::portfolio::rate::{Rate, Rates};
use std::sync::Arc;

/// ISO 4217: no currency is involved.
const NO_CURRENCY: &str = "XXX";

impl Book {
    /// Books an activity that comes after all others.
    pub(super) fn append(&mut self, activity: Arc<Activity>, rates: &impl Rates) {
        // Four thousand million activities do not fit into a computer's memory.
        let number = self.activities.len() as u32;
        let known = (self.positions.len(), self.cash.len());
        let booked = if self.numbers.contains_key(activity.id.as_str()) {
            Err(Fault::SameIdentity)
        } else {
            self.numbers.insert(ById(activity.clone()), number);
            self.book(number, &activity, rates)
        };
        if let Err(fault) = booked {
            self.forget_beyond(known);
            let (id, day) = (activity.id.clone(), activity.day);
            self.problems.push(Problem { activity: id, day, fault });
        }
        self.activities.push(activity);
    }

    fn book(&mut self, number: u32, activity: &Activity, rates: &impl Rates) -> Result<(), Fault> {
        check(activity)?;
        let (conversion, carried) = self.conversion(activity, rates)?;
        let mut effect = Effect::of(activity, conversion)?;
        let position = activity.symbol.as_deref().map(|symbol| self.position_number(symbol, activity));
        let cause = Cause {
            position: position.unwrap_or_default(),
            activity: number,
            day: activity.day,
        };
        let plan = match position.and_then(|at| self.positions.get(at as usize)) {
            Some(held) => {
                let named = self.named(activity)?;
                let id_of = |number: u32| {
                    self.activities
                        .get(number as usize)
                        .map_or_else(String::new, |opener| opener.id.clone())
                };
                Plan::of(held, cause, &mut effect, &named, id_of)?
            }
            None if needs_symbol(activity.kind) => return Err(Fault::NoSymbol),
            None => Plan::default(),
        };
        if !self.terms.cash_tracked {
            effect = effect.implied()?;
        }

        let sums = self.sums_after(&effect, &plan)?;
        // The other side of a position's money is cash or the world outside. What has no other side is a gain or a loss.
        let (to_position, to_cash) = match position {
            Some(_) => (exact::sub(effect.flow.base, effect.cash.base)?, effect.cash.base),
            None => (Decimal::ZERO, effect.flow.base),
        };
        let money = usize::from(conversion.currency);
        let cash = self.cash[money].after(activity.day, effect.cash, to_cash)?;
        if let Some(at) = position {
            let price = known_price(activity, conversion.currency)?;
            self.positions[at as usize].change(activity.day, &effect, &plan, to_position, price)?;
        }

        // From here on nothing fails.
        self.sums = sums;
        let currency = std::mem::take(&mut self.cash[money].currency);
        self.cash[money] = Cash { currency, ..cash };
        self.post(cause, position, activity, &effect);
        self.closed.extend(plan.closed);
        if carried {
            self.carried.push(number);
        }
        Ok(())
    }

    /// The activity's currency and rate, and whether the rate is an earlier day's.
    fn conversion(&mut self, activity: &Activity, rates: &impl Rates) -> Result<(Conversion, bool), Fault> {
        let base = &self.terms.base_currency;
        // Where no money moves, none needs a rate: a split names no currency.
        let code = if activity.currency == NO_CURRENCY && !moves_money(activity) {
            base
        } else {
            &activity.currency
        };
        let rate = match activity.exchange_rate {
            _ if code == base => Some(Rate::ONE),
            Some(rate) => Some(Rate::of_the_day(rate)),
            None => rates.rate(code, activity.day),
        };
        let rate = rate.ok_or_else(|| Fault::NoRate { currency: code.clone() })?;
        if rate.rate <= Decimal::ZERO {
            return Err(Fault::NotAboveZero("exchange_rate"));
        }
        let number = self.cash.iter().position(|cash| cash.currency == *code).unwrap_or_else(|| {
            self.cash.push(Cash::new(code));
            self.cash.len() - 1
        });
        let conversion = Conversion {
            currency: u16::try_from(number).map_err(|_| Fault::TooLarge)?,
            rate: rate.rate,
        };
        Ok((conversion, rate.carried))
    }

    fn position_number(&mut self, symbol: &str, activity: &Activity) -> u32 {
        if let Some(number) = self.symbols.get(symbol) {
            return *number;
        }
        let (symbol, number): (Arc<str>, u32) = (symbol.into(), self.positions.len() as u32);
        self.positions
            .push(BookPosition::new(symbol.clone(), self.terms.method, activity.day));
        self.symbols.insert(symbol, number);
        number
    }

    /// Positions and currencies that only an activity with a fault has named.
    fn forget_beyond(&mut self, (positions, cash): (usize, usize)) {
        for position in self.positions.drain(positions..) {
            self.symbols.remove(&position.symbol);
        }
        self.cash.truncate(cash);
    }

    fn named(&self, activity: &Activity) -> Result<Vec<Named>, Fault> {
        let number = |id: &str| self.numbers.get(id).copied();
        let named = activity.lots.iter().map(|lot| {
            let opened = number(&lot.opened_by).ok_or_else(|| Fault::NoSuchLot {
                opened_by: lot.opened_by.clone(),
            })?;
            Ok((opened, exact::on_grid(lot.quantity)?))
        });
        named.collect()
    }

    fn sums_after(&self, effect: &Effect, plan: &Plan) -> Result<Sums, Fault> {
        let (sums, flow) = (self.sums, effect.flow.base);
        Ok(Sums {
            cost: exact::add(sums.cost, plan.cost_added)?,
            realised: exact::add(sums.realised, plan.realised)?,
            income: exact::add(sums.income, effect.income.base)?,
            fees: exact::add(sums.fees, effect.fees.base)?,
            moved: exact::add(sums.moved, effect.moved)?,
            contributions: exact::add(sums.contributions, flow.max(Decimal::ZERO))?,
            withdrawals: exact::sub(sums.withdrawals, flow.min(Decimal::ZERO))?,
            cash: exact::add(sums.cash, effect.cash.base)?,
        })
    }

    fn post(&mut self, cause: Cause, position: Option<u32>, activity: &Activity, effect: &Effect) {
        // A withdrawal is of what was there in the morning. What else goes out was valued at that day's own prices.
        let closes = effect.flow.base < Decimal::ZERO && activity.kind != ActivityKind::Withdrawal;
        let flow = if closes { Entry::ClosingFlow } else { Entry::Flow };
        let mut moved = effect.income;
        (moved.base, moved.local.amount) = (effect.moved, Decimal::ZERO);
        let entries = [
            (Entry::Income, effect.income),
            (Entry::Fee, effect.fees),
            (flow, effect.flow),
            (Entry::Moved, moved),
        ];
        let told = entries.into_iter().filter(|(_, amount)| !amount.base.is_zero());
        self.postings.extend(told.map(|(entry, amount)| Posting {
            entry,
            activity: cause.activity,
            position,
            day: cause.day,
            base: amount.base,
            local: amount.local,
        }));
    }
}

/// No amount is below zero, no rate and no part of a lot is zero.
fn check(activity: &Activity) -> Result<(), Fault> {
    let zero_or_more = [
        ("quantity", Some(activity.quantity)),
        ("price", activity.price),
        ("amount", activity.amount),
        ("fee", Some(activity.fee)),
        ("tax", Some(activity.tax)),
    ];
    let below = zero_or_more
        .into_iter()
        .find(|(_, amount)| amount.is_some_and(|amount| amount < Decimal::ZERO));
    match below {
        Some((field, _)) => Err(Fault::Negative(field)),
        None if activity.exchange_rate.is_some_and(|rate| rate <= Decimal::ZERO) => Err(Fault::NotAboveZero("exchange_rate")),
        None if activity.lots.iter().any(|lot| lot.quantity <= Decimal::ZERO) => Err(Fault::NotAboveZero("lots")),
        None => Ok(()),
    }
}

/// Whether an activity names any money.
fn moves_money(activity: &Activity) -> bool {
    let named = [activity.price, activity.amount, Some(activity.fee), Some(activity.tax)];
    named.into_iter().flatten().any(|amount| !amount.is_zero())
}

fn needs_symbol(kind: ActivityKind) -> bool {
    use ActivityKind::*;
    matches!(kind, Buy | Sell | TransferIn | TransferOut | Split | ReturnOfCapital)
}

/// The price that an activity tells: a trade's own, and what a transfer's units were worth.
fn known_price(activity: &Activity, currency: u16) -> Result<Option<LastPrice>, Fault> {
    use ActivityKind::*;
    let price = match activity.kind {
        Buy | Sell => activity.price,
        TransferIn | TransferOut => activity
            .amount
            .map(|amount| exact::share(amount, Decimal::ONE, activity.quantity))
            .transpose()?,
        _ => None,
    };
    let price = price.map(exact::on_grid).transpose()?;
    Ok(price.map(|price| LastPrice {
        day: activity.day,
        price,
        currency,
    }))
}
