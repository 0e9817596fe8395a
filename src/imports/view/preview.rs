//! The page of a brought file: how far its reading is, then what it becomes, and the step that applies it.

use crate::imports::preview::{Fault, Numbered, Remark};
use crate::imports::view::columns::{self, Columns};
use crate::imports::view::lists::{self, Part};
use crate::portfolio::view::ledger::{Head, parts};
use crate::portfolio::view::tabs::Tab;
use crate::ui::erase::Erase as _;
use crate::ui::form::{Banner, Tone};
use crate::ui::format;
use leptos::prelude::*;

/// A file as its page shows it.
#[derive(Clone, Debug, Default)]
pub struct Shown {
    /// Its identity.
    pub id: String,
    /// Its name.
    pub name: String,
    /// Its size.
    pub bytes: u64,
    /// What it is, where that is known.
    pub format: Option<&'static str>,
    /// What would come in.
    pub new: Part<Numbered>,
    /// What is here.
    pub known: Part<Numbered>,
    /// What is wrong.
    pub faulty: Part<Fault>,
    /// What becomes nothing.
    pub omitted: Part<Remark>,
    /// What was read leniently.
    pub remarks: Part<Remark>,
    /// Accounts that it names.
    pub accounts: Vec<String>,
    /// What concerns all of it.
    pub notes: Vec<String>,
    /// Instruments that come along: symbol and name.
    pub instruments: Part<(String, String)>,
    /// Prices that come along.
    pub prices: usize,
    /// Its base currency, where the portfolio has another.
    pub other_currency: Option<String>,
    /// Whether it trades and books no money, and the portfolio would track cash.
    pub books_no_money: bool,
    /// How its columns are read, where it is a table.
    pub columns: Option<Columns>,
    /// Why it was not applied.
    pub refused: Option<String>,
}

/// The page while the file is read.
pub fn waiting(head: &Head, name: &str, percent: u8) -> AnyView {
    let said = percent.to_string() + "%";
    view! {
        <div class="page drawn-page">
            {parts::head(head, "Reading the file", Tab::Files, None)}
            <div class="reading" role="status">
                <label for="read">{name.to_owned()}</label>
                <progress id="read" max="100" value=percent>
                    {said.clone()}
                </progress>
                <span class="num">{said}</span>
            </div>
            <p class="field-hint">
                "This page looks again each second. " <a href="">"Look now"</a> ", or "
                <a href=String::from("/portfolios/") + &head.id + "/import/">"leave it to be read"</a> "."
            </p>
        </div>
    }
    .erased()
}

/// The page of a file that was read.
pub fn preview(head: &Head, shown: Shown) -> AnyView {
    let base = String::from("/portfolios/") + &head.id + "/import/" + &shown.id;
    let count = |number: usize| format::count(number as u64);
    let sound = shown.faulty.total == 0 && shown.format.is_some();
    let refused = shown.refused.map(|text| view! { <Banner tone=Tone::Wrong>{text}</Banner> });
    let verdict = if !sound {
        let said = if shown.format.is_some() {
            "Nothing can be applied while lines are faulty. Correct the file and bring it again; what is right in it is known again."
        } else {
            "This file cannot be read. Nothing was changed."
        };
        Some(view! { <Banner tone=Tone::Wrong>{said}</Banner> }.erased())
    } else if shown.new.total == 0 {
        let said = "Everything in this file is here already. Applying it changes nothing.";
        Some(view! { <Banner tone=Tone::Note>{said}</Banner> }.erased())
    } else {
        None
    };
    let currency = shown.other_currency.map(|code| currency_note(head, &base, &code));
    let cash = shown.books_no_money.then(|| cash_note(&base));
    let figures = [
        ("New", shown.new.total, "new"),
        ("Here already", shown.known.total, "known"),
        ("Left out", shown.omitted.total, "omitted"),
        ("Faulty", shown.faulty.total, "faulty"),
    ];
    let figures = figures.map(|(name, number, list)| {
        let text = if number > 0 {
            view! { <a href=String::from("#") + list>{count(number)}</a> }.erased()
        } else {
            view! { <span>"0"</span> }.erased()
        };
        view! {
            <div>
                <dt>{name}</dt>
                <dd>{text}</dd>
            </div>
        }
    });
    let apply = (sound && shown.new.total > 0).then(|| {
        let noun = if shown.new.total == 1 { " activity" } else { " activities" };
        let text = String::from("Apply ") + &count(shown.new.total) + noun;
        view! {
            <form method="post" action=base.clone() + "/apply/">
                <button type="submit" class="button primary">
                    {text}
                </button>
            </form>
        }
    });
    let notes = shown.notes.into_iter().map(|note| view! { <li>{note}</li> }).collect_view();
    let accounts = (!shown.accounts.is_empty()).then(|| {
        let names = shown.accounts.join(", ");
        view! { <p class="field-hint">"Accounts in the file: " {names} "."</p> }
    });
    let is_open = !sound;
    let columns = shown.columns.map(|one| columns::columns(&base, one, is_open));
    let is_unread = shown.format.is_none();
    let (before, behind) = if is_unread { (columns, None) } else { (None, columns) };
    let about = shown.name + " · " + shown.format.unwrap_or("of no known format") + " · " + &format::bytes(shown.bytes);
    view! {
        <div class="page drawn-page">
            {parts::head(head, "What the file becomes", Tab::Files, None)} {refused} <p class="file-name">{about}</p>
            <dl class="counts">{figures.into_iter().collect_view()}</dl> {verdict} {currency} {cash}
            <div class="form-actions">
                {apply} <form method="post" action=base.clone() + "/cancel/">
                    <button type="submit" class="button">
                        "Cancel"
                    </button>
                </form>
            </div>
            {lists::faults(shown.faulty)} {before} {lists::activities(shown.new, "new", "What comes in")}
            <ul class="line-notes">{notes}</ul> {accounts} {lists::remarks(shown.remarks, "remarks", "Read leniently")}
            {lists::remarks(shown.omitted, "omitted", "Left out, and why")}
            {lists::activities(shown.known, "known", "Here already")} {things(shown.instruments, shown.prices)} {behind}
        </div>
    }
    .erased()
}

fn currency_note(head: &Head, base: &str, code: &str) -> AnyView {
    let said = String::from("The file counts in ") + code + ", this portfolio in " + &head.base_currency + ". ";
    let rest = "Exchange rates that the file states are not used; each day's own rate counts.";
    let offer = (head.activities == 0).then(|| {
        view! {
            <form method="post" action=String::from(base) + "/currency/">
                <button type="submit" class="button small">
                    {String::from("Count this portfolio in ") + code}
                </button>
            </form>
        }
    });
    view! {
        <Banner tone=Tone::Note>
            <span>{said} {rest}</span>
            {offer}
        </Banner>
    }
    .erased()
}

fn cash_note(base: &str) -> AnyView {
    let action = String::from(base) + "/cash/";
    view! {
        <Banner tone=Tone::Note>
            <span>
                "The file books no deposits, and this portfolio tracks cash: what was bought would be owed. Without cash each purchase counts as paid in."
            </span>
            <form method="post" action=action>
                <button type="submit" class="button small">
                    "Do not track cash"
                </button>
            </form>
        </Banner>
    }
    .erased()
}

fn things(instruments: Part<(String, String)>, prices: usize) -> Option<AnyView> {
    let more = instruments.total - instruments.rows.len();
    let rows = instruments.rows.into_iter().map(|(symbol, name)| {
        let name = (!name.is_empty() && name != symbol).then_some(name);
        view! {
            <li>
                <span class="line-number">{symbol}</span>
                {name}
            </li>
        }
    });
    let rows = rows.collect_view();
    let prices = (prices > 0).then(|| {
        let said = format::count(prices as u64) + " prices come along.";
        view! { <p class="field-hint">{said}</p> }
    });
    (instruments.total > 0).then(|| {
        view! {
            <details class="file-ways">
                <summary>{format::count(instruments.total as u64)} " instruments"</summary>
                <ul class="line-notes">
                    {rows} {(more > 0).then(|| view! { <li>"and " {format::count(more as u64)} " more"</li> })}
                </ul>
                {prices}
            </details>
        }
        .erased()
    })
}
