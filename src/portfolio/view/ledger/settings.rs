//! What an owner decides about a portfolio: a new one, one that is there, and its end.

use crate::portfolio::book::Method;
use crate::portfolio::typed::{Errors, Typed};
use crate::portfolio::view::ledger::parts::{self, CURRENCY_LIST, Form, Line, SYMBOL_LIST, TEXT};
use crate::portfolio::view::ledger::{Head, words};
use crate::portfolio::view::tabs::Tab;
use crate::ui::erase::Erase as _;
use crate::ui::form::{Banner, Check, Tone};
use crate::ui::format;
use leptos::prelude::*;

/// The fields as they stand on the page.
const ORDER: [&str; 5] = ["name", "base_currency", "method", "cash_tracked", "benchmark"];

/// The page of a new portfolio.
pub fn new_portfolio(typed: &Typed, errors: &Errors, known: &[(String, String)]) -> AnyView {
    view! {
        <div class="page drawn-page narrow">
            <div class="ledger-head">
                <p class="crumbs">
                    <a href="/portfolios/">"Portfolios"</a>
                </p>
                <h1>"New portfolio"</h1>
            </div>
            {form("/portfolios/new/", "Open it", typed, errors, known)}
        </div>
    }
    .erased()
}

/// The page of one that is there. `wrong_name` says that the name typed to delete it is another.
pub fn settings(head: &Head, typed: &Typed, errors: &Errors, known: &[(String, String)], saved: bool, wrong_name: bool) -> AnyView {
    let own = String::from("/portfolios/") + &head.id + "/";
    view! {
        <div class="page drawn-page">
            {parts::head(head, "Settings", Tab::Settings, None)}
            {saved.then(|| view! { <Banner tone=Tone::Done>"Saved. All figures are computed anew."</Banner> })}
            {form(&(own.clone() + "settings/"), "Save", typed, errors, known)} {delete(head, &own, wrong_name)}
        </div>
    }
    .erased()
}

fn form(action: &str, button: &'static str, typed: &Typed, errors: &Errors, known: &[(String, String)]) -> AnyView {
    let form = Form {
        typed,
        errors,
        order: &ORDER,
    };
    let methods = Method::ALL.map(|one| {
        let (name, _) = words::method(one);
        (one.label().to_owned(), name.to_owned())
    });
    let meanings = Method::ALL.map(|one| {
        let (name, meaning) = words::method(one);
        view! {
            <div>
                <dt>{name}</dt>
                <dd>{meaning}</dd>
            </div>
        }
    });
    let required = Line { required: true, ..TEXT };
    view! {
        <form class="form" method="post" action=action.to_owned()>
            {form.refused()}
            {form.line("name", "Name", required)}
            {form
                .line(
                    "base_currency",
                    "Base currency",
                    Line {
                        hint: "Of all totals: an ISO 4217 code such as EUR. What is in another is converted at each day's rate.",
                        list: CURRENCY_LIST,
                        ..required
                    },
                )}
            {form.choice("method", "Cost basis", methods.into(), "Which lots a sale takes, where it names none. It can be changed later.")}
            <dl class="meanings">{meanings.into_iter().collect_view()}</dl>
            <Check
                label="Track cash"
                name="cash_tracked"
                checked=typed.ticked("cash_tracked")
                hint="Ticked: deposits, withdrawals and what trades cost or bring add up to cash. Not ticked, for a ledger that books no deposits: each buy brings its own money, and each sale takes it out."
            />
            {form
                .line(
                    "benchmark",
                    "Benchmark (optional)",
                    Line {
                        hint: "Symbol of what its performance is held against: an instrument, or SP500, the index that ships with the program.",
                        list: SYMBOL_LIST,
                        ..TEXT
                    },
                )} {parts::currencies()} {parts::symbols(known)}
            <div class="form-actions">
                <button type="submit" class="button primary">
                    {button}
                </button>
            </div>
        </form>
    }
    .erased()
}

fn delete(head: &Head, own: &str, wrong_name: bool) -> AnyView {
    let errors = if wrong_name {
        Errors::from(crate::portfolio::settings::Invalid::new(
            "confirm",
            "this is not its name; nothing was deleted",
        ))
    } else {
        Errors::default()
    };
    let typed = Typed::default();
    let form = Form {
        typed: &typed,
        errors: &errors,
        order: &["confirm"],
    };
    let lost = format!(
        "Its {} activities, with their notes and tags, and the list of its changes are deleted for good. \
         This cannot be undone. Instruments and prices stay: they are yours, not the portfolio's.",
        format::count(head.activities)
    );
    let hint = format!("Type {} to confirm.", head.name);
    view! {
        <section class="delete-part" aria-labelledby="delete-title">
            <h2 id="delete-title">"Delete this portfolio"</h2>
            <p>{lost}</p>
            <p>
                <a href=own.to_owned() + "import/">"Export it first"</a>
                ", so that it can be brought back."
            </p>
            <form class="form" method="post" action=own.to_owned() + "delete/">
                {form
                    .line(
                        "confirm",
                        "Name of the portfolio",
                        Line {
                            hint: &hint,
                            required: true,
                            ..TEXT
                        },
                    )}
                <div class="form-actions">
                    <button type="submit" class="button danger">
                        "Delete it"
                    </button>
                </div>
            </form>
        </section>
    }
    .erased()
}
