//! The line as the server draws it: SVG for the line, plain text for its axes.
//!
//! The line is stretched to its box, whatever that is; text must not be, so it stands beside it. Positions are whole
//! numbers, since printing floats would bring their tables into the client, and the drawing is text, since a view of the same
//! elements is six times its size.

use crate::money::Decimal;
use crate::ui::chart::scale::{Extent, ValueAxis};
use crate::ui::chart::{Sample, Slice};

/// Width of the drawing's own units.
const WIDTH: u32 = 3_000;
/// Height of the drawing's own units.
const HEIGHT: u32 = 1_000;
/// Labels of the time axis.
const TIMES: i64 = 4;

/// The line and its axes, as HTML. `amount` and `moment` write a label's figure and time (milliseconds since 1970); what
/// they write must need no escaping.
///
/// Empty without samples. What names it to a screen reader stands in its surroundings.
pub fn line(samples: &[Sample], real_until_ms: Option<i64>, amount: impl Fn(Decimal) -> String, moment: impl Fn(i64) -> String) -> String {
    let Some(extent) = Extent::of(samples) else {
        return String::new();
    };
    let axis = ValueAxis::over(extent.low, extent.high);
    let path = path(samples, &extent, &axis);
    let (width, height) = (WIDTH.to_string(), HEIGHT.to_string());
    let mut html = String::with_capacity(3 * path.len());
    let mut put = |parts: &[&str]| parts.iter().for_each(|part| html.push_str(part));
    put(&[
        "<svg viewBox=\"0 0 ",
        &width,
        " ",
        &height,
        "\" preserveAspectRatio=\"none\"><path class=\"chart-grid\" d=\"",
    ]);
    for index in 0..=axis.steps {
        put(&["M0 ", &(HEIGHT * index / axis.steps).to_string(), "H", &width]);
    }
    put(&["\"/><path class=\"chart-area\" d=\"", &path, "V", &height, "H0Z\"/>"]);
    put(&["<path class=\"chart-line\" d=\"", &path, "\"/>"]);
    if let Some(time) = real_until_ms.filter(|time| (extent.first.time_ms..=extent.last.time_ms).contains(time)) {
        put(&[
            "<path class=\"chart-real\" d=\"M",
            &across(time, &extent).to_string(),
            " 0V",
            &height,
            "\"/>",
        ]);
    }
    put(&["</svg><div class=\"chart-amounts\">"]);
    for index in (0..=axis.steps).rev() {
        put(&["<span>", &amount(axis.at(index)), "</span>"]);
    }
    put(&["</div><div class=\"chart-times\">"]);
    for index in 0..=TIMES {
        let time = extent.first.time_ms.saturating_add(extent.span_ms() / TIMES * index);
        put(&["<span>", &moment(time), "</span>"]);
    }
    put(&["</div>"]);
    html
}

/// The ring, as SVG; `colour` names the class of the slice with a number.
pub fn ring(slices: &[Slice], colour: impl Fn(usize) -> &'static str) -> String {
    let mut from = Decimal::ZERO;
    let mut svg = String::from("<svg class=\"chart-ring\" viewBox=\"0 0 100 100\">");
    for (index, slice) in slices.iter().enumerate() {
        svg += "<circle cx=\"50\" cy=\"50\" r=\"38.5\" pathLength=\"100\" class=\"";
        svg += colour(index);
        svg += "\" stroke-dasharray=\"";
        svg += &slice.percent.to_string();
        svg += " 100\" stroke-dashoffset=\"-";
        svg += &from.to_string();
        svg += "\"/>";
        from = from.saturating_add(slice.percent);
    }
    svg + "</svg>"
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
        assert_eq!(line(&[], None, |_| String::new(), |_| String::new()), "");
    }
}
