//! What a unit of an instrument costs now, who says so, of when it is, and whether its market trades.

use crate::money::{Decimal, percent_of};
use crate::portfolio::mark::Price;
use crate::portfolio::view::figures::parts::{missing, percent};
use crate::ui::erase::Erase as _;
use crate::ui::format;
use leptos::prelude::*;

/// Why there is no price.
const NO_PRICE: &str = "No price of it is known: the market tells none, you set none, and no activity has one.";

/// A price as it is told to its reader.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct PriceNow {
    /// With its currency.
    pub price: String,
    /// Since the previous close, in percent of it.
    pub change: Option<Decimal>,
    /// Who says it, of when it is, and whether its market trades.
    pub source: String,
    /// What should be known of a price that no market makes.
    pub note: String,
}

impl PriceNow {
    /// A price, with who says it in words.
    pub fn new(price: &Price, source: String, note: Option<String>) -> Self {
        let before = price.previous_close.filter(|before| *before > Decimal::ZERO);
        let change = before.and_then(|before| percent_of(price.price.checked_sub(before)?, before));
        let currency = price.currency.as_str();
        Self {
            price: format::price(price.price, currency) + " " + currency,
            change,
            source,
            note: note.unwrap_or_default(),
        }
    }
}

/// The line of an instrument's page.
pub fn line(now: Option<&PriceNow>) -> AnyView {
    let Some(now) = now else {
        return view! { <p class="dim price-now">{NO_PRICE}</p> }.erased();
    };
    let note = (!now.note.is_empty()).then(|| String::from(" ") + &now.note);
    view! {
        <p class="price-now">
            <strong>{now.price.clone()}</strong>
            " "
            {now.change.map(percent)}
            <span class="dim">{String::from(" ") + &now.source + "."} {note}</span>
        </p>
    }
    .erased()
}

/// The cell of a list.
pub fn cell(now: Option<&PriceNow>) -> AnyView {
    let Some(now) = now else { return missing(NO_PRICE) };
    view! {
        <span>{now.price.clone()}</span>
        <small title=now.note.clone()>{now.source.clone()}</small>
    }
    .erased()
}
