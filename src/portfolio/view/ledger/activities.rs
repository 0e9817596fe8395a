//! The lines of a ledger: looked through, page by page, and changed many at once.

use crate::portfolio::activity::{Activity, ActivityKind};
use crate::portfolio::typed::{Errors, Typed};
use crate::portfolio::view::ledger::parts::{self, Done, Form, Line, SYMBOL_LIST, TEXT, figure, some_amount};
use crate::portfolio::view::ledger::search::{Search, encoded, query};
use crate::portfolio::view::ledger::{Head, words};
use crate::portfolio::view::tabs::Tab;
use crate::ui::erase::Erase as _;
use crate::ui::form::{Banner, Tone};
use crate::ui::format;
use leptos::prelude::*;
use std::collections::HashMap;

/// What can be done with several at once: its name in the form, and what it is called.
pub const DEEDS: [(&str, &str); 5] = [
    ("delete", "Delete them"),
    ("add_tag", "Add a tag"),
    ("remove_tag", "Remove a tag"),
    ("note", "Set the note"),
    ("symbol", "Set the symbol"),
];

/// Which activities the book cannot accept.
#[derive(Clone, Debug, Default)]
pub struct Checked {
    /// Why, by the identity of the activity.
    pub problems: HashMap<String, String>,
    /// Whether they were looked for: a large ledger is booked only when its owner asks.
    pub looked: bool,
}

/// What the page shows.
#[derive(Clone, Debug, Default)]
pub struct List {
    /// The portfolio.
    pub head: Head,
    /// What was looked for.
    pub search: Search,
    /// What is wrong with that, and with what was to be done.
    pub errors: Errors,
    /// What was to be done with several.
    pub typed: Typed,
    /// The lines of this page.
    pub rows: Vec<Activity>,
    /// How many there are.
    pub total: u64,
    /// Pages of the list.
    pub pages: u32,
    /// Names of instruments by their symbol.
    pub names: HashMap<String, String>,
    /// Instruments to suggest.
    pub known: Vec<(String, String)>,
    /// What the book says.
    pub checked: Checked,
    /// What was just done.
    pub done: Option<Done>,
}

/// The page.
pub fn activities(list: List) -> AnyView {
    let own = String::from("/portfolios/") + &list.head.id + "/activities/";
    let add = view! {
        <a class="button primary" href=own.clone() + "new/">
            "Add an activity"
        </a>
    };
    let body = if list.head.activities == 0 {
        empty(&list.head)
    } else {
        view! { {search_form(&list, &own)} {table_or_nothing(&list, &own)} }.erased()
    };
    view! {
        <div class="page drawn-page">
            {parts::head(&list.head, "Activities", Tab::Activities, Some(add.erased()))}
            {parts::done(&list.head.id, list.done.clone())} {wrong(&list)} {problems(&list, &own)} {body} {parts::symbols(&list.known)}
        </div>
    }
    .erased()
}

fn empty(head: &Head) -> AnyView {
    let own = String::from("/portfolios/") + &head.id + "/";
    view! {
        <div class="nothing-yet">
            <p class="lead">"This ledger is empty. Bring in the export of a tracker or a broker, or add the first activity by hand."</p>
            <p class="form-actions">
                <a class="button" href=own.clone() + "import/">
                    "Import a file"
                </a>
                <a href=own + "changes/">"Changes"</a>
            </p>
        </div>
    }
    .erased()
}

fn wrong(list: &List) -> Option<AnyView> {
    let said = list
        .errors
        .of("ids")
        .or_else(|| list.errors.of("value"))
        .or_else(|| list.errors.of("do"))?;
    Some(view! { <Banner tone=Tone::Wrong>{said + " Nothing was changed."}</Banner> }.erased())
}

fn problems(list: &List, own: &str) -> Option<AnyView> {
    let count = list.checked.problems.len() as u64;
    if !list.checked.looked {
        let said = String::from("This ledger is large: its ") + &format::count(list.head.activities) + " activities are booked on demand.";
        let address = own.to_owned() + &list.search.query(list.search.page, &[("check", "on")]);
        return Some(view! { <Banner tone=Tone::Note>{said}<a href=address>"Look for what cannot be booked"</a></Banner> }.erased());
    }
    if count == 0 {
        return None;
    }
    let said = if count == 1 {
        "An activity cannot be booked and counts for nothing.".to_owned()
    } else {
        format::count(count) + " activities cannot be booked and count for nothing."
    };
    // The first of them; the others say it in their rows.
    let first = list.checked.problems.keys().min().map(|id| own.to_owned() + &encoded(id) + "/");
    Some(view! { <Banner tone=Tone::Wrong>{said}<a href=first>"Open the first"</a></Banner> }.erased())
}

fn search_form(list: &List, own: &str) -> AnyView {
    let typed = Typed::default()
        .with("q", &list.search.q)
        .with("kind", &list.search.kind)
        .with("symbol", &list.search.symbol)
        .with("from", &list.search.from)
        .with("to", &list.search.to);
    let form = Form {
        typed: &typed,
        errors: &list.errors,
        order: &["q", "kind", "symbol", "from", "to"],
    };
    let kinds = ActivityKind::ALL.map(|kind| (kind.label().to_owned(), words::kind(kind).to_owned()));
    let kinds = [(String::new(), "All".to_owned())].into_iter().chain(kinds).collect();
    let day = Line { kind: "date", ..TEXT };
    view! {
        <form class="search-form" method="get" action=own.to_owned() role="search" aria-label="Activities">
            {form.line("q", "Symbol, note or tag", Line { kind: "search", ..TEXT })} {form.choice("kind", "Kind", kinds, "")}
            {form.line("symbol", "Symbol", Line { list: SYMBOL_LIST, ..TEXT })} {form.line("from", "From", day)} {form.line("to", "To", day)}
            <div class="form-actions">
                <button type="submit" class="button">
                    "Filter"
                </button>
                {list
                    .search
                    .is_narrow()
                    .then(|| {
                        view! { <a href=own.to_owned()>"Clear"</a> }
                    })}
            </div>
        </form>
    }
    .erased()
}

fn table_or_nothing(list: &List, own: &str) -> AnyView {
    let count = format::count(list.total);
    let changes = String::from("/portfolios/") + &list.head.id + "/changes/";
    let said = match (list.total, list.search.is_narrow()) {
        (1, true) => "1 activity found".to_owned(),
        (1, false) => "1 activity".to_owned(),
        (_, true) => count + " activities found",
        (_, false) => count + " activities",
    };
    let line = view! {
        <p class="list-line">
            <strong>{said}</strong>
            <a href=changes>"Changes"</a>
        </p>
    };
    if list.rows.is_empty() {
        return view! {
            {line}
            <p class="lead">
                "Nothing is like this. " <a href=own.to_owned()>"Show all activities"</a>
            </p>
        }
        .erased();
    }
    let action = own.to_owned() + "bulk/" + &list.search.query(list.search.page, &[]);
    let rows = list.rows.iter().map(|one| row(one, list, own));
    view! {
        {line}
        <form class="bulk" method="post" action=action>
            <table class="records activities">
                <caption class="sr-only">"Activities, the newest first"</caption>
                <thead>
                    <tr>
                        <th scope="col">
                            <span class="sr-only">"Pick"</span>
                        </th>
                        <th scope="col">"Day"</th>
                        <th scope="col">"Kind"</th>
                        <th scope="col">"Instrument"</th>
                        <th scope="col" class="num">
                            "Quantity"
                        </th>
                        <th scope="col" class="num">
                            "Price"
                        </th>
                        <th scope="col" class="num">
                            "Amount"
                        </th>
                        <th scope="col" class="num">
                            "Fee"
                        </th>
                        <th scope="col" class="num">
                            "Tax"
                        </th>
                        <th scope="col">"Currency"</th>
                        <th scope="col">"Note and tags"</th>
                        <th scope="col">
                            <span class="sr-only">"Edit"</span>
                        </th>
                    </tr>
                </thead>
                <tbody>{rows.collect_view()}</tbody>
            </table>
            {pager(list, own)} {deeds(list)}
        </form>
    }
    .erased()
}

fn row(one: &Activity, list: &List, own: &str) -> AnyView {
    let kind = words::kind(one.kind);
    let day = format::day(one.day);
    let of = one.symbol.as_ref().map(|symbol| String::from(" of ") + symbol).unwrap_or_default();
    let called = String::from(kind) + &of + ", " + &day;
    let (pick, edit) = (String::from("Pick ") + &called, String::from("Edit ") + &called);
    let address = own.to_owned() + &encoded(&one.id) + "/";
    let by_symbol = one.symbol.as_ref().map(|symbol| {
        let only = own.to_owned() + &query(&[("symbol", symbol.as_str())]);
        view! {
            <a class="symbol" href=only>
                {symbol.clone()}
            </a>
        }
    });
    let name = one
        .symbol
        .as_ref()
        .and_then(|symbol| list.names.get(symbol))
        .filter(|name| !name.is_empty());
    let units = match (one.kind, one.ratio) {
        (ActivityKind::Split, Some(ratio)) => Some(format::quantity(ratio.new) + " : " + &format::quantity(ratio.old)),
        _ => some_amount(one.quantity).map(format::quantity),
    };
    let price = one.price.map(|price| format::price(price, &one.currency));
    // Beside the units where the column of prices has no room.
    let each = price.as_ref().map(|price| String::from("@ ") + price);
    let amount = one.amount.or_else(|| one.price.and_then(|price| price.checked_mul(one.quantity)));
    let amount = amount.map(|amount| format::money(amount, &one.currency));
    let charge = |charge| some_amount(charge).map(|charge| format::money(charge, &one.currency));
    let tags = one.tags.iter().map(|tag| {
        let only = own.to_owned() + &query(&[("q", tag.as_str())]);
        view! {
            <a class="tag" href=only>
                {tag.clone()}
            </a>
        }
    });
    let problem = list.checked.problems.get(&one.id);
    let class = problem.map(|_| "is-wrong");
    let problem = problem.map(|text| view! { <p class="field-error">{String::from("Not booked. ") + text}</p> });
    let currency = if one.kind == ActivityKind::Split {
        String::new()
    } else {
        one.currency.clone()
    };
    view! {
        <tr class=class>
            <td class="at-pick">
                <label class="pick">
                    <input type="checkbox" name="id" value=one.id.clone() aria-label=pick />
                </label>
            </td>
            <td class="at-day">{day}</td>
            <td class="at-kind">{kind}</td>
            <th scope="row" class="at-what">
                {by_symbol} <span class="name">{name.cloned()}</span>
            </th>
            <td class="num at-units">
                {figure(units, "amount", "No units move")} <span class="each">{each}</span>
            </td>
            <td class="num at-price">{figure(price, "", "It has no price of a unit")}</td>
            <td class="num at-amount">{figure(amount, "amount", "No money moves")}</td>
            <td class="num at-fee">{figure(charge(one.fee), "amount", "No fee")}</td>
            <td class="num at-tax">{figure(charge(one.tax), "amount", "No tax")}</td>
            <td class="at-currency">{currency}</td>
            <td class="at-note">
                {problem} <span class="note">{one.note.clone()}</span> {tags.collect_view()}
            </td>
            <td class="at-edit">
                <a href=address aria-label=edit>
                    "Edit"
                </a>
            </td>
        </tr>
    }
    .erased()
}

fn pager(list: &List, own: &str) -> Option<AnyView> {
    let (here, pages) = (list.search.page, list.pages);
    if pages < 2 {
        return None;
    }
    let to = |page: u32| own.to_owned() + &list.search.query(page, &[]);
    let said = String::from("Page ") + &format::count(here.into()) + " of " + &format::count(pages.into());
    let newer = (here > 1).then(|| {
        view! {
            <a rel="prev" href=to(here - 1)>
                "Newer"
            </a>
        }
    });
    let older = (here < pages).then(|| {
        view! {
            <a rel="next" href=to(here + 1)>
                "Older"
            </a>
        }
    });
    Some(
        view! {
            <nav class="pager" aria-label="Pages of the list">
                {newer}
                <span>{said}</span>
                {older}
            </nav>
        }
        .erased(),
    )
}

fn deeds(list: &List) -> AnyView {
    let form = Form {
        typed: &list.typed,
        errors: &Errors::default(),
        order: &[],
    };
    let options = DEEDS.map(|(name, called)| (name.to_owned(), called.to_owned()));
    let all = (list.pages > 1).then(|| {
        let said = if list.search.is_narrow() {
            String::from("All ") + &format::count(list.total) + " that were found, not only those ticked"
        } else {
            String::from("All ") + &format::count(list.total) + " activities, not only those ticked"
        };
        view! {
            <label class="every">
                <input type="checkbox" name="every" />
                {said}
            </label>
        }
    });
    view! {
        <fieldset class="deeds">
            <legend>"With those ticked"</legend>
            {form.choice("do", "Do", options.into(), "")}
            {form.line("value", "Tag, note or symbol", TEXT)}
            <button type="submit" class="button">
                "Apply"
            </button>
            {all}
        </fieldset>
    }
    .erased()
}
