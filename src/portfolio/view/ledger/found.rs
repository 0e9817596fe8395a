//! Instruments that were looked for on a form: a button each, which puts the instrument into the form. What only a provider lists is
//! chosen with it: its prices come from then on.

use crate::portfolio::view::ledger::now::{self, PriceNow};
use crate::ui::erase::Erase as _;
use crate::ui::format;
use leptos::prelude::*;

/// Most that are shown.
pub const SHOWN: usize = 12;

/// What was found.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct FoundList {
    /// What was looked for.
    pub q: String,
    /// The closest, at most [`SHOWN`].
    pub rows: Vec<FoundRow>,
    /// How many more there are.
    pub more: usize,
}

/// An instrument that was found.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct FoundRow {
    /// Its label.
    pub symbol: String,
    /// Its name; may be empty.
    pub name: String,
    /// ISO 4217 code of its price, where that is known.
    pub currency: String,
    /// Whether it is the person's own already.
    pub own: bool,
    /// What a unit costs now, where that is known.
    pub now: Option<PriceNow>,
    /// Where its prices would come from, where only a provider lists it: `coinbase:SOL-USD`.
    pub offered: Option<String>,
}

/// The part of the form that shows what was found. Its buttons send the form with the symbol in `pick`, or with a
/// provider's source in `choose`.
pub fn found(list: &FoundList) -> AnyView {
    let title = if list.q.is_empty() {
        "Your instruments".to_owned()
    } else {
        format!("Found for \u{201c}{}\u{201d}", list.q)
    };
    let body = if list.rows.is_empty() {
        let said = if list.q.is_empty() {
            "You have none yet. Write a name, an ISIN or a part of a symbol into the field, and find again."
        } else {
            "Nothing answers to it. Any symbol may be used all the same: what no market lists has the prices that you set."
        };
        view! { <p class="dim">{said}</p> }.erased()
    } else {
        let more = (list.more > 0).then(|| {
            let said = format!("and {} more; write more of the name to see fewer", format::count(list.more as u64));
            view! { <p class="dim">{said}</p> }
        });
        let rows = list.rows.iter().enumerate().map(|(at, row)| line(row, at == 0));
        view! {
            <ul class="found-list">{rows.collect_view()}</ul>
            {more}
        }
        .erased()
    };
    view! {
        <fieldset class="found-part" id="found">
            <legend>{title}</legend>
            {body}
        </fieldset>
    }
    .erased()
}

fn line(row: &FoundRow, first: bool) -> AnyView {
    let label = if row.name.is_empty() {
        String::from("Take ") + &row.symbol
    } else {
        String::from("Take ") + &row.symbol + ", " + &row.name
    };
    let whose = match (&row.offered, row.own) {
        (Some(source), _) => source.as_str(),
        (None, true) => "yours",
        (None, false) => "market",
    };
    let name = if row.offered.is_some() { "choose" } else { "pick" };
    let value = row.offered.as_ref().unwrap_or(&row.symbol).clone();
    let price = row
        .now
        .as_ref()
        .map(|one| view! { <span class="num">{now::cell(Some(one))}</span> });
    view! {
        <li>
            <button type="submit" class="button small" name=name value=value formnovalidate aria-label=label autofocus=first>
                {row.symbol.clone()}
            </button>
            <span class="found-name">{row.name.clone()} <span class="dim">{String::from(" ") + &row.currency + " " + whose}</span></span>
            {price}
        </li>
    }
    .erased()
}
