//! What the columns of a table mean: a choice for each, and for each word of its kinds.

use crate::imports::mapping::{DateOrder, DecimalMark, Field as Holds};
use crate::portfolio::activity::ActivityKind;
use crate::ui::erase::Erase as _;
use crate::ui::form::{Banner, Choice, Field, Tone};
use leptos::prelude::*;

/// Each field, its value in the form, and its name for a person.
pub const FIELDS: [(Holds, &str, &str); 17] = [
    (Holds::Date, "date", "Date"),
    (Holds::Time, "time", "Time"),
    (Holds::Kind, "kind", "What happened"),
    (Holds::Symbol, "symbol", "Symbol"),
    (Holds::Name, "name", "Name"),
    (Holds::Isin, "isin", "ISIN"),
    (Holds::Quantity, "quantity", "Units"),
    (Holds::Price, "price", "Price"),
    (Holds::Amount, "amount", "Amount"),
    (Holds::Fee, "fee", "Fee"),
    (Holds::Tax, "tax", "Tax"),
    (Holds::Currency, "currency", "Currency"),
    (Holds::ExchangeRate, "exchange_rate", "Exchange rate"),
    (Holds::Note, "note", "Note"),
    (Holds::Tags, "tags", "Tags"),
    (Holds::Account, "account", "Account"),
    (Holds::SourceId, "source_id", "Identity of the line"),
];

/// How a table is read.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Columns {
    /// The names of its columns, and what each holds.
    pub header: Vec<(String, Option<Holds>)>,
    /// Its first rows.
    pub rows: Vec<Vec<String>>,
    /// The words of its kinds, and what each means.
    pub words: Vec<(String, Option<ActivityKind>)>,
    /// The order of dates.
    pub date_order: DateOrder,
    /// The sign before decimals.
    pub decimal_mark: DecimalMark,
    /// What a row is without a column of kinds.
    pub default_kind: Option<ActivityKind>,
    /// The currency of rows without one.
    pub default_currency: String,
    /// Whether a person said so of an earlier file.
    pub remembered: bool,
    /// Whether a person said so at all.
    pub said: bool,
    /// What is wrong with what was said.
    pub wrong: Vec<String>,
}

fn kinds(none: &str) -> Vec<(String, String)> {
    let all = ActivityKind::ALL.map(|kind| (kind.label().to_owned(), kind.label().replace('_', " ")));
    std::iter::once((String::new(), none.to_owned())).chain(all).collect()
}

fn choice(name: String, label: String, options: Vec<(String, String)>, value: &str) -> AnyView {
    let options = options.into_iter().map(|(one, text)| {
        let selected = one == value;
        view! {
            <option value=one selected=selected>
                {text}
            </option>
        }
    });
    view! {
        <select name=name aria-label=label>
            {options.collect_view()}
        </select>
    }
    .erased()
}

/// The form.
pub fn columns(base: &str, shown: Columns, open: bool) -> AnyView {
    let action = String::from(base) + "/columns/";
    let fields: Vec<_> = std::iter::once((String::new(), "not used".to_owned()))
        .chain(FIELDS.iter().map(|(_, value, name)| ((*value).to_owned(), (*name).to_owned())))
        .collect();
    let rows = shown.header.iter().enumerate().map(|(at, (name, holds))| {
        let value = FIELDS
            .iter()
            .find(|(field, ..)| Some(*field) == *holds)
            .map_or("", |(_, value, _)| value);
        let label = String::from("What the column ") + name + " holds";
        let examples: Vec<_> = shown
            .rows
            .iter()
            .filter_map(|row| row.get(at))
            .filter(|cell| !cell.is_empty())
            .cloned()
            .collect();
        view! {
            <tr>
                <th scope="row">{name.clone()}</th>
                <td class="field">{choice(String::from("column-") + &at.to_string(), label, fields.clone(), value)}</td>
                <td class="examples">{examples.join(" · ")}</td>
            </tr>
        }
    });
    let rows = rows.collect_view();
    let words = shown.words.iter().enumerate().map(|(at, (word, kind))| {
        let label = String::from("What ") + word + " means";
        let at = at.to_string();
        view! {
            <tr>
                <th scope="row">
                    {word.clone()} <input type="hidden" name=String::from("word-") + &at value=word.clone() />
                </th>
                <td class="field">
                    {choice(String::from("means-") + &at, label, kinds("not said"), kind.map_or("", ActivityKind::label))}
                </td>
            </tr>
        }
    });
    let words = (!shown.words.is_empty()).then(|| {
        view! {
            <table class="records columns">
                <caption>"Its words for what happened"</caption>
                <tbody>{words.collect_view()}</tbody>
            </table>
        }
    });
    let pair = |one: &str, other: &str| (one.to_owned(), other.to_owned());
    let orders = vec![
        pair("day_first", "31.12.2024, and 2024-12-31"),
        pair("month_first", "12/31/2024, and 2024-12-31"),
    ];
    let marks = vec![pair("point", "1,234.56"), pair("comma", "1.234,56")];
    let order = if shown.date_order == DateOrder::DayFirst {
        "day_first"
    } else {
        "month_first"
    };
    let mark = if shown.decimal_mark == DecimalMark::Point {
        "point"
    } else {
        "comma"
    };
    let wrong = (!shown.wrong.is_empty()).then(|| view! { <Banner tone=Tone::Wrong>{shown.wrong.join(" ")}</Banner> });
    let remembered = shown.remembered.then(|| {
        view! { <Banner tone=Tone::Note>"The columns are read as you said of an earlier file with this header."</Banner> }
    });
    let back = shown.said.then(|| {
        view! {
            <button type="submit" name="detect" value="yes" class="button" formnovalidate>
                "Forget this, and detect the format"
            </button>
        }
    });
    let is_open = open || wrong.is_some();
    view! {
        {remembered}
        <details class="file-ways" open=is_open>
            <summary>"What its columns mean"</summary>
            <form method="post" action=action class="columns-form">
                {wrong} <div class="table-frame">
                    <table class="records columns">
                        <thead>
                            <tr>
                                <th scope="col">"Column"</th>
                                <th scope="col">"Holds"</th>
                                <th scope="col">"First rows"</th>
                            </tr>
                        </thead>
                        <tbody>{rows}</tbody>
                    </table>
                </div> <div class="field-row">
                    <Choice label="Dates" name="date_order" options=orders value=order />
                    <Choice label="Numbers" name="decimal_mark" options=marks value=mark />
                    <Choice
                        label="A row without a word is"
                        name="default_kind"
                        options=kinds("a fault")
                        value=shown.default_kind.map_or("", ActivityKind::label)
                    />
                    <Field
                        label="Currency of rows without one"
                        name="default_currency"
                        value=shown.default_currency
                        hint="Empty: the portfolio's."
                        autocomplete="off"
                    />
                </div> {words} <div class="form-actions">
                    <button type="submit" class="button primary">
                        "Read it so"
                    </button>
                    {back}
                </div>
                <p class="field-hint">"It is remembered for files with this header."</p>
            </form>
        </details>
    }
    .erased()
}
