//! What an owner holds of an instrument.

use super::content::{Instrument, money_of};
use crate::app::server::lots;
use crate::market::server::Market;
use crate::money::Decimal;
use crate::portfolio::typed::Typed;
use crate::portfolio::view::figures::instrument::{Done, Held, Mine};
use chrono::{DateTime, Utc};

/// Activities that a page shows.
const SHOWN: usize = 50;

impl Instrument {
    /// What its owner holds of it and did with it; `None` where that is nothing.
    pub fn mine(&self, market: &Market, now: DateTime<Utc>) -> Option<Mine> {
        let owned = self.owned.as_ref()?;
        let lots = lots::of(market, owned, now, &Typed::default().with("symbol", self.symbol.as_str()));
        let day = now.date_naive();
        let priced = owned.priced(market, &self.symbol, day);
        let rate = priced
            .as_ref()
            .and_then(|priced| owned.rate_now(market, &priced.price.currency, day));
        let unit = priced
            .as_ref()
            .zip(rate)
            .and_then(|(priced, rate)| priced.price.price.checked_mul(rate.now));
        let held = owned.books.iter().enumerate().flat_map(|(number, book)| {
            let mine = book.positions().iter().filter(|position| *position.symbol == *self.symbol);
            mine.map(move |position| (number, position))
        });
        let held = held.map(|(number, position)| {
            let sign = if position.short { -Decimal::ONE } else { Decimal::ONE };
            let open = position.lots.open();
            let quantity = open.iter().map(|lot| lot.quantity).sum::<Decimal>() * sign;
            let portfolio = owned.portfolio_of(number).to_owned();
            let name = owned.parts.iter().find(|(id, _)| *id == portfolio).map(|(_, name)| name.clone());
            Held {
                name: name.unwrap_or_else(|| owned.settings.name.clone()),
                portfolio,
                quantity,
                cost: open.iter().map(|lot| lot.cost).sum(),
                value: unit.and_then(|unit| quantity.checked_mul(unit)),
                realised: position.realised,
                income: position.income,
            }
        });
        let held: Vec<Held> = held.collect();
        let mut done: Vec<_> = self.activities().collect();
        if held.is_empty() && done.is_empty() {
            return None;
        }
        done.sort_by_key(|(_, one)| std::cmp::Reverse((one.day, one.time)));
        let all = done.len();
        let done = done.into_iter().take(SHOWN).map(|(number, one)| Done {
            portfolio: owned.portfolio_of(number).to_owned(),
            activity: one.id.clone(),
            day: one.day,
            kind: one.kind,
            quantity: one.quantity,
            price: money_of(one),
        });
        Some(Mine {
            base: owned.base().to_owned(),
            held,
            lots: (lots.open.0, lots.open.2),
            done: (done.collect(), all),
        })
    }
}
