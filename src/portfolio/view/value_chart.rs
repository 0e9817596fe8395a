//! The portfolio's value over time, live.

use crate::money::{Decimal, percent_of};
use crate::portfolio::store::PortfolioStore;
use crate::portfolio::valuation::Point;
use crate::ui::chart::scale::Extent;
use crate::ui::chart::{Command, Drawing, LineChart, Sample, mount_line, svg};
use crate::ui::erase::Erase as _;
use crate::ui::format::{day, money, quantity, signed_percent, time_of_day};
use crate::ui::preferences::Preferences;
use chrono::{DateTime, NaiveTime, Utc};
use leptos::ev::KeyboardEvent;
use leptos::prelude::*;

/// Points that a key goes with Shift.
const STRIDE: isize = 10;
/// Span from which a label of the time axis is a day, in milliseconds.
const LONG_MS: i64 = 3 * 24 * 60 * 60 * 1000;

/// The value over time: drawn by the server, then live, and read point by point with the arrow keys.
#[component]
pub fn ValueChart(
    /// Whose value.
    store: PortfolioStore,
) -> impl IntoView {
    let preferences = Preferences::of_page();
    let chart = LineChart::new(
        "/api/charts?kind=value",
        Signal::derive(move || store.history.with(|history| history.points().iter().map(sample).collect())),
        Signal::derive(move || store.newest.get().as_ref().map(sample)),
        Signal::derive(move || {
            // The day's last moment: its close is real.
            let end = store.real_until.get()?.succ_opt()?.and_time(NaiveTime::MIN);
            Some(end.and_utc().timestamp_millis())
        }),
        preferences.amounts_hidden.into(),
    );
    mount_line(chart);

    let amount = move |value: Decimal| store.currency.with(|currency| preferences.veil(|| money(value, currency)));
    let label = move |value: Decimal| preferences.veil(|| quantity(value));
    let summary = move || {
        chart
            .samples
            .with(|samples| Extent::of(samples).map(|extent| describe(&extent, amount, preferences)))
    };
    let drawn = move || chart.drawing.get() == Drawing::Chart;
    let drawing = move || {
        let drawing = chart.drawing.get();
        if drawing == Drawing::Failed {
            // Nobody else shows what is new.
            store.newest.track();
        }
        if drawing == Drawing::Chart {
            return String::new();
        }
        let samples = chart.samples.get();
        let long = Extent::of(&samples).is_some_and(|extent| extent.span_ms() > LONG_MS);
        svg::line(&samples, chart.real_until_ms.get(), label, move |time| moment(time, long))
    };
    let readout = move || {
        let point = chart.pointed.get().and_then(|time| at(store, time));
        point.map(|point| time_of_day(point.time) + "\u{2002}" + &amount(point.value))
    };
    view! {
        <figure class="value-chart">
            <div
                class="chart-box"
                role=move || if drawn() { "slider" } else { "img" }
                tabindex=move || drawn().then_some("0")
                aria-label=move || if drawn() { Some("Value over time. Arrow keys read it point by point.".to_owned()) } else { summary() }
                aria-valuemin=move || drawn().then_some("0")
                aria-valuemax=move || {
                    // The line grows; what counts is its length when the reader points at it.
                    chart.pointed.track();
                    drawn().then(|| index(store, None).to_string())
                }
                aria-valuenow=move || drawn().then(|| index(store, chart.pointed.get()).to_string())
                aria-valuetext=move || drawn().then(|| readout().or_else(summary).unwrap_or_default())
                on:keydown=move |event| key(event, store, chart)
                on:blur=move |_| chart.act(Command::PointAway)
            >
                <div class="chart-drawing" aria-hidden="true" inner_html=drawing></div>
                <div class="chart-canvas" node_ref=chart.host></div>
            </div>
            <output class="chart-readout" aria-hidden="true">
                {readout}
            </output>
            <Show when=move || !chart.following.get()>
                <button type="button" class="chart-follow" on:click=move |_| chart.act(Command::Follow)>
                    "Follow"
                </button>
            </Show>
        </figure>
    }
    .erased()
}

fn sample(point: &Point) -> Sample {
    Sample {
        time_ms: point.time.timestamp_millis(),
        value: point.value,
    }
}

/// The line in a sentence.
fn describe(extent: &Extent, amount: impl Fn(Decimal) -> String, preferences: Preferences) -> String {
    let Extent { first, last, low, high } = *extent;
    let mut text = String::from("Value over time, from ") + &written(first.time_ms) + " to " + &written(last.time_ms);
    if let Some(percent) = percent_of(last.value.saturating_sub(first.value), first.value) {
        text = text + ": " + &signed_percent(percent);
    }
    if preferences.amounts_hidden.get() {
        return text + ".";
    }
    text + ", from " + &amount(first.value) + " to " + &amount(last.value) + ", lowest " + &amount(low) + ", highest " + &amount(high) + "."
}

fn utc(time_ms: i64) -> DateTime<Utc> {
    DateTime::from_timestamp_millis(time_ms).unwrap_or_default()
}

fn written(time_ms: i64) -> String {
    let time = utc(time_ms);
    day(time.date_naive()) + ", " + &time_of_day(time)
}

/// A label of the time axis: hours and minutes, or the day on a long line.
fn moment(time_ms: i64, long: bool) -> String {
    let time = utc(time_ms);
    if long {
        day(time.date_naive())
    } else {
        time_of_day(time).chars().take("14:05".len()).collect()
    }
}

/// The number of the point at a moment; of the last one where no moment is given.
fn index(store: PortfolioStore, time_ms: Option<i64>) -> usize {
    store.history.with_untracked(|history| {
        let points = history.points();
        let after = time_ms.map_or(points.len(), |time| {
            points.partition_point(|point| point.time.timestamp_millis() <= time)
        });
        after.saturating_sub(1)
    })
}

/// The point at a moment: the last one not after it.
fn at(store: PortfolioStore, time_ms: i64) -> Option<Point> {
    let index = index(store, Some(time_ms));
    store.history.with_untracked(|history| history.points().get(index).copied())
}

fn key(event: KeyboardEvent, store: PortfolioStore, chart: LineChart) {
    if event.ctrl_key() || event.meta_key() || event.alt_key() || chart.drawing.get_untracked() != Drawing::Chart {
        return;
    }
    let stride = if event.shift_key() { STRIDE } else { 1 };
    let last = index(store, None);
    let here = index(store, chart.pointed.get_untracked());
    let to = match event.key().as_str() {
        "ArrowLeft" | "ArrowDown" => here.saturating_add_signed(-stride),
        "ArrowRight" | "ArrowUp" => here.saturating_add_signed(stride).min(last),
        "Home" => 0,
        "End" => last,
        other => {
            let command = match other {
                "+" | "=" => Command::ZoomIn,
                "-" => Command::ZoomOut,
                "0" => Command::Follow,
                "Escape" => Command::PointAway,
                _ => return,
            };
            taken(&event);
            return chart.act(command);
        }
    };
    taken(&event);
    let time = store
        .history
        .with_untracked(|history| history.points().get(to).map(|point| point.time.timestamp_millis()));
    if let Some(time) = time {
        chart.act(Command::PointAt(time));
    }
}

/// A key that the chart used is not the page's.
fn taken(event: &KeyboardEvent) {
    event.prevent_default();
    event.stop_propagation();
}
