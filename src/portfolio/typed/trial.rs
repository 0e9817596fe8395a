//! The trades to try that a person types, and what they would make: the same on the server and in the browser.

use crate::money::Decimal;
use crate::portfolio::book::Book;
use crate::portfolio::mark::{MarkRate, Price};
use crate::portfolio::rate::Rates;
use crate::portfolio::settings::{self, SYMBOL_CHARACTERS};
use crate::portfolio::typed::activity::fault_at;
use crate::portfolio::typed::{Errors, Typed, number};
use crate::portfolio::what_if::{Outcome, Step, what_if};
use chrono::NaiveDate;

/// The fields of a line.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Names {
    /// Sell or buy.
    pub side: &'static str,
    /// The instrument.
    pub symbol: &'static str,
    /// Units.
    pub quantity: &'static str,
    /// Price of a unit.
    pub price: &'static str,
    /// The lot to sell from.
    pub lot: &'static str,
}

macro_rules! names {
    ($($number:literal),*) => {
        [$(Names {
            side: concat!("side", $number),
            symbol: concat!("symbol", $number),
            quantity: concat!("quantity", $number),
            price: concat!("price", $number),
            lot: concat!("lot", $number),
        }),*]
    };
}

/// The lines of the form.
pub const LINES: [Names; 5] = names!("1", "2", "3", "4", "5");

/// Whether something stands in a line.
pub fn filled(typed: &Typed, names: Names) -> bool {
    [names.symbol, names.quantity, names.price, names.lot]
        .iter()
        .any(|name| !typed.get(name).is_empty())
}

/// What the typed trades would make on `day`; `None` where none is typed. Prices and rates are those of the moment.
///
/// # Errors
/// What is wrong, at its fields.
pub fn try_out(
    book: &Book,
    typed: &Typed,
    day: NaiveDate,
    rates: &impl Rates,
    price_of: impl Fn(&str) -> Option<Price>,
    rate_of: impl Fn(&str) -> Option<MarkRate>,
) -> Result<Option<Outcome>, Errors> {
    let mut errors = Errors::default();
    let given: Vec<Names> = LINES.into_iter().filter(|names| filled(typed, *names)).collect();
    let base = &book.terms().base_currency;
    let read = given.iter().map(|names| step(typed, *names, base, &price_of, &mut errors));
    let steps: Vec<Step> = read.collect::<Vec<_>>().into_iter().flatten().collect();
    if !errors.is_empty() {
        return Err(errors);
    }
    if steps.is_empty() {
        return Ok(None);
    }
    let outcome = what_if(book, &steps, day, rates, price_of, rate_of);
    for (number, fault) in &outcome.faults {
        let Some(names) = given.get(*number) else { continue };
        let (field, reason) = fault_at(fault);
        let field = match field {
            "lots" => names.lot,
            "price" | "exchange_rate" | "currency" => names.price,
            "quantity" => names.quantity,
            _ => names.symbol,
        };
        errors.add(field, reason);
    }
    if errors.is_empty() { Ok(Some(outcome)) } else { Err(errors) }
}

/// A trade, in the currency of the instrument's price; of one without a price, in the base currency.
fn step(typed: &Typed, names: Names, base: &str, price_of: impl Fn(&str) -> Option<Price>, errors: &mut Errors) -> Option<Step> {
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
    let known = price_of(symbol);
    let currency = known.as_ref().map_or(base, |known| &known.currency).to_owned();
    let price = typed_price.or_else(|| known.map(|known| known.price));
    if price.is_none() {
        errors.add(names.price, String::from("no price is known; write one in ") + &currency);
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
