//! The lists of a preview: faults, activities, remarks. Each shows a part, with the way to the next.

use crate::imports::preview::{Fault, Numbered, Remark};
use crate::ui::erase::Erase as _;
use crate::ui::format;
use leptos::prelude::*;

/// Rows of a list on a page.
pub const ROWS: usize = 200;

/// A part of a list.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Part<T> {
    /// Rows in all.
    pub total: usize,
    /// Rows before this part.
    pub from: usize,
    /// Its rows.
    pub rows: Vec<T>,
}

impl<T> Default for Part<T> {
    fn default() -> Self {
        Self {
            total: 0,
            from: 0,
            rows: vec![],
        }
    }
}

impl<T> Part<T> {
    /// Counts a row, and keeps it where it lies in this part.
    pub fn take(&mut self, row: impl FnOnce() -> T) {
        if (self.from..self.from + ROWS).contains(&self.total) {
            self.rows.push(row());
        }
        self.total += 1;
    }
}

/// The rows before and behind a part, as links.
fn ways<T>(part: &Part<T>, name: &str) -> Option<AnyView> {
    let shown = part.from + part.rows.len();
    if part.from == 0 && shown >= part.total {
        return None;
    }
    let link = |from: usize, text: String| {
        let address = String::from("?list=") + name + "&from=" + &from.to_string() + "#" + name;
        view! { <a href=address>{text}</a> }
    };
    let more = part.total.saturating_sub(shown);
    Some(
        view! {
            <p class="ways-on">
                {(part.from > 0).then(|| link(part.from.saturating_sub(ROWS), "Earlier lines".to_owned()))}
                {(more > 0).then(|| link(shown, String::from("and ") + &format::count(more as u64) + " more"))}
            </p>
        }
        .erased(),
    )
}

/// What is wrong.
pub fn faults(part: Part<Fault>) -> Option<AnyView> {
    let ways = ways(&part, "faulty");
    let rows = part.rows.into_iter().map(
        |Fault {
             line,
             column,
             field,
             reason,
         }| {
            view! {
                <tr>
                    <td class="num">{line}</td>
                    <td class="num">{column}</td>
                    <th scope="row">{field}</th>
                    <td>{reason}</td>
                </tr>
            }
        },
    );
    let rows = rows.collect_view();
    (part.total > 0).then(|| {
        view! {
            <section aria-labelledby="faulty">
                <h2 id="faulty">"What cannot be read"</h2>
                <div class="table-frame" tabindex="0" role="group" aria-labelledby="faulty">
                    <table class="records">
                        <thead>
                            <tr>
                                <th scope="col" class="num">
                                    "Line"
                                </th>
                                <th scope="col" class="num">
                                    "Column"
                                </th>
                                <th scope="col">"Field"</th>
                                <th scope="col">"Reason"</th>
                            </tr>
                        </thead>
                        <tbody>{rows}</tbody>
                    </table>
                </div>
                {ways}
            </section>
        }
        .erased()
    })
}

/// Lines and what they become.
pub fn activities(part: Part<Numbered>, name: &'static str, title: &'static str) -> Option<AnyView> {
    let ways = ways(&part, name);
    let rows = part.rows.into_iter().map(|Numbered { line, account, activity }| {
        let kind: String = activity.kind.label().replace('_', " ");
        let currency = activity.currency.clone();
        let quantity = (!activity.quantity.is_zero()).then(|| format::quantity(activity.quantity));
        let money = activity.price.or(activity.amount).map(|money| format::price(money, &currency));
        let note = activity.note;
        view! {
            <tr>
                <td class="num">{line}</td>
                <td class="day">{format::day(activity.day)}</td>
                <td>{kind}</td>
                <th scope="row">{activity.symbol}</th>
                <td class="num">
                    <span class="amount">{quantity}</span>
                </td>
                <td class="num">
                    <span class="amount">{money}</span>
                </td>
                <td>{(currency != "XXX").then_some(currency)}</td>
                <td><span class="note">{account.filter(|_| note.is_empty())} {note}</span></td>
            </tr>
        }
    });
    let rows = rows.collect_view();
    (part.total > 0).then(|| {
        view! {
            <section aria-labelledby=name>
                <h2 id=name>{title}</h2>
                <div class="table-frame" tabindex="0" role="group" aria-labelledby=name>
                    <table class="records">
                        <thead>
                            <tr>
                                <th scope="col" class="num">
                                    "Line"
                                </th>
                                <th scope="col">"Day"</th>
                                <th scope="col">"What"</th>
                                <th scope="col">"Instrument"</th>
                                <th scope="col" class="num">
                                    "Units"
                                </th>
                                <th scope="col" class="num">
                                    "Price or amount"
                                </th>
                                <th scope="col">"Currency"</th>
                                <th scope="col">"Account or note"</th>
                            </tr>
                        </thead>
                        <tbody>{rows}</tbody>
                    </table>
                </div>
                {ways}
            </section>
        }
        .erased()
    })
}

/// Remarks to lines.
pub fn remarks(part: Part<Remark>, name: &'static str, title: &'static str) -> Option<AnyView> {
    let ways = ways(&part, name);
    let rows = part.rows.into_iter().map(|Remark { line, text }| {
        view! {
            <li>
                <span class="line-number">"Line " {line}</span>
                {text}
            </li>
        }
    });
    let rows = rows.collect_view();
    (part.total > 0).then(|| {
        view! {
            <section aria-labelledby=name>
                <h2 id=name>{title}</h2>
                <ul class="line-notes">{rows}</ul>
                {ways}
            </section>
        }
        .erased()
    })
}
