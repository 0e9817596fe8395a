//! What would be: trades to try, and what they would make of gain, cash, weights and lots.

use crate::money::Decimal;
use crate::portfolio::typed::trial::{LINES, Names, filled};
use crate::portfolio::typed::{Errors, Typed};
use crate::portfolio::view::figures::parts::{amount, change, held, missing, own, table, units};
use crate::portfolio::view::ledger::parts::{SYMBOL_LIST, symbols};
use crate::portfolio::view::ledger::{Head, parts};
use crate::portfolio::view::tabs::Tab;
use crate::portfolio::what_if::{Change, Outcome};
use crate::ui::erase::Erase as _;
use crate::ui::form::{Banner, Choice, Field, Tone};
use crate::ui::format;
use leptos::prelude::*;

/// Id of the form, which tells where its premise is.
pub const FORM_ID: &str = "what-if";

/// Id of the place below the form where the answer stands.
pub const ANSWER_ID: &str = "what-if-answer";

/// What the page shows.
#[derive(Clone, Debug)]
pub struct Shown {
    /// Of which portfolio.
    pub head: Head,
    /// What stands in the form.
    pub typed: Typed,
    /// What is wrong with it.
    pub errors: Errors,
    /// Instruments to suggest.
    pub known: Vec<(String, String)>,
    /// Lots that can be named: identity of the activity that opened it, and its words.
    pub lots: Vec<(String, String)>,
    /// What would be, where something was asked.
    pub outcome: Option<Outcome>,
}

/// The page.
pub fn what_if(shown: Shown) -> AnyView {
    let base = shown.head.base_currency.clone();
    let address = own(&shown.head.id) + "what-if/";
    let premise = address.clone() + "premise";
    let wrong = (!shown.errors.is_empty()).then(|| {
        view! { <Banner tone=Tone::Wrong>"This cannot be tried. What is wrong stands at its field."</Banner> }
    });
    let mut given: Vec<bool> = LINES.iter().map(|names| filled(&shown.typed, *names)).collect();
    // One empty line more than are filled, so that there is room for the next.
    if let Some(next) = given.iter_mut().find(|given| !**given) {
        *next = true;
    }
    let lines = LINES.iter().zip(&given).map(|(names, given)| (*names, *given));
    let (now, more): (Vec<_>, Vec<_>) = lines.partition(|(_, given)| *given);
    let one = |(names, _): &(Names, bool)| line(&shown, *names);
    let more = (!more.is_empty()).then(|| {
        view! {
            <details>
                <summary>"More lines"</summary>
                {more.iter().map(one).collect_view()}
            </details>
        }
    });
    view! {
        <div class="page drawn-page">
            {parts::head(&shown.head, "What if", Tab::WhatIf, None)}
            {wrong}
            <form class="what-if" id=FORM_ID method="get" action=address data-premise=premise data-portfolio=shown.head.id.clone()>
                <p class="dim">
                    "Sell this, buy that, and see what it would make. Nothing is saved; the address of the page holds what was asked."
                </p>
                {now.iter().map(one).collect_view()}
                {more}
                <div class="form-actions">
                    <button type="submit" class="button primary">
                        "Try it"
                    </button>
                </div>
            </form>
            {symbols(&shown.known)}
            <div id=ANSWER_ID class="what-if-answer">
                {shown.outcome.map(|outcome| result(&base, &outcome))}
            </div>
        </div>
    }
    .erased()
}

fn line(shown: &Shown, names: Names) -> AnyView {
    let (typed, errors) = (&shown.typed, &shown.errors);
    let sides = [("sell", "Sell"), ("buy", "Buy")].map(|(one, text)| (one.to_owned(), text.to_owned()));
    let named = typed.get(names.lot);
    let mut lots = vec![(String::new(), "By the portfolio's method".to_owned())];
    lots.extend(shown.lots.iter().cloned());
    if !named.is_empty() && !shown.lots.iter().any(|(id, _)| id == named) {
        lots.push((named.to_owned(), String::from("Lot of ") + named));
    }
    let legend = String::from("Trade ") + names.side.trim_start_matches("side");
    view! {
        <fieldset class="what-if-line">
            <legend class="sr-only">{legend}</legend>
            <Choice label="Side" name=names.side options=sides.to_vec() value=typed.get(names.side) />
            <Field
                label="Symbol"
                name=names.symbol
                value=typed.get(names.symbol)
                error=errors.of(names.symbol)
                autocomplete="off"
                list=SYMBOL_LIST
            />
            <Field
                label="Quantity"
                name=names.quantity
                value=typed.get(names.quantity)
                error=errors.of(names.quantity)
                autocomplete="off"
                inputmode="decimal"
            />
            <Field
                label="Price, else the current"
                name=names.price
                value=typed.get(names.price)
                error=errors.of(names.price)
                autocomplete="off"
                inputmode="decimal"
            />
            <Choice label="Lot" name=names.lot options=lots value=named error=errors.of(names.lot) />
        </fieldset>
    }
    .erased()
}

/// The answer.
pub fn result(base: &str, outcome: &Outcome) -> AnyView {
    let gain = outcome.realised;
    let (before, after) = outcome.value;
    view! {
        <section aria-label="What would be">
            <dl class="figures figures-lead">
                <div>
                    <dt>"Realised now"</dt>
                    <dd>{change(gain, base)}</dd>
                </div>
                <div>
                    <dt>"Value"</dt>
                    <dd>{amount(after, base)} <span class="dim">"was " {amount(before, base)}</span></dd>
                </div>
            </dl>
        </section>
        {closings(base, outcome)}
        <section aria-labelledby="weights">
            <h2 id="weights">"Positions and cash, before and after"</h2>
            {table("Before and after", &BEFORE_AFTER, outcome.rows.iter().map(|row| weights(base, row)).collect_view().erased(), None)}
        </section>
        {left(base, outcome)}
    }
    .erased()
}

const BEFORE_AFTER: [(&str, bool); 7] = [
    ("Position", false),
    ("Quantity before", true),
    ("after", true),
    ("Value before", true),
    ("after", true),
    ("Weight before", true),
    ("after", true),
];

fn weights(base: &str, row: &Change) -> AnyView {
    let changed = (row.quantity.0 != row.quantity.1).then_some("is-changed");
    let value = |value: Option<Decimal>| value.map_or_else(|| missing("It has no price, or no rate."), |value| amount(value, base));
    let share = |weight: Option<Decimal>| {
        weight.map_or_else(
            || missing("It has no value."),
            |weight| format::percent(weight).into_view().erased(),
        )
    };
    view! {
        <tr class=changed>
            <th scope="row">{row.label.clone()} <small>{row.cash.then_some("Cash")}</small></th>
            <td class="num">{units(row.quantity.0)}</td>
            <td class="num">{units(row.quantity.1)}</td>
            <td class="num">{value(row.value.0)}</td>
            <td class="num">{value(row.value.1)}</td>
            <td class="num">{share(row.weight.0)}</td>
            <td class="num">{share(row.weight.1)}</td>
        </tr>
    }
    .erased()
}

fn closings(base: &str, outcome: &Outcome) -> Option<AnyView> {
    if outcome.closings.is_empty() {
        return None;
    }
    let rows = outcome.closings.iter().map(|lot| {
        view! {
            <tr>
                <th scope="row">{lot.symbol.clone()}</th>
                <td class="when">{format::day(lot.opened_on)}</td>
                <td class="num">{held(lot.days)}</td>
                <td class="num">{units(lot.quantity)}</td>
                <td class="num">{amount(lot.proceeds, base)}</td>
                <td class="num">{amount(lot.cost, base)}</td>
                <td class="num">{change(lot.proceeds - lot.cost, base)}</td>
            </tr>
        }
    });
    let columns = [
        ("Instrument", false),
        ("Opened", false),
        ("Held", true),
        ("Quantity", true),
        ("Proceeds", true),
        ("Cost", true),
        ("Gain", true),
    ];
    Some(
        view! {
            <section aria-labelledby="closings">
                <h2 id="closings">"Lots that would be closed"</h2>
                {table("Lots that would be closed", &columns, rows.collect_view().erased(), None)}
            </section>
        }
        .erased(),
    )
}

/// Lots that would be left, the oldest; a book may have very many.
const LEFT: usize = 100;

fn left(base: &str, outcome: &Outcome) -> Option<AnyView> {
    if outcome.lots.is_empty() {
        return None;
    }
    let rows = outcome.lots.iter().take(LEFT).map(|lot| {
        view! {
            <tr>
                <th scope="row">{lot.symbol.clone()}</th>
                <td class="when">{format::day(lot.day)}</td>
                <td class="num">{units(lot.quantity)}</td>
                <td class="num">{amount(lot.cost, base)}</td>
            </tr>
        }
    });
    let columns = [("Instrument", false), ("Opened", false), ("Quantity", true), ("Cost", true)];
    let more = outcome.lots.len().checked_sub(LEFT).filter(|more| *more > 0);
    let more = more.map(|more| view! { <p class="dim">{String::from("and ") + &format::count(more as u64) + " more"}</p> });
    Some(
        view! {
            <section aria-labelledby="left">
                <h2 id="left">"Lots that would be left"</h2>
                {table("Lots that would be left", &columns, rows.collect_view().erased(), None)}
                {more}
            </section>
        }
        .erased(),
    )
}
