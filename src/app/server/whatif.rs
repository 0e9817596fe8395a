//! The page of what would be. It asks by its address alone, so it can be kept and sent; nothing is saved.

use crate::app::server::AppState;
use crate::app::server::desk::Desk;
use crate::app::server::figures::{head_of, with};
use crate::app::server::portfolios::both;
use crate::money::Decimal;
use crate::portfolio::mark::Price;
use crate::portfolio::server::Portfolios;
use crate::portfolio::server::ledger::LedgerError;
use crate::portfolio::server::owned::{ALL, Owned};
use crate::portfolio::settings::{self, SYMBOL_CHARACTERS};
use crate::portfolio::typed::activity::fault_at;
use crate::portfolio::typed::{Errors, Typed, number};
use crate::portfolio::view::figures::what_if::{LINES, Names, Shown, filled, what_if as page};
use crate::portfolio::what_if::{Step, what_if};
use crate::ui::format;
use axum::Router;
use axum::extract::Path;
use axum::response::Response;
use axum::routing::get;
use chrono::NaiveDate;

/// Lots that the form offers to choose from. The page of lots leads here with any other.
const OFFERED: usize = 200;

/// The doors of this page.
pub fn routes() -> Router<AppState> {
    both(Router::new(), "/portfolios/{id}/what-if/", get(show))
}

async fn show(desk: Desk, Path(id): Path<String>) -> Response {
    desk.answer(async {
        // Which of several portfolios would trade cannot be said of all together.
        if id == ALL {
            return Err(LedgerError::NotFound("portfolio"));
        }
        let typed = desk.query();
        let known = desk.instruments().await?;
        let shown = with(&desk, &id, move |portfolios, owned, now| {
            of(portfolios, owned, now.date_naive(), typed, known)
        });
        let shown = shown.await?;
        let errors = shown.errors.clone();
        let title = format!("What if, {}", shown.head.name);
        Ok(desk.form(&errors, &title, move || page(shown)).await)
    })
    .await
}

fn of(portfolios: &Portfolios, owned: &Owned, day: NaiveDate, typed: Typed, known: Vec<(String, String)>) -> Shown {
    let mut errors = Errors::default();
    let mut steps: Vec<(Names, Step)> = vec![];
    for names in LINES.into_iter().filter(|names| filled(&typed, *names)) {
        if let Some(step) = read(portfolios, owned, day, &typed, names, &mut errors) {
            steps.push((names, step));
        }
    }
    let mut outcome = None;
    if let Some(book) = owned.books.first()
        && errors.is_empty()
        && !steps.is_empty()
    {
        let prices = owned.prices(&portfolios.market, day);
        let price = |symbol: &str| {
            let held = prices.get(symbol).cloned();
            held.or_else(|| owned.priced(&portfolios.market, symbol, day)).map(|one| one.price)
        };
        let only: Vec<Step> = steps.iter().map(|(_, step)| step.clone()).collect();
        let made = what_if(book, &only, day, &owned.rates, price, |currency| owned.rates.mark(currency, day));
        for (number, fault) in &made.faults {
            let Some((names, _)) = steps.get(*number) else { continue };
            let (field, reason) = fault_at(fault);
            let field = match field {
                "lots" => names.lot,
                "price" | "exchange_rate" | "currency" => names.price,
                "quantity" => names.quantity,
                _ => names.symbol,
            };
            errors.add(field, reason);
        }
        outcome = errors.is_empty().then_some(made);
    }
    Shown {
        head: head_of(owned),
        typed,
        errors,
        known,
        lots: lots(owned),
        outcome,
    }
}

fn read(portfolios: &Portfolios, owned: &Owned, day: NaiveDate, typed: &Typed, names: Names, errors: &mut Errors) -> Option<Step> {
    let symbol = typed.get(names.symbol);
    if let Err(invalid) = settings::text(names.symbol, symbol, 1, SYMBOL_CHARACTERS) {
        errors.add(names.symbol, invalid.reason);
        return None;
    }
    let mut positive = |name: &'static str| match number::read(typed.get(name)) {
        Ok(Some(number)) if number <= Decimal::ZERO => {
            errors.add(name, "must be above zero");
            None
        }
        Ok(number) => number,
        Err(reason) => {
            errors.add(name, reason);
            None
        }
    };
    let (quantity, typed_price) = (positive(names.quantity), positive(names.price));
    if quantity.is_none() {
        errors.add(names.quantity, "say how many");
    }
    let known: Option<Price> = owned.priced(&portfolios.market, symbol, day).map(|one| one.price);
    let currency = known
        .as_ref()
        .map_or_else(|| owned.base().to_owned(), |known| known.currency.clone());
    let price = typed_price.or_else(|| known.map(|known| known.price));
    if price.is_none() {
        errors.add(names.price, format!("no price is known; write one in {currency}"));
    }
    let sells = typed.get(names.side) != "buy";
    let lot = typed.get(names.lot);
    if !sells && !lot.is_empty() {
        errors.add(names.lot, "only a sale names a lot");
    }
    Some(Step {
        sells,
        symbol: symbol.to_owned(),
        quantity: quantity?,
        price: price?,
        currency,
        lot: (!lot.is_empty()).then(|| lot.to_owned()),
    })
}

/// The open lots to choose from, with their words.
fn lots(owned: &Owned) -> Vec<(String, String)> {
    let books = owned.books.iter();
    let lots = books.flat_map(|book| {
        let long = book.positions().iter().filter(|position| !position.short);
        long.flat_map(move |position| {
            let open = position.lots.open().into_iter();
            open.filter_map(move |lot| {
                let id = book.activity(lot.opened)?.id.clone();
                let words = format!(
                    "{} of {}: {}",
                    position.symbol,
                    format::day(lot.day),
                    format::quantity(lot.quantity)
                );
                Some((id, words))
            })
        })
    });
    lots.take(OFFERED).collect()
}
