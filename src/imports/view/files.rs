//! The page of files: bring one in, take history out, and what was brought before.

use crate::portfolio::view::ledger::{Head, parts};
use crate::portfolio::view::tabs::Tab;
use crate::ui::erase::Erase as _;
use crate::ui::form::{Banner, Tone};
use crate::ui::format;
use chrono::{DateTime, Utc};
use leptos::prelude::*;

/// A file that waits to be applied.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Waiting {
    /// Its identity.
    pub id: String,
    /// Its name.
    pub name: String,
    /// Its size.
    pub bytes: u64,
}

/// An import that was made.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Earlier {
    /// The change.
    pub change: String,
    /// What it was.
    pub label: String,
    /// Activities that it brought.
    pub written: u64,
    /// When.
    pub made_at: DateTime<Utc>,
    /// Whether it was taken back.
    pub undone: bool,
}

/// What happened before this page, in a line.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Said {
    /// Whether it was not done.
    pub wrong: bool,
    /// What.
    pub text: String,
}

const WAYS: [(&str, &str); 9] = [
    ("Ghostfolio", "Activities, Export: JSON or CSV"),
    ("Wealthfolio", "Settings, Exports: activities or holdings as CSV"),
    (
        "Portfolio Performance",
        "File, Export, All transactions as CSV; or the .xml file itself",
    ),
    ("Yahoo Finance", "My Portfolio, Export: CSV"),
    (
        "Interactive Brokers",
        "Flex queries of trades, cash transactions and positions: CSV or XML",
    ),
    ("OFX, QIF", "What banks and Quicken write: .ofx, .qfx, .qif"),
    ("FinFlow", "Its own JSON and CSV"),
    ("Any other table", "CSV with a header: you say what its columns mean, once"),
    ("Encodings", "UTF-8, UTF-16 and Windows-1252"),
];

/// The page.
pub fn files(head: &Head, said: Option<Said>, waiting: Vec<Waiting>, earlier: Vec<Earlier>) -> AnyView {
    let base = String::from("/portfolios/") + &head.id;
    let said = said.map(|Said { wrong, text }| {
        let tone = if wrong { Tone::Wrong } else { Tone::Note };
        view! { <Banner tone=tone>{text}</Banner> }
    });
    let ways = WAYS.map(|(name, way)| {
        view! {
            <div>
                <dt>{name}</dt>
                <dd>{way}</dd>
            </div>
        }
    });
    let waiting = (!waiting.is_empty()).then(|| waiting_list(&base, waiting));
    view! {
        <div class="page drawn-page">
            {parts::head(head, "Import and export", Tab::Files, None)} {said}
            <section aria-labelledby="bring">
                <h2 id="bring">"Bring files in"</h2>
                <form method="post" enctype="multipart/form-data" action=base.clone() + "/import/" class="form">
                    <div class="field">
                        <label for="file">"Exports of your tracker or broker"</label>
                        <input id="file" name="file" type="file" multiple required class="drop" aria-describedby="file-hint" />
                        <p class="field-hint" id="file-hint">
                            "Choose files, or drop them here; at most eight, 64 MiB each. You see what they become before anything is saved."
                        </p>
                    </div>
                    <div class="form-actions">
                        <button type="submit" class="button primary">
                            "Look at the files"
                        </button>
                    </div>
                </form>
                <details class="file-ways">
                    <summary>"Which files, and where they come from"</summary>
                    <dl>{ways.into_iter().collect_view()}</dl>
                </details>
            </section>
            {waiting}
            <section aria-labelledby="take">
                <h2 id="take">"Take your history out"</h2>
                <ul class="downloads">
                    <li>
                        <a href=base.clone() + "/export/finflow.json" download="">
                            "FinFlow JSON"
                        </a>
                        <span class="field-hint">"Everything in this portfolio."</span>
                    </li>
                    <li>
                        <a href=base.clone() + "/export/activities.csv" download="">
                            "Activities as CSV"
                        </a>
                        <span class="field-hint">"For a spreadsheet."</span>
                    </li>
                    <li>
                        <a href=base.clone() + "/export/ghostfolio.json" download="">
                            "Ghostfolio JSON"
                        </a>
                        <span class="field-hint">
                            "Without deposits, withdrawals, splits, transfers out and returned capital: it has no word for them. "
                            <a href=base.clone() + "/export/left-out.txt">"What is left out"</a> "."
                        </span>
                    </li>
                </ul>
            </section>
            <section aria-labelledby="earlier">
                <h2 id="earlier">"Earlier imports"</h2>
                {earlier_list(&base, earlier)}
            </section>
        </div>
    }
    .erased()
}

fn waiting_list(base: &str, waiting: Vec<Waiting>) -> AnyView {
    let rows = waiting.into_iter().map(|Waiting { id, name, bytes }| {
        let address = String::from(base) + "/import/" + &id + "/";
        view! {
            <li>
                <a href=address>{name}</a>
                <span class="field-hint">{format::bytes(bytes)}</span>
            </li>
        }
    });
    view! {
        <section aria-labelledby="waiting">
            <h2 id="waiting">"Not applied yet"</h2>
            <ul class="downloads">{rows.collect_view()}</ul>
            <p class="field-hint">"They are dropped after an hour."</p>
        </section>
    }
    .erased()
}

fn earlier_list(base: &str, earlier: Vec<Earlier>) -> AnyView {
    if earlier.is_empty() {
        return view! { <p class="field-hint">"None yet."</p> }.erased();
    }
    let rows = earlier.into_iter().map(|one| {
        let name = String::from("Undo: ") + &one.label;
        let action = String::from(base) + "/import/undo/";
        let back = if one.undone {
            view! { <span class="field-hint">"Undone"</span> }.erased()
        } else {
            view! {
                <form method="post" action=action>
                    <input type="hidden" name="change" value=one.change />
                    <button type="submit" class="button small" aria-label=name>
                        "Undo"
                    </button>
                </form>
            }
            .erased()
        };
        view! {
            <tr>
                <th scope="row">{one.label}</th>
                <td class="num">{format::count(one.written)}</td>
                <td>{format::day(one.made_at.date_naive())}</td>
                <td class="num">{back}</td>
            </tr>
        }
    });
    view! {
        <div class="table-frame" tabindex="0" role="group" aria-labelledby="earlier">
            <table class="records">
                <thead>
                    <tr>
                        <th scope="col">"File"</th>
                        <th scope="col" class="num">
                            "Activities"
                        </th>
                        <th scope="col">"Day"</th>
                        <th scope="col">
                            <span class="sr-only">"Way back"</span>
                        </th>
                    </tr>
                </thead>
                <tbody>{rows.collect_view()}</tbody>
            </table>
        </div>
    }
    .erased()
}
