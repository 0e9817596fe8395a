//! The lines of the page of performance: value and return over time, as SVG, with a sentence for who does not see them.

use crate::money::Decimal;
use crate::portfolio::range::Range;
use crate::portfolio::report::Report;
use crate::portfolio::view::figures::performance::{Performance, hundredfold};
use crate::ui::chart::{Sample, svg};
use crate::ui::erase::Erase as _;
use crate::ui::format;
use chrono::{DateTime, NaiveDate, NaiveTime};
use leptos::prelude::*;

/// Points that a drawing has at the most; more than this no screen shows.
const POINTS: usize = 1_000;
/// Days up to which a label of the time axis is a day and no month.
const DAYS_ON_AXIS: i64 = 130;

fn millis(day: NaiveDate) -> i64 {
    day.and_time(NaiveTime::MIN).and_utc().timestamp_millis()
}

/// A label of the time axis.
fn label(time_ms: i64, span_ms: i64) -> String {
    let time = DateTime::from_timestamp_millis(time_ms).unwrap_or_default();
    if span_ms <= 2 * 86_400_000 {
        return format::time_of_day(time).chars().take("14:05".len()).collect();
    }
    let full = format::day(time.date_naive());
    let (day, rest) = full.split_once(' ').unwrap_or(("", &full));
    let month = rest.split_once(' ').map_or(rest, |(month, _)| month);
    if span_ms <= DAYS_ON_AXIS * 86_400_000 {
        return day.to_owned() + " " + month;
    }
    rest.to_owned()
}

fn span(samples: &[Sample]) -> i64 {
    let ends = samples.first().zip(samples.last());
    ends.map_or(0, |(first, last)| last.time_ms - first.time_ms)
}

/// The box that a drawing lies in, with its words.
fn drawing(said: String, html: String) -> AnyView {
    view! {
        <div class="value-chart">
            <div class="chart-box" role="img" aria-label=said>
                <div class="chart-drawing" aria-hidden="true" inner_html=html></div>
            </div>
        </div>
    }
    .erased()
}

/// The value at each close, with the days on which something came in or went out.
pub fn value_line(shown: &Performance, report: &Report) -> AnyView {
    let flows = || report.flows().filter(|day| !(day.flow - day.closing_outflow).is_zero());
    let within_a_day = shown.range == Range::Day && shown.moments.len() > 1;
    let samples = if within_a_day {
        shown.moments.clone()
    } else {
        let opening = report.stretch.opening.map(|day| (day, report.opened_with));
        let days = report.days.iter().map(|day| (day.day, day.value));
        let all: Vec<_> = opening.into_iter().chain(days).collect();
        let all = all.into_iter().map(|(day, value)| Sample {
            time_ms: millis(day),
            value,
        });
        svg::thinned(&all.collect::<Vec<_>>(), POINTS)
    };
    let marks: Vec<(i64, bool)> = flows().map(|day| (millis(day.day), day.flow > day.closing_outflow)).collect();
    let span = span(&samples);
    let hidden = |value: Decimal| String::from("<span class=\"amount\">") + &format::quantity(value) + "</span>";
    let html = svg::lines(&[("", &samples)], &marks, hidden, |time| label(time, span));
    let marked = match flows().count() {
        0 => String::new(),
        1 => " One day with a flow is marked.".to_owned(),
        more => String::from(" ") + &format::count(more as u64) + " days with a flow are marked.",
    };
    let said = String::from("Value over time, ") + &between(report) + "." + &marked;
    let note = if within_a_day {
        "The last day every five minutes, of what is held now."
    } else {
        "The close of each day. A mark at the foot is a day on which something came in, one at the head a day on which something went out."
    };
    view! {
        <section aria-labelledby="value-line">
            <h2 id="value-line">"Value"</h2>
            {drawing(said, html)}
            <p class="dim small-print">{note}</p>
        </section>
    }
    .erased()
}

fn between(report: &Report) -> String {
    String::from("from ") + &format::day(report.stretch.first) + " to " + &format::day(report.stretch.last)
}

/// The return, and the benchmark's beside it. Of a day or two there is nothing to draw.
pub fn return_line(shown: &Performance, report: &Report) -> Option<AnyView> {
    let line = |growth: &[(NaiveDate, Decimal)]| {
        let all = growth.iter().map(|(day, level)| Sample {
            time_ms: millis(*day),
            value: hundredfold(*level - Decimal::ONE),
        });
        svg::thinned(&all.collect::<Vec<_>>(), POINTS)
    };
    let mine = line(&report.growth);
    if mine.len() < 3 {
        return None;
    }
    let benchmark = report.benchmark.as_ref().filter(|one| one.total.is_some());
    let other = benchmark.map(|one| line(&one.growth));
    let span = span(&mine);
    let percent = |value: Decimal| format::quantity(value) + "%";
    let own = ("", mine.as_slice());
    let lines: Vec<_> = other.iter().map(|other| ("is-other", other.as_slice())).chain([own]).collect();
    let html = svg::lines(&lines, &[], percent, |time| label(time, span));
    let mut said = String::from("Time-weighted return over time, ") + &between(report);
    if let Some(twr) = &report.twr {
        said = said + ": " + &format::signed_percent(hundredfold(twr.total));
    }
    let symbol = shown.benchmark.clone().filter(|_| other.is_some());
    if let Some((symbol, total)) = symbol.as_ref().zip(benchmark.and_then(|one| one.total)) {
        said = said + "; " + symbol + ": " + &format::signed_percent(hundredfold(total));
    }
    let key = symbol.map(|symbol| {
        view! {
            <p class="performance-key">
                <span class="key-own">{shown.head.name.clone()}</span>
                <span class="key-other">{symbol}</span>
            </p>
        }
    });
    Some(
        view! {
            <section aria-labelledby="return-line">
                <h2 id="return-line">"Return"</h2>
                {key}
                {drawing(said + ".", html)}
            </section>
        }
        .erased(),
    )
}
