//! A line without axes: which way it went, at a glance.

use crate::money::Decimal;
use leptos::prelude::*;

const WIDTH: usize = 1_000;
const HEIGHT: i64 = 240;
/// Room above and below the line, so that its stroke is not cut.
const MARGIN: i64 = 12;

/// A line through the values, oldest first. With `filled`, the area below it as well.
#[component]
pub fn Sparkline(
    /// The values; fewer than two draw nothing.
    values: Vec<Decimal>,
    /// What the line shows, for those who do not see it.
    label: String,
    /// Whether the area below the line is tinted.
    #[prop(optional)]
    filled: bool,
) -> impl IntoView {
    let line = line(&values);
    let area = (filled && !line.is_empty()).then(|| format!("{line}L{WIDTH},{HEIGHT}L0,{HEIGHT}z"));
    view! {
        <svg class="sparkline" viewBox="0 0 1000 240" preserveAspectRatio="none" role="img" aria-label=label>
            {area.map(|area| view! { <path class="sparkline-area" d=area /> })}
            <path class="sparkline-line" d=line />
        </svg>
    }
}

/// The path in whole units of the drawing: integers read the same from both targets.
fn line(values: &[Decimal]) -> String {
    let (Some(low), Some(high)) = (values.iter().min(), values.iter().max()) else {
        return String::new();
    };
    if values.len() < 2 {
        return String::new();
    }
    let span = high.saturating_sub(*low);
    let room = Decimal::from(HEIGHT - 2 * MARGIN);
    let mut path = String::with_capacity(values.len() * 9);
    for (index, value) in values.iter().enumerate() {
        let up = value.saturating_sub(*low).saturating_mul(room).checked_div(span);
        // All values alike: a level line in the middle.
        let up = up.unwrap_or(room / Decimal::TWO);
        let y = Decimal::from(HEIGHT - MARGIN).saturating_sub(up).round();
        path.push(if index == 0 { 'M' } else { 'L' });
        path.push_str(&(index * WIDTH / (values.len() - 1)).to_string());
        path.push(',');
        path.push_str(&y.to_string());
    }
    path
}

#[cfg(test)]
mod tests {
    use super::*;

    fn drawn(values: &[i64]) -> String {
        line(&values.iter().map(|value| Decimal::from(*value)).collect::<Vec<_>>())
    }

    #[test]
    fn spans_the_drawing_from_edge_to_edge() {
        assert_eq!(drawn(&[1, 3, 2]), "M0,228L500,12L1000,120");
    }

    #[test]
    fn level_values_are_a_level_line() {
        assert_eq!(drawn(&[7, 7]), "M0,120L1000,120");
    }

    #[test]
    fn too_few_values_draw_nothing() {
        assert_eq!(drawn(&[]), "");
        assert_eq!(drawn(&[1]), "");
    }
}
