//! Parts that the pages of a ledger share: fields that keep what was typed, the head of a page, the offer to undo.

use crate::money::Decimal;
use crate::portfolio::typed::{Errors, Typed};
use crate::portfolio::view::ledger::Head;
use crate::portfolio::view::ledger::words::CURRENCIES;
use crate::portfolio::view::tabs::{PortfolioTabs, Tab};
use crate::ui::erase::Erase as _;
use crate::ui::form::{Banner, Choice, Field, Tone};
use crate::ui::format;
use leptos::prelude::*;

/// Id of the list of currencies.
pub const CURRENCY_LIST: &str = "currencies";
/// Id of the list of instruments.
pub const SYMBOL_LIST: &str = "symbols";

/// A form that was typed, with what is wrong with it.
#[derive(Clone, Copy, Debug)]
pub struct Form<'a> {
    /// What stands in it.
    pub typed: &'a Typed,
    /// What is wrong with it.
    pub errors: &'a Errors,
    /// Its fields as they stand on the page.
    pub order: &'a [&'static str],
}

/// How a line of a form is.
#[derive(Clone, Copy, Debug, Default)]
pub struct Line<'a> {
    /// What is accepted, below it.
    pub hint: &'a str,
    /// `date`, `time`; text otherwise.
    pub kind: &'static str,
    /// Which keys a phone shows.
    pub keys: &'static str,
    /// Id of a list of suggestions.
    pub list: &'static str,
    /// Whether it must be filled.
    pub required: bool,
}

/// A line for an amount.
pub const FIGURE: Line<'_> = Line {
    hint: "",
    kind: "text",
    keys: "decimal",
    list: "",
    required: false,
};

/// A line for words.
pub const TEXT: Line<'_> = Line { keys: "text", ..FIGURE };

impl Form<'_> {
    /// A line.
    pub fn line(&self, name: &'static str, label: &str, line: Line<'_>) -> AnyView {
        view! {
            <Field
                label=label
                name=name
                kind=line.kind
                value=self.typed.get(name)
                hint=line.hint
                error=self.errors.of(name)
                required=line.required
                autocomplete="off"
                inputmode=line.keys
                list=line.list
                focus=self.errors.is_first(name, self.order)
            />
        }
        .erased()
    }

    /// A choice of one.
    pub fn choice(&self, name: &'static str, label: &str, options: Vec<(String, String)>, hint: &str) -> AnyView {
        view! { <Choice label=label name=name options=options value=self.typed.get(name) hint=hint error=self.errors.of(name) /> }.erased()
    }

    /// Several lines of words.
    pub fn words(&self, name: &'static str, label: &str) -> AnyView {
        let error = self.errors.of(name);
        let id = String::from(name) + "-error";
        let described = error.is_some().then(|| id.clone());
        view! {
            <div class="field">
                <label for=name>{label.to_owned()}</label>
                <textarea
                    id=name
                    name=name
                    rows="2"
                    aria-invalid=error.is_some().then_some("true")
                    aria-describedby=described
                    autofocus=self.errors.is_first(name, self.order)
                >
                    {raw(self.typed.get(name))}
                </textarea>
                {error
                    .map(|text| {
                        view! {
                            <p class="field-error" id=id>
                                {text}
                            </p>
                        }
                    })}
            </div>
        }
        .erased()
    }

    /// Says that a form was not accepted.
    pub fn refused(&self) -> Option<AnyView> {
        let shown = |field: &str| self.order.contains(&field);
        let elsewhere: Vec<_> = self
            .errors
            .all()
            .iter()
            .filter(|one| !shown(one.field))
            .map(ToString::to_string)
            .collect();
        let said = match (self.errors.is_empty(), elsewhere.is_empty()) {
            (true, _) => return None,
            (false, true) => "Nothing was saved. What is wrong stands at its field.".to_owned(),
            (false, false) => String::from("Nothing was saved. ") + &elsewhere.join(". ") + ".",
        };
        Some(view! { <Banner tone=Tone::Wrong>{said}</Banner> }.erased())
    }
}

/// The text of a `textarea`. Its children are written as they are: what would end it is escaped here. The line feed at the
/// beginning belongs to the element.
fn raw(text: &str) -> String {
    String::from("\n") + &text.replace('&', "&amp;").replace('<', "&lt;")
}

/// The currencies that many people have, as suggestions.
pub fn currencies() -> AnyView {
    let options = CURRENCIES.map(|(code, name)| view! { <option value=code>{name}</option> });
    view! { <datalist id=CURRENCY_LIST>{options.into_iter().collect_view()}</datalist> }.erased()
}

/// Instruments as suggestions: symbol and name.
pub fn symbols(known: &[(String, String)]) -> AnyView {
    let options = known
        .iter()
        .map(|(symbol, name)| view! { <option value=symbol.clone()>{name.clone()}</option> });
    view! { <datalist id=SYMBOL_LIST>{options.collect_view()}</datalist> }.erased()
}

/// The head of a page of a portfolio: what it is, its name, and the ways around it.
pub fn head(portfolio: &Head, title: &str, here: Tab, action: Option<AnyView>) -> AnyView {
    view! {
        <div class="ledger-head">
            <p class="crumbs">
                <a href="/portfolios/">"Portfolios"</a>
                <span aria-hidden="true">"/"</span>
                <span>{portfolio.name.clone()}</span>
            </p>
            <div class="page-head">
                <h1>{title.to_owned()}</h1>
                {action}
            </div>
            <PortfolioTabs portfolio=portfolio.id.clone() here=here />
        </div>
    }
    .erased()
}

/// What was done, and the way back.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Done {
    /// The change.
    pub change: String,
    /// What it was.
    pub label: String,
    /// Whether it was taken back.
    pub undone: bool,
}

/// Says what was done, with the way back.
pub fn done(portfolio: &str, done: Option<Done>) -> Option<AnyView> {
    let Done { change, label, undone } = done?;
    let address = String::from("/portfolios/") + portfolio + "/undo/";
    Some(if undone {
        let said = String::from("Undone: ") + &label + ".";
        view! { <Banner tone=Tone::Note>{said}</Banner> }.erased()
    } else {
        view! {
            <Banner tone=Tone::Done>
                <span>{label + "."}</span>
                <form method="post" action=address>
                    <input type="hidden" name="change" value=change />
                    <button type="submit" class="button small">
                        "Undo"
                    </button>
                </form>
            </Banner>
        }
        .erased()
    })
}

/// A figure of a table; an en dash that says why where there is none. Amounts can be hidden, prices are public.
pub fn figure(text: Option<String>, class: &'static str, missing: &'static str) -> AnyView {
    match text {
        Some(text) => view! { <span class=class>{text}</span> }.erased(),
        None => view! {
            <span class="none" title=missing>
                {format::MISSING}
            </span>
        }
        .erased(),
    }
}

/// A figure above zero.
pub fn some_amount(amount: Decimal) -> Option<Decimal> {
    (!amount.is_zero()).then_some(amount)
}
