//! What is held of an instrument, with its lots and what came of it so far. Needs no price.

use crate::money::Decimal;
use crate::portfolio::book::exact;
use crate::portfolio::book::lot::{Both, ClosedLot, Local, LocalGain, Lot, Take};
use crate::portfolio::book::lots::{Lots, Named};
use crate::portfolio::book::problem::Fault;
use crate::portfolio::book::terms::Method;
use chrono::NaiveDate;
use std::sync::Arc;

/// A position of a book.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct BookPosition {
    /// Label of the instrument.
    pub symbol: Arc<str>,
    /// The open lots.
    pub lots: Lots,
    /// Whether the lots are sold ones, to be bought back.
    pub short: bool,
    /// Realised gain in the base currency.
    pub realised: Decimal,
    /// Income in the base currency.
    pub income: Decimal,
    /// Fees that are in no lot's cost, in the base currency.
    pub fees: Decimal,
    /// Gain that left with transfers, less gain that came with them, in the base currency.
    pub moved: Decimal,
    /// The price of its latest activity that tells one.
    pub last_price: Option<LastPrice>,
    /// The day of its latest activity.
    pub latest: Latest,
}

/// A price that an activity tells.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct LastPrice {
    /// Its day.
    pub day: NaiveDate,
    /// Price of one unit of today, splits since included.
    pub price: Decimal,
    /// Number of its currency in the book.
    pub currency: u16,
}

/// What happened on the latest day that has an activity.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Latest {
    /// The day.
    pub day: NaiveDate,
    /// Units held before it, in units after its splits; below zero when short.
    pub quantity_before: Decimal,
    /// Money that went into the position that day, less money that came out, in the base currency.
    pub paid_in: Decimal,
}

/// Who trades: the numbers that lots refer to, and the day.
#[derive(Clone, Copy, Debug)]
pub struct Cause {
    /// Number of the position in the book.
    pub position: u32,
    /// Number of the activity in the book.
    pub activity: u32,
    /// Its day.
    pub day: NaiveDate,
}

/// A planned change of a position's lots.
#[derive(Clone, Debug, Default)]
pub struct Trade {
    /// What is taken from open lots.
    pub takes: Vec<Take>,
    /// What that closes; nothing, if units leave without money.
    pub closed: Vec<ClosedLot>,
    /// A new lot, and whether it is a short one.
    pub opened: Option<(Lot, bool)>,
}

impl BookPosition {
    /// Nothing held yet.
    pub fn new(symbol: Arc<str>, method: Method, day: NaiveDate) -> Self {
        Self {
            symbol,
            lots: Lots::new(method),
            short: false,
            realised: Decimal::ZERO,
            income: Decimal::ZERO,
            fees: Decimal::ZERO,
            moved: Decimal::ZERO,
            last_price: None,
            latest: Latest {
                day,
                quantity_before: Decimal::ZERO,
                paid_in: Decimal::ZERO,
            },
        }
    }

    /// Units held; below zero when short.
    pub fn quantity(&self) -> Decimal {
        if self.short { -self.lots.quantity() } else { self.lots.quantity() }
    }

    /// Cost basis in the base currency; of a short position what it brought, below zero.
    pub fn cost(&self) -> Decimal {
        self.lots.cost()
    }

    /// Plans a trade of `quantity` units for `money`, above zero when it comes in. It closes lots of the other side first, and
    /// opens a lot with the rest.
    pub fn plan_trade(
        &self,
        cause: Cause,
        (buys, quantity): (bool, Decimal),
        money: Both,
        named: &[Named],
        id_of: impl Fn(u32) -> String,
    ) -> Result<Trade, Fault> {
        let held = self.lots.quantity();
        let closes = if self.short == buys { held.min(quantity) } else { Decimal::ZERO };
        let units = named.iter().try_fold(Decimal::ZERO, |sum, (_, units)| exact::add(sum, *units))?;
        if units > quantity {
            return Err(Fault::LotsBeyondQuantity { named: units, quantity });
        }
        let mut trade = Trade {
            takes: self.lots.plan(closes, named, id_of)?,
            ..Trade::default()
        };
        let settled = money.share(closes, quantity)?;
        let units = || trade.takes.iter().map(|take| take.quantity);
        let bases = exact::deal(settled.base, units(), closes)?;
        let amounts = exact::deal(settled.local.amount, units(), closes)?;
        for ((take, base), amount) in trade.takes.iter().zip(bases).zip(amounts) {
            let local = Local { amount, ..money.local };
            trade.closed.push(closed(cause, take, Both { base, local }, self.short));
        }
        let rest = money.plus(settled.negated())?;
        let quantity = exact::sub(quantity, closes)?;
        if quantity.is_zero() {
            return Ok(trade);
        }
        let paid = rest.negated();
        let lot = Lot {
            opened: cause.activity,
            day: cause.day,
            quantity,
            cost: paid.base,
            local: Some(paid.local),
        };
        if closes.is_zero() {
            self.lots.admits(&lot)?;
        }
        trade.opened = Some((lot, !buys));
        Ok(trade)
    }

    /// Plans that units leave with their cost.
    pub fn plan_away(&self, quantity: Decimal, named: &[Named], id_of: impl Fn(u32) -> String) -> Result<Trade, Fault> {
        let held = self.quantity();
        if quantity > held {
            return Err(Fault::TransferBeyondHeld { held });
        }
        let units = named.iter().try_fold(Decimal::ZERO, |sum, (_, units)| exact::add(sum, *units))?;
        if units > quantity {
            return Err(Fault::LotsBeyondQuantity { named: units, quantity });
        }
        Ok(Trade {
            takes: self.lots.plan(quantity, named, id_of)?,
            ..Trade::default()
        })
    }

    /// Carries a planned change out.
    pub fn trade(&mut self, trade: &Trade) {
        self.lots.take(&trade.takes);
        if let Some((lot, short)) = &trade.opened {
            self.short = *short;
            self.lots.push(lot.clone());
        }
        if self.lots.quantity().is_zero() {
            self.short = false;
        }
    }
}

/// What a take closes for `money`, above zero when it comes in.
fn closed(cause: Cause, take: &Take, money: Both, short: bool) -> ClosedLot {
    let sides = |cost: Decimal, money: Decimal| {
        if short {
            (Decimal::ZERO - money, Decimal::ZERO - cost)
        } else {
            (cost, money)
        }
    };
    let (cost, proceeds) = sides(take.cost, money.base);
    let same = take.local.filter(|local| local.currency == money.local.currency);
    let local = same.map(|local| {
        let (cost, proceeds) = sides(local.amount, money.local.amount);
        LocalGain {
            currency: local.currency,
            cost,
            proceeds,
        }
    });
    ClosedLot {
        position: cause.position,
        opened: take.opened,
        opened_on: take.day,
        closed: cause.activity,
        closed_on: cause.day,
        quantity: take.quantity,
        short,
        cost,
        proceeds,
        local,
    }
}
