//! The tables of the page of performance: months, what each holding gave, flows, and the values that its line is drawn from.

use crate::money::Decimal;
use crate::portfolio::range::Range;
use crate::portfolio::report::{Held, Report};
use crate::portfolio::view::figures::parts::{amount, change, missing, or_missing, own, percent, table};
use crate::portfolio::view::figures::performance::{Performance, hundredfold};
use crate::portfolio::view::ledger::search::query;
use crate::ui::erase::Erase as _;
use crate::ui::format;
use leptos::prelude::*;

/// The returns of months, a year a row.
pub fn months(report: &Report) -> Option<AnyView> {
    if report.months.is_empty() {
        return None;
    }
    let rows = report.months.iter().map(|year| {
        let months = year.months.iter().map(|month| {
            let shown = or_missing(month.map(|rate| percent(hundredfold(rate))), "Outside of this time.");
            view! { <td class="num">{shown}</td> }
        });
        view! {
            <tr>
                <th scope="row">{year.year.to_string()}</th>
                {months.collect_view()}
                <td class="num whole">{percent(hundredfold(year.whole))}</td>
            </tr>
        }
    });
    let columns = [
        ("Year", false),
        ("Jan", true),
        ("Feb", true),
        ("Mar", true),
        ("Apr", true),
        ("May", true),
        ("Jun", true),
        ("Jul", true),
        ("Aug", true),
        ("Sep", true),
        ("Oct", true),
        ("Nov", true),
        ("Dec", true),
        ("Whole", true),
    ];
    Some(
        view! {
            <section aria-labelledby="months" class="performance-months">
                <h2 id="months">"Months"</h2>
                {table("Returns of months", &columns, rows.collect_view().erased(), None)}
                <p class="dim small-print">
                    "Time-weighted returns. The first month and the last may be parts of a month, and so may their years."
                </p>
            </section>
        }
        .erased(),
    )
}

/// What each holding gave.
pub fn contributions(shown: &Performance, report: &Report) -> Option<AnyView> {
    if report.contributions.is_empty() {
        return None;
    }
    let base = shown.head.base_currency.as_str();
    let why = "The average capital was not above zero.";
    let part = |rate: Option<Decimal>| or_missing(rate.map(|rate| percent(hundredfold(rate))), why);
    let rows = report.contributions.iter().map(|one| {
        let name = match &one.of {
            Held::Instrument(symbol) => symbol.clone(),
            Held::Cash => "Cash".to_owned(),
        };
        let note = matches!(one.of, Held::Cash).then(|| view! { <small>"interest, fees of no instrument, currencies"</small> });
        view! {
            <tr>
                <th scope="row">{name} {note}</th>
                <td class="num">{change(one.gain, base)}</td>
                <td class="num">{part(one.rate)}</td>
            </tr>
        }
    });
    let whole = report.contributions.iter().map(|one| one.rate).sum::<Option<Decimal>>();
    let foot = view! {
        <tr>
            <th scope="row">"All together"</th>
            <td class="num">{change(report.gain, base)}</td>
            <td class="num">{part(whole)}</td>
        </tr>
    }
    .erased();
    let columns = [("Holding", false), ("Gain", true), ("Of the average capital", true)];
    Some(
        view! {
            <section aria-labelledby="contributions">
                <h2 id="contributions">"What each holding gave"</h2>
                {table("Contribution of each holding", &columns, rows.collect_view().erased(), Some(foot))}
                <p class="dim small-print">
                    "Gain of this time with income, less fees; dividends that the prices have in them already count once. The average capital is the value at the beginning and each flow for as long as it was there."
                </p>
            </section>
        }
        .erased(),
    )
}

/// A way to another page of a list, with the stretch that is shown.
fn way(shown: &Performance, list: &str, page: usize) -> String {
    let page = page.to_string();
    own(&shown.head.id) + "performance/" + &fields(shown, (list, &page)) + "#" + list
}

/// The stretch that is shown, as a query, and a field more.
fn fields(shown: &Performance, more: (&str, &str)) -> String {
    let own_days = matches!(shown.range, Range::Custom { .. });
    let typed = |name| if own_days { shown.typed.get(name) } else { "" };
    let fields = [
        ("range", shown.range.label()),
        ("from", typed("from")),
        ("to", typed("to")),
        ("risk_free", shown.typed.get("risk_free")),
        more,
    ];
    query(&fields)
}

/// What came in or went out: neither a gain nor a loss.
pub fn flow(amount: Decimal, base: &str) -> AnyView {
    view! { <span class="amount">{format::signed_money(amount, base)}</span> }.erased()
}

/// What came in and went out.
pub fn flows(shown: &Performance) -> AnyView {
    let base = shown.head.base_currency.as_str();
    let (days, pages) = &shown.flows;
    let rows = days.iter().map(|day| {
        view! {
            <tr>
                <th scope="row">{format::day(day.day)}</th>
                <td class="num">{flow(day.flow - day.closing_outflow, base)}</td>
                <td class="num">{amount(day.value, base)}</td>
            </tr>
        }
    });
    let columns = [("Day", false), ("Came in, went out", true), ("Value at its close", true)];
    let content = if days.is_empty() {
        view! { <p class="dim">"Nothing came in or went out."</p> }.erased()
    } else {
        table("Flows", &columns, rows.collect_view().erased(), None)
    };
    view! {
        <section aria-labelledby="flows">
            <h2 id="flows">"Flows"</h2>
            {content}
            {pages.ways("Pages of flows", |page| way(shown, "flows", page))}
        </section>
    }
    .erased()
}

/// The values that the line is drawn from.
pub fn values(shown: &Performance) -> AnyView {
    let base = shown.head.base_currency.as_str();
    let (days, pages) = &shown.days;
    let returns = shown.report.as_ref().and_then(|report| report.twr.as_ref());
    let of_day = |day| {
        let periods = &returns?.periods;
        let at = periods.binary_search_by_key(&day, |one| one.day).ok()?;
        periods.get(at).map(|one| percent(hundredfold(one.rate)))
    };
    let rows = days.iter().map(|day| {
        view! {
            <tr>
                <th scope="row">{format::day(day.day)}</th>
                <td class="num">{amount(day.value, base)}</td>
                <td class="num">{of_day(day.day).unwrap_or_else(|| missing("There is no return of this time."))}</td>
            </tr>
        }
    });
    let columns = [("Day", false), ("Value at its close", true), ("Return", true)];
    let file = own(&shown.head.id) + "performance/days.csv" + &fields(shown, ("", ""));
    // Whoever turns its pages has opened it.
    let open = !shown.typed.get("days").is_empty();
    view! {
        <section aria-labelledby="days">
            <h2 id="days">"Days"</h2>
            <details class="figures-more" open=open>
                <summary>{format::count(pages.total as u64)} " values as a table"</summary>
                {table("Values of days", &columns, rows.collect_view().erased(), None)}
                {pages.ways("Pages of days", |page| way(shown, "days", page))}
            </details>
            <p>
                <a href=file download>
                    "All of them as CSV"
                </a>
            </p>
        </section>
    }
    .erased()
}
