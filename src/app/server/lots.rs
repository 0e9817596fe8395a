//! What the page of lots shows.

use crate::app::server::figures::{head_of, moment};
use crate::market::server::Market;
use crate::money::Decimal;
use crate::portfolio::book::Book;
use crate::portfolio::server::owned::{Owned, PriceOf};
use crate::portfolio::typed::Typed;
use crate::portfolio::view::figures::lots::{By, Closed, Lots, Open, Sums};
use crate::portfolio::view::figures::parts::Pages;
use crate::ui::format;
use chrono::{DateTime, Utc};
use std::collections::BTreeSet;

/// The lots of a portfolio, with the sums of all pages.
pub fn of(market: &Market, owned: &Owned, now: DateTime<Utc>, query: &Typed) -> Lots {
    let day = now.date_naive();
    let symbol = query.get("symbol").to_owned();
    let wanted = |one: &str| symbol.is_empty() || symbol == one;
    let prices = owned.prices(market, day);
    let mut symbols = BTreeSet::new();
    let (mut open, mut closed) = (vec![], vec![]);
    for (number, book) in owned.books.iter().enumerate() {
        let portfolio = owned.portfolio_of(number);
        symbols.extend(book.positions().iter().map(|position| position.symbol.to_string()));
        for position in book.positions().iter().filter(|position| wanted(&position.symbol)) {
            let priced = prices.get(&*position.symbol);
            let price = priced.map(|one| &one.price);
            // What nobody made says so wherever it stands.
            let made_up = priced.is_some_and(|one| matches!(one.of, PriceOf::Simulated { .. }));
            let label = if made_up { ", simulated" } else { "" };
            let rate = price.and_then(|price| owned.rate_now(market, &price.currency, day));
            let sign = if position.short { -Decimal::ONE } else { Decimal::ONE };
            let value = |units: Decimal| units.checked_mul(price?.price)?.checked_mul(rate?.now);
            open.extend(position.lots.open().into_iter().map(|lot| Open {
                symbol: position.symbol.to_string(),
                opened: by(portfolio, book, lot.opened, lot.day),
                quantity: lot.quantity * sign,
                cost: lot.cost,
                price: price.map(|price| format!("{} {}{label}", format::price(price.price, &price.currency), price.currency)),
                value: value(lot.quantity * sign),
                days: (day - lot.day).num_days(),
            }));
        }
        for lot in book.closed_lots() {
            let Some(position) = book.positions().get(lot.position as usize).filter(|one| wanted(&one.symbol)) else {
                continue;
            };
            closed.push(Closed {
                symbol: position.symbol.to_string(),
                opened: by(portfolio, book, lot.opened, lot.opened_on),
                closed: by(portfolio, book, lot.closed, lot.closed_on),
                quantity: lot.quantity,
                short: lot.short,
                cost: lot.cost,
                proceeds: lot.proceeds,
                days: lot.days_held(),
            });
        }
    }
    // The latest sale first; open lots as the instruments came in, oldest first.
    closed.sort_by_key(|one| std::cmp::Reverse(one.closed.day));
    let open_sums = Sums {
        cost: open.iter().map(|lot| lot.cost).sum(),
        value: open.iter().filter_map(|lot| lot.value).sum(),
        gain: open.iter().filter_map(|lot| Some(lot.value? - lot.cost)).sum(),
    };
    let closed_sums = Sums {
        cost: closed.iter().map(|lot| lot.cost).sum(),
        value: closed.iter().map(|lot| lot.proceeds).sum(),
        gain: closed.iter().map(|lot| lot.proceeds - lot.cost).sum(),
    };
    let open_pages = Pages::of(query.get("open"), open.len());
    let closed_pages = Pages::of(query.get("closed"), closed.len());
    Lots {
        head: head_of(owned),
        symbols: symbols.into_iter().collect(),
        open: (open_pages.cut(open), open_pages, open_sums),
        closed: (closed_pages.cut(closed), closed_pages, closed_sums),
        as_of: moment(now),
        symbol,
    }
}

fn by(portfolio: &str, book: &Book, activity: u32, day: chrono::NaiveDate) -> By {
    By {
        portfolio: portfolio.to_owned(),
        activity: book.activity(activity).map(|one| one.id.clone()).unwrap_or_default(),
        day,
    }
}
