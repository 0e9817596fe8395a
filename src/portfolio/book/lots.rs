//! The open lots of a position, and which of them a sale takes.
//!
//! What changes them is planned first, which can fail, and carried out then, which cannot: an activity is booked whole or not.

use crate::money::Decimal;
use crate::portfolio::book::exact::{self, TooLarge};
use crate::portfolio::book::lot::{Local, Lot, Take};
use crate::portfolio::book::problem::Fault;
use crate::portfolio::book::terms::Method;
use std::cmp::Reverse;
use std::collections::BTreeSet;

/// So many taken lots are kept before their places are used again.
const MOST_EMPTY: usize = 32;

/// Open lots in the order in which they were opened.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Lots {
    pub(super) method: Method,
    /// Empty lots stay in their place until there are many, so that places remain valid.
    pub(super) slots: Vec<Lot>,
    /// Before it all are empty.
    pub(super) head: usize,
    pub(super) empty: usize,
    pub(super) quantity: Decimal,
    pub(super) cost: Decimal,
    pub(super) local: Option<Local>,
    /// Highest cost a unit first; kept for [`Method::Hifo`] alone.
    pub(super) by_cost: BTreeSet<(Reverse<Decimal>, usize)>,
    /// The cost a unit by which each lot is found there.
    pub(super) keys: Vec<Decimal>,
}

/// A lot that a sale names: the activity that opened it, and units.
pub type Named = (u32, Decimal);

impl Lots {
    /// None yet.
    pub fn new(method: Method) -> Self {
        Self {
            method,
            slots: vec![],
            head: 0,
            empty: 0,
            quantity: Decimal::ZERO,
            cost: Decimal::ZERO,
            local: None,
            by_cost: BTreeSet::new(),
            keys: vec![],
        }
    }

    /// Units of all lots.
    pub fn quantity(&self) -> Decimal {
        self.quantity
    }

    /// Cost basis of all lots in the base currency.
    pub fn cost(&self) -> Decimal {
        self.cost
    }

    /// Cost basis in the currency that all lots were paid in, where it is one.
    pub fn local(&self) -> Option<Local> {
        self.local
    }

    /// The open lots, oldest first. Under average cost each has its share of the whole cost.
    pub fn open(&self) -> Vec<Lot> {
        let mut open: Vec<Lot> = self.slots.iter().filter(|lot| !lot.quantity.is_zero()).cloned().collect();
        if self.method == Method::Average {
            let quantities = || open.iter().map(|lot| lot.quantity);
            // What was dealt out to come in here has the whole's bounds.
            let costs = exact::deal(self.cost, quantities(), self.quantity).unwrap_or_default();
            let locals = self
                .local
                .and_then(|local| exact::deal(local.amount, quantities(), self.quantity).ok());
            for (at, (lot, cost)) in open.iter_mut().zip(costs).enumerate() {
                lot.cost = cost;
                lot.local = self.local.zip(locals.as_ref()).map(|(local, amounts)| Local {
                    amount: amounts[at],
                    ..local
                });
            }
        }
        open
    }

    /// Whether a lot with this one would stay within bounds.
    pub fn admits(&self, lot: &Lot) -> Result<(), TooLarge> {
        exact::add(self.quantity, lot.quantity)?;
        exact::add(self.cost, lot.cost)?;
        if let (Some(one), Some(other)) = (self.local, lot.local) {
            exact::add(one.amount, other.amount)?;
        }
        Ok(())
    }

    /// Opens a lot that was admitted.
    pub fn push(&mut self, lot: Lot) {
        self.index(self.slots.len(), &lot);
        self.local = if self.quantity.is_zero() {
            lot.local
        } else {
            let both = self.local.zip(lot.local).filter(|(one, other)| one.currency == other.currency);
            both.map(|(one, other)| Local {
                amount: one.amount + other.amount,
                ..one
            })
        };
        self.quantity += lot.quantity;
        self.cost += lot.cost;
        self.slots.push(lot);
    }

    /// Which lots `quantity` units are taken from, and their cost: at first those that are named, then by the method. There must
    /// be so many units.
    pub fn plan(&self, quantity: Decimal, named: &[Named], id_of: impl Fn(u32) -> String) -> Result<Vec<Take>, Fault> {
        let mut chosen: Vec<(usize, Decimal)> = vec![];
        let mut left = quantity;
        for (opened, units) in named {
            let slot = self.slots.binary_search_by_key(opened, |lot| lot.opened).ok();
            let slot = slot.filter(|slot| !self.slots[*slot].quantity.is_zero());
            let slot = slot.ok_or_else(|| Fault::NoSuchLot { opened_by: id_of(*opened) })?;
            let before = chosen.iter().find(|(at, _)| *at == slot).map_or(Decimal::ZERO, |(_, units)| *units);
            let together = exact::add(before, *units)?;
            let held = self.slots[slot].quantity;
            if together > held {
                let opened_by = id_of(*opened);
                return Err(Fault::LotTooSmall {
                    opened_by,
                    held,
                    named: together,
                });
            }
            chosen.retain(|(at, _)| *at != slot);
            chosen.push((slot, together));
            left -= units;
        }
        let names = chosen.len();
        let mut by_method = |slot: usize| {
            let known = chosen[..names].iter().position(|(at, _)| *at == slot);
            let free = self.slots[slot].quantity - known.map_or(Decimal::ZERO, |at| chosen[at].1);
            let units = free.min(left);
            match known {
                _ if units.is_zero() => {}
                Some(at) => chosen[at].1 += units,
                None => chosen.push((slot, units)),
            }
            left -= units;
            !left.is_zero()
        };
        if !quantity.is_zero() {
            match self.method {
                Method::Fifo | Method::Average => (self.head..self.slots.len()).all(&mut by_method),
                Method::Lifo => (self.head..self.slots.len()).rev().all(&mut by_method),
                Method::Hifo => self.by_cost.iter().all(|(_, slot)| by_method(*slot)),
            };
        }
        self.priced(quantity, chosen)
    }

    /// The cost of what was chosen. Under average cost it is a share of the whole, dealt out over the lots.
    fn priced(&self, quantity: Decimal, chosen: Vec<(usize, Decimal)>) -> Result<Vec<Take>, Fault> {
        let pool = if self.method == Method::Average {
            let share = |amount| {
                let whole = exact::share(amount, quantity, self.quantity)?;
                exact::deal(whole, chosen.iter().map(|(_, units)| *units), quantity)
            };
            let local = self.local.map(|local| share(local.amount)).transpose()?;
            Some((share(self.cost)?, local))
        } else {
            None
        };
        let take = |(at, (slot, units)): (usize, &(usize, Decimal))| {
            let lot = &self.slots[*slot];
            let own = |amount| exact::share(amount, *units, lot.quantity);
            let (cost, local) = match &pool {
                Some((costs, locals)) => {
                    let local = self.local.zip(locals.as_ref());
                    (
                        costs[at],
                        local.map(|(local, amounts)| Local {
                            amount: amounts[at],
                            ..local
                        }),
                    )
                }
                None => {
                    let local = lot.local.map(|local| own(local.amount).map(|amount| Local { amount, ..local }));
                    (own(lot.cost)?, local.transpose()?)
                }
            };
            Ok(Take {
                slot: *slot,
                opened: lot.opened,
                day: lot.day,
                quantity: *units,
                cost,
                local,
            })
        };
        chosen.iter().enumerate().map(take).collect()
    }

    /// Takes what was planned.
    pub fn take(&mut self, takes: &[Take]) {
        for take in takes {
            let lot = &mut self.slots[take.slot];
            if lot.quantity == take.quantity {
                self.empty += 1;
                if let Some(key) = self.keys.get(take.slot) {
                    self.by_cost.remove(&(Reverse(*key), take.slot));
                }
            }
            lot.quantity -= take.quantity;
            self.quantity -= take.quantity;
            self.cost -= take.cost;
            if self.method != Method::Average {
                lot.cost -= take.cost;
                lot.local = lot.local.zip(take.local).map(|(lot, take)| less(lot, take));
            }
            self.local = self.local.zip(take.local).map(|(all, take)| less(all, take));
        }
        while self.slots.get(self.head).is_some_and(|lot| lot.quantity.is_zero()) {
            self.head += 1;
        }
        while self.slots.last().is_some_and(|lot| lot.quantity.is_zero()) {
            self.slots.pop();
            self.keys.truncate(self.slots.len());
            self.empty -= 1;
        }
        self.head = self.head.min(self.slots.len());
        if self.empty > MOST_EMPTY && self.empty * 2 > self.slots.len() {
            self.tidy();
        }
    }

    /// Gives up the places of empty lots.
    pub(super) fn tidy(&mut self) {
        self.slots.retain(|lot| !lot.quantity.is_zero());
        (self.head, self.empty) = (0, 0);
        self.by_cost.clear();
        self.keys.clear();
        let slots = std::mem::take(&mut self.slots);
        slots.iter().enumerate().for_each(|(slot, lot)| self.index(slot, lot));
        self.slots = slots;
    }

    fn index(&mut self, slot: usize, lot: &Lot) {
        if self.method == Method::Hifo {
            let key = lot.cost.checked_div(lot.quantity).unwrap_or(Decimal::MAX);
            self.keys.push(key);
            self.by_cost.insert((Reverse(key), slot));
        }
    }
}

fn less(all: Local, part: Local) -> Local {
    Local {
        amount: all.amount - part.amount,
        ..all
    }
}
