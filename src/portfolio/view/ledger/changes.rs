//! What was done to a ledger, the newest first, each with the way back.

use crate::portfolio::view::ledger::{Head, parts};
use crate::portfolio::view::tabs::Tab;
use crate::ui::erase::Erase as _;
use crate::ui::form::{Banner, Tone};
use crate::ui::format;
use chrono::{DateTime, Utc};
use leptos::prelude::*;

/// A change in the list.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Row {
    /// Its identity.
    pub id: String,
    /// What was done.
    pub label: String,
    /// When.
    pub made_at: DateTime<Utc>,
    /// Whether it was taken back.
    pub undone: bool,
}

/// The page. `refused` says why a change was not taken back.
pub fn changes(head: &Head, rows: Vec<Row>, refused: Option<String>) -> AnyView {
    let action = String::from("/portfolios/") + &head.id + "/undo/";
    let refused = refused.map(|text| view! { <Banner tone=Tone::Wrong>{text + " Nothing was undone."}</Banner> });
    let body = if rows.is_empty() {
        view! { <p class="lead">"Nothing was changed yet."</p> }.erased()
    } else {
        let rows = rows.into_iter().map(|row| line(row, &action));
        view! {
            <div class="table-frame">
                <table class="records changes">
                    <caption class="sr-only">"Changes, the newest first"</caption>
                    <thead>
                        <tr>
                            <th scope="col">"When"</th>
                            <th scope="col">"What"</th>
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
    };
    view! {
        <div class="page drawn-page">
            {parts::head(head, "Changes", Tab::Activities, None)} {refused}
            <p class="dim">"The newest hundred. A change can be undone while no later one touches the same activities."</p>
            {body}
        </div>
    }
    .erased()
}

fn line(row: Row, action: &str) -> AnyView {
    let Row {
        id,
        label,
        made_at,
        undone,
    } = row;
    let when = format::day(made_at.date_naive()) + ", " + &format::time_of_day(made_at);
    let name = String::from("Undo: ") + &label;
    let back = if undone {
        view! { <span class="dim">"Undone"</span> }.erased()
    } else {
        view! {
            <form method="post" action=action.to_owned()>
                <input type="hidden" name="change" value=id />
                <button type="submit" class="button small" aria-label=name>
                    "Undo"
                </button>
            </form>
        }
        .erased()
    };
    view! {
        <tr class=undone.then_some("is-undone")>
            <td class="when">{when}</td>
            <th scope="row">{label}</th>
            <td class="num">{back}</td>
        </tr>
    }
    .erased()
}
