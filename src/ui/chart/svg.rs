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
/// Height of a mark.
const MARK: u32 = 70;
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

/// Several lines over one time and on one axis, with marks at moments, as HTML like that of [`line()`]: for pages that no chart code
/// takes over. A line is its class and its samples; a mark is a moment and whether it stands at the foot (something came in) or at the
/// head (something went out).
///
/// Empty without samples.
pub fn lines(
    lines: &[(&'static str, &[Sample])],
    marks: &[(i64, bool)],
    amount: impl Fn(Decimal) -> String,
    moment: impl Fn(i64) -> String,
) -> String {
    let extents = lines.iter().filter_map(|(_, samples)| Extent::of(samples));
    let Some(extent) = extents.reduce(|one, other| Extent {
        first: if other.first.time_ms < one.first.time_ms {
            other.first
        } else {
            one.first
        },
        last: if other.last.time_ms > one.last.time_ms {
            other.last
        } else {
            one.last
        },
        low: one.low.min(other.low),
        high: one.high.max(other.high),
    }) else {
        return String::new();
    };
    let axis = ValueAxis::over(extent.low, extent.high);
    let mut html = format!("<svg viewBox=\"0 0 {WIDTH} {HEIGHT}\" preserveAspectRatio=\"none\"><path class=\"chart-grid\" d=\"");
    for index in 0..=axis.steps {
        html += &format!("M0 {}H{WIDTH}", HEIGHT * index / axis.steps);
    }
    html += "\"/>";
    if let [(_, samples)] = lines {
        html += &format!("<path class=\"chart-area\" d=\"{}V{HEIGHT}H0Z\"/>", path(samples, &extent, &axis));
    }
    for (class, samples) in lines {
        html += &format!("<path class=\"chart-line {class}\" d=\"{}\"/>", path(samples, &extent, &axis));
    }
    let seen = |time: &i64| (extent.first.time_ms..=extent.last.time_ms).contains(time);
    for (class, foot, from, to) in [("chart-in", true, HEIGHT, HEIGHT - MARK), ("chart-out", false, 0, MARK)] {
        let at = marks.iter().filter(|(time, at_foot)| *at_foot == foot && seen(time));
        let drawn: String = at.map(|(time, _)| format!("M{} {from}V{to}", across(*time, &extent))).collect();
        if !drawn.is_empty() {
            html += &format!("<path class=\"{class}\" d=\"{drawn}\"/>");
        }
    }
    html += "</svg><div class=\"chart-amounts\">";
    for index in (0..=axis.steps).rev() {
        html += &format!("<span>{}</span>", amount(axis.at(index)));
    }
    html += "</div><div class=\"chart-times\">";
    for index in 0..=TIMES {
        let time = extent.first.time_ms.saturating_add(extent.span_ms() / TIMES * index);
        html += &format!("<span>{}</span>", moment(time));
    }
    html + "</div>"
}

/// At most about `most` of the samples: of each stretch of time the lowest and the highest, so that no peak is lost, and both ends.
pub fn thinned(samples: &[Sample], most: usize) -> Vec<Sample> {
    let (Some(first), Some(last)) = (samples.first(), samples.last()) else {
        return vec![];
    };
    if samples.len() <= most {
        return samples.to_vec();
    }
    let size = samples.len().div_ceil(most.max(4) / 2);
    let mut kept = vec![*first];
    for stretch in samples.chunks(size) {
        let low = stretch.iter().min_by_key(|one| one.value);
        let high = stretch.iter().max_by_key(|one| one.value);
        let mut both: Vec<Sample> = low.into_iter().chain(high).copied().collect();
        both.sort_by_key(|one| one.time_ms);
        kept.extend(both);
    }
    kept.push(*last);
    kept.dedup_by_key(|one| one.time_ms);
    kept
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

    fn sample(time_ms: i64, value: i64) -> Sample {
        Sample {
            time_ms,
            value: value.into(),
        }
    }

    #[test]
    fn several_lines_share_an_axis_and_marks_stand_at_their_edge() {
        let (one, other) = ([sample(0, 100), sample(1_000, 104)], [sample(500, 100), sample(1_000, 102)]);
        let both = lines_of(&[("own", &one), ("other", &other)], &[(500, true), (1_000, false), (2_000, true)]);
        assert!(both.contains("chart-line own\" d=\"M0 1000L3000 0\""), "{both}");
        assert!(both.contains("chart-line other\" d=\"M1500 1000L3000 500\""), "{both}");
        assert!(both.contains("chart-in\" d=\"M1500 1000V930\"") && both.contains("chart-out\" d=\"M3000 0V70\""));
        assert!(!both.contains("chart-area"), "an area belongs to one line");
        assert!(lines_of(&[("own", &one)], &[]).contains("chart-area"));
        assert_eq!(lines_of(&[("own", &[])], &[]), "");
    }

    fn lines_of(given: &[(&'static str, &[Sample])], marks: &[(i64, bool)]) -> String {
        lines(given, marks, |amount| amount.to_string(), |time| time.to_string())
    }

    #[test]
    fn a_thinned_line_keeps_its_ends_and_its_extremes() {
        let all: Vec<_> = (0..5_000).map(|at| sample(at, if at == 1_234 { 900 } else { at % 7 })).collect();
        let few = thinned(&all, 1_000);
        assert!(few.len() <= 1_010 && few.is_sorted_by_key(|one| one.time_ms));
        assert_eq!((few.first(), few.last()), (all.first(), all.last()));
        assert!(few.iter().any(|one| one.value == 900.into()));
        assert_eq!(thinned(&all[..10], 1_000), all[..10]);
        assert_eq!(thinned(&[], 10), []);
    }
}
