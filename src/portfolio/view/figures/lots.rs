//! What was bought and sold, piece by piece: open lots and closed ones.

use crate::money::Decimal;
use crate::portfolio::view::figures::parts::{Pages, activity_at, amount, change, held, or_missing, own, table, units};
use crate::portfolio::view::ledger::search::query;
use crate::portfolio::view::ledger::{Head, parts};
use crate::portfolio::view::tabs::{ALL, Tab};
use crate::ui::erase::Erase as _;
use crate::ui::form::Choice;
use crate::ui::format;
use chrono::NaiveDate;
use leptos::prelude::*;

/// An activity that opened or closed a lot.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct By {
    /// Its portfolio.
    pub portfolio: String,
    /// Its identity.
    pub activity: String,
    /// Its day.
    pub day: NaiveDate,
}

/// An open lot.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Open {
    /// Label of the instrument.
    pub symbol: String,
    /// What opened it.
    pub opened: By,
    /// Units; below zero when short.
    pub quantity: Decimal,
    /// Cost in the base currency.
    pub cost: Decimal,
    /// The price of a unit, as it is shown.
    pub price: Option<String>,
    /// Value in the base currency.
    pub value: Option<Decimal>,
    /// Days held.
    pub days: i64,
}

/// A closed lot.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Closed {
    /// Label of the instrument.
    pub symbol: String,
    /// What opened it.
    pub opened: By,
    /// What closed it.
    pub closed: By,
    /// Units.
    pub quantity: Decimal,
    /// Whether it was sold first.
    pub short: bool,
    /// What was paid, in the base currency.
    pub cost: Decimal,
    /// What was received.
    pub proceeds: Decimal,
    /// Days held.
    pub days: i64,
}

/// The sums of a list, over all its pages.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Sums {
    /// Of the cost.
    pub cost: Decimal,
    /// Of the value, or of the proceeds.
    pub value: Decimal,
    /// Of the gain.
    pub gain: Decimal,
}

/// What the page shows.
#[derive(Clone, Debug)]
pub struct Lots {
    /// Of which portfolio.
    pub head: Head,
    /// The instrument that is looked for; empty: all.
    pub symbol: String,
    /// The instruments that have lots.
    pub symbols: Vec<String>,
    /// Open lots of this page.
    pub open: (Vec<Open>, Pages, Sums),
    /// Closed lots of this page.
    pub closed: (Vec<Closed>, Pages, Sums),
    /// When the prices were read.
    pub as_of: String,
}

/// The page.
pub fn lots(shown: Lots) -> AnyView {
    let base = shown.head.base_currency.clone();
    let id = shown.head.id.clone();
    let address = own(&id) + "lots/";
    let (open, open_pages, open_sums) = shown.open;
    let (closed, closed_pages, closed_sums) = shown.closed;
    let (open_at, closed_at) = (open_pages.page.to_string(), closed_pages.page.to_string());
    let symbol = shown.symbol.clone();
    let way = |open: &str, closed: &str| address.clone() + &query(&[("symbol", symbol.as_str()), ("open", open), ("closed", closed)]);
    let open_ways = open_pages.ways("Pages of open lots", |page| way(&page.to_string(), &closed_at));
    let closed_ways = closed_pages.ways("Pages of closed lots", |page| way(&open_at, &page.to_string()));
    let options = std::iter::once((String::new(), "All instruments".to_owned()));
    let options = options.chain(shown.symbols.into_iter().map(|one| (one.clone(), one))).collect();
    let said = String::from("In ") + &base + ", as of " + &shown.as_of + ".";
    view! {
        <div class="page drawn-page">
            {parts::head(&shown.head, "Lots", Tab::Lots, None)}
            <form class="figures-filter" method="get" action=address.clone()>
                <Choice label="Instrument" name="symbol" options=options value=shown.symbol.clone() />
                <button type="submit" class="button">
                    "Show"
                </button>
                <p class="dim small-print">{said}</p>
            </form>
            <section aria-labelledby="open-lots">
                <h2 id="open-lots">"Open"</h2>
                {if open.is_empty() {
                    view! { <p class="dim">"No lot is open."</p> }.erased()
                } else {
                    open_table(&id, &base, &open, open_sums)
                }}
                {open_ways}
            </section>
            <section aria-labelledby="closed-lots">
                <h2 id="closed-lots">"Closed"</h2>
                {if closed.is_empty() {
                    view! { <p class="dim">"No lot was closed."</p> }.erased()
                } else {
                    closed_table(&base, &closed, closed_sums)
                }}
                {closed_ways}
            </section>
        </div>
    }
    .erased()
}

fn by(by: &By) -> AnyView {
    let address = activity_at(&by.portfolio, &by.activity);
    view! { <a href=address>{format::day(by.day)}</a> }.erased()
}

/// The table of open lots; of all portfolios together where `id` says so.
pub fn open_table(id: &str, base: &str, lots: &[Open], sums: Sums) -> AnyView {
    let rows = lots.iter().map(|lot| {
        let why = "It has no price, or no rate into the base currency.";
        let number = lot.quantity.to_string();
        let fields = [
            ("side1", "sell"),
            ("symbol1", lot.symbol.as_str()),
            ("quantity1", number.as_str()),
            ("lot1", lot.opened.activity.as_str()),
        ];
        let sell = (id != ALL && lot.quantity > Decimal::ZERO).then(|| {
            let label = String::from("What if ") + &lot.symbol + " of " + &format::day(lot.opened.day) + " were sold";
            view! {
                <a href=own(id) + "what-if/" + &query(&fields) aria-label=label>
                    "Sell?"
                </a>
            }
        });
        view! {
            <tr>
                <th scope="row">{lot.symbol.clone()}</th>
                <td class="when">{by(&lot.opened)}</td>
                <td class="num">{held(lot.days)}</td>
                <td class="num">{units(lot.quantity)}</td>
                <td class="num">{amount(lot.cost, base)}</td>
                <td class="num">{or_missing(lot.price.clone().map(|price| price.into_view().erased()), why)}</td>
                <td class="num">{or_missing(lot.value.map(|value| amount(value, base)), why)}</td>
                <td class="num">{or_missing(lot.value.map(|value| change(value - lot.cost, base)), why)}</td>
                <td class="num">{sell}</td>
            </tr>
        }
    });
    let foot = view! {
        <tr>
            <th scope="row" colspan="4">
                "Sum of all open lots"
            </th>
            <td class="num">{amount(sums.cost, base)}</td>
            <td></td>
            <td class="num">{amount(sums.value, base)}</td>
            <td class="num">{change(sums.gain, base)}</td>
            <td></td>
        </tr>
    }
    .erased();
    let columns = [
        ("Instrument", false),
        ("Opened", false),
        ("Held", true),
        ("Quantity", true),
        ("Cost", true),
        ("Price", true),
        ("Value", true),
        ("Unrealised", true),
        ("What if", true),
    ];
    table("Open lots", &columns, rows.collect_view().erased(), Some(foot))
}

fn closed_table(base: &str, lots: &[Closed], sums: Sums) -> AnyView {
    let rows = lots.iter().map(|lot| {
        view! {
            <tr>
                <th scope="row">{lot.symbol.clone()} <small>{lot.short.then_some("sold first")}</small></th>
                <td class="when">{by(&lot.opened)}</td>
                <td class="when">{by(&lot.closed)}</td>
                <td class="num">{held(lot.days)}</td>
                <td class="num">{units(lot.quantity)}</td>
                <td class="num">{amount(lot.proceeds, base)}</td>
                <td class="num">{amount(lot.cost, base)}</td>
                <td class="num">{change(lot.proceeds - lot.cost, base)}</td>
            </tr>
        }
    });
    let foot = view! {
        <tr>
            <th scope="row" colspan="5">
                "Sum of all closed lots"
            </th>
            <td class="num">{amount(sums.value, base)}</td>
            <td class="num">{amount(sums.cost, base)}</td>
            <td class="num">{change(sums.gain, base)}</td>
        </tr>
    }
    .erased();
    let columns = [
        ("Instrument", false),
        ("Opened", false),
        ("Closed", false),
        ("Held", true),
        ("Quantity", true),
        ("Proceeds", true),
        ("Cost", true),
        ("Realised", true),
    ];
    table("Closed lots", &columns, rows.collect_view().erased(), Some(foot))
}
