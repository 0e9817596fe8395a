//! The form of an activity: a new one, or one that is there. A kind shows the fields that it has.

use crate::money::Decimal;
use crate::portfolio::activity::ActivityKind;
use crate::portfolio::typed::activity::{LOT, ORDER, Part, parts};
use crate::portfolio::typed::{Errors, Typed};
use crate::portfolio::view::ledger::found::{FoundList, found};
use crate::portfolio::view::ledger::parts::{self as shared, CURRENCY_LIST, FIGURE, Form, Line, SYMBOL_LIST, TEXT};
use crate::portfolio::view::ledger::search::query;
use crate::portfolio::view::ledger::{Head, words};
use crate::portfolio::view::tabs::Tab;
use crate::ui::erase::Erase as _;
use crate::ui::form::{Banner, Tone};
use crate::ui::format;
use chrono::NaiveDate;
use leptos::prelude::*;

/// A lot that a sale may name.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct OpenLot {
    /// The activity that opened it.
    pub opened_by: String,
    /// Its day.
    pub day: NaiveDate,
    /// Units left.
    pub quantity: Decimal,
    /// What they cost, in the base currency.
    pub cost: Decimal,
}

/// What the page shows.
#[derive(Clone, Debug)]
pub struct Sheet {
    /// The portfolio.
    pub head: Head,
    /// Where the form stands and is sent to, without its query.
    pub address: String,
    /// Whether the activity is there already.
    pub there: bool,
    /// The kind whose fields are shown.
    pub kind: ActivityKind,
    /// What stands in them.
    pub typed: Typed,
    /// What is wrong with it.
    pub errors: Errors,
    /// Instruments to suggest.
    pub known: Vec<(String, String)>,
    /// The instruments that were looked for, where they were.
    pub found: Option<FoundList>,
    /// The open lots of its instrument on its day, where they were asked for.
    pub lots: Option<Vec<OpenLot>>,
    /// What must be confirmed: what is said, and the value that confirms it.
    pub confirm: Option<(String, String)>,
    /// What was done just before.
    pub done: Option<shared::Done>,
}

/// The page.
pub fn activity(sheet: Sheet) -> AnyView {
    let title = if sheet.there { "Edit an activity" } else { "Add an activity" };
    let confirm = sheet
        .confirm
        .clone()
        .map(|(said, _)| view! { <Banner tone=Tone::Note>{said}</Banner> });
    view! {
        <div class="page drawn-page">
            {shared::head(&sheet.head, title, Tab::Activities, None)} {shared::done(&sheet.head.id, sheet.done.clone())} {kinds(&sheet)}
            <p class="dim kind-meaning">{words::kind_meaning(sheet.kind)}</p>
            {confirm} {form(&sheet)} {shared::currencies()} {shared::symbols(&sheet.known)}
            {sheet.there.then(|| delete(&sheet))}
        </div>
    }
    .erased()
}

/// A link a kind. It takes along what was said already.
fn kinds(sheet: &Sheet) -> AnyView {
    let links = ActivityKind::ALL.map(|kind| {
        let (symbol, day) = (sheet.typed.get("symbol"), sheet.typed.get("day"));
        let address = sheet.address.clone() + &query(&[("kind", kind.label()), ("symbol", symbol), ("day", day)]);
        view! {
            <a href=address aria-current=(kind == sheet.kind).then_some("true")>
                {words::kind(kind)}
            </a>
        }
    });
    view! {
        <nav class="kinds" aria-label="Kind of activity">
            {links.into_iter().collect_view()}
        </nav>
    }
    .erased()
}

fn form(sheet: &Sheet) -> AnyView {
    let form = Form {
        typed: &sheet.typed,
        errors: &sheet.errors,
        order: &ORDER,
    };
    let shown = parts(sheet.kind);
    let has = |part: Part| shown.contains(&part);
    let required = Line { required: true, ..TEXT };
    let symbol = (has(Part::Symbol) || has(Part::MaybeSymbol)).then(|| {
        let (label, required) = if has(Part::Symbol) {
            ("Symbol", true)
        } else {
            ("Symbol (optional)", false)
        };
        let line = Line {
            list: SYMBOL_LIST,
            required,
            ..TEXT
        };
        form.line("symbol", label, line)
    });
    let finds = symbol.as_ref().map(|_| finds(sheet.found.as_ref()));
    let money = has(Part::Money).then(|| money(&form, &sheet.head));
    let ratio = has(Part::Ratio).then(|| {
        view! {
            <div class="field-row">
                {form.line("new", "New units", FIGURE)}
                {form.line("old", "for so many old ones", Line { hint: "A split of 4 for 1: new 4, old 1.", ..FIGURE })}
            </div>
        }
    });
    let confirm = sheet.confirm.as_ref().map(|(_, value)| {
        view! { <input type="hidden" name="confirm" value=value.clone() /> }
    });
    let save = match (&sheet.confirm, sheet.there) {
        (Some(_), _) => "Yes, sell short",
        (None, true) => "Save",
        (None, false) => "Add it",
    };
    let back = String::from("/portfolios/") + &sheet.head.id + "/activities/";
    view! {
        <form class="form activity-form" method="post" action=sheet.address.clone()>
            {finds.is_some().then(by_default)} {form.refused()} <input type="hidden" name="kind" value=sheet.kind.label() /> {confirm}
            <div class="field-row">
                {form.line("day", "Day", Line { kind: "date", ..required })}
                {form.line("time", "Time (optional)", Line { kind: "text", hint: "As in 14:30. Orders the day.", ..TEXT })} {symbol}
            </div>
            {finds} {ratio} {figures(&form, sheet.kind)} {money} {sheet.lots.as_ref().map(|lots| lots_part(&form, lots, &sheet.head))}
            {form.words("note", "Note (optional)")} {form.line("tags", "Tags (optional)", Line { hint: "With commas between them.", ..TEXT })}
            <div class="form-actions">
                <button type="submit" class="button primary">
                    {save}
                </button>
                {(!sheet.there)
                    .then(|| {
                        view! {
                            <button type="submit" class="button" name="then" value="another">
                                "Add it and another"
                            </button>
                        }
                    })}
                {(has(Part::Lots) && sheet.lots.is_none())
                    .then(|| {
                        view! {
                            <button type="submit" class="button" name="then" value="lots" formnovalidate>
                                "Choose its lots"
                            </button>
                        }
                    })} <a href=back>"Cancel"</a>
            </div>
        </form>
    }
    .erased()
}

/// What Enter does in a field: it saves. A form's first button is its default, and one that finds stands before the one that saves.
fn by_default() -> AnyView {
    view! { <button type="submit" class="sr-only" tabindex="-1" aria-hidden="true"></button> }.erased()
}

/// The search for the instrument, and what it found.
fn finds(list: Option<&FoundList>) -> AnyView {
    view! {
        <div class="form-actions">
            <button type="submit" class="button small" name="then" value="find" formnovalidate>
                "Find the instrument"
            </button>
            <span class="dim">"By what stands in Symbol: a part of a symbol or name, or an ISIN."</span>
        </div>
        {list.map(found)}
    }
    .erased()
}

/// Units, price and amount, as the kind calls them.
fn figures(form: &Form<'_>, kind: ActivityKind) -> Option<AnyView> {
    use ActivityKind::*;
    let shown = parts(kind);
    let needed = Line { required: true, ..FIGURE };
    let lines: Vec<AnyView> = shown
        .iter()
        .filter_map(|part| {
            let (name, label, line) = match (part, kind) {
                (Part::Quantity, Dividend) => ("quantity", "Units (optional)", FIGURE),
                (Part::Quantity, _) => ("quantity", "Quantity", needed),
                (Part::Price, TransferIn) => (
                    "price",
                    "What a unit had cost",
                    Line {
                        hint: "Empty: what it was worth that day.",
                        ..FIGURE
                    },
                ),
                (Part::Price, Dividend) => ("price", "Money for each (optional)", FIGURE),
                (Part::Price, _) => ("price", "Price of a unit", FIGURE),
                (Part::Amount, Buy | Sell) => (
                    "amount",
                    "or in all",
                    Line {
                        hint: "Before fee and tax. One of the two is enough.",
                        ..FIGURE
                    },
                ),
                (Part::Amount, TransferIn | TransferOut) => (
                    "amount",
                    "Worth that day, in all",
                    Line {
                        hint: "Empty: what it had cost.",
                        ..FIGURE
                    },
                ),
                (Part::Amount, Dividend) => (
                    "amount",
                    "Amount",
                    Line {
                        hint: "Before fee and tax; or units, and money for each.",
                        ..FIGURE
                    },
                ),
                (Part::Amount, Interest | Deposit | Withdrawal | ReturnOfCapital) => (
                    "amount",
                    "Amount",
                    Line {
                        hint: "Before fee and tax.",
                        ..FIGURE
                    },
                ),
                (Part::Amount, _) => ("amount", "Amount", FIGURE),
                _ => return None,
            };
            Some(form.line(name, label, line))
        })
        .collect();
    (!lines.is_empty()).then(|| view! { <div class="field-row">{lines}</div> }.erased())
}

fn money(form: &Form<'_>, head: &Head) -> AnyView {
    let hint = String::from("Of one in ") + &head.base_currency + ". Empty: the day's rate.";
    view! {
        <div class="field-row">
            {form.line("fee", "Fee", FIGURE)} {form.line("tax", "Tax", FIGURE)}
            {form.line("currency", "Currency", Line { list: CURRENCY_LIST, required: true, ..TEXT })}
            {form.line("exchange_rate", "Exchange rate", Line { hint: &hint, ..FIGURE })}
        </div>
    }
    .erased()
}

fn lots_part(form: &Form<'_>, lots: &[OpenLot], head: &Head) -> AnyView {
    let error = form.errors.of("lots").map(|text| {
        view! {
            <p class="field-error" id="lots-error">
                {text}
            </p>
        }
    });
    if lots.is_empty() {
        return view! {
            <fieldset class="lots-part">
                <legend>"Lots"</legend>
                {error}
                <p class="dim">"No lot of this symbol is open on this day. The portfolio's method chooses."</p>
            </fieldset>
        }
        .erased();
    }
    let rows = lots.iter().enumerate().map(|(at, lot)| {
        let name = String::from(LOT) + &lot.opened_by;
        let value = form.typed.get(&name).to_owned();
        let day = format::day(lot.day);
        let label = String::from("Units of the lot of ") + &day;
        view! {
            <tr>
                <th scope="row">{day}</th>
                <td class="num amount">{format::quantity(lot.quantity)}</td>
                <td class="num amount">{format::money(lot.cost, &head.base_currency)}</td>
                <td class="num">
                    <input
                        name=name
                        value=value
                        inputmode="decimal"
                        autocomplete="off"
                        aria-label=label
                        autofocus=at == 0 && form.errors.is_first("lots", &ORDER)
                    />
                </td>
            </tr>
        }
    });
    view! {
        <fieldset class="lots-part">
            <legend>"Lots"</legend>
            {error}
            <p class="dim">"Units to take from each. What is not named here the portfolio's method chooses."</p>
            <table class="records">
                <caption class="sr-only">"Open lots, the oldest first"</caption>
                <thead>
                    <tr>
                        <th scope="col">"Opened"</th>
                        <th scope="col" class="num">
                            "Units"
                        </th>
                        <th scope="col" class="num">
                            "Cost, " {head.base_currency.clone()}
                        </th>
                        <th scope="col" class="num">
                            "Take"
                        </th>
                    </tr>
                </thead>
                <tbody>{rows.collect_view()}</tbody>
            </table>
        </fieldset>
    }
    .erased()
}

fn delete(sheet: &Sheet) -> AnyView {
    view! {
        <form class="form-actions" method="post" action=sheet.address.clone() + "delete/">
            <button type="submit" class="button danger">
                "Delete it"
            </button>
            <span class="dim">"It can be undone."</span>
        </form>
    }
    .erased()
}
