//! Where the value lies: a ring for the eye, and a table that says it in figures.

use crate::money::{Decimal, percent_of, round};
use crate::portfolio::allocation::{By, Share};
use crate::portfolio::derivation::Figure;
use crate::portfolio::view::figures::parts::{amount, derivation_of, or_missing, own, table};
use crate::portfolio::view::ledger::search::query;
use crate::portfolio::view::ledger::{Head, parts};
use crate::portfolio::view::tabs::Tab;
use crate::ui::chart::{Slice, svg};
use crate::ui::erase::Erase as _;
use crate::ui::format;
use leptos::prelude::*;

/// Slices of a ring; what is beyond them is one.
const SLICES: usize = 12;
/// Holdings that a share names; of the others the number is told.
const NAMED: usize = 8;

/// What the page shows.
#[derive(Clone, Debug)]
pub struct Allocation {
    /// Of which portfolio.
    pub head: Head,
    /// When its values were made.
    pub as_of: String,
    /// What values are put together by.
    pub by: By,
    /// The shares, the largest first.
    pub shares: Vec<Share>,
    /// Their sum.
    pub whole: Decimal,
    /// Labels of what has no value: no price of it is known.
    pub unvalued: Vec<String>,
}

/// The page.
pub fn allocation(shown: Allocation) -> AnyView {
    let head = parts::head(&shown.head, "Allocation", Tab::Allocation, None);
    let address = own(&shown.head.id) + "allocation/";
    let ways = By::ALL.map(|by| {
        let way = address.clone() + &query(&[("by", by.label())]);
        view! {
            <a href=way aria-current=(by == shown.by).then_some("true")>
                {by.title()}
            </a>
        }
    });
    let content = if shown.shares.is_empty() {
        view! { <p class="lead">"Nothing is held now."</p> }.erased()
    } else {
        told(&shown)
    };
    view! {
        <div class="page drawn-page">
            {head}
            <nav class="ranges" aria-label="Put together by">
                {ways.into_iter().collect_view()}
            </nav>
            {content}
        </div>
    }
    .erased()
}

fn told(shown: &Allocation) -> AnyView {
    let base = shown.head.base_currency.as_str();
    let said = String::from("In ") + base + ", as of " + &shown.as_of + ".";
    let unvalued = (!shown.unvalued.is_empty()).then(|| {
        let said = String::from("In no share, since no price of it is known: ") + &shown.unvalued.join(", ") + ".";
        view! { <p class="dim small-print">{said}</p> }
    });
    let why = (shown.by == By::Country).then(|| {
        view! {
            <p class="dim small-print">
                "A country is what you said of an instrument, else what the market says, else what its ISIN begins with: of a fund that is where it is at home, not where it invests."
            </p>
        }
    });
    view! {
        <section class="shares" aria-label=String::from("By ") + shown.by.label()>
            <div class="shares-ring" aria-hidden="true" inner_html=ring(&shown.shares)></div>
            <div class="shares-table">{rows(shown, base)} <p class="dim small-print">{said}</p> {unvalued} {why}</div>
        </section>
    }
    .erased()
}

fn colour(index: usize) -> &'static str {
    ["chart-1", "chart-2", "chart-3", "chart-4", "chart-5", "chart-6"][index % 6]
}

/// Of what is held. What is owed has no slice.
fn ring(shares: &[Share]) -> String {
    let held: Vec<_> = shares.iter().filter(|share| share.value > Decimal::ZERO).collect();
    let whole: Decimal = held.iter().map(|share| share.value).sum();
    let slice = |name: &str, value| Slice {
        name: name.to_owned(),
        percent: round(percent_of(value, whole).unwrap_or_default(), 2),
    };
    let first = held.iter().take(SLICES).map(|share| slice(&share.name, share.value));
    let rest: Decimal = held.iter().skip(SLICES).map(|share| share.value).sum();
    let rest = (!rest.is_zero()).then(|| slice("Others", rest));
    let all: Vec<_> = first.chain(rest).collect();
    svg::ring(&all, colour)
}

fn rows(shown: &Allocation, base: &str) -> AnyView {
    let rows = shown.shares.iter().enumerate().map(|(at, share)| {
        let swatch = (at < SLICES && share.value > Decimal::ZERO).then(|| {
            view! {
                <svg class="chart-swatch" viewBox="0 0 1 1" aria-hidden="true">
                    <rect width="1" height="1" class=colour(at) />
                </svg>
            }
        });
        let of = (shown.by != By::Instrument).then(|| view! { <small>{holdings(share)}</small> });
        let percent = share
            .percent
            .map(|percent| view! { <span>{format::percent(percent)}</span> }.erased());
        view! {
            <tr>
                <th scope="row">{swatch} " " {share.name.clone()} {of}</th>
                <td class="num">{amount(share.value, base)}</td>
                <td class="num">{or_missing(percent, "The whole is worth nothing.")}</td>
            </tr>
        }
    });
    let foot = view! {
        <tr>
            <th scope="row">"All together"</th>
            <td class="num">
                <a href=derivation_of(&shown.head.id, Figure::Value)>{amount(shown.whole, base)}</a>
            </td>
            <td class="num">{(!shown.whole.is_zero()).then(|| format::percent(Decimal::ONE_HUNDRED))}</td>
        </tr>
    }
    .erased();
    let columns = [(shown.by.title(), false), ("Value", true), ("Weight", true)];
    table(
        &(String::from("Value by ") + shown.by.label()),
        &columns,
        rows.collect_view().erased(),
        Some(foot),
    )
}

fn holdings(share: &Share) -> String {
    let named: Vec<_> = share.holdings.iter().take(NAMED).map(|(symbol, _)| symbol.as_str()).collect();
    let rest = share.holdings.len() - named.len();
    let mut said = named.join(", ");
    if rest > 0 {
        said += " and ";
        said += &format::count(rest as u64);
        said += " more";
    }
    said
}
