//! The form that lets a day play again on the live page.

use crate::portfolio::typed::{Errors, Typed};
use crate::portfolio::view::ledger::parts::{Form, Line, TEXT};
use crate::ui::erase::Erase as _;
use leptos::prelude::*;

/// The fields as they stand on the page.
const ORDER: [&str; 4] = ["portfolio", "day", "time", "speed"];
/// The speeds, and what they are called.
pub const SPEEDS: [(u32, &str); 6] = [
    (1, "as it was"),
    (10, "10 times as fast"),
    (60, "a minute each second"),
    (240, "the day in six minutes"),
    (600, "ten minutes each second"),
    (1_000, "1,000 times as fast"),
];

/// What the page shows.
#[derive(Clone, Debug)]
pub struct AgainPage {
    /// What was typed.
    pub typed: Typed,
    /// What is wrong with it.
    pub errors: Errors,
    /// The portfolios to choose from: id and name.
    pub portfolios: Vec<(String, String)>,
    /// The days that can play.
    pub days: Days,
}

/// The days that can play.
#[derive(Clone, Debug)]
pub enum Days {
    /// All from the first to the last.
    Between(String, String),
    /// These and no others, the latest first: each with what of it plays.
    Listed(Vec<(String, String)>),
    /// None, and why.
    None(String),
}

/// The page.
pub fn again(shown: AgainPage) -> AnyView {
    let content = match &shown.days {
        Days::None(why) => view! { <p class="lead">{why.clone()}</p> }.erased(),
        _ => form(&shown),
    };
    view! {
        <div class="page drawn-page narrow">
            <div class="ledger-head">
                <h1>"A day again"</h1>
            </div>
            {content}
        </div>
    }
    .erased()
}

fn form(shown: &AgainPage) -> AnyView {
    let form = Form {
        typed: &shown.typed,
        errors: &shown.errors,
        order: &ORDER,
    };
    let speeds = SPEEDS.map(|(speed, called)| (speed.to_string(), called.to_owned()));
    let day = match &shown.days {
        Days::Listed(days) => form.choice("day", "Day", days.clone(), ""),
        Days::Between(first, last) => {
            let hint = String::from("From ") + first + " to " + last;
            let day = Line {
                kind: "date",
                hint: &hint,
                required: true,
                ..TEXT
            };
            form.line("day", "Day", day)
        }
        Days::None(_) => ().erased(),
    };
    let time = Line {
        kind: "time",
        hint: "In UTC; the day plays to its end",
        ..TEXT
    };
    view! {
        <p class="lead">"Watch a past day on the live page, each price at its moment, with what you held then."</p>
        <form class="form" method="get" action="/again/" novalidate>
            <input type="hidden" name="go" value="on" />
            {form.choice("portfolio", "Portfolio", shown.portfolios.clone(), "")}
            <div class="field-row">{day} {form.line("time", "From", time)}</div>
            {form.choice("speed", "Speed", speeds.into(), "")}
            <div class="form-actions">
                <button type="submit" class="button primary">
                    "Play"
                </button>
            </div>
        </form>
    }
    .erased()
}
