//! The instruments that an owner described or traded.

use crate::portfolio::described::DescribedInstrument;
use crate::portfolio::typed::things::kind_words;
use crate::portfolio::view::ledger::now::{self, PriceNow};
use crate::portfolio::view::ledger::search::{encoded, query};
use crate::ui::erase::Erase as _;
use crate::ui::form::{Banner, Tone};
use crate::ui::format;
use leptos::prelude::*;

/// An instrument in the list.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Row {
    /// What is known of it.
    pub described: DescribedInstrument,
    /// Activities that name it.
    pub activities: u64,
    /// Own prices of it.
    pub prices: u64,
    /// The latest of them, as it is written, with its day.
    pub latest: Option<(String, String)>,
    /// What a unit costs now, where that is known.
    pub now: Option<PriceNow>,
    /// Whether only the market has it so far.
    pub listed: bool,
    /// Where its prices would come from, where only a provider lists it: `coinbase:SOL-USD`.
    pub offered: Option<String>,
}

/// What the page shows.
#[derive(Clone, Debug, Default)]
pub struct List {
    /// The instruments of this page.
    pub rows: Vec<Row>,
    /// How many there are.
    pub total: u64,
    /// How many more providers list.
    pub more: u64,
    /// What was looked for.
    pub q: String,
    /// Page of the list.
    pub page: u32,
    /// Pages of the list.
    pub pages: u32,
    /// Whether there are any at all.
    pub any: bool,
    /// Whether one was just forgotten.
    pub gone: bool,
}

/// The page.
pub fn instruments(list: List) -> AnyView {
    let gone = list
        .gone
        .then(|| view! { <Banner tone=Tone::Note>"The instrument was deleted."</Banner> });
    let body = if list.any || list.total > 0 || !list.q.is_empty() {
        table(&list)
    } else {
        view! {
            <p class="lead nothing-yet">
                "There is none yet. Instruments come with the activities that name them. What has no market, such as a flat or a painting, is added here, with prices of your own."
            </p>
        }
        .erased()
    };
    view! {
        <div class="page drawn-page">
            <div class="ledger-head">
                <p class="crumbs">
                    <a href="/portfolios/">"Portfolios"</a>
                </p>
                <div class="page-head">
                    <h1>"Instruments"</h1>
                    <a class="button primary" href="/instruments/new/">
                        "Add an instrument"
                    </a>
                </div>
            </div>
            {gone} {body}
        </div>
    }
    .erased()
}

fn table(list: &List) -> AnyView {
    let said = if list.total == 1 {
        "1 instrument".to_owned()
    } else {
        format::count(list.total) + " instruments"
    };
    let more = (list.more > 0).then(|| {
        let said = format!(
            " Providers list {} more; write more of the name to see fewer.",
            format::count(list.more)
        );
        view! { <span class="dim">{said}</span> }
    });
    let to = |page: u32| {
        let number = page.to_string();
        String::from("/instruments/") + &query(&[("q", list.q.as_str()), ("page", &number)])
    };
    let pager = (list.pages > 1).then(|| {
        view! {
            <nav class="pager" aria-label="Pages of the list">
                {(list.page > 1)
                    .then(|| {
                        view! {
                            <a rel="prev" href=to(list.page - 1)>
                                "Back"
                            </a>
                        }
                    })}
                <span>{format!("Page {} of {}", list.page, list.pages)}</span>
                {(list.page < list.pages)
                    .then(|| {
                        view! {
                            <a rel="next" href=to(list.page + 1)>
                                "On"
                            </a>
                        }
                    })}
            </nav>
        }
    });
    view! {
        <form class="search-form one" method="get" action="/instruments/" role="search" aria-label="Instruments">
            <div class="field">
                <label for="q">"Symbol, name or ISIN"</label>
                <input id="q" name="q" type="search" value=list.q.clone() autocomplete="off" />
            </div>
            <div class="form-actions">
                <button type="submit" class="button">
                    "Find"
                </button>
            </div>
        </form>
        <p class="list-line">
            <strong>{said}</strong>
            {more}
        </p>
        <div class="table-frame">
            <table class="records instruments">
                <caption class="sr-only">"Instruments by symbol"</caption>
                <thead>
                    <tr>
                        <th scope="col">"Symbol"</th>
                        <th scope="col">"Name"</th>
                        <th scope="col">"Kind"</th>
                        <th scope="col">"Currency"</th>
                        <th scope="col">"ISIN"</th>
                        <th scope="col">"Market symbol"</th>
                        <th scope="col" class="num">
                            "Activities"
                        </th>
                        <th scope="col" class="num">
                            "Price now"
                        </th>
                        <th scope="col" class="num">
                            "Own price"
                        </th>
                    </tr>
                </thead>
                <tbody>{list.rows.iter().map(row).collect_view()}</tbody>
            </table>
        </div>
        {pager}
    }
    .erased()
}

fn row(row: &Row) -> AnyView {
    let DescribedInstrument {
        symbol,
        name,
        currency,
        isin,
        kind,
        alias,
        note,
        ..
    } = &row.described;
    let new = |fields: &[(&str, &str)]| String::from("/instruments/new/") + &query(fields);
    let (address, listed) = match &row.offered {
        Some(source) => (
            new(&[("choose", source.as_str())]),
            Some(String::from("Prices from ") + source + ": add it"),
        ),
        None if row.listed => (new(&[("symbol", symbol.as_str())]), Some("The market lists it: add it".to_owned())),
        None => (String::from("/instruments/") + &encoded(symbol) + "/", None),
    };
    let listed = listed.map(|said| view! { <span class="note whole">{said}</span> });
    let latest = match &row.latest {
        Some((price, day)) => view! { {price.clone()} <span class="dim">{String::from(" ") + day}</span> }.erased(),
        None => view! {
            <span class="none" title="You set no price for it">
                {format::MISSING}
            </span>
        }
        .erased(),
    };
    view! {
        <tr>
            <th scope="row">
                <a href=address>{symbol.clone()}</a>
            </th>
            <td>
                {name.clone()} {listed} {(!note.is_empty()).then(|| view! { <span class="note">{note.clone()}</span> })}
            </td>
            <td>{kind_words(*kind).1}</td>
            <td>{currency.clone()}</td>
            <td>{isin.clone()}</td>
            <td>{alias.clone()}</td>
            <td class="num">{format::count(row.activities)}</td>
            <td class="num">{now::cell(row.now.as_ref())}</td>
            <td class="num">{latest}</td>
        </tr>
    }
    .erased()
}
