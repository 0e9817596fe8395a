//! How a figure came about: its formula, its inputs, its sum.

use crate::money::Decimal;
use crate::portfolio::derivation::{Derivation, Figure, Part};
use crate::portfolio::view::figures::parts::{Pages, activity_at, amount, change, derivation_of, missing, percent, table};
use crate::portfolio::view::ledger::{Head, parts};
use crate::portfolio::view::tabs::Tab;
use crate::ui::erase::Erase as _;
use crate::ui::format;
use leptos::prelude::*;

/// What the page shows.
#[derive(Clone, Debug)]
pub struct Shown {
    /// Of which portfolio.
    pub head: Head,
    /// The explanation, with the inputs of this page alone.
    pub derivation: Derivation,
    /// Which part of the inputs.
    pub pages: Pages,
    /// When it was made.
    pub as_of: String,
    /// Why there is no sum, where there is none.
    pub why: String,
    /// What else is to be known.
    pub note: String,
}

/// A figure's name.
pub fn title(figure: Figure) -> &'static str {
    match figure {
        Figure::Value => "Value",
        Figure::Cost => "Cost of what is held",
        Figure::Realised => "Realised gain",
        Figure::Unrealised => "Unrealised gain",
        Figure::Income => "Income",
        Figure::Fees => "Fees and taxes",
        Figure::TotalGain => "Total gain",
        Figure::DayChange => "Day change",
        Figure::Contributions => "Contributions less withdrawals",
        Figure::Twr => "Time-weighted return",
        Figure::Mwr => "Money-weighted return",
    }
}

/// Where a term of the total gain is derived itself.
fn deeper(label: &str) -> Option<Figure> {
    match label {
        "Realised" => Some(Figure::Realised),
        "Unrealised" => Some(Figure::Unrealised),
        "Income" => Some(Figure::Income),
        "Fees" => Some(Figure::Fees),
        _ => None,
    }
}

fn figure(of: Figure, figure: Decimal, base: &str) -> AnyView {
    let hundredfold = |rate: Decimal| rate.checked_mul(Decimal::ONE_HUNDRED).unwrap_or_default();
    match of {
        Figure::Twr | Figure::Mwr => percent(hundredfold(figure)),
        Figure::Value | Figure::Cost | Figure::Fees => amount(figure, base),
        _ => change(figure, base),
    }
}

/// The page.
pub fn derivation(shown: Shown) -> AnyView {
    let Shown {
        head,
        derivation,
        pages,
        as_of,
        why,
        note,
    } = shown;
    let of = derivation.figure;
    let base = head.base_currency.clone();
    // A flow is money, although the rate that is made of flows is not.
    let kind = if of == Figure::Mwr { Figure::Contributions } else { of };
    let sum = derivation.sum.map_or_else(|| missing(why.clone()), |sum| figure(of, sum, &base));
    let rows = derivation.parts.iter().map(|part| line(&head, kind, part)).collect_view().erased();
    let foot = (pages.page == pages.pages).then(|| {
        let sum = derivation.sum.map_or_else(|| missing(why.clone()), |sum| figure(of, sum, &base));
        view! {
            <tr>
                <th scope="row" colspan="3">
                    {title(of)}
                </th>
                <td class="num">{sum}</td>
            </tr>
        }
        .erased()
    });
    let last = if matches!(of, Figure::Twr) { "Return" } else { "Amount" };
    let columns = [("Input", false), ("Day", false), ("How", false), (last, true)];
    let address = derivation_of(&head.id, of);
    let heading = title(of);
    let said = String::from("In ") + &base + ", as of " + &as_of + ".";
    let none = derivation.parts.is_empty();
    view! {
        <div class="page drawn-page">
            {parts::head(&head, heading, Tab::Overview, None)}
            <section class="derived" aria-label="The figure">
                <p class="derived-sum">{sum}</p>
                <p class="formula">{derivation.formula.clone()}</p>
                <p class="dim small-print">
                    {said} " Inputs are shown rounded; their sum is of the exact amounts. " {note} " "
                    {derivation.sum.is_none().then_some(why)}
                </p>
            </section>
            {none.then(|| view! { <p class="dim">"There are no inputs yet."</p> })}
            {(!none).then(|| table("Inputs", &columns, rows, foot))}
            {pages.ways("Pages of inputs", move |page| address.clone() + "?page=" + &page.to_string())}
        </div>
    }
    .erased()
}

fn line(head: &Head, kind: Figure, part: &Part) -> AnyView {
    let label = part.label.clone();
    let portfolio = part.portfolio.as_deref().unwrap_or(&head.id);
    let link = match (&part.activity, deeper(&part.label)) {
        (Some(activity), _) => Some(activity_at(portfolio, activity)),
        (None, Some(figure)) if part.day.is_none() => Some(derivation_of(&head.id, figure)),
        _ => None,
    };
    let label = match link {
        Some(address) => view! { <a href=address>{label}</a> }.erased(),
        None => view! { <span>{label}</span> }.erased(),
    };
    view! {
        <tr>
            <th scope="row">{label}</th>
            <td class="when">{part.day.map(format::day)}</td>
            <td class="how">
                <span class="amount">{part.inputs.clone()}</span>
            </td>
            <td class="num">{figure(kind, part.amount, &head.base_currency)}</td>
        </tr>
    }
    .erased()
}
