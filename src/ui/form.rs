//! Parts of forms: a field with its label, its hint and its error; a choice; a line that says what happened.
//!
//! Forms work without JavaScript: they are sent whole, and come back with what was typed and what is wrong with it.

use crate::ui::erase::Erase as _;
use leptos::prelude::*;

/// A field of one line.
#[component]
pub fn Field(
    /// What it is, for a person.
    #[prop(into)]
    label: String,
    /// Its name in the form; unique in the page, it is its id too.
    name: &'static str,
    /// What stands in it.
    #[prop(into, optional)]
    value: String,
    /// `text`, `password`, `date`, `email`, `search`.
    #[prop(optional)]
    kind: Option<&'static str>,
    /// What is accepted, below it; empty: nothing.
    #[prop(into, optional)]
    hint: Option<String>,
    /// What is wrong with it.
    #[prop(into, optional_no_strip)]
    error: Option<String>,
    /// Whether it must be filled.
    #[prop(optional)]
    required: bool,
    /// What a browser may fill in.
    #[prop(optional)]
    autocomplete: Option<&'static str>,
    /// Which keys a phone shows: `decimal`, `numeric`.
    #[prop(optional)]
    inputmode: Option<&'static str>,
    /// Id of a list of suggestions; empty: none.
    #[prop(into, optional)]
    list: Option<String>,
    /// Whether the page begins with it: the first field that has an error.
    #[prop(optional)]
    focus: bool,
) -> impl IntoView {
    let (notes, described) = notes(name, hint, error.clone());
    let list = list.filter(|list| !list.is_empty());
    view! {
        <div class="field">
            <label for=name>{label}</label>
            <input
                id=name
                name=name
                type=kind.unwrap_or("text")
                value=value
                required=required
                autocomplete=autocomplete
                inputmode=inputmode
                list=list
                autofocus=focus
                aria-invalid=error.is_some().then_some("true")
                aria-describedby=described
            />
            {notes}
        </div>
    }
}

/// A choice of one among few.
#[component]
pub fn Choice(
    /// What it is, for a person.
    #[prop(into)]
    label: String,
    /// Its name in the form, and its id.
    name: &'static str,
    /// Each value and its text.
    options: Vec<(String, String)>,
    /// The value that is chosen.
    #[prop(into, optional)]
    value: String,
    /// What it means, below it.
    #[prop(into, optional)]
    hint: Option<String>,
    /// What is wrong with it.
    #[prop(into, optional_no_strip)]
    error: Option<String>,
) -> impl IntoView {
    let (notes, described) = notes(name, hint, error.clone());
    let options = options.into_iter().map(|(one, text)| {
        let selected = one == value;
        view! {
            <option value=one selected=selected>
                {text}
            </option>
        }
    });
    view! {
        <div class="field">
            <label for=name>{label}</label>
            <select id=name name=name aria-invalid=error.is_some().then_some("true") aria-describedby=described>
                {options.collect_view()}
            </select>
            {notes}
        </div>
    }
}

/// A yes or no. Sends `on`, or nothing.
#[component]
pub fn Check(
    /// What is agreed to, for a person.
    #[prop(into)]
    label: String,
    /// Its name in the form, and its id.
    name: &'static str,
    /// Whether it is ticked.
    #[prop(optional)]
    checked: bool,
    /// What it means, below it.
    #[prop(into, optional)]
    hint: Option<String>,
) -> impl IntoView {
    let (notes, described) = notes(name, hint, None);
    view! {
        <div class="field field-check">
            <input id=name name=name type="checkbox" checked=checked aria-describedby=described />
            <label for=name>{label}</label>
            {notes}
        </div>
    }
}

/// How a line that says what happened looks.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Tone {
    /// It was done.
    Done,
    /// Something to know.
    Note,
    /// It was not done.
    Wrong,
}

/// Says what happened, and what can be done about it.
#[component]
pub fn Banner(
    /// How it looks, and how urgently it is read out.
    tone: Tone,
    /// What is said: text, links, a form of one button.
    children: Children,
) -> impl IntoView {
    let (class, role) = match tone {
        Tone::Done => ("banner banner-done", "status"),
        Tone::Note => ("banner", "status"),
        Tone::Wrong => ("banner banner-wrong", "alert"),
    };
    view! {
        <div class=class role=role>
            {children()}
        </div>
    }
}

/// Hint and error of a field, and the ids that it is described by.
fn notes(name: &'static str, hint: Option<String>, error: Option<String>) -> (AnyView, Option<String>) {
    let id = |part: &str| String::from(name) + "-" + part;
    let hint = hint.filter(|hint| !hint.is_empty());
    let ids: Vec<_> = [hint.as_ref().map(|_| id("hint")), error.as_ref().map(|_| id("error"))]
        .into_iter()
        .flatten()
        .collect();
    let hint = hint.map(|text| {
        view! {
            <p class="field-hint" id=id("hint")>
                {text}
            </p>
        }
    });
    let error = error.map(|text| {
        view! {
            <p class="field-error" id=id("error")>
                {text}
            </p>
        }
    });
    (view! { {hint} {error} }.erased(), (!ids.is_empty()).then(|| ids.join(" ")))
}
