//! The charts of the page of performance: value and return over time.

use crate::portfolio::range::Range;
use crate::portfolio::report::Report;
use crate::portfolio::view::figures::parts::own;
use crate::portfolio::view::figures::performance::{Performance, hundredfold};
use crate::portfolio::view::ledger::search::query;
use crate::ui::chart::frame::{Frame, frame};
use crate::ui::chart::indicator::Bar;
use crate::ui::chart::plot::look::{Kind, Look};
use crate::ui::chart::plot::model::{Happened, Mark, Plot};
use crate::ui::chart::plot::scale::Spread;
use crate::ui::chart::{Sample, drawn};
use crate::ui::erase::Erase as _;
use crate::ui::format;
use chrono::{NaiveDate, NaiveTime};
use leptos::prelude::*;

/// A day in milliseconds.
const DAY: i64 = 86_400_000;
/// What a value and what a return is drawn as, as a query says it.
const LOOKS: [(&str, &str, &str); 2] = [("value", "area", "linear"), ("return", "line", "percent")];

fn millis(day: NaiveDate) -> i64 {
    day.and_time(NaiveTime::MIN).and_utc().timestamp_millis()
}

/// The value at each close, or at even distances of the last day, with what came in and went out.
pub fn value_plot(report: &Report, base: &str, moments: &[Sample]) -> Plot {
    let look = Look {
        kind: Kind::Area,
        volume: false,
        ..Look::default()
    };
    let step = match moments {
        [first, second, ..] => second.time_ms - first.time_ms,
        _ => DAY,
    };
    let mut plot = Plot::new("Value".to_owned(), step, crate::money::minor_units(base), look);
    if moments.len() > 1 {
        moments.iter().for_each(|one| plot.push(Bar::flat(one.time_ms, drawn(one.value))));
        return plot;
    }
    let opening = report.stretch.opening.map(|day| (day, report.opened_with));
    let days = report.days.iter().map(|day| (day.day, day.value));
    for (day, value) in opening.into_iter().chain(days) {
        plot.push(Bar::flat(millis(day), drawn(value)));
    }
    let flows = report.flows().map(|day| (day.day, day.flow - day.closing_outflow));
    let marks = flows.filter(|(_, flow)| !flow.is_zero()).map(|(day, flow)| Mark {
        time_ms: millis(day),
        what: if flow.is_sign_negative() { Happened::Out } else { Happened::In },
        said: if flow.is_sign_negative() { "Went out " } else { "Came in " }.to_owned() + &format::money(flow.abs(), base) + " " + base,
    });
    plot.marks = marks.collect();
    plot
}

/// What 100 became, and what they became in the benchmark. Of a day or two there is nothing to draw.
pub fn return_plot(report: &Report, name: &str, benchmark: Option<&str>) -> Option<Plot> {
    let look = Look {
        kind: Kind::Line,
        spread: Spread::Percent,
        volume: false,
        studies: vec![],
    };
    if report.growth.len() < 3 {
        return None;
    }
    let mut plot = Plot::new(name.to_owned(), DAY, 2, look);
    for (day, level) in &report.growth {
        plot.push(Bar::flat(millis(*day), drawn(hundredfold(*level))));
    }
    let other = report.benchmark.as_ref().filter(|one| one.total.is_some());
    if let Some((other, symbol)) = other.zip(benchmark) {
        let levels = other.growth.iter().map(|(day, level)| (millis(*day), drawn(hundredfold(*level))));
        plot.compare(symbol.to_owned(), levels);
    }
    Some(plot)
}

/// Where a chart of the page has its content from.
fn source(shown: &Performance, chart: usize) -> String {
    let (name, kind, scale) = LOOKS[chart];
    let (from, to) = (shown.typed.get("from"), shown.typed.get("to"));
    let mut fields = vec![("chosen", "1"), ("kind", kind), ("scale", scale)];
    match shown.range {
        Range::Custom { .. } => fields.extend([("from", from), ("to", to)]),
        range => fields.push(("range", range.label())),
    }
    own(&shown.head.id) + "performance/" + name + ".json" + &query(&fields)
}

/// The chart of values.
pub fn value_line(shown: &Performance, report: &Report) -> AnyView {
    let plot = value_plot(report, &shown.head.base_currency, &shown.moments);
    let marked = match plot.marks.len() {
        0 => String::new(),
        1 => " One day with a flow is marked.".to_owned(),
        more => String::from(" ") + &format::count(more as u64) + " days with a flow are marked.",
    };
    let label = String::from("Value over time, ") + &between(report) + "." + &marked;
    let note = if shown.moments.len() > 1 {
        "The last day every five minutes, of what is held now."
    } else {
        "The close of each day. A mark below the line is a day on which something came in, one above it a day on which something went out."
    };
    let chart = Frame {
        plot,
        label,
        source: source(shown, 0),
        form: None,
        private: true,
        files: vec![],
    };
    view! {
        <section aria-labelledby="value-line">
            <h2 id="value-line">"Value"</h2>
            {frame(chart)}
            <p class="dim small-print">{note}</p>
        </section>
    }
    .erased()
}

fn between(report: &Report) -> String {
    String::from("from ") + &format::day(report.stretch.first) + " to " + &format::day(report.stretch.last)
}

/// The chart of returns, where there is something to draw.
pub fn return_line(shown: &Performance, report: &Report) -> Option<AnyView> {
    let plot = return_plot(report, &shown.head.name, shown.benchmark.as_deref())?;
    let key = plot.others().first().map(|other| {
        view! {
            <p class="performance-key">
                <span class="key-own">{shown.head.name.clone()}</span>
                <span class="key-other">{other.name.clone()}</span>
            </p>
        }
    });
    let chart = Frame {
        plot,
        label: String::from("Time-weighted return over time, ") + &between(report),
        source: source(shown, 1),
        form: None,
        private: false,
        files: vec![],
    };
    Some(
        view! {
            <section aria-labelledby="return-line">
                <h2 id="return-line">"Return"</h2>
                {key}
                {frame(chart)}
            </section>
        }
        .erased(),
    )
}
