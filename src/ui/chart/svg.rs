//! The line as the server draws it: SVG for the line, plain text for its axes.
//!
//! The line is stretched to its box, whatever that is; text must not be, so it stands beside it. Positions are whole
//! numbers: printing floats would bring their tables into the client.

use crate::money::Decimal;
use crate::ui::chart::scale::{Extent, ValueAxis};
use crate::ui::chart::{Sample, Slice};
use crate::ui::erase::Erase as _;
use leptos::prelude::*;

/// Width of the drawing's own units.
const WIDTH: u32 = 3_000;
/// Height of the drawing's own units.
const HEIGHT: u32 = 1_000;
/// Labels of the time axis.
const TIMES: i64 = 4;

/// The line and its axes. `amount` and `moment` write a label's figure and time (milliseconds since 1970).
///
/// Draws nothing without samples. What names it to a screen reader stands in its surroundings.
pub fn line<A: Fn(Decimal) -> String, M: Fn(i64) -> String>(
    samples: &[Sample],
    real_until_ms: Option<i64>,
    amount: A,
    moment: M,
) -> Option<AnyView> {
    let extent = Extent::of(samples)?;
    let axis = ValueAxis::over(extent.low, extent.high);
    let path = path(samples, &extent, &axis);
    let area = path.clone() + "V" + &HEIGHT.to_string() + "H0Z";
    let mut grid = String::new();
    for index in 0..=axis.steps {
        grid += "M0 ";
        grid += &(HEIGHT * index / axis.steps).to_string();
        grid += "H";
        grid += &WIDTH.to_string();
    }
    let real = real_until_ms.filter(|time| (extent.first.time_ms..=extent.last.time_ms).contains(time));
    let real = real.map(|time| {
        let path = String::from("M") + &across(time, &extent).to_string() + " 0V" + &HEIGHT.to_string();
        view! { <path class="chart-real" d=path /> }
    });
    let view_box = String::from("0 0 ") + &WIDTH.to_string() + " " + &HEIGHT.to_string();
    let amounts: Vec<_> = (0..=axis.steps)
        .rev()
        .map(|index| view! { <span>{amount(axis.at(index))}</span> })
        .collect();
    let times: Vec<_> = (0..=TIMES)
        .map(|index| {
            let time = extent.first.time_ms.saturating_add(extent.span_ms() / TIMES * index);
            view! { <span>{moment(time)}</span> }
        })
        .collect();
    let drawing = view! {
        <div class="chart-drawing" aria-hidden="true">
            <svg viewBox=view_box preserveAspectRatio="none">
                <path class="chart-grid" d=grid />
                <path class="chart-area" d=area />
                <path class="chart-line" d=path />
                {real}
            </svg>
            <div class="chart-amounts">{amounts}</div>
            <div class="chart-times">{times}</div>
        </div>
    };
    Some(drawing.erased())
}

/// The ring as the server draws it; `colour` names the class of the slice with a number.
pub fn ring<C: Fn(usize) -> &'static str>(slices: &[Slice], colour: C) -> AnyView {
    let mut from = Decimal::ZERO;
    let arcs = slices.iter().enumerate().map(|(index, slice)| {
        let dashes = slice.percent.to_string() + " 100";
        let offset = (Decimal::ZERO - from).to_string();
        from = from.saturating_add(slice.percent);
        view! {
            <circle class=colour(index) cx="50" cy="50" r="38.5" pathLength="100" stroke-dasharray=dashes stroke-dashoffset=offset />
        }
    });
    let arcs: Vec<_> = arcs.collect();
    view! {
        <svg class="chart-ring" viewBox="0 0 100 100">
            {arcs}
        </svg>
    }
    .erased()
}

/// How far a moment lies from the left edge.
fn across(time_ms: i64, extent: &Extent) -> i64 {
    let since = time_ms.saturating_sub(extent.first.time_ms);
    since.saturating_mul(WIDTH.into()) / extent.span_ms().max(1)
}

fn path(samples: &[Sample], extent: &Extent, axis: &ValueAxis) -> String {
    let mut path = String::with_capacity(samples.len() * 10);
    for sample in samples {
        path.push(if path.is_empty() { 'M' } else { 'L' });
        path += &across(sample.time_ms, extent).to_string();
        path.push(' ');
        path += &Decimal::from(HEIGHT)
            .saturating_sub(axis.position(sample.value, HEIGHT))
            .to_string();
    }
    path
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_line_goes_from_edge_to_edge() {
        let samples = [(0, 100), (500, 104), (1_000, 102)].map(|(time_ms, value)| Sample {
            time_ms,
            value: value.into(),
        });
        let extent = Extent::of(&samples).expect("samples");
        let axis = ValueAxis::over(extent.low, extent.high);
        assert_eq!(path(&samples, &extent, &axis), "M0 1000L1500 0L3000 500");
    }

    #[test]
    fn one_sample_is_a_point_and_none_is_nothing() {
        let sample = Sample {
            time_ms: 5,
            value: Decimal::ONE,
        };
        let extent = Extent::of(&[sample]).expect("a sample");
        assert_eq!(path(&[sample], &extent, &ValueAxis::over(extent.low, extent.high)), "M0 1000");
        assert!(line(&[], None, |_| String::new(), |_| String::new()).is_none());
    }
}
